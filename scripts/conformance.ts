/** Writes the conformance corpus as JSON, for other languages. */
import { writeFileSync } from "node:fs";
import { conformance } from "matrix-send-to-device/testing";

const { specification, rules, cases } = conformance;
const lines = (values: ReadonlyArray<unknown>) =>
  `[\n    ${values.map((value) => JSON.stringify(value)).join(",\n    ")}\n  ]`;

writeFileSync(
  new URL("../conformance/corpus.json", import.meta.url),
  `{
  "$schema": "./schema.json",
  "specification": ${JSON.stringify(specification)},
  "rules": ${lines(rules)},
  "cases": ${lines(cases)}
}
`,
);
