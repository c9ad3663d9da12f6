/** The seeded inputs, 100,000 in groups, and what the library makes of each. */
import {
  canonicalJsonBytes,
  conformance,
  contents,
  DirectToDeviceEdu,
  deliver,
  expandWildcards,
  explain,
  inputOf,
  isKnownType,
  MessageId,
  packEdus,
  readAppserviceToDevice,
  readEvent,
  receiveEdus,
  receiveTransaction,
  recipients,
  requestOf,
  SendToDeviceBody,
  ServerName,
  serverNameOf,
  splitByDestination,
  ToDeviceEvent,
  textEntry,
  toStandardSchema,
  UserId,
  userIdGrammar,
} from "./library.mjs";
import {
  edu,
  json,
  leaf,
  longText,
  messageId,
  messages,
  sendable,
  serverName,
  spoiled,
  text,
  units,
  userId,
} from "./values.mjs";

/** The verdict of a codec: nothing, or its lines. */
export function verdictOf(codec, value) {
  const decoded = codec.decode(value);
  const lines = decoded._tag === "Right" ? [] : explain(decoded.left);
  return { is: codec.is(value), accepted: decoded._tag === "Right", lines };
}

const receive = receiveEdus({
  origin: "example.com",
  isLocal: (recipient) => serverNameOf(recipient) !== "elsewhere",
});

const receiveText = textEntry.receiveTransaction({
  origin: "example.com",
  isLocal: (recipient) => serverNameOf(recipient) !== "elsewhere",
});

const devicesOf = (user) => ["A", "0", "*", "é", "__proto__"].slice(0, user.length % 6);

/** What a server does with EDUs, up to the inboxes of devices. */
function received({ left, right }) {
  return {
    rejections: left,
    messages: right,
    deliveries: right.map((message) => {
      const outcome = deliver(devicesOf)(message);
      return [
        recipients(message),
        outcome.left.map(({ userId, deviceId, reason }) => [userId, deviceId, reason]),
        outcome.right.map(({ userId, deviceId, event }) => [
          userId,
          deviceId,
          canonicalJsonBytes(event),
        ]),
        expandWildcards(devicesOf)(message).messages,
      ];
    }),
  };
}

const message = (members) => ({
  edu_type: "m.direct_to_device",
  content: {
    sender: "@john:example.com",
    type: "m.test",
    message_id: "m1",
    messages: { "@alice:example.org": { "*": {} } },
    ...members,
  },
});

/** User IDs with every pair of units, in short, long and random surroundings. */
function anyUserId(random, index) {
  const pair = units[index % units.length] + units[Math.floor(index / units.length) % units.length];
  switch (Math.floor(index / units.length ** 2) % 6) {
    case 0:
      return `@${pair}:x`;
    case 1:
      return `@${"a".repeat(random.between(83, 90))}${pair}:example.org`;
    case 2:
      return `@${longText(random, 246)}${pair}:hs`;
    case 3:
      return `@${text(random, 8)}${pair}${text(random, 8)}:${serverName(random)}`;
    case 4:
      return `@${longText(random, 500)}${pair}:x`;
    default:
      return text(random, 3) + pair + text(random, 3);
  }
}

const anyMessageId = (random) =>
  longText(random, random.pick([0, 20, 28, 64, 128, 250, 510, 1020])) +
  text(random, 6) +
  random.pick(["", "a", "\u{1f600}"]).repeat(random.below(5));

const decodable = conformance.cases.filter(
  (each) => each.kind === "contents" && each.verdict === "accept" && isKnownType(each.eventType),
);

