import * as t from "io-ts";
import { PathReporter } from "io-ts/lib/PathReporter.js";
import {
  contents,
  type DeviceMessageContents,
  explain,
  isKnownType,
  type KnownType,
  RoomId,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";

type Path = ReadonlyArray<string | number>;

/** Sample contents of a type. Members that are not listed as optional or free are required and have the type shown. */
type Example = {
  readonly type: KnownType;
  readonly reason: string;
  readonly value: DeviceMessageContents;
  /** May be left out. */
  readonly optional?: ReadonlyArray<Path>;
  /** May be left out or be anything. */
  readonly free?: ReadonlyArray<Path>;
  /** May be null, because nobody reads it. */
  readonly nullable?: ReadonlyArray<Path>;
};

const megolm = "m.megolm.v1.aes-sha2";
const room_id = "!Cuyf34gef24t:localhost";
const session_id = "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ";
const sender_key = "RF3s+E7RkTQTGF2d8Deol0FkQvgII2aJDf3/Jp5mxVU";
const transaction_id = "S0meUniqueAndOpaqueString";
const ephemeral =
  "fQpGIW1Snz+pwLZu6sTy2aHy/DYWWTspTJRPyNp0PKkymfIsNffysMl6ObMMFdIJhk6g6pwlIqZ54rxo8SLmAg";

const keyRequest = {
  action: "request",
  body: { algorithm: megolm, room_id, session_id, sender_key },
  request_id: "1495474790150.19",
  requesting_device_id: "RJYKSTBOIE",
};

const secretRequest = {
  action: "request",
  name: "org.example.some.secret",
  request_id: "randomly_generated_id_9573",
  requesting_device_id: "ABCDEFG",
};

const withheld = {
  algorithm: megolm,
  code: "m.unverified",
  reason: "Device not verified",
  room_id,
  sender_key,
  session_id,
};

const olm = {
  algorithm: "m.olm.v1.curve25519-aes-sha2",
  ciphertext: {
    "7qZcfnBmbEGzxxaWfBjElJuvn7BZx+lSz/SvFrDF/z8": {
      body: "AwogGJJzMhf/S3GQFXAOrCZ3iKyGU5ZScVtjI0KypTYrW...",
      type: 0,
    },
  },
  sender_key: "Szl29ksW/L8yZGWAX+8dY1XyFi+i5wm+DRhTGkbMiwU",
};

const encryptedFile = {
  hashes: { sha256: "fdSLu/YkRx3Wyh3KQabP3rd6+SFiKg5lsJZQHtkSAYA" },
  iv: "w+sE15fzSc0AAAAAAAAAAA",
  key: {
    alg: "A256CTR",
    ext: true,
    k: "aWF6-32KGYaC3A_FEUCk1Bt0JA37zP0wrStgmdCaW-0",
    key_ops: ["encrypt", "decrypt"],
    kty: "oct",
  },
  url: "mxc://example.org/FHyPlCeYUSFFxlgbQYZmoEoe",
  v: "v2",
};

const sasStart = {
  from_device: "BobDevice1",
  hashes: ["sha256"],
  key_agreement_protocols: ["curve25519"],
  message_authentication_codes: ["hkdf-hmac-sha256.v2", "hkdf-hmac-sha256"],
  method: "m.sas.v1",
  short_authentication_string: ["decimal", "emoji"],
  transaction_id,
};

const accept = {
  commitment: ephemeral,
  hash: "sha256",
  key_agreement_protocol: "curve25519",
  message_authentication_code: "hkdf-hmac-sha256.v2",
  method: "m.sas.v1",
  short_authentication_string: ["decimal", "emoji"],
  transaction_id,
};

/** The examples of the specification, with the optional members that they lack. */
const examples: ReadonlyArray<Example> = [
  { type: "m.dummy", reason: "nothing", value: {} },
  {
    type: "m.room_key",
    reason: "a key",
    value: {
      algorithm: megolm,
      room_id,
      session_id,
      session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
      shared_history: false,
    },
    free: [["shared_history"]],
  },
  {
    type: "m.forwarded_room_key",
    reason: "a forwarded key",
    value: {
      algorithm: megolm,
      forwarding_curve25519_key_chain: ["hPQNcabIABgGnx3/ACv/jmMmiQHoeFfuLB17tzWp6Hw"],
      room_id,
      sender_claimed_ed25519_key: "aj40p+aw64yPIdsxoog8jhPu9i7l7NcFRecuOQblE3Y",
      sender_key,
      session_id,
      session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8Llf...",
      withheld: { code: "m.unverified", reason: "Device not verified" },
    },
    optional: [["withheld"]],
  },
  {
    type: "m.room_key_request",
    reason: "a request",
    value: keyRequest,
    optional: [["body", "sender_key"]],
  },
  {
    type: "m.room_key_request",
    reason: "a cancellation",
    value: {
      action: "request_cancellation",
      request_id: "1495474790150.19",
      requesting_device_id: "RJYKSTBOIE",
    },
  },
  { type: "m.room_key.withheld", reason: "a code", value: withheld, optional: [["reason"]] },
  { type: "m.room_key_bundle", reason: "a bundle", value: { file: encryptedFile, room_id } },
  {
    type: "m.room.encrypted",
    reason: "Olm",
    value: { ...olm, device_id: "RJYKSTBOIE", session_id },
    optional: [["device_id"], ["session_id"], ["ciphertext", ...Object.keys(olm.ciphertext)]],
  },
  {
    type: "m.room.encrypted",
    reason: "Megolm",
    value: {
      algorithm: megolm,
      ciphertext: "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg...",
      device_id: "RJYKSTBOIE",
      sender_key: "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn/8mLqMjA",
      session_id,
    },
    optional: [["device_id"], ["sender_key"]],
  },
  { type: "m.secret.request", reason: "a request", value: secretRequest },
  {
    type: "m.secret.request",
    reason: "a cancellation",
    value: { ...secretRequest, action: "request_cancellation" },
    optional: [["name"]],
    nullable: [["name"]],
  },
  {
    type: "m.secret.send",
    reason: "a secret",
    value: { request_id: "randomly_generated_id_9573", secret: "ThisIsASecretDon'tTellAnyone" },
  },
  {
    type: "m.key.verification.request",
    reason: "a request",
    value: {
      from_device: "AliceDevice2",
      methods: ["m.sas.v1"],
      timestamp: 1559598944869,
      transaction_id,
    },
  },
  {
    type: "m.key.verification.ready",
    reason: "an agreement",
    value: { from_device: "BobDevice1", methods: ["m.sas.v1"], transaction_id },
  },
  {
    type: "m.key.verification.start",
    reason: "m.sas.v1",
    value: { ...sasStart, next_method: "m.example" },
    optional: [["next_method"]],
  },
  {
    type: "m.key.verification.start",
    reason: "m.reciprocate.v1",
    value: {
      from_device: "BobDevice1",
      method: "m.reciprocate.v1",
      next_method: "m.example",
      secret: "c2hhcmVkLXNlY3JldA",
      transaction_id,
    },
    optional: [["next_method"]],
  },
  {
    type: "m.key.verification.start",
    reason: "a method that the specification does not define",
    value: {
      "com.example.depth": 7,
      from_device: "BobDevice1",
      method: "com.example.palm",
      next_method: "m.example",
      transaction_id,
    },
    optional: [["next_method"]],
    free: [["com.example.depth"]],
  },
  {
    type: "m.key.verification.accept",
    reason: "a choice",
    value: accept,
    optional: [["method"]],
  },
  {
    type: "m.key.verification.key",
    reason: "a key",
    value: { key: ephemeral, transaction_id },
  },
  {
    type: "m.key.verification.mac",
    reason: "MACs",
    value: {
      keys: "2Wptgo4CwmLo/Y8B8qinxApKaCkBG2fjTWB7AbP5Uy+aIbygsSdLOFzvdDjww8zUVKCmI02eP9xtyJxc/cLiBA",
      mac: { "ed25519:ABCDEF": ephemeral },
      transaction_id,
    },
    optional: [["mac", "ed25519:ABCDEF"]],
  },
  { type: "m.key.verification.done", reason: "an end", value: { transaction_id } },
  {
    type: "m.key.verification.cancel",
    reason: "a code",
    value: {
      code: "m.user",
      reason: "User rejected the key verification request",
      transaction_id,
    },
  },
];

/** Further cases: type, reason, contents, and the places where they are rejected, if any. */
const conditions: ReadonlyArray<readonly [KnownType, string, unknown, ...ReadonlyArray<Path>]> = [
  ["m.dummy", "an unknown member", { "org.matrix.msgid": "x" }],
  ["m.dummy", "null", null, []],
  ["m.dummy", "an array", [], []],
  ["m.dummy", "a string", "", []],

  ["m.room_key", "another algorithm", changed("m.room_key", { algorithm: "m.x" }), ["algorithm"]],
  ["m.room_key", "a room ID without a sigil", changed("m.room_key", { room_id: "r" }), ["room_id"]],
  [
    "m.room_key",
    "a room ID of a later room version",
    changed("m.room_key", { room_id: "!31hneA" }),
  ],
  ["m.room_key", "a string for shared_history", changed("m.room_key", { shared_history: "yes" })],
  ["m.room_key", "null for shared_history", changed("m.room_key", { shared_history: null })],
  [
    "m.room_key",
    "another spelling of shared_history, which is ignored",
    changed("m.room_key", { "m.shared_history": 1, "org.matrix.msc3061.shared_history": "x" }),
  ],

  [
    "m.forwarded_room_key",
    "an algorithm that the specification does not define",
    changed("m.forwarded_room_key", { algorithm: "com.example" }),
  ],
  [
    "m.forwarded_room_key",
    "a key that has not been forwarded before",
    changed("m.forwarded_room_key", { forwarding_curve25519_key_chain: [] }),
  ],

  ["m.room_key_request", "a request without body", without(keyRequest, "body"), ["body"]],
  [
    "m.room_key_request",
    "a request with the body of a cancellation",
    { ...keyRequest, body: { algorithm: "", room_id: "", session_id: "", sender_key: "" } },
    ["body", "room_id"],
  ],
  [
    "m.room_key_request",
    "a cancellation with empty strings in its body",
    {
      ...keyRequest,
      action: "request_cancellation",
      body: { algorithm: "", room_id: "", session_id: "", sender_key: "" },
    },
  ],
  [
    "m.room_key_request",
    "a cancellation whose body has members of wrong types, which are not checked",
    { ...keyRequest, action: "request_cancellation", body: { algorithm: 1, room_id: null } },
  ],
  [
    "m.room_key_request",
    "a cancellation whose body is null, as the Rust SDK sends it",
    { ...keyRequest, action: "request_cancellation", body: null },
  ],
  ["m.room_key_request", "a request whose body is null", { ...keyRequest, body: null }, ["body"]],
  [
    "m.room_key_request",
    "a cancellation whose body is a string",
    { ...keyRequest, action: "request_cancellation", body: "" },
    ["body"],
  ],
  [
    "m.room_key_request",
    "a cancellation whose body is an array",
    { ...keyRequest, action: "request_cancellation", body: [] },
    ["body"],
  ],
  [
    "m.room_key_request",
    "an action that the specification does not define; nothing else is checked",
    { action: "cancel_request" },
    ["action"],
  ],
  [
    "m.room_key_request",
    "an action with the name of an inherited member",
    { action: "toString" },
    ["action"],
  ],
  ["m.room_key_request", "the contents of a load test", { idx: 0 }, ["action"]],
  [
    "m.room_key_request",
    "the wildcard in place of the requesting device",
    { ...keyRequest, requesting_device_id: "*" },
    ["requesting_device_id"],
  ],

  [
    "m.room_key.withheld",
    "m.no_olm without session",
    without({ ...withheld, code: "m.no_olm" }, "room_id", "session_id"),
  ],
  ["m.room_key.withheld", "m.no_olm with session", { ...withheld, code: "m.no_olm" }],
  [
    "m.room_key.withheld",
    "m.no_olm with a session of the wrong type",
    { ...withheld, code: "m.no_olm", room_id: "room", session_id: 1 },
    ["room_id"],
    ["session_id"],
  ],
  [
    "m.room_key.withheld",
    "m.no_olm without the members that every code requires",
    { code: "m.no_olm" },
    ["algorithm"],
    ["sender_key"],
  ],
  [
    "m.room_key.withheld",
    "another code without session",
    without(withheld, "room_id", "session_id"),
    ["room_id"],
    ["session_id"],
  ],
  ["m.room_key.withheld", "a custom code", { ...withheld, code: "com.example.redacted" }],
  [
    "m.room_key.withheld",
    "a custom code without session ID",
    without({ ...withheld, code: "com.example.redacted" }, "session_id"),
    ["session_id"],
  ],
  [
    "m.room_key.withheld",
    "another algorithm",
    { ...withheld, algorithm: "m.olm.v1.curve25519-aes-sha2" },
    ["algorithm"],
  ],

  [
    "m.room_key_bundle",
    "more key operations than required",
    inKey({ key_ops: ["sign", "decrypt", "encrypt"] }),
  ],
  [
    "m.room_key_bundle",
    "a key that is not for decryption",
    inKey({ key_ops: ["encrypt"] }),
    ["file", "key", "key_ops"],
  ],
  [
    "m.room_key_bundle",
    "a key that is not for encryption",
    inKey({ key_ops: ["decrypt"] }),
    ["file", "key", "key_ops"],
  ],
  [
    "m.room_key_bundle",
    "a key operation that is not a string",
    inKey({ key_ops: ["encrypt", "decrypt", 1] }),
    ["file", "key", "key_ops"],
  ],
  [
    "m.room_key_bundle",
    "key operations that throw",
    inKey({
      key_ops: new Proxy(["encrypt", "decrypt"], {
        getOwnPropertyDescriptor: () => {
          throw new Error("hush");
        },
      }),
    }),
    ["file", "key", "key_ops"],
  ],
  [
    "m.room_key_bundle",
    "a hole among the key operations",
    inKey({ key_ops: withHole("encrypt", "decrypt") }),
    ["file", "key", "key_ops"],
  ],
  ["m.room_key_bundle", "another type of key", inKey({ kty: "RSA" }), ["file", "key", "kty"]],
  ["m.room_key_bundle", "another cipher", inKey({ alg: "A256GCM" }), ["file", "key", "alg"]],
  [
    "m.room_key_bundle",
    "a key that is not extractable",
    inKey({ ext: false }),
    ["file", "key", "ext"],
  ],
  [
    "m.room_key_bundle",
    "the first version of the protocol",
    { file: { ...encryptedFile, v: "v1" }, room_id },
    ["file", "v"],
  ],
  [
    "m.room_key_bundle",
    "a hash next to SHA-256",
    { file: { ...encryptedFile, hashes: { ...encryptedFile.hashes, md5: "x" } }, room_id },
  ],

  ["m.room.encrypted", "Olm without ciphertexts", { ...olm, ciphertext: {} }],
  [
    "m.room.encrypted",
    "an Olm message of an existing session",
    { ...olm, ciphertext: { k: { body: "AwEB", type: 1 } } },
  ],
  [
    "m.room.encrypted",
    "Olm with the ciphertext of Megolm",
    { ...olm, ciphertext: "AwgA" },
    ["ciphertext"],
  ],
  ["m.room.encrypted", "Olm without sender key", without(olm, "sender_key"), ["sender_key"]],
  [
    "m.room.encrypted",
    "Olm for an identity key with the name of a prototype member",
    JSON.parse(
      `{"algorithm":"${olm.algorithm}","sender_key":"k","ciphertext":{"__proto__":{"type":"0"}}}`,
    ),
    ["ciphertext", "__proto__", "type"],
    ["ciphertext", "__proto__", "body"],
  ],
  [
    "m.room.encrypted",
    "Megolm with the ciphertext of Olm",
    { algorithm: megolm, ciphertext: {}, session_id },
    ["ciphertext"],
  ],
  [
    "m.room.encrypted",
    "Megolm without its deprecated members",
    { algorithm: megolm, ciphertext: "AwgA", session_id },
  ],
  [
    "m.room.encrypted",
    "Megolm without session ID",
    { algorithm: megolm, ciphertext: "AwgA", sender_key },
    ["session_id"],
  ],
  [
    "m.room.encrypted",
    "an algorithm that the specification does not define",
    { ...olm, algorithm: "com.example.v1" },
    ["algorithm"],
  ],

  ["m.secret.request", "a request without name", without(secretRequest, "name"), ["name"]],
  [
    "m.secret.request",
    "a cancellation whose name is null",
    { ...secretRequest, action: "request_cancellation", name: null },
  ],
  ["m.secret.request", "a request whose name is null", { ...secretRequest, name: null }, ["name"]],
  [
    "m.secret.request",
    "an action that the specification does not define",
    { ...secretRequest, action: "my_custom_action" },
    ["action"],
  ],
  [
    "m.secret.request",
    "a secret from the specification",
    { ...secretRequest, name: "m.megolm_backup.v1" },
  ],

  [
    "m.key.verification.request",
    "no methods and a time before 1970",
    { from_device: "A", methods: [], timestamp: -1, transaction_id: "" },
  ],
  [
    "m.key.verification.request",
    "the wildcard in place of the requesting device ID",
    { from_device: "*", methods: [], timestamp: 0, transaction_id },
    ["from_device"],
  ],

  [
    "m.key.verification.start",
    "m.sas.v1 without its members, as in the specification's example of the common members",
    { from_device: "BobDevice1", method: "m.sas.v1", transaction_id },
    ["key_agreement_protocols"],
    ["hashes"],
    ["message_authentication_codes"],
    ["short_authentication_string"],
  ],
  [
    "m.key.verification.start",
    "m.sas.v1 with lists without a common value, which the client must cancel",
    {
      ...sasStart,
      hashes: [],
      key_agreement_protocols: ["x"],
      message_authentication_codes: ["hkdf-hmac-sha256"],
      short_authentication_string: [],
    },
  ],
  [
    "m.key.verification.start",
    "a SAS method that the specification does not define",
    { ...sasStart, short_authentication_string: ["decimal", "pictogram"] },
    ["short_authentication_string", "1"],
  ],
  [
    "m.key.verification.start",
    "m.reciprocate.v1 with the members of m.sas.v1",
    { ...sasStart, method: "m.reciprocate.v1" },
    ["secret"],
  ],
  [
    "m.key.verification.start",
    "another method without the common members",
    { method: "com.example.palm" },
    ["from_device"],
    ["transaction_id"],
  ],
  [
    "m.key.verification.start",
    "a method with the name of a prototype member",
    { ...sasStart, method: "__proto__", hashes: 1 },
  ],
  ["m.key.verification.start", "an empty method", { ...sasStart, method: "", hashes: 1 }],
  [
    "m.key.verification.start",
    "the relation of an in-room verification next to the transaction ID",
    { ...sasStart, "m.relates_to": { rel_type: "m.reference", event_id: "$e" } },
  ],

  [
    "m.key.verification.accept",
    "a SAS method that the specification does not define",
    { ...accept, short_authentication_string: ["pictogram"] },
    ["short_authentication_string", "0"],
  ],
  ["m.key.verification.mac", "no MACs", { keys: "k", mac: {}, transaction_id }],
  ["m.key.verification.done", "nothing", {}, ["transaction_id"]],
  [
    "m.key.verification.cancel",
    "a custom code",
    { code: "com.example.bored", reason: "", transaction_id },
  ],
];

describe.each(examples.map((example) => [`${example.type}: ${example.reason}`, example] as const))(
  "%s",
  (_, { type, value, optional = [], free = [], nullable = [] }) => {
    const codec: t.Mixed = contents[type];

    test("is accepted as the same reference, and encoded unchanged", () => {
      const extended = JSON.parse(`{"__proto__":{"a":1},"org.example":[null]}`);
      for (const sample of [value, Object.freeze({ ...value, ...extended })]) {
        const before = JSON.stringify(sample);
        expect(codec.is(sample)).toBe(true);
        expect(contents[type].decode(sample)).toEqual({ _tag: "Right", right: sample });
        expect(codec.decode(sample)).toHaveProperty("right", sample);
        expect((codec.decode(sample) as { right: unknown }).right).toBe(sample);
        expect(codec.encode(sample)).toBe(sample);
        expect(JSON.stringify(sample)).toBe(before);
      }
    });

    for (const path of pathsOf(value)) {
      const name = path.join(".");
      const isFree = among(free, path);
      if (typeof path.at(-1) === "string") {
        const isOptional = isFree || among(optional, path);
        test(`${isOptional ? "passes" : "is rejected"} without ${name}`, () => {
          expectRejections(type, replaced(value, path, undefined), isOptional ? [] : [path]);
        });
      }
      // A list of key operations is checked as a whole.
      const at = path[2] === "key_ops" ? path.slice(0, 3) : path;
      for (const wrong of wrongFor(valueAt(value, path))) {
        const text = JSON.stringify(wrong) ?? String(wrong);
        const passes = isFree || (wrong === null && among(nullable, path));
        test(`${passes ? "passes" : "is rejected"} with ${text} for ${name}`, () => {
          expectRejections(type, replaced(marked(type, value), path, wrong), passes ? [] : [at]);
        });
      }
    }
  },
);

describe.each(conditions.map((row) => [row[0], row[1], row] as const))(
  "%s: %s",
  (type, _, [, , value, ...rejections]) => {
    test(rejections.length === 0 ? "passes" : "is rejected", () => {
      expectRejections(type, value, rejections);
    });
  },
);

describe("a room ID", () => {
  const tooLong = "expected Room ID (too long)";
  const noSigil = "expected Room ID (no ! at the start)";
  const lone = "expected Room ID (lone surrogate)";
  test.each<[reason: string, value: unknown, line?: string]>([
    ["with a domain", room_id],
    ["without domain", "!31hneA"],
    ["with nothing after the sigil", "!"],
    ["with spaces, control characters and colons", "! \u0001:\n:#@"],
    ["of 255 bytes", `!${"a".repeat(254)}`],
    ["of 256 bytes", `!${"a".repeat(255)}`, tooLong],
    ["of 255 bytes with characters of two", `!${"é".repeat(127)}`],
    ["of 256 bytes with characters of two", `!a${"é".repeat(127)}`, tooLong],
    ["of 255 bytes with characters of three", `!ab${"\u20ac".repeat(84)}`],
    ["of 256 bytes with characters of three", `!${"\u20ac".repeat(85)}`, tooLong],
    ["of 255 bytes with characters of four", `!ab${"\u{1f600}".repeat(63)}`],
    ["of 256 bytes with characters of four", `!abc${"\u{1f600}".repeat(63)}`, tooLong],
    ["that is empty", "", noSigil],
    ["that is an alias", "#alias:localhost", noSigil],
    ["with the sigil later", " !a:b", noSigil],
    ["without sigil, with NUL", "a\0", noSigil],
    ["of 256 characters without sigil, which is not read", "a".repeat(256), tooLong],
    ["with NUL", "!a\u0000:hs", "expected Room ID (NUL)"],
    ["with a lead surrogate at the end", "!a\ud83d", lone],
    ["with a lead surrogate before another character", "!\ud83d:hs", lone],
    ["with a lead surrogate before U+FC00", "!\ud83d\ufc00", lone],
    ["with a trail surrogate", "!\udc00:hs", lone],
    ["with surrogates in the wrong order", "!\ude00\ud83d", lone],
    ["that is a number", 1, "expected Room ID"],
    ["that is an array of one", [room_id], "expected Room ID"],
  ])("%s", (_, value, ...lines) => {
    const decoded = RoomId.decode(value);
    expect(decoded._tag === "Left" ? explain(decoded.left) : []).toEqual(lines);
    expect(RoomId.is(value)).toBe(lines.length === 0);
    const type = "m.room_key";
    expectRejections(
      type,
      changed(type, { room_id: value }),
      lines.length === 0 ? [] : [["room_id"]],
    );
  });
});

describe("Base64 in contents", () => {
  const withIv = (iv: unknown) => ({ room_id, file: { ...encryptedFile, iv } });
  const withHash = (sha256: unknown) => ({
    room_id,
    file: { ...encryptedFile, hashes: { sha256 } },
  });
  const standard = "expected unpadded Base64";
  const urlSafe = "expected URL-safe unpadded Base64";
  const places: ReadonlyArray<
    readonly [name: string, KnownType, (value: unknown) => object, path: string, line: string]
  > = [
    ["sender_key", "m.room_key.withheld", inWithheld("m.unverified"), "sender_key", standard],
    [
      "sender_key of m.no_olm",
      "m.room_key.withheld",
      inWithheld("m.no_olm"),
      "sender_key",
      standard,
    ],
    ["iv", "m.room_key_bundle", withIv, "file.iv", standard],
    ["sha256", "m.room_key_bundle", withHash, "file.hashes.sha256", standard],
    ["k", "m.room_key_bundle", (k) => inKey({ k }), "file.key.k", urlSafe],
  ];
  const values: ReadonlyArray<readonly [reason: string, value: string, ...valid: Array<string>]> = [
    ["with every letter and digit", "azAZ09", standard, urlSafe],
    ["of no bytes", "", standard, urlSafe],
    ["of one character, which encodes no byte", "x", standard, urlSafe],
    ["padded by one", "QUI=", standard, urlSafe],
    ["padded by two", "QQ==", standard, urlSafe],
    ["padded by three", "Q==="],
    ["with padding inside", "QQ=QQ"],
    ["with padding before a character", "=Q"],
    ["with + and /", "Q+/Q", standard],
    ["with - and _", "Q-_Q", urlSafe],
    ["with dots", "m.sas.v1"],
    ["with an asterisk", "*"],
    ["with a space before it", " QQ"],
    ["with a newline after it", "QQ\n"],
    ["with another script", "Q\u0416"],
  ];
  const rows = places.flatMap(([name, type, make, path, line]) =>
    values.map(([reason, value, ...valid]) => {
      const lines = valid.includes(line) ? [] : [`${path}: ${line}`];
      return [name, reason, type, make(value), lines] as const;
    }),
  );
  test.each(rows)("%s %s", (_, __, type, value, lines) => {
    const decoded = contents[type].decode(value);
    expect(decoded._tag === "Left" ? explain(decoded.left) : []).toEqual(lines);
  });

  test.each<[reason: string, KnownType, object]>([
    ["session_key", "m.room_key", changed("m.room_key", { session_key: "AgAA..." })],
    ["sender_key of a request", "m.room_key_request", inBody({ sender_key: "m.sas.v1" })],
    ["sender_key of Olm", "m.room.encrypted", { ...olm, sender_key: "*" }],
    ["key of a verification", "m.key.verification.key", { key: "*", transaction_id }],
    ["commitment", "m.key.verification.accept", { ...accept, commitment: "*" }],
  ])("is not checked if only the prose mentions it: %s", (_, type, value) => {
    expectRejections(type, value, []);
  });
});

describe("every type", () => {
  const types = Object.keys(contents).filter(isKnownType);

  test("has an example", () => {
    expect(new Set(examples.map(({ type }) => type))).toEqual(new Set(types));
    expect(types).toHaveLength(17);
  });

  test.each(types)("%s rejects values that are not plain objects, and does not throw", (type) => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const inherited = Object.create(exampleOf(type));
    const values = [undefined, 0, "hush", [], new Map(), new Date(0), inherited, revoked.proxy];
    for (const value of values) expectRejections(type, value, [[]]);
  });

  test.each(types.filter((type) => type !== "m.dummy"))(
    "%s is rejected if a member throws, and the exception is caught",
    (type) => {
      const throwing = new Proxy(exampleOf(type), {
        get: () => {
          throw new Error("hush");
        },
      });
      const decoded = contents[type].decode(throwing);
      expect(decoded._tag === "Left" && printed(decoded.left)).toMatch(/can be read/);
      expect(decoded._tag === "Left" && printed(decoded.left)).not.toContain("hush");
      expect(contents[type].is(throwing)).toBe(false);
    },
  );

  test("with a secret is tested with a marker in its place", () => {
    expect(marked("m.room_key", exampleOf("m.room_key"))).toHaveProperty("session_key", "!hush");
    expect(marked("m.secret.send", exampleOf("m.secret.send"))).toHaveProperty("secret", "!hush");
  });

  test("has at most 100 errors for many invalid places", () => {
    const ciphertext = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`k${i}`, "hush"]),
    );
    const decoded = contents["m.room.encrypted"].decode({ ...olm, ciphertext });
    const errors = decoded._tag === "Left" ? decoded.left : [];
    expect(errors).toHaveLength(100);
    expect(printed(errors)).not.toContain("hush");
  });

  test("lists the values of a closed discriminant in its error", () => {
    const decoded = contents["m.room.encrypted"].decode({});
    expect(decoded._tag === "Left" && explain(decoded.left)).toEqual([
      'algorithm: expected "m.olm.v1.curve25519-aes-sha2" or "m.megolm.v1.aes-sha2"',
    ]);
  });
});

