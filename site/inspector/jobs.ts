/** What the page asks of the engine, and what the engine answers: plain data, for a worker. */
import type { Anonymised } from "../report/anonymise.ts";
import type { Inspection, Report } from "../report/report.ts";

export type Job =
  | { readonly _tag: "Inspect"; readonly input: Inspection }
  | { readonly _tag: "Anonymise"; readonly given: Anonymised };

export type Answer =
  | { readonly _tag: "Report"; readonly report: Report }
  | { readonly _tag: "Anonymised"; readonly anonymised: Anonymised }
  /** A bug of the inspector: the page says so. */
  | { readonly _tag: "Failed"; readonly reason: string };

/** What a worker sends: how much is done, from 0 to 1, and at last the answer. */
export type WorkerMessage =
  | { readonly _tag: "Progress"; readonly done: number }
  | { readonly _tag: "Done"; readonly answer: Answer };

/** Does a job step by step. */
export type Engine = (job: Job) => Generator<number, Answer>;
