/**
 * The text entry next to the main entry and to `JSON.parse`, on texts whose keys the engine has never seen.
 *
 * `node text.js [micros]` prints ratios: how many times as long as the text entry the other way takes, medians of rounds in
 * one process. Other engines run it as it is.
 */
import * as objects from "../dist/esm/index.js";
import * as texts from "../dist/esm/text/index.js";
import { measure, median, ratio } from "./measure.js";
import { olmBody, range, smallBody } from "./workloads.js";

const micros = Number(process.argv[2] ?? 20_000);

/** Every text has users, devices and keys of its own. */
let seed = 1;
const fresh = () => seed++;
const letters = (number) => (number * 2_654_435_761).toString(36).toUpperCase();
const device = () => `D${letters(fresh())}`;
const user = () => `@user-${fresh()}:example.org`;
const ipv6User = () => `@u${fresh()}:[2001:db8::${(fresh() % 65_536).toString(16)}:1]`;
const longUser = () => `@${"пользователь".repeat(9)}${fresh()}:example.org`;

const devicesOf = (ids, body) => Object.fromEntries(ids.map((id) => [id, body(fresh())]));
const messagesOf = (users, ids, body) =>
  Object.fromEntries(users.map((id) => [id, devicesOf(ids(), body)]));

const eduOf = (messages) => ({
  edu_type: "m.direct_to_device",
  content: {
    sender: "@john:example.com",
    type: "m.room.encrypted",
    message_id: `m${fresh()}`,
    messages,
  },
});

/** A PDU as servers send it: mostly known keys, and some of its own. */
const pdu = () => ({
  auth_events: range(3, () => `$${letters(fresh())}${"a".repeat(30)}`),
  content: { body: `Hello ${fresh()}, this is a message of usual length.`, msgtype: "m.text" },
  depth: fresh(),
  hashes: { sha256: "A".repeat(43) },
  origin_server_ts: 1_532_991_320_875,
  prev_events: [`$${letters(fresh())}${"b".repeat(30)}`],
  room_id: "!Cuyf34gef24t:localhost",
  sender: user(),
  signatures: { "example.com": { [`ed25519:${letters(fresh())}`]: "B".repeat(86) } },
  type: "m.room.message",
});

const olmEdu = (users, devices) =>
  eduOf(messagesOf(range(users, user), () => range(devices, device), olmBody));

const bodyOf = (edus, pdus = []) => ({
  edus,
  origin: "example.com",
  origin_server_ts: 1_532_991_320_875,
  pdus,
});

const canonical = texts.canonicalJson({ numbers: "asWritten" });

/** A value as a server sends it: canonical JSON, in one piece. */
const textOf = (value) => Buffer.from(canonical(JSON.stringify(value)).right).toString();

const ids = (make, count) => () =>
  bodyOf([eduOf(messagesOf(range(count, make), () => range(2, device), smallBody))]);

const workloads = {
  "single EDU": () => bodyOf([eduOf({ [user()]: { [device()]: smallBody(fresh()) } })]),
  "Olm 20 x 5": () => bodyOf([olmEdu(20, 5)]),
  "1 x 10,000": () => bodyOf([eduOf(messagesOf([user()], () => range(10_000, device), smallBody))]),
  "5,000 x *": () => bodyOf([eduOf(messagesOf(range(5000, user), () => ["*"], smallBody))]),
  "100 EDUs": () =>
    bodyOf(range(100, () => eduOf(messagesOf([user()], () => range(2, device), smallBody)))),
  "100 IPv6 IDs": ids(ipv6User, 100),
  "100 long Cyrillic IDs": ids(longUser, 100),
};

const transactions = {
  "50 PDUs, 20 EDUs": () =>
    bodyOf(
      range(20, () => olmEdu(2, 3)),
      range(50, pdu),
    ),
  "10 PDUs, 50 EDUs": () =>
    bodyOf(
      range(50, () => olmEdu(2, 3)),
      range(10, pdu),
    ),
  "100 EDUs of 6": () => bodyOf(range(100, () => olmEdu(2, 3))),
  "50 PDUs": () => bodyOf([], range(50, pdu)),
};

const requests = {
  "Olm 20 x 5": () => ({ messages: messagesOf(range(20, user), () => range(5, device), olmBody) }),
  "1 x 10,000": () => ({ messages: messagesOf([user()], () => range(10_000, device), smallBody) }),
  "5,000 x *": () => ({ messages: messagesOf(range(5000, user), () => ["*"], smallBody) }),
};

const options = { origin: "example.com", isLocal: () => true };
const known = (message) => (userId) =>
  Object.keys(message.messages[userId])
    .filter((id) => id !== "*")
    .concat("PHONE");
const knownByText = (message) => (userId) =>
  [...message.messages.get(userId).keys()].filter((id) => id !== "*").concat("PHONE");

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

const messageId = (index) => String(index).padStart(16, "m");
const from = { sender: "@john:example.com", type: "m.room.encrypted" };
const sending = { origin: "example.com", origin_server_ts: 1_532_991_320_875 };

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
const packing = {
  objects: (text) => {
    const body = objects.SendToDeviceBody.decode(JSON.parse(text)).right;
    return [...objects.splitByDestination(objects.requestOf(from)(body)).values()].flatMap((part) =>
      objects.toTransactions(sending)(objects.packEdus({ messageId })(part).right).map(canonicalOf),
    );
  },
  text: (text) => {
    const request = texts.requestOf(from)(text).right;
    return [...texts.splitByDestination(request).values()].flatMap((part) => {
      const edus = texts
        .packEdus({ messageId })(part)
        .right.map((edu) => edu.text);
      return texts.toTransactions(sending)(edus);
    });
  },
};

/** Mixed with other traffic before, as on a server. */
function warmUp(runs, makers) {
  for (let round = 0; round < 3; round++) {
    for (const make of Object.values(makers)) {
      for (const run of Object.values(runs)) run(textOf(make()));
    }
  }
}

function table(title, runs, makers, columns) {
  warmUp(runs, makers);
  const rows = Object.entries(makers).map(([name, make]) => {
    const candidates = Object.fromEntries(
      Object.entries(runs).map(([way, run]) => [way, { input: () => textOf(make()), run }]),
    );
    const samples = measure(candidates, { rounds: 9, micros, warm: micros });
    const ratios = columns.map(([label, way, reference]) => [
      label,
      ratio(samples[way], samples[reference]).toFixed(2),
    ]);
    return { name, µs: median(samples[columns[0][1]]).toFixed(1), ...Object.fromEntries(ratios) };
  });
  console.log(`\n${title}`);
  console.table(rows);
}

console.log(process.versions.bun ? `Bun ${process.versions.bun}` : `Node ${process.versions.node}`);
table("receiving", receiving, workloads, [
  ["text/parse", "text to messages", "parse"],
  ["receive/parse", "parse, receive", "parse"],
  ["objects/text inbox", "objects to inbox", "text to inbox"],
]);
table("whole", whole, transactions, [
  ["objects/text", "objects", "text"],
  ["no signature: objects/text", "objects, no signature", "text"],
]);
table("sending", packing, requests, [["objects/text", "objects", "text"]]);
