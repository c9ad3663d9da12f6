/**
 * Both entries, `JSON.parse` and peers on new keys. Prints the results of one engine as JSON.
 *
 * `node text.js [rounds] [micros] [ruma]`: the rounds, how long a candidate runs in each, and a program of `ruma/` to run
 * in the same rounds. `engines.js` calls it for every engine.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import * as objects from "../dist/esm/index.js";
import * as texts from "../dist/esm/text/index.js";
import {
  edus,
  packable,
  rejected,
  requests,
  sharedContents,
  textOf,
  transactions,
  workloads,
} from "./fresh.js";
import { measure, median, ratio } from "./measure.js";
import * as ajv from "./peers/ajv.js";
import * as ajvAsWritten from "./peers/ajv-as-written.js";
import * as guard from "./peers/guard.js";
import * as guardAsWritten from "./peers/guard-as-written.js";
import * as ioTs from "./peers/io-ts.js";
import * as zod from "./peers/zod.js";

const [rounds, micros] = [Number(process.argv[2] ?? 9), Number(process.argv[3] ?? 10_000)];
const ruma = process.argv[4];

const options = { origin: "example.com", isLocal: () => true };
const receiveObjects = objects.receiveTransaction(options);
const receiveTexts = texts.receiveTransaction(options);

/** The host knows all named devices and one more. */
const known = (message) => (userId) =>
  Object.keys(message.messages[userId])
    .filter((id) => id !== "*")
    .concat("PHONE");
const knownByText = (message) => (userId) =>
  [...message.messages.get(userId).keys()].filter((id) => id !== "*").concat("PHONE");

