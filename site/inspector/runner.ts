/**
 * Runs jobs without blocking the page: in a worker, or in time slices if the browser allows no worker.
 *
 * A new job aborts the previous one.
 */
import type { Answer, Engine, Job, WorkerMessage } from "./jobs.ts";

export type Runner = {
  /** Runs a job. `undefined` if another job has replaced it. */
  readonly run: (job: Job, onProgress: (done: number) => void) => Promise<Answer | undefined>;
  /** Where the last job ran. */
  readonly mode: () => "worker" | "slices";
};

/** How long the page may wait for a slice, in milliseconds. */
const sliceTime = 12;

export function newRunner(source: string, engine: Engine): Runner {
  let url: string | undefined;
  let worker: Worker | undefined;
  let hasWorkers = true;
  let current = 0;
  let endCurrent: () => void = () => undefined;

  const newWorker = (): Worker => {
    url ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    return new Worker(trusted(url));
  };

  const inWorker = (job: Job, onProgress: (done: number) => void) =>
    new Promise<Answer | "no worker">((resolve) => {
      try {
        worker ??= newWorker();
      } catch {
        resolve("no worker");
        return;
      }
      worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
        if (data._tag === "Progress") onProgress(data.done);
        else resolve(data.answer);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        resolve("no worker");
      };
      worker.postMessage(job);
    });

  const inSlices = (job: Job, onProgress: (done: number) => void, isCurrent: () => boolean) =>
    new Promise<Answer>((resolve) => {
      const steps = engine(job);
      const slice = () => {
        if (!isCurrent()) return;
        const end = performance.now() + sliceTime;
        let step = steps.next();
        while (step.done !== true && performance.now() < end) step = steps.next();
        if (step.done === true) {
          resolve(step.value);
          return;
        }
        onProgress(step.value);
        setTimeout(slice);
      };
      setTimeout(slice);
    });

  const run: Runner["run"] = (job, onProgress) => {
    endCurrent();
    const id = ++current;
    const isCurrent = () => id === current;
    return new Promise((resolve) => {
      endCurrent = () => {
        // A running worker cannot be interrupted, only terminated.
        worker?.terminate();
        worker = undefined;
        resolve(undefined);
      };
      const finish = (answer: Answer) => {
        if (!isCurrent()) return;
        endCurrent = () => undefined;
        resolve(answer);
      };
      if (!hasWorkers) {
        void inSlices(job, onProgress, isCurrent).then(finish);
        return;
      }
      void inWorker(job, onProgress).then((answer) => {
        if (!isCurrent()) return;
        if (answer !== "no worker") {
          finish(answer);
          return;
        }
        hasWorkers = false;
        void inSlices(job, onProgress, isCurrent).then(finish);
      });
    });
  };

  return { run, mode: () => (hasWorkers ? "worker" : "slices") };
}

/** The policy of the page lets only this function create script URLs. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as {
    readonly trustedTypes?: {
      readonly createPolicy: (
        name: string,
        rules: { readonly createScriptURL: (url: string) => string },
      ) => { readonly createScriptURL: (url: string) => string };
    };
  };
  if (trustedTypes === undefined) return url;
  policy ??= trustedTypes.createPolicy("inspector", { createScriptURL: (address) => address });
  return policy.createScriptURL(url);
}

let policy: { readonly createScriptURL: (url: string) => string } | undefined;
