/** another-json, with which JavaScript clients sign. */
import anotherJson from "another-json";
import { serve, versionsOf } from "./protocol.mjs";

await serve(
  {
    versions: versionsOf(["another-json"]),
    kinds: { canonicalJson: "stringify(JSON.parse(text))" },
  },
  // The size is that of the text, so numbers have to be texts.
  { canonicalJson: ({ text }) => ({ text: String(anotherJson.stringify(JSON.parse(text))) }) },
);