describe("isKnownType", () => {
  test.each(["m.room_key", "m.key.verification.cancel"])("knows %s", (type) => {
    expect(isKnownType(type)).toBe(true);
  });

  test.each([
    "",
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "m.room.message",
    "M.DUMMY",
  ])("does not know %j", (type) => {
    expect(isKnownType(type)).toBe(false);
  });
});

/** Expects rejections at exactly these places, and nothing of the value in the errors. */
function expectRejections(type: KnownType, value: unknown, rejections: ReadonlyArray<Path>): void {
  const decoded = contents[type].decode(value);
  const errors = decoded._tag === "Left" ? decoded.left : [];
  expect(errors.map(keysOf)).toEqual(rejections.map((path) => path.map(String)));
  expect(contents[type].is(value)).toBe(rejections.length === 0);
  expect(printed(errors)).not.toContain("hush");
  if (decoded._tag === "Right") expect(decoded.right).toBe(value);
}

function keysOf({ context }: t.ValidationError): ReadonlyArray<string> {
  expect(context[0]?.key).toBe("");
  return context.slice(1).map(({ key }) => key);
}

function printed(errors: t.Errors): string {
  const lines = PathReporter.report(t.failures(errors));
  return [JSON.stringify(errors), ...lines, ...explain(errors)].join("\n");
}