/** Canonical JSON of a value, as the usual libraries write it. */
function canonicalOf(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalOf).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalOf(value[key])}`);
  return `{${members.join(",")}}`;
}

const inboxOfObjects = (body) =>
  receiveObjects(body).right.right.map((message) =>
    objects
      .deliver(known(message))(message)
      .right.map(({ event }) => JSON.stringify(event)),
  );
const inboxOfText = (received) =>
  received.right.right.map((message) =>
    texts
      .deliver(knownByText(message))(message)
      .right.map(({ event }) => event),
  );

const receiving = {
  parse: (text) => JSON.parse(text),
  "parse, receive": (text) => receiveObjects(JSON.parse(text)),
  "text to messages": (text) => receiveTexts(text),
  "objects to inbox": (text) => inboxOfObjects(JSON.parse(text)),
  "text to inbox": (text) => inboxOfText(receiveTexts(text)),
};

const whole = {
  objects: (text) => {
    const body = JSON.parse(text);
    return [canonicalOf(body), body.pdus, inboxOfObjects(body)];
  },
  text: (text) => {
    const received = receiveTexts(text);
    const { canonical, pdus } = received.right;
    return [canonical, pdus.map(texts.parse), inboxOfText(received)];
  },
  "objects, no signature": (text) => {
    const body = JSON.parse(text);
    return [body.pdus, inboxOfObjects(body)];
  },
};

const messageId = (index) => String(index).padStart(16, "m");
const from = { sender: "@john:example.com", type: "m.room.encrypted" };
const sendingOptions = { origin: "example.com", origin_server_ts: 1_532_991_320_875 };

const sending = {
  objects: (text) => {
    const body = objects.SendToDeviceBody.decode(JSON.parse(text)).right;
    return [...objects.splitByDestination(objects.requestOf(from)(body)).values()].flatMap((part) =>
      objects
        .toTransactions(sendingOptions)(objects.packEdus({ messageId })(part).right)
        .map(canonicalOf),
    );
  },
  text: (text) => {
    const request = texts.requestOf(from)(text).right;
    return [...texts.splitByDestination(request).values()].flatMap((part) => {
      const packed = texts.packEdus({ messageId })(part).right;
      return texts.toTransactions(sendingOptions)(packed.map((edu) => edu.text));
    });
  },
};

const decode = (value) => objects.DirectToDeviceEdu.decode(value);
const peers = {
  ours: decode,
  "guard, equal checks": guard.decode,
  "guard, as written": guardAsWritten.decode,
  "ajv, equal checks": ajv.decode,
  "ajv, as written": ajvAsWritten.decode,
  "zod, equal checks": zod.decode,
  "io-ts, equal checks": ioTs.decode,
};

const receiveEdus = objects.receiveEdus(options);
const rejecting = {
  decode,
  receive: (edu) => receiveEdus([edu]),
  "io-ts": ioTs.decode,
  zod: zod.decode,
};

function overBodies({ messages }, sizeOf) {
  let sum = 0;
  for (const user of Object.keys(messages)) {
    const devices = messages[user];
    for (const device of Object.keys(devices)) sum += sizeOf(devices[device]);
  }
  return sum;
}
const packing = {
  packEdus: objects.packEdus({ messageId }),
  "stringify, count": (content) =>
    overBodies(content, (body) => Buffer.byteLength(JSON.stringify(body))),
  canonicalJsonBytes: (content) =>
    overBodies(content, (body) => objects.canonicalJsonBytes(body).right),
};

/** Times of all candidates for each kind of input, in microseconds a call, round by round. */
function timesOf(makers, candidatesOf) {
  const names = Object.keys(makers);
  // Warmed up with mixed traffic, as on a server.
  for (let round = 0; round < 3; round++) {
    for (const name of names) {
      for (const { input, run } of Object.values(candidatesOf(makers[name]))) run(input());
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const batch = name.includes("single") ? 20 : 1;
      const candidates = candidatesOf(makers[name]);
      return [name, measure(candidates, { batch, rounds, micros, warm: micros })];
    }),
  );
}

/** The median of each candidate, and its time relative to another one. */
function summary(times, ratios) {
  return Object.fromEntries(
    Object.entries(times).map(([name, samples]) => [
      name,
      {
        micros: mapValues(samples, (sample) => rounded(median(sample))),
        ratios: mapValues(ratios, ([way, reference]) =>
          rounded(ratio(samples[way], samples[reference])),
        ),
      },
    ]),
  );
}

const mapValues = (object, of) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, of(value)]));
const rounded = (number) => Number(number.toPrecision(3));
const withInput = (runs, input) => mapValues(runs, (run) => ({ input, run }));

const onTexts = (runs) => (make) => withInput(runs, () => textOf(make()));
const onValues = (runs) => (make) => ({
  parse: { input: () => JSON.stringify(make()), run: (text) => JSON.parse(text) },
  ...withInput(runs, () => JSON.parse(JSON.stringify(make()))),
});

/** The same kinds of transactions read by ruma: in a separate process, on separate texts. */
function rumaTimes() {
  if (ruma === undefined) return undefined;
  return mapValues({ ...workloads, ...transactions }, (make) => {
    const count = Math.max(5, Math.min(400, Math.round(4_000_000 / textOf(make()).length)));
    const input = Array.from({ length: count }, () => textOf(make())).join("\n");
    const { stdout, status } = spawnSync(ruma, { input, encoding: "utf8", maxBuffer: 1e8 });
    if (status !== 0) throw new Error("the program of ruma/ failed");
    return JSON.parse(stdout);
  });
}

const before = rumaTimes();
const received = timesOf(workloads, onTexts(receiving));
const results = {
  engine: process.versions.bun ? `Bun ${process.versions.bun}` : `Node ${process.versions.node}`,
  processor: cpus()[0].model.trim(),
  rounds,
  receiving: summary(received, {
    "text to messages / parse": ["text to messages", "parse"],
    "parse, receive / parse": ["parse, receive", "parse"],
    "objects to inbox / text to inbox": ["objects to inbox", "text to inbox"],
  }),
  whole: summary(timesOf(transactions, onTexts(whole)), {
    "objects / text": ["objects", "text"],
    "objects, no signature / text": ["objects, no signature", "text"],
  }),
  sending: summary(timesOf(requests, onTexts(sending)), { "objects / text": ["objects", "text"] }),
  decoding: summary(
    timesOf(edus, onValues(peers)),
    Object.fromEntries([
      ["ours / parse", ["ours", "parse"]],
      ...Object.keys(peers)
        .slice(1)
        .map((peer) => [`${peer} / ours`, [peer, "ours"]]),
    ]),
  ),
  rejecting: summary(timesOf(rejected, onValues(rejecting)), {
    "decode / parse": ["decode", "parse"],
    "receive / parse": ["receive", "parse"],
    "io-ts / decode": ["io-ts", "decode"],
    "zod / decode": ["zod", "decode"],
  }),
  packing: summary(
    {
      ...timesOf(packable, (make) =>
        withInput(packing, () => ({ ...from, ...JSON.parse(JSON.stringify(make())) })),
      ),
      ...timesOf({ "1,000 x 10, shared contents": sharedContents }, (make) =>
        withInput(packing, () => ({ ...from, messages: make() })),
      ),
    },
    {
      "packEdus / stringify, count": ["packEdus", "stringify, count"],
      "canonicalJsonBytes / stringify, count": ["canonicalJsonBytes", "stringify, count"],
    },
  ),
};
const after = rumaTimes();
console.log(JSON.stringify(before ? { ...results, ruma: { before, after } } : results));
