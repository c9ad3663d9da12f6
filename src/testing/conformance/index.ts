/**
 * The conformance corpus: what an implementation of send-to-device messaging accepts, rejects and delivers.
 *
 * The same is in the package as JSON for other languages: `conformance/corpus.json`.
 */
import type { Chapter, ConformanceCase, ConformanceRule, Draft } from "./case.js";
import { contents } from "./contents.js";
import { deliveries } from "./deliveries.js";
import { edus } from "./edus.js";
import { identifiers } from "./identifiers.js";
import { proposals } from "./proposals.js";
import { receipts } from "./receipts.js";
import { texts } from "./texts.js";
import { transactions } from "./transactions.js";

const chapters: ReadonlyArray<Chapter> = [
  identifiers,
  edus,
  receipts,
  deliveries,
  transactions,
  contents,
  proposals,
  texts,
];

/** Rules and cases, with the version of the specification that they follow. */
export type ConformanceCorpus = {
  readonly specification: string;
  readonly rules: ReadonlyArray<ConformanceRule>;
  readonly cases: ReadonlyArray<ConformanceCase>;
};

const rules = chapters.flatMap((chapter) => chapter.rules);

/** The rule that a case rests on. A case that names no rule of the corpus is a bug. */
export function ruleOf({ id, rule }: Pick<ConformanceCase, "id" | "rule">): ConformanceRule {
  const found = rules.find((each) => each.id === rule);
  if (found === undefined)
    throw new TypeError(`the case ${id} names a rule that is not in the corpus`);
  return found;
}

function withBasis(draft: Draft<ConformanceCase>): ConformanceCase {
  return { ...draft, basis: draft.basis ?? ruleOf(draft).basis };
}

/** The corpus. Its order means nothing; IDs stay. */
export const conformance: ConformanceCorpus = {
  specification: "v1.19",
  rules,
  cases: chapters.flatMap((chapter) => chapter.cases).map(withBasis),
};

/** The input of a case: its value, or what its text says. `undefined` where the text is not JSON. */
export function inputOf(conformanceCase: ConformanceCase): unknown {
  if ("input" in conformanceCase) return conformanceCase.input;
  try {
    return JSON.parse(conformanceCase.inputText);
  } catch {
    return undefined;
  }
}