/** Values of other types than a valid one, and unsafe integers. */
function wrongFor(good: unknown): ReadonlyArray<unknown> {
  if (typeof good === "string") return [null, 5, { hush: "hush" }, ["hush"]];
  if (typeof good === "number") return [null, "hush", 1.5, 2 ** 53, Number.NaN];
  if (typeof good === "boolean") return [null, "hush", !good];
  return [null, "hush", Array.isArray(good) ? { hush: "hush" } : ["hush"]];
}

const discriminants = new Set<unknown>(["action", "algorithm", "code", "method"]);

/** The same contents with `hush` in every free string, except those that choose a branch. */
function marked(type: KnownType, value: DeviceMessageContents): DeviceMessageContents {
  return pathsOf(value).reduce((result, path) => {
    if (typeof valueAt(result, path) !== "string" || discriminants.has(path[0])) return result;
    const hushed = replaced(result, path, "!hush");
    return contents[type].is(hushed) ? hushed : result;
  }, value);
}

function pathsOf(value: unknown, path: Path = []): ReadonlyArray<Path> {
  if (typeof value !== "object" || value === null) return [path];
  const members: ReadonlyArray<readonly [string | number, unknown]> = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  const inner = members.flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], value);
}

/** A copy with another value at a path, or without the member if the value is undefined. */
function replaced<V>(value: V, path: Path, by: unknown): V {
  const copy = structuredClone(value);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1) ?? "";
  if (by === undefined) delete parent[key];
  else parent[key] = by;
  return copy;
}

function among(paths: ReadonlyArray<Path>, path: Path): boolean {
  return paths.some((other) => other.join("\n") === path.join("\n"));
}

function without(value: object, ...keys: ReadonlyArray<string>): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function exampleOf(type: KnownType): DeviceMessageContents {
  return examples.find((example) => example.type === type)?.value ?? {};
}

function changed(type: KnownType, members: object): object {
  return { ...exampleOf(type), ...members };
}

function inKey(members: object): object {
  return { file: { ...encryptedFile, key: { ...encryptedFile.key, ...members } }, room_id };
}

function inBody(members: object): object {
  return { ...keyRequest, body: { ...keyRequest.body, ...members } };
}

function inWithheld(code: string): (sender_key: unknown) => object {
  return (sender_key) => ({ ...withheld, code, sender_key });
}

/** An array with a hole after its elements. */
function withHole(...elements: ReadonlyArray<string>): ReadonlyArray<string> {
  const list = [...elements];
  list.length += 1;
  return list;
}
