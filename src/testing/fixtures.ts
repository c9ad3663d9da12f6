/**
 * Ready-made messages: the example of the specification, exchanges between devices as servers pass them on, contents
 * of every event type, and hostile transactions with the expected deliveries.
 *
 * John is a user of example.com; Alice and Bob are users of example.org. Keys and ciphertexts are made up.
 */
import { type DeviceMessageContents, type DirectToDeviceEdu, directToDevice } from "../index.js";
import { examples } from "./conformance/contents.js";
import { specMessage } from "./conformance/edus.js";

const john = "@john:example.com";
const alice = "@alice:example.org";
const bob = "@bob:example.org";
const carol = "@carol:elsewhere.example";

/** An EDU. The test suite decodes every one. */
function edu(
  sender: string,
  type: string,
  message_id: string,
  messages: object,
): DirectToDeviceEdu {
  const content: unknown = { sender, type, message_id, messages };
  return { edu_type: directToDevice, content: content as DirectToDeviceEdu["content"] };
}

/** The example of the specification. */
export const specExample: DirectToDeviceEdu = edu(
  specMessage.sender,
  specMessage.type,
  specMessage.message_id,
  specMessage.messages,
);

/** An example of the contents of every event type that the specification defines, by type. */
export const contents: { readonly [eventType: string]: DeviceMessageContents } = examples;

const keyOf = {
  desk: "Szl29ksW/L8yZGWAX+8dY1XyFi+i5wm+DRhTGkbMiwU",
  phone: "7qZcfnBmbEGzxxaWfBjElJuvn7BZx+lSz/SvFrDF/z8",
  laptop: "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn/8mLqMjA",
  tablet: "hPQNcabIABgGnx3/ACv/jmMmiQHoeFfuLB17tzWp6Hw",
};

/** Contents of `m.room.encrypted` for one device. */
function olm(from: keyof typeof keyOf, to: keyof typeof keyOf, body: string): object {
  return {
    algorithm: "m.olm.v1.curve25519-aes-sha2",
    // The first message of a session is of type 0.
    ciphertext: { [keyOf[to]]: { body, type: body.startsWith("Awo") ? 0 : 1 } },
    "org.matrix.msgid": body.slice(-8),
    sender_key: keyOf[from],
  };
}

const session = {
  algorithm: "m.megolm.v1.aes-sha2",
  room_id: "!Cuyf34gef24t:example.com",
  session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
};

/** A Megolm key in Olm messages to three devices of two users, an answer, and a device from which the key is withheld. */
export const roomKey: ReadonlyArray<DirectToDeviceEdu> = [
  edu(john, "m.room.encrypted", "room-key-0", {
    [alice]: {
      LAPTOP: olm("desk", "laptop", "AwogKyGU5ZScVtjI0KypTYrWlmFwdG9w"),
      PHONE: olm("desk", "phone", "AwogGJJzMhfS3GQFXAOrCZ3iKyGUcGhvbmU"),
    },
    [bob]: { TABLET: olm("desk", "tablet", "AwogEnACgAkLmt6qF84IK7UDdGFibGV0") },
  }),
  edu(alice, "m.room.encrypted", "room-key-1", {
    [john]: { DESK: olm("phone", "desk", "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1") },
  }),
  edu(john, "m.room_key.withheld", "room-key-2", {
    [bob]: {
      OLDTABLET: {
        ...session,
        code: "m.unverified",
        reason: "The sender has not verified this device",
        sender_key: keyOf.desk,
      },
    },
  }),
];

const keyRequestId = { request_id: "1495474790150.19", requesting_device_id: "DESK" };

/** A request for a Megolm key to all devices of another user, the key in an Olm message, and the cancellation. */
export const keyRequest: ReadonlyArray<DirectToDeviceEdu> = [
  edu(john, "m.room_key_request", "key-request-0", {
    [alice]: { "*": { ...keyRequestId, action: "request", body: session } },
  }),
  edu(alice, "m.room.encrypted", "key-request-1", {
    [john]: { DESK: olm("phone", "desk", "AwgBEnACgAkLmt6qF84IK++J7UDH2Za1") },
  }),
  edu(john, "m.room_key_request", "key-request-2", {
    [alice]: { "*": { ...keyRequestId, action: "request_cancellation" } },
  }),
];

