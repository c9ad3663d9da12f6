/**
 * The conformance corpus: what an implementation of send-to-device messaging accepts, rejects and delivers.
 *
 * For other languages the package has the corpus as JSON: `conformance/corpus.json`.
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

/** The conformance corpus. */
export type ConformanceCorpus = {
  /** The version of the specification that the cases follow. */
  readonly specification: string;
  /** The rules that the cases rest on. */
  readonly rules: ReadonlyArray<ConformanceRule>;
  /** The cases, in no particular order. */
  readonly cases: ReadonlyArray<ConformanceCase>;
};

const rules = chapters.flatMap((chapter) => chapter.rules);

/** The rule that a case rests on. */
export function ruleOf({ id, rule }: Pick<ConformanceCase, "id" | "rule">): ConformanceRule {
  const found = rules.find((each) => each.id === rule);
  if (found === undefined)
    throw new TypeError(`the case ${id} names a rule that is not in the corpus`);
  return found;
}

function withBasis(draft: Draft<ConformanceCase>): ConformanceCase {
  return { ...draft, basis: draft.basis ?? ruleOf(draft).basis };
}

/** The corpus. The order of the cases has no meaning. Their IDs stay the same from version to version. */
export const conformance: ConformanceCorpus = {
  specification: "v1.19",
  rules,
  cases: chapters.flatMap((chapter) => chapter.cases).map(withBasis),
};

/**
 * Returns the input of a case.
 *
 * @param conformanceCase - the case
 * @returns its value, or the parsed value of its text, or `undefined` if the text is not JSON
 *
 * @example
 * ```ts
 * import { conformance, inputOf } from "matrix-send-to-device/testing";
 *
 * const wildcard = conformance.cases.find(({ id }) => id === "device-wildcard");
 * console.log(wildcard && inputOf(wildcard)); // "*"
 * ```
 */
export function inputOf(conformanceCase: ConformanceCase): unknown {
  if ("input" in conformanceCase) return conformanceCase.input;
  try {
    return JSON.parse(conformanceCase.inputText);
  } catch {
    return undefined;
  }
}
