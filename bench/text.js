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
import { overBodies } from "./workloads.js";

const [rounds, micros] = [Number(process.argv[2] ?? 9), Number(process.argv[3] ?? 10_000)];
const ruma = process.argv[4];

const options = { origin: "example.com", isLocal: () => true };
const receiveObjects = objects.receiveTransaction(options);
const receiveTexts = texts.receiveTransaction(options);

/** Canonical JSON of a value, as the usual libraries write it. */
function canonicalOf(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalOf).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalOf(value[key])}`);
  return `{${members.join(",")}}`;
}

const inboxOfObjects = (body, devices) =>
  receiveObjects(body).right.right.map((message) =>
    objects
      .deliver(devices)(message)
      .right.map(({ event }) => JSON.stringify(event)),
  );
const inboxOfText = (received, devices) =>
  received.right.right.map((message) =>
    texts
      .deliver(devices)(message)
      .right.map(({ event }) => event),
  );

/**
 * What no way from text to messages can leave out: the text is checked, and each leaf is reachable by user and device.
 * The places of the leaves are given. With `eventOf`, an event and a delivery are made for each leaf, too.
 */
function floorOf({ text, leaves }, eventOf) {
  if (!texts.JsonText.is(text)) throw new Error("the floor is for valid texts");
  const users = new Map();
  const deliveries = [];
  let devices;
  let userId;
  for (let at = 0; at < leaves.length; at += 6) {
    if (leaves[at] !== leaves[at - 6]) {
      userId = text.slice(leaves[at], leaves[at + 1]);
      devices = new Map();
      users.set(userId, devices);
    }
    const deviceId = text.slice(leaves[at + 2], leaves[at + 3]);
    const contents = text.slice(leaves[at + 4], leaves[at + 5]);
    devices.set(deviceId, contents);
    if (eventOf) deliveries.push({ userId, deviceId, event: eventOf(contents) });
  }
  return [users, deliveries];
}

const eventEnd = ',"sender":"@john:example.com","type":"m.room.encrypted"}';
const eventOf = (contents) => `{"content":${contents}${eventEnd}`;

const receiving = {
  parse: ({ text }) => JSON.parse(text),
  "parse, receive": ({ text }) => receiveObjects(JSON.parse(text)),
  check: ({ text }) => texts.JsonText.is(text),
  floor: (input) => floorOf(input),
  "text to messages": ({ text }) => receiveTexts(text),
  "objects to inbox": ({ text, devices }) => inboxOfObjects(JSON.parse(text), devices),
  "floor to inbox": (input) => floorOf(input, eventOf),
  "text to inbox": ({ text, devices }) => inboxOfText(receiveTexts(text), devices),
};

const whole = {
  objects: ({ text, devices }) => {
    const body = JSON.parse(text);
    return [canonicalOf(body), body.pdus, inboxOfObjects(body, devices)];
  },
  text: ({ text, devices }) => {
    const received = receiveTexts(text);
    const { canonical, pdus } = received.right;
    return [canonical, pdus.map(texts.parse), inboxOfText(received, devices)];
  },
  "objects, no signature": ({ text, devices }) => {
    const body = JSON.parse(text);
    return [body.pdus, inboxOfObjects(body, devices)];
  },
};

const messageId = (index) => String(index).padStart(16, "m");
const from = { sender: "@john:example.com", type: "m.room.encrypted" };
const sendingOptions = { origin: "example.com", origin_server_ts: 1_532_991_320_875 };

const sending = {
  parse: (text) => JSON.parse(text),
  check: (text) => texts.JsonText.is(text),
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
  "verdict, no error": (edu) => objects.DirectToDeviceEdu.is(edu),
  decode,
  receive: (edu) => receiveEdus([edu]),
  "io-ts": ioTs.decode,
  zod: zod.decode,
};

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
const onTransactions = (runs) => (make) => withInput(runs, () => transactionOf(make()));

/** A text, the devices that the host knows (all named ones and one more), and the places of the leaves in the text. */
function transactionOf(body) {
  const text = textOf(body);
  const devices = new Map();
  const leaves = [];
  let at = 0;
  for (const { content } of body.edus) {
    for (const [user, named] of inOrder(content.messages)) {
      const known = Object.keys(named).filter((id) => id !== "*");
      devices.set(user, known.concat("PHONE"));
      const userAt = text.indexOf(`"${user}":`, at) + 1;
      at = userAt;
      for (const [device, contents] of inOrder(named)) {
        const deviceAt = text.indexOf(`"${device}":`, at) + 1;
        const contentsAt = deviceAt + device.length + '":'.length;
        at = contentsAt + JSON.stringify(contents).length;
        leaves.push(
          userAt,
          userAt + user.length,
          deviceAt,
          deviceAt + device.length,
          contentsAt,
          at,
        );
      }
    }
  }
  return { text, devices, leaves };
}

const inOrder = (object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
const onValues = (runs) => (make) => ({
  parse: { input: () => JSON.stringify(make()), run: (text) => JSON.parse(text) },
  ...withInput(runs, () => JSON.parse(JSON.stringify(make()))),
});

/** Nanoseconds that the check of one User ID takes, and that a loop takes to read its units. */
function ids() {
  const kinds = {
    ordinary: (index) => `@user-${index}:example.org`,
    "IPv6 address": (index) => `@user-${index}:[2001:db8::${(index % 65_536).toString(16)}:1]`,
    "100 Cyrillic letters": (index) => `@${"п".repeat(100 - 7)}${index}:example.org`,
    "120 Cyrillic letters": (index) => `@${"п".repeat(120 - 14)}${index}:example.org`,
    "240 bytes in ASCII": (index) => `@${"x".repeat(240 - 20)}${index}:example.org`,
  };
  const runs = {
    check: (list) => list.every(objects.UserId.is),
    "read the units": (list) => list.reduce((sum, id) => sum + unitsOf(id), 0),
  };
  let next = 1_000_000;
  return mapValues(kinds, (idOf) => {
    // From text, as IDs are: strings that were put together would be flattened first.
    const input = () =>
      JSON.parse(JSON.stringify(Array.from({ length: 1000 }, () => idOf(next++))));
    const samples = measure(withInput(runs, input), { rounds, micros, warm: micros });
    return { nanos: mapValues(samples, (sample) => rounded(median(sample))) };
  });
}

function unitsOf(id) {
  let sum = 0;
  for (let index = 0; index < id.length; index++) sum += id.charCodeAt(index);
  return sum;
}

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
const received = timesOf(workloads, onTransactions(receiving));
const results = {
  engine: process.versions.bun ? `Bun ${process.versions.bun}` : `Node ${process.versions.node}`,
  processor: cpus()[0].model.trim(),
  rounds,
  receiving: summary(received, {
    "text to messages / parse": ["text to messages", "parse"],
    "check / parse": ["check", "parse"],
    "floor / parse": ["floor", "parse"],
    "parse, receive / parse": ["parse, receive", "parse"],
    "objects to inbox / text to inbox": ["objects to inbox", "text to inbox"],
    "objects to inbox / floor to inbox": ["objects to inbox", "floor to inbox"],
  }),
  whole: summary(timesOf(transactions, onTransactions(whole)), {
    "objects / text": ["objects", "text"],
    "objects, no signature / text": ["objects, no signature", "text"],
  }),
  sending: summary(timesOf(requests, onTexts(sending)), {
    "objects / text": ["objects", "text"],
    "check / parse": ["check", "parse"],
  }),
  ids: ids(),
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
    "verdict / parse": ["verdict, no error", "parse"],
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