const transaction_id = "S0meUniqueAndOpaqueString";
const commitment =
  "fQpGIW1Snz+pwLZu6sTy2aHy/DYWWTspTJRPyNp0PKkymfIsNffysMl6ObMMFdIJhk6g6pwlIqZ54rxo8SLmAg";

const toDesk = (contents: object) => ({ [john]: { DESK: { ...contents, transaction_id } } });
const toPhone = (contents: object) => ({ [alice]: { PHONE: { ...contents, transaction_id } } });

/** A verification by emoji: a request to all devices of a user. One device answers, and the other one is informed. */
export const verification: ReadonlyArray<DirectToDeviceEdu> = [
  edu(john, "m.key.verification.request", "verify-0", {
    [alice]: {
      "*": {
        from_device: "DESK",
        methods: ["m.sas.v1"],
        timestamp: 1_559_598_944_869,
        transaction_id,
      },
    },
  }),
  edu(
    alice,
    "m.key.verification.ready",
    "verify-1",
    toDesk({ from_device: "PHONE", methods: ["m.sas.v1"] }),
  ),
  edu(john, "m.key.verification.cancel", "verify-2", {
    [alice]: {
      LAPTOP: { code: "m.accepted", reason: "Another device has answered", transaction_id },
    },
  }),
  edu(
    john,
    "m.key.verification.start",
    "verify-3",
    toPhone({
      from_device: "DESK",
      hashes: ["sha256"],
      key_agreement_protocols: ["curve25519-hkdf-sha256"],
      message_authentication_codes: ["hkdf-hmac-sha256.v2"],
      method: "m.sas.v1",
      short_authentication_string: ["decimal", "emoji"],
    }),
  ),
  edu(
    alice,
    "m.key.verification.accept",
    "verify-4",
    toDesk({
      commitment,
      hash: "sha256",
      key_agreement_protocol: "curve25519-hkdf-sha256",
      message_authentication_code: "hkdf-hmac-sha256.v2",
      short_authentication_string: ["emoji"],
    }),
  ),
  edu(john, "m.key.verification.key", "verify-5", toPhone({ key: keyOf.desk })),
  edu(alice, "m.key.verification.key", "verify-6", toDesk({ key: keyOf.phone })),
  edu(
    john,
    "m.key.verification.mac",
    "verify-7",
    toPhone({ keys: commitment, mac: { "ed25519:DESK": commitment } }),
  ),
  edu(
    alice,
    "m.key.verification.mac",
    "verify-8",
    toDesk({ keys: commitment, mac: { "ed25519:PHONE": commitment } }),
  ),
  edu(john, "m.key.verification.done", "verify-9", toPhone({})),
  edu(alice, "m.key.verification.done", "verify-10", toDesk({})),
];

const secretId = { request_id: "randomly_generated_id_9573", requesting_device_id: "LAPTOP" };

/** A request for a secret to all devices of the same user, the secret in an Olm message, and the cancellation. */
export const secret: ReadonlyArray<DirectToDeviceEdu> = [
  edu(alice, "m.secret.request", "secret-0", {
    [alice]: { "*": { ...secretId, action: "request", name: "m.megolm_backup.v1" } },
  }),
  edu(alice, "m.room.encrypted", "secret-1", {
    [alice]: { LAPTOP: olm("phone", "laptop", "AwogSecretKyGU5ZScVtjI0KypTYrWc2Vj") },
  }),
  edu(alice, "m.secret.request", "secret-2", {
    [alice]: { "*": { ...secretId, action: "request_cancellation" } },
  }),
];

/**
 * The devices that example.org knows, as a database query returns them: devices of its own users, and of remote users
 * whose device lists it caches.
 */
export const deviceDirectory: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  [alice, ["PHONE", "LAPTOP", "__proto__", "constructor", "7"]],
  [bob, ["TABLET", "OLDTABLET"]],
  [john, ["DESK"]],
  [carol, ["A"]],
]);

/** One event for one device. */
export type ExpectedDelivery = readonly [userId: string, deviceId: string, contents: unknown];

/** A transaction and its expected deliveries. */
export type HostileTransaction = {
  /** The JSON text of the transaction. */
  readonly body: string;
  /** All deliveries to devices of `deviceDirectory`, in any order. */
  readonly deliveries: ReadonlyArray<ExpectedDelivery>;
};

