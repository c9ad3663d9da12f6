/**
 * Bytes that each step allocates, and bytes that its result retains, per call. Prints JSON.
 *
 * `node --expose-gc --min-semi-space-size=512 --max-semi-space-size=512 heap.js`: between two readings
 * only requested collections run.
 */
import * as objects from "../dist/esm/index.js";
import * as texts from "../dist/esm/text/index.js";
import { textOf, workloads } from "./fresh.js";
import { median, sink } from "./measure.js";
import * as ajv from "./peers/ajv.js";
import * as ioTs from "./peers/io-ts.js";
import * as zod from "./peers/zod.js";
import { range } from "./workloads.js";

const options = { origin: "example.com", isLocal: () => true };
const receiveObjects = objects.receiveTransaction(options);
const receiveTexts = texts.receiveTransaction(options);
const devices = () => ["PHONE"];
const each = (decode) => (body) => body.edus.map((edu) => decode(edu));

const onText = { "JSON.parse": (text) => JSON.parse(text), "text to messages": receiveTexts };
const onValue = {
  receiveTransaction: receiveObjects,
  "ajv, equal checks": each(ajv.decode),
  "zod, equal checks": each(zod.decode),
  "io-ts, equal checks": each(ioTs.decode),
};
const onReceived = {
  "deliver, objects": (text) => receiveObjects(JSON.parse(text)).right.right,
  "deliver, text": (text) => receiveTexts(text).right.right,
};

function bytesOf(input, run) {
  const rounds = range(7, () => bytesOnce(input, run));
  const middle = (what) => Math.max(0, Math.round(median(rounds.map((bytes) => bytes[what]))));
  return { allocated: middle("allocated"), kept: middle("kept") };
}

/** A separate function, because an engine may keep values of the last round in registers. */
function bytesOnce(input, run) {
  sink.value = undefined;
  const value = input();
  collect();
  const before = process.memoryUsage().heapUsed;
  // Keeps the input alive, so that only new objects count.
  sink.value = [value, run(value)];
  const allocated = process.memoryUsage().heapUsed - before;
  collect();
  return { allocated, kept: process.memoryUsage().heapUsed - before };
}

/** Repeated, because some objects, such as shapes, are freed only after others. */
function collect() {
  // An engine keeps the last text that a pattern has matched.
  /x/.exec("x");
  for (let round = 0; round < 4; round++) globalThis.gc();
}

const results = Object.fromEntries(
  ["Olm 20 x 5", "1 x 10,000", "5,000 x *", "100 EDUs"].map((name) => {
    const text = () => textOf(workloads[name]());
    const rows = {
      ...Object.fromEntries(Object.entries(onText).map(([way, run]) => [way, [text, run]])),
      ...Object.fromEntries(
        Object.entries(onValue).map(([way, run]) => [way, [() => JSON.parse(text()), run]]),
      ),
      ...Object.fromEntries(
        Object.entries(onReceived).map(([way, receive]) => {
          const { deliver } = way === "deliver, text" ? texts : objects;
          return [way, [() => receive(text()), (messages) => messages.map(deliver(devices))]];
        }),
      ),
    };
    for (const [input, run] of Object.values(rows)) range(20, () => run(input()));
    const bytes = Object.entries(rows).map(([way, [input, run]]) => [way, bytesOf(input, run)]);
    return [name, { text: text().length, ...Object.fromEntries(bytes) }];
  }),
);
console.log(JSON.stringify(results));
