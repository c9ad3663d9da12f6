/**
 * The conformance corpus: what an implementation of send-to-device messaging accepts, refuses and delivers.
 *
 * The same is in the package as JSON for other languages: `conformance/corpus.json`.
 */
import type { ConformanceCase, ConformanceRule } from "./case.js";
import { contents } from "./contents.js";
import { deliveries } from "./deliveries.js";
import { edus } from "./edus.js";
import { identifiers } from "./identifiers.js";
import { transactions } from "./transactions.js";

const chapters = [identifiers, edus, deliveries, transactions, contents];

/** Rules and cases, with the version of the specification that they follow. */
export type ConformanceCorpus = {
  readonly specification: string;
  readonly rules: ReadonlyArray<ConformanceRule>;
  readonly cases: ReadonlyArray<ConformanceCase>;
};

/** The corpus. Its order means nothing; IDs stay. */
export const conformance: ConformanceCorpus = {
  specification: "v1.19",
  rules: chapters.flatMap(({ rules }) => rules),
  cases: chapters.flatMap(({ cases }) => cases),
};

/** The input of a case: its value, or what its text says. `undefined` where the text is no JSON. */
export function inputOf(conformanceCase: ConformanceCase): unknown {
  if ("input" in conformanceCase) return conformanceCase.input;
  try {
    return JSON.parse(conformanceCase.inputText);
  } catch {
    return undefined;
  }
}