/** A transaction of example.com with an EDU that has this content, and with a valid EDU after it. */
function transactionOf(
  hostileContent: string,
  deliveries: ReadonlyArray<ExpectedDelivery>,
): HostileTransaction {
  const good = edu(john, "m.dummy", "good", { [alice]: { PHONE: {} } });
  const hostile = `{"edu_type":"m.direct_to_device","content":${hostileContent}}`;
  const edus = `[${hostile},${JSON.stringify(good)}]`;
  return {
    body: `{"origin":"example.com","origin_server_ts":1532991320875,"pdus":[],"edus":${edus}}`,
    deliveries: [...deliveries, [alice, "PHONE", {}]],
  };
}

function contentText(messages: string, sender = john): string {
  return `{"sender":${JSON.stringify(sender)},"type":"m.dummy","message_id":"hostile","messages":${messages}}`;
}

const toAlice = (devices: string) => contentText(`{"@alice:example.org":${devices}}`);
/** Contents for Alice's laptop. */
const toLaptop = (contents: string) => toAlice(`{"LAPTOP":${contents}}`);
const members = (count: number, member: (index: number) => string) =>
  `{${Array.from({ length: count }, (_, index) => member(index)).join(",")}}`;

/** Contents that Alice's laptop receives. */
const laptopGets = (contents: unknown): ReadonlyArray<ExpectedDelivery> => [
  [alice, "LAPTOP", contents],
];

type Hostile = readonly [content: string, deliveries?: ReadonlyArray<ExpectedDelivery>];

