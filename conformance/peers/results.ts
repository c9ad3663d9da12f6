/** The outcome of a peer. */
import { conformance } from "matrix-send-to-device/testing";
import { differences, type Expectations, expectationsOf } from "./expectations.js";
import type { Outcome } from "./harness.js";
import { differenceOf } from "./mutations.js";
import type { Peer } from "./peers.js";
import type { Inconclusive, Question } from "./protocol.js";
import { type Judgement, judge } from "./verdicts.js";

export type Result = {
  readonly peer: Peer;
  readonly outcome: Outcome;
  readonly expectations: Expectations;
  /** By the ID of the case. */
  readonly judgements: ReadonlyMap<string, Judgement>;
  readonly mutations: {
    /** The number of mutations for which the peer has a function. */
    readonly asked: number;
    /** Classes of differences, each with its questions. */
    readonly classes: ReadonlyMap<string, ReadonlyArray<Question>>;
  };
  /** The faults that make the run fail. */
  readonly failures: ReadonlyArray<string>;
};

const silent: Inconclusive = { verdict: "inconclusive", reason: "no answer" };

/** Compares answers with the corpus, answers to mutations with this library, and both with the expectations. */
export function resultOf(
  peer: Peer,
  outcome: Outcome,
  library: Outcome,
  mutants: ReadonlyArray<Question>,
): Result {
  const answerOf = ({ answers }: Outcome, id: string) => answers.get(id) ?? silent;
  const judgements = new Map(
    conformance.cases.map((each) => [each.id, judge(each, answerOf(outcome, each.id))]),
  );

  const supported = mutants.filter(({ id }) => answerOf(outcome, id).verdict !== "unsupported");
  const classes = new Map<string, ReadonlyArray<Question>>();
  for (const question of supported) {
    const { id } = question;
    const difference = differenceOf(question, answerOf(library, id), answerOf(outcome, id));
    if (difference !== undefined) {
      classes.set(difference, [...(classes.get(difference) ?? []), question]);
    }
  }

  const expectations = expectationsOf(peer.file);
  const disagreeing = [...judgements].filter(([, { _tag }]) => _tag === "Disagrees");
  const inconclusive = [...outcome.answers].flatMap(([id, answer]) =>
    answer.verdict === "inconclusive" ? [`inconclusive: ${id}: ${answer.reason}`] : [],
  );
  return {
    peer,
    outcome,
    expectations,
    judgements,
    mutations: { asked: supported.length, classes },
    failures: [
      ...differences(
        expectations.disagreements.flatMap(({ cases }) => cases),
        disagreeing.map(([id]) => id),
      ),
      ...differences(
        expectations.mutations.flatMap((each) => each.classes),
        [...classes.keys()],
      ),
      ...inconclusive,
    ],
  };
}

/** The number of cases with this judgement. */
export function countOf({ judgements }: Result, tag: Judgement["_tag"]): number {
  return [...judgements.values()].filter(({ _tag }) => _tag === tag).length;
}
