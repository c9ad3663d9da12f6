/** another-json, which JavaScript clients use for signing. */
import anotherJson from "another-json";
import { serve, versionsOf } from "./protocol.mjs";

await serve(
  {
    versions: versionsOf(["another-json"]),
    kinds: { canonicalJson: "stringify(JSON.parse(text))" },
  },
  // The size is that of the text, so numbers must keep their text.
  { canonicalJson: ({ text }) => ({ text: String(anotherJson.stringify(JSON.parse(text))) }) },
);