const hostile: { readonly [name: string]: Hostile } = {
  "__proto__ as device": [toAlice('{"__proto__":{"a":1}}'), [[alice, "__proto__", { a: 1 }]]],
  "__proto__ as user": [contentText('{"__proto__":{"A":{}}}')],
  "__proto__ in contents": [
    toLaptop('{"__proto__":{"isAdmin":true}}'),
    laptopGets(JSON.parse('{"__proto__":{"isAdmin":true}}')),
  ],
  "__proto__ with the sender": [
    `{"__proto__":{"sender":"@john:example.com"},"type":"m.dummy","message_id":"hostile","messages":{"@alice:example.org":{"LAPTOP":{}}}}`,
  ],
  "names of inherited members": [
    toAlice('{"constructor":{"a":1},"toString":{},"hasOwnProperty":{}}'),
    [[alice, "constructor", { a: 1 }]],
  ],
  "constructor.prototype in contents": [
    toLaptop('{"constructor":{"prototype":{"isAdmin":true}}}'),
    laptopGets({ constructor: { prototype: { isAdmin: true } } }),
  ],
  "members twice, valid last": [
    toAlice('{"LAPTOP":null,"LAPTOP":{"n":1},"LAPTOP":{"n":2}}'),
    laptopGets({ n: 2 }),
  ],
  "members twice, invalid last": [toAlice('{"LAPTOP":{"n":1},"LAPTOP":{"n":2},"LAPTOP":null}')],
  "senders twice, valid last": [
    toLaptop("{}").replace("{", '{"sender":"@mallory:evil.example",'),
    laptopGets({}),
  ],
  "senders twice, foreign last": [
    toLaptop("{}").replace(/\}$/, ',"sender":"@mallory:evil.example"}'),
  ],
  "100,000 levels of arrays": [toLaptop(`{"deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)],
  "20,000 levels of objects": [toLaptop(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`)],
  "lone surrogates": [toAlice('{"\\ud800":{},"LAPTOP":{"\\udc00":"\\ud83d"}}')],
  "lone surrogate in user": [contentText('{"@a\\ud800:example.org":{"A":{}}}')],
  "lone surrogate in message ID": [toLaptop("{}").replace("hostile", "\\udfff")],
  "lone surrogate in type": [toLaptop("{}").replace("m.dummy", "\\ud800")],
  "lone surrogate next to U+FEFF in user": [contentText('{"@\\ud800\\ufeff:x":{"A":{}}}')],
  "NUL everywhere": [contentText('{"@a\\u0000:example.org":{"\\u0000":{"\\u0000":"\\u0000"}}}')],
  "terminal codes in a user": [contentText('{"@\\u001b[2J\\u202e:example.org":{"A":null}}')],
  "line breaks in an invalid user": [contentText('{"bob\\r\\nHTTP/1.1 200 OK":{"A":{}}}')],
  "invalid user next to a valid one": [
    contentText('{"alice":{"PHONE":{}},"@alice:example.org":{"LAPTOP":{}}}'),
    laptopGets({}),
  ],
  "* as user": [contentText('{"*":{"PHONE":{"n":1}}}')],
  "* next to a named device": [
    contentText('{"@bob:example.org":{"*":{"n":1},"TABLET":{"n":2}}}'),
    [
      [bob, "TABLET", { n: 2 }],
      [bob, "OLDTABLET", { n: 1 }],
    ],
  ],
  "* next to contents that are null": [
    contentText('{"@bob:example.org":{"*":{"n":1},"TABLET":null}}'),
    [[bob, "OLDTABLET", { n: 1 }]],
  ],
  "* next to a number too large for a double": [
    contentText('{"@bob:example.org":{"*":{"n":1},"TABLET":{"n":1e400}}}'),
    [[bob, "OLDTABLET", { n: 1 }]],
  ],
  "number too large for a double": [toLaptop('{"n":1e400}')],
  "number of 10,000 digits": [toLaptop(`{"n":${"9".repeat(10_000)}}`)],
  "float, negative zero, 2^53": [
    toLaptop('{"n":[1.5,-0,9007199254740993]}'),
    laptopGets(JSON.parse('{"n":[1.5,-0,9007199254740993]}')),
  ],
  "10,000 invalid contents": [toAlice(members(10_000, (index) => `"D${index}":"secret"`))],
  "10,000 invalid users": [contentText(members(10_000, (index) => `"u${index}":{"A":{}}`))],
  "10,000 integer-like devices": [
    toAlice(members(10_000, (index) => `"${index * 7}":{}`)),
    [[alice, "7", {}]],
  ],
  "a user ID of 100,000 characters": [
    contentText(`{"@${"a".repeat(100_000)}:example.org":{"A":{}}}`),
  ],
  "a user ID of 100,000 colons": [contentText(`{"@${":".repeat(100_000)}":{"A":{}}}`)],
  "a device ID of 100,000 characters": [toAlice(`{"${"D".repeat(100_000)}":null}`)],
  "a message ID of 100,000 characters": [toLaptop("{}").replace("hostile", "m".repeat(100_000))],
  "a message ID of 74 characters": [
    toLaptop("{}").replace("hostile", "m".repeat(74)),
    laptopGets({}),
  ],
  "a sender of another server": [
    contentText('{"@alice:example.org":{"LAPTOP":{}}}', "@mallory:evil.example"),
  ],
  "a sender of the receiving server": [contentText('{"@alice:example.org":{"LAPTOP":{}}}', bob)],
  "a recipient of another server": [
    contentText('{"@carol:elsewhere.example":{"A":{}},"@alice:example.org":{"LAPTOP":{}}}'),
    laptopGets({}),
  ],
  "all devices of a recipient of another server": [
    contentText('{"@carol:elsewhere.example":{"*":{}}}'),
  ],
  "null as content": ["null"],
  "an array as content": ["[]"],
  "null as messages": [contentText("null")],
  "null as devices": [
    contentText('{"@bob:example.org":null,"@alice:example.org":{"LAPTOP":{}}}'),
    laptopGets({}),
  ],
  "null as contents": [toAlice('{"PHONE":null,"LAPTOP":{}}'), laptopGets({})],
  "null as type": [toLaptop("{}").replace('"m.dummy"', "null")],
  "a number as message ID": [toLaptop("{}").replace('"hostile"', "35")],
};

/**
 * Transactions that example.com signs and sends to example.org, with the expected deliveries. The key says what is hostile
 * in the first EDU.
 *
 * Each body is JSON text, with the meaning that `JSON.parse` gives it. A correct server answers 200 and makes exactly these
 * deliveries. They always include the second EDU: `{}` for Alice's `PHONE`. Deliveries to devices that `deviceDirectory`
 * does not list do not count: a server may keep or drop them.
 *
 * @example
 * ```ts
 * import { fixtures } from "matrix-send-to-device/testing";
 *
 * const hostile = fixtures.hostileTransactions["* next to contents that are null"];
 * console.log(hostile?.deliveries);
 * // > [["@bob:example.org", "OLDTABLET", { n: 1 }], ["@alice:example.org", "PHONE", {}]]
 * ```
 */
export const hostileTransactions: { readonly [name: string]: HostileTransaction } =
  Object.fromEntries(
    Object.entries(hostile).map(([name, [content, deliveries = []]]) => [
      name,
      transactionOf(content, deliveries),
    ]),
  );
