/** The requests of the page and the answers of the engine: plain data, for a worker. */
import type { Anonymised } from "../report/anonymise.ts";
import type { Inspection, Report } from "../report/report.ts";

export type Job =
  | { readonly _tag: "Inspect"; readonly input: Inspection }
  | { readonly _tag: "Anonymise"; readonly given: Anonymised };

export type Answer =
  | { readonly _tag: "Report"; readonly report: Report }
  | { readonly _tag: "Anonymised"; readonly anonymised: Anonymised }
  /** A bug of the inspector. The page reports it. */
  | { readonly _tag: "Failed"; readonly reason: string };

/** The messages of a worker: the progress, from 0 to 1, and finally the answer. */
export type WorkerMessage =
  | { readonly _tag: "Progress"; readonly done: number }
  | { readonly _tag: "Done"; readonly answer: Answer };

/** Runs a job step by step. */
export type Engine = (job: Job) => Generator<number, Answer>;