/** A group: how many inputs, how to make one, and what comes out. */
export const groups = [
  {
    name: "user IDs",
    count: 20_000,
    input: anyUserId,
    outcome: (id) => [
      verdictOf(UserId, id),
      UserId.is(id) ? [userIdGrammar(id), serverNameOf(id)] : [],
      receive([message({ sender: id }), message({ messages: { [id]: { A: {} } } })]),
    ],
  },
  {
    name: "server names",
    count: 15_000,
    input: serverName,
    outcome: (name) => [verdictOf(ServerName, name), UserId.is(`@a:${name}`)],
  },
  {
    name: "message IDs",
    count: 10_000,
    input: anyMessageId,
    outcome: (id) => [verdictOf(MessageId, id), receive([message({ message_id: id })])],
  },
  {
    name: "EDUs",
    count: 18_000,
    input: (random) => [edu(random), ...random.many(1, () => edu(random))],
    outcome: (edus) => [
      edus.map((each) => verdictOf(DirectToDeviceEdu, each)),
      received(receive(edus)),
    ],
  },
  {
    name: "transactions",
    count: 2_000,
    input: (random) => {
      const body = {
        origin: "example.com",
        origin_server_ts: random.pick([0, 1_700_000_000_000, -1, 1.5]),
        pdus: Array(random.pick([0, 1, 50, 50, 51])).fill({}),
        edus: random.many(3, () => edu(random)),
      };
      return random.chance(0.8) ? body : spoiled(random, body);
    },
    outcome: (body) => {
      const outcome = receiveTransaction({ origin: "example.com", isLocal: () => true })(body);
      return outcome._tag === "Left" ? explain(outcome.left) : received(outcome.right);
    },
  },
  {
    name: "canonical JSON",
    count: 15_000,
    input: (random) => (random.chance(0.3) ? leaf(random) : json(random, 4)),
    outcome: (value) => canonicalJsonBytes(value),
  },
  {
    name: "packing",
    count: 8_000,
    input: (random) => ({
      body: { messages: messages(random, sendable, 9) },
      type: random.pick(["m.test", "é", ""]),
      maxBytes: random.pick([150, 200, 300, 400, 600, 1000, 65536]),
      prefix: random.pick(["m", "0123456789abcdef01234567", "é"]),
    }),
    outcome: ({ body, type, maxBytes, prefix }) => {
      if (!SendToDeviceBody.is(body)) return verdictOf(SendToDeviceBody, body);
      const request = requestOf({ sender: "@john:example.com", type })(body);
      const pack = packEdus({ messageId: (index) => prefix + index, maxBytes });
      return Array.from(splitByDestination(request), ([server, part]) => [server, pack(part)]);
    },
  },
  {
    name: "appservices",
    count: 4_000,
    input: (random) => {
      const events = random.many(4, () => ({
        type: random.pick(["m.test", "m.dummy"]),
        sender: random.chance(0.9) ? "@john:example.com" : userId(random),
        to_user_id: userId(random),
        to_device_id: random.pick(["A", "B", "*", "", "é"]),
        content: leaf(random),
      }));
      return {
        events: [],
        to_device: events,
        "de.sorunome.msc2409.to_device": random.chance(0.5)
          ? [...events, messageId(random)].reverse()
          : spoiled(random, events),
      };
    },
    outcome: (transaction) => readAppserviceToDevice(transaction),
  },
  {
    name: "texts",
    count: 5_000,
    input: (random) => {
      const edus = random.many(3, () => edu(random));
      const body = { edus, origin: "example.com", origin_server_ts: 1, pdus: [{ n: 1 }] };
      // Not every engine escapes lone surrogates.
      const text = JSON.stringify(body).replace(
        /[\ud800-\udfff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
      );
      if (random.chance(0.6)) return text;
      const at = random.below(text.length);
      const snippet = random.pick(["", "}", '"', ",", "0", " ", "\\", '"a":1,', "1e400", "\n"]);
      return text.slice(0, at) + snippet + text.slice(at + random.below(2));
    },
    outcome: (text) => {
      const outcome = receiveText(text);
      if (outcome._tag === "Left") return outcome;
      const { left, right, pdus, otherEdus, canonical } = outcome.right;
      const delivered = right.map((message) => {
        const { left: lost, right: sent } = textEntry.deliver(devicesOf)(message);
        return [lost, sent, [...message.unknownMembers]];
      });
      return [left, delivered, pdus, otherEdus, canonical];
    },
  },
  {
    name: "contents",
    count: 8_000,
    input: (random) => {
      const chosen = random.pick(decodable);
      const content = inputOf(chosen);
      return { type: chosen.eventType, content: spoiled(random, content) };
    },
    outcome: ({ type, content }) => {
      const event = { type, sender: "@john:example.com", content };
      const { issues = [] } = toStandardSchema(contents[type])["~standard"].validate(content);
      return [
        verdictOf(contents[type], content),
        issues.map(({ message: line, path }) => [line, path]),
        ToDeviceEvent.is(event) ? readEvent(event)._tag : "no event",
      ];
    },
  },
];
