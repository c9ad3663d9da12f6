/** The protocol between the runner and a harness: JSON lines. `README.md` describes it. */
import * as t from "io-ts";
import type { ConformanceCase } from "matrix-send-to-device/testing";

/** A case without its verdict. `text` is the JSON text of the input. */
export type Question = {
  readonly id: string;
  readonly kind: ConformanceCase["kind"];
  readonly text: string;
  readonly eventType?: string;
  readonly origin?: string;
  readonly local?: string;
  readonly devices?: { readonly [userId: string]: ReadonlyArray<string> };
};

const verdict = t.union([t.literal("accept"), t.literal("reject")]);

/** The first line of a harness. */
export const Hello = t.readonly(
  t.type({
    versions: t.readonly(t.record(t.string, t.string)),
    kinds: t.readonly(t.record(t.string, t.string)),
  }),
);
export type Hello = t.TypeOf<typeof Hello>;

/** The answer to a case. `crash`: the function of the peer would end its process. */
export const Answer = t.readonly(
  t.intersection([
    t.type({
      id: t.string,
      verdict: t.union([verdict, t.literal("unsupported"), t.literal("crash")]),
    }),
    t.partial({
      reason: t.string,
      grammar: t.union([t.literal("strict"), t.literal("historical"), t.literal("noncompliant")]),
      text: t.string,
      edus: t.readonlyArray(verdict),
      leaves: t.readonlyArray(t.tuple([t.string, t.string, t.string])),
      deliveries: t.readonlyArray(t.tuple([t.string, t.string, t.unknown])),
      events: t.readonlyArray(t.UnknownRecord),
    }),
  ]),
);
export type Answer = t.TypeOf<typeof Answer>;

/** No answer: the process ended, was silent for too long, or printed something else. Never counts as agreement. */
export type Inconclusive = { readonly verdict: "inconclusive"; readonly reason: string };

/** The question of a case of the corpus. */
export function questionOf(each: ConformanceCase): Question {
  const question = { id: each.id, kind: each.kind, text: textOf(each) };
  switch (each.kind) {
    case "contents":
      return { ...question, eventType: each.eventType };
    case "receipt":
    case "transactionText":
      return { ...question, origin: each.origin, local: each.local };
    case "delivery":
      return { ...question, local: each.local, devices: each.devices };
    default:
      return question;
  }
}

export function textOf(each: ConformanceCase): string {
  // The input of these is a text.
  if (each.kind === "jsonText" || each.kind === "transactionText") return each.input;
  return "inputText" in each ? each.inputText : JSON.stringify(each.input);
}
