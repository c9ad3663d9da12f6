/**
 * The script that runs jobs. In a worker it waits for jobs; in a page it exposes the engine to the page's script.
 */
import { anonymise } from "../report/anonymise.ts";
import { inspect } from "../report/inspect.ts";
import type { Answer, Engine, Job, WorkerMessage } from "./jobs.ts";

const engine: Engine = function* (job): Generator<number, Answer> {
  try {
    if (job._tag === "Anonymise") {
      return { _tag: "Anonymised", anonymised: yield* anonymise(job.given, newRandom()) };
    }
    return { _tag: "Report", report: yield* inspect(job.input) };
  } catch (error) {
    return { _tag: "Failed", reason: error instanceof Error ? error.message : "unknown error" };
  }
};

/** Random numbers from 0 to below 1, many at a time. */
function newRandom(): () => number {
  const numbers = new Uint32Array(4096);
  let next = numbers.length;
  return () => {
    if (next === numbers.length) {
      crypto.getRandomValues(numbers);
      next = 0;
    }
    return (numbers[next++] ?? 0) / 2 ** 32;
  };
}

const isWorker = typeof document === "undefined";
if (isWorker) {
  const send = (message: WorkerMessage) => self.postMessage(message);
  self.addEventListener("message", ({ data }: MessageEvent<Job>) => {
    const steps = engine(data);
    let step = steps.next();
    while (step.done !== true) {
      send({ _tag: "Progress", done: step.value });
      step = steps.next();
    }
    send({ _tag: "Done", answer: step.value });
  });
} else {
  Object.assign(globalThis, { inspectorEngine: engine });
}
