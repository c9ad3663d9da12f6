import type { DeviceMessageContents } from "../../index.js";
import type { Basis, Chapter, ConformanceRule, ContentsCase, Draft, Verdict } from "./case.js";
import { specMessage, without } from "./edus.js";

const clientServer = "https://spec.matrix.org/v1.19/client-server-api/";

type Row = readonly [id: string, verdict: Verdict, input: unknown, note?: string, basis?: Basis];

/** The source of the cases of one event type. */
type EventType = {
  readonly eventType: string;
  readonly text: string;
  readonly anchor: string;
  /** Valid contents, by the name of their case. */
  readonly right: { readonly [id: string]: object };
  /** Required members of the first contents: without one of them, or with null in its place, they are rejected. */
  readonly required: ReadonlyArray<string>;
  readonly rows: ReadonlyArray<Row>;
  /** Rows whose input is JSON text, because strict parsers reject it. */
  readonly texts?: ReadonlyArray<readonly [id: string, verdict: Verdict, inputText: string]>;
};

/** The cases of an event type: valid contents, contents that lack a member, null in its place, and the rows. */
function casesOf({
  eventType,
  right,
  required,
  rows,
  texts = [],
}: EventType): ReadonlyArray<Draft<ContentsCase>> {
  const name = shortName(eventType);
  const base = exampleOf(right);
  const table: ReadonlyArray<Row> = [
    ...Object.entries(right).map(([id, input]): Row => [id, "accept", input]),
    ["unknown-member", "accept", { ...base, "org.example.extra": 1 }],
    ...required.map(
      (member): Row => [`without-${dashed(member)}`, "reject", without(base, member)],
    ),
    ...required.map(
      (member): Row => [`${dashed(member)}-null`, "reject", { ...base, [member]: null }],
    ),
    ...[null, [], "{}"].map(
      (input): Row => [
        `is-${JSON.stringify(input)}`.replace("[]", "array").replace('"{}"', "string"),
        "reject",
        input,
      ],
    ),
    ...rows,
  ];
  const common = (id: string, verdict: Verdict) => ({
    id: `contents-${name}-${id}`,
    kind: "contents" as const,
    eventType,
    rule: `contents-${name}`,
    verdict,
  });
  return [
    ...table.map(([id, verdict, input, note, basis]) => ({
      ...common(id, verdict),
      input,
      ...(note === undefined ? {} : { note }),
      ...(basis === undefined ? {} : { basis }),
    })),
    ...texts.map(([id, verdict, inputText]) => ({ ...common(id, verdict), inputText })),
  ];
}

/** Values for a member in unpadded Base64, of 128 or 256 bits, in the standard or in the URL-safe alphabet. */
function base64Rows(
  member: string,
  alphabet: "standard" | "urlSafe",
  characters: 22 | 43,
  contentsWith: (value: string) => object,
): ReadonlyArray<Row> {
  const letters = "Ab0".repeat(characters).slice(0, characters - 4);
  const [own, other] = alphabet === "standard" ? ["a+/", "a-_"] : ["a-_", "a+/"];
  const padded = `${letters}abcQ`.padEnd(Math.ceil(characters / 4) * 4, "=");
  return [
    [`${member}-whole-alphabet`, "accept", contentsWith(`${letters}${own}A`)],
    [`${member}-padded`, "accept", contentsWith(padded), "Readers should accept padding."],
    [`${member}-other-alphabet`, "reject", contentsWith(`${letters}${other}A`)],
    [`${member}-not-base64`, "reject", contentsWith("m.sas.v1")],
    [`${member}-asterisk`, "reject", contentsWith("*")],
    [`${member}-newline`, "reject", contentsWith("QQ\n")],
  ];
}

/** The first valid contents: the example of the specification. */
function exampleOf(right: EventType["right"]): object {
  return { ...Object.values(right)[0] };
}

function ruleOf({ eventType, text, anchor }: EventType): ConformanceRule {
  const id = `contents-${shortName(eventType)}`;
  return { id, text, spec: clientServer + anchor, basis: "specification" };
}

/** `m.key.verification.mac` as `key-verification-mac`. */
function shortName(eventType: string): string {
  return dashed(eventType.replace(/^m\./, ""));
}

function dashed(name: string): string {
  return name.replace(/[._]/g, "-");
}

const roomId = "!Cuyf34gef24t:localhost";
const sessionId = "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ";
const senderKey = "RF3s+E7RkTQTGF2d8Deol0FkQvgII2aJDf3/Jp5mxVU";
const transactionId = "S0meUniqueAndOpaqueString";
const megolm = "m.megolm.v1.aes-sha2";

const roomKey = { ...specMessage.messages["@alice:example.org"].IWHQUZUIAH, shared_history: false };

/** The room key as JSON text, with this text of a room ID. */
function roomKeyText(roomIdText: string): string {
  return JSON.stringify({ ...roomKey, room_id: "" }).replace(
    '"room_id":""',
    `"room_id":"${roomIdText}"`,
  );
}

const forwardedRoomKey = {
  algorithm: megolm,
  forwarding_curve25519_key_chain: ["hPQNcabIABgGnx3/ACv/jmMmiQHoeFfuLB17tzWp6Hw"],
  room_id: roomId,
  sender_claimed_ed25519_key: "aj40p+aw64yPIdsxoog8jhPu9i7l7NcFRecuOQblE3Y",
  sender_key: senderKey,
  session_id: sessionId,
  session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8Llf...",
};

const keyInfo = {
  algorithm: megolm,
  room_id: roomId,
  sender_key: senderKey,
  session_id: sessionId,
};
const roomKeyRequest = {
  action: "request",
  body: keyInfo,
  request_id: "1495474790150.19",
  requesting_device_id: "RJYKSTBOIE",
};
const roomKeyCancellation = { ...without(roomKeyRequest, "body"), action: "request_cancellation" };

const withheld = { ...keyInfo, code: "m.unverified", reason: "Device not verified" };
const noOlm = { algorithm: megolm, code: "m.no_olm", sender_key: senderKey };

const jwk = {
  alg: "A256CTR",
  ext: true,
  k: "aWF6-32KGYaC3A_FEUCk1Bt0JA37zP0wrStgmdCaW-0",
  key_ops: ["encrypt", "decrypt"],
  kty: "oct",
};
const file = {
  hashes: { sha256: "fdSLu/YkRx3Wyh3KQabP3rd6+SFiKg5lsJZQHtkSAYA" },
  iv: "w+sE15fzSc0AAAAAAAAAAA",
  key: jwk,
  url: "mxc://example.org/FHyPlCeYUSFFxlgbQYZmoEoe",
  v: "v2",
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
const megolmEncrypted = {
  algorithm: megolm,
  ciphertext: "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg...",
  session_id: sessionId,
};

const secretRequest = {
  action: "request",
  name: "org.example.some.secret",
  request_id: "randomly_generated_id_9573",
  requesting_device_id: "ABCDEFG",
};

const sasStart = {
  from_device: "BobDevice1",
  hashes: ["sha256"],
  key_agreement_protocols: ["curve25519"],
  message_authentication_codes: ["hkdf-hmac-sha256.v2", "hkdf-hmac-sha256"],
  method: "m.sas.v1",
  short_authentication_string: ["decimal", "emoji"],
  transaction_id: transactionId,
};
const reciprocateStart = {
  from_device: "123",
  method: "m.reciprocate.v1",
  secret: "c2VjcmV0Cg",
  transaction_id: "456",
};
const otherStart = { from_device: "123", method: "org.example.method", transaction_id: "456" };

const sasAccept = {
  commitment:
    "fQpGIW1Snz+pwLZu6sTy2aHy/DYWWTspTJRPyNp0PKkymfIsNffysMl6ObMMFdIJhk6g6pwlIqZ54rxo8SLmAg",
  hash: "sha256",
  key_agreement_protocol: "curve25519",
  message_authentication_code: "hkdf-hmac-sha256.v2",
  method: "m.sas.v1",
  short_authentication_string: ["decimal", "emoji"],
  transaction_id: transactionId,
};

const request = {
  from_device: "AliceDevice2",
  methods: ["m.sas.v1"],
  timestamp: 1_559_598_944_869,
  transaction_id: transactionId,
};
const ready = { from_device: "BobDevice1", methods: ["m.sas.v1"], transaction_id: transactionId };
const mac = {
  keys: "2Wptgo4CwmLo/Y8B8qinxApKaCkBG2fjTWB7AbP5Uy+aIbygsSdLOFzvdDjww8zUVKCmI02eP9xtyJxc/cLiBA",
  mac: {
    "ed25519:ABCDEF":
      "fQpGIW1Snz+pwLZu6sTy2aHy/DYWWTspTJRPyNp0PKkymfIsNffysMl6ObMMFdIJhk6g6pwlIqZ54rxo8SLmAg",
  },
  transaction_id: transactionId,
};
const cancel = {
  code: "m.user",
  reason: "User rejected the key verification request",
  transaction_id: transactionId,
};

const eventTypes: ReadonlyArray<EventType> = [
  {
    eventType: "m.dummy",
    text: "Any object.",
    anchor: "#mdummy",
    right: { empty: {}, "any-object": { a: [1] } },
    required: [],
    rows: [["is-number", "reject", 0]],
  },
  {
    eventType: "m.room_key",
    text: "The algorithm is Megolm; room, session and key are required. A room ID begins with `!` and has at most 255 bytes of UTF-8, no NUL and no lone surrogate. `shared_history` may have any value.",
    anchor: "#mroom_key",
    right: { example: roomKey, "without-shared-history": without(roomKey, "shared_history") },
    required: ["algorithm", "room_id", "session_id", "session_key"],
    rows: [
      [
        "shared-history-string",
        "accept",
        { ...roomKey, shared_history: "yes" },
        "Any value but true means not shareable. ruma 0.17.2 rejects it.",
        "decision",
      ],
      [
        "shared-history-null",
        "accept",
        { ...roomKey, shared_history: null },
        "It means not shareable.",
        "decision",
      ],
      ["session-key-number", "reject", { ...roomKey, session_key: 5 }],
      ["algorithm-olm", "reject", { ...roomKey, algorithm: "m.olm.v1.curve25519-aes-sha2" }],
      ["room-id-no-sigil", "reject", { ...roomKey, room_id: "Cuyf34gef24t:localhost" }],
      ["room-id-alias", "reject", { ...roomKey, room_id: "#alias:localhost" }],
      [
        "room-id-without-server",
        "accept",
        { ...roomKey, room_id: "!Cuyf34gef24t" },
        "Room IDs of newer room versions have no server name.",
      ],
      ["room-id-255-bytes", "accept", { ...roomKey, room_id: `!${"é".repeat(127)}` }],
      [
        "room-id-256-bytes",
        "reject",
        { ...roomKey, room_id: `!a${"é".repeat(127)}` },
        "129 characters, but 256 bytes of UTF-8.",
      ],
      ["room-id-256-characters", "reject", { ...roomKey, room_id: `!${"a".repeat(255)}` }],
      ["room-id-nul", "reject", { ...roomKey, room_id: "!a\u0000:hs" }],
      ["room-id-astral", "accept", { ...roomKey, room_id: "!\u{1f600}:hs" }],
      [
        "session-key-not-base64",
        "accept",
        { ...roomKey, session_key: "AgAA..." },
        "Only the prose calls it Base64; the specification's own example ends in dots.",
      ],
    ],
    texts: [
      ["room-id-lead-surrogate", "reject", roomKeyText("!a\\ud83d:hs")],
      ["room-id-trail-surrogate", "reject", roomKeyText("!a\\ude00")],
      ["room-id-surrogate-pair", "accept", roomKeyText("!a\\ud83d\\ude00")],
    ],
  },
  {
    eventType: "m.forwarded_room_key",
    text: "A room key with the keys of its creator and its forwarders; `withheld` has a code and a reason.",
    anchor: "#mforwarded_room_key",
    right: {
      example: forwardedRoomKey,
      withheld: { ...forwardedRoomKey, withheld: { code: "m.unverified", reason: "x" } },
      "empty-chain": { ...forwardedRoomKey, forwarding_curve25519_key_chain: [] },
    },
    required: [
      "algorithm",
      "room_id",
      "session_id",
      "session_key",
      "sender_key",
      "sender_claimed_ed25519_key",
      "forwarding_curve25519_key_chain",
    ],
    rows: [
      ["chain-of-number", "reject", { ...forwardedRoomKey, forwarding_curve25519_key_chain: [1] }],
      ["chain-string", "reject", { ...forwardedRoomKey, forwarding_curve25519_key_chain: "key" }],
      ["withheld-null", "reject", { ...forwardedRoomKey, withheld: null }],
      ["withheld-without-code", "reject", { ...forwardedRoomKey, withheld: { reason: "x" } }],
    ],
  },
  {
    eventType: "m.room_key_request",
    text: "The `body` of a request names a key; the `body` of a cancellation may be missing, null or any object. `action` is one of the two.",
    anchor: "#mroom_key_request",
    right: {
      example: roomKeyRequest,
      cancellation: roomKeyCancellation,
      "without-sender-key": { ...roomKeyRequest, body: without(keyInfo, "sender_key") },
    },
    required: ["action", "body", "request_id", "requesting_device_id"],
    rows: [
      [
        "cancellation-empty-body",
        "accept",
        {
          ...roomKeyCancellation,
          body: { algorithm: "", room_id: "", session_id: "", sender_key: "" },
        },
        "One library always writes a body, which no client reads. ruma 0.17.2 and matrix-sdk-crypto-wasm 18.9.0 reject it.",
        "decision",
      ],
      [
        "cancellation-null-body",
        "accept",
        { ...roomKeyCancellation, body: null },
        "One library sends null in every cancellation, which no client reads.",
        "decision",
      ],
      ["cancellation-string-body", "reject", { ...roomKeyCancellation, body: "" }],
      ["cancellation-array-body", "reject", { ...roomKeyCancellation, body: [] }],
      ["cancellation-without-request-id", "reject", without(roomKeyCancellation, "request_id")],
      [
        "body-without-session-id",
        "reject",
        { ...roomKeyRequest, body: without(keyInfo, "session_id") },
      ],
      ["body-without-room-id", "reject", { ...roomKeyRequest, body: without(keyInfo, "room_id") }],
      [
        "body-without-algorithm",
        "reject",
        { ...roomKeyRequest, body: without(keyInfo, "algorithm") },
      ],
      ["body-array", "reject", { ...roomKeyRequest, body: [] }],
      [
        "other-action",
        "reject",
        { ...roomKeyRequest, action: "cancel_request" },
        "ruma 0.17.2, mautrix-go 0.26.0 and mautrix-python 0.21.1 keep unknown actions.",
      ],
      ["test-traffic", "reject", { idx: 0 }, "Servers relay it anyway."],
    ],
  },
  {
    eventType: "m.room_key.withheld",
    text: "The reason why a key is not sent. Room and session are required unless the code is `m.no_olm`. Codes are open; `sender_key` is unpadded Base64.",
    anchor: "#mroom_keywithheld",
    right: {
      example: withheld,
      "no-olm": noOlm,
      "no-olm-with-room": { ...withheld, code: "m.no_olm" },
      "without-reason": without(withheld, "reason"),
      "other-code": { ...withheld, code: "com.beeper.redacted" },
    },
    required: ["algorithm", "code", "sender_key", "room_id", "session_id"],
    rows: [
      [
        "other-code-without-session",
        "reject",
        {
          algorithm: megolm,
          code: "dev.ruma.custom_code",
          sender_key: "a2V5",
          room_id: "!roomid:localhost",
          key: "value",
        },
        "One library has it in its tests.",
      ],
      ["algorithm-olm", "reject", { ...withheld, algorithm: "m.olm.v1.curve25519-aes-sha2" }],
      ["reason-null", "reject", { ...withheld, reason: null }],
      ["no-olm-without-sender-key", "reject", without(noOlm, "sender_key")],
      ...base64Rows("sender-key", "standard", 43, (sender_key) => ({ ...withheld, sender_key })),
      ["no-olm-sender-key-not-base64", "reject", { ...noOlm, sender_key: "m.sas.v1" }],
      ["room-id-256-bytes", "reject", { ...withheld, room_id: `!a${"é".repeat(127)}` }],
      ["room-id-nul", "reject", { ...withheld, room_id: "!a\u0000:hs" }],
    ],
  },
  {
    eventType: "m.room_key_bundle",
    text: "A room and an encrypted file with all its members; its IV and hash are unpadded Base64, its key URL-safe unpadded Base64.",
    anchor: "#mroom_key_bundle",
    right: { example: { room_id: roomId, file } },
    required: ["room_id", "file"],
    rows: [
      ...Object.keys(file).map(
        (member): Row => [
          `file-without-${member}`,
          "reject",
          { room_id: roomId, file: without(file, member) },
        ],
      ),
      ...Object.keys(jwk).map(
        (member): Row => [
          `key-without-${dashed(member)}`,
          "reject",
          { room_id: roomId, file: { ...file, key: without(jwk, member) } },
        ],
      ),
      ["file-without-sha256", "reject", { room_id: roomId, file: { ...file, hashes: {} } }],
      ["file-array", "reject", { room_id: roomId, file: [file] }],
      ...base64Rows("iv", "standard", 22, (iv) => ({ room_id: roomId, file: { ...file, iv } })),
      ...base64Rows("sha256", "standard", 43, (sha256) => ({
        room_id: roomId,
        file: { ...file, hashes: { sha256 } },
      })),
      ...base64Rows("k", "urlSafe", 43, (k) => ({
        room_id: roomId,
        file: { ...file, key: { ...jwk, k } },
      })),
      [
        "key-ops-without-decrypt",
        "reject",
        { room_id: roomId, file: { ...file, key: { ...jwk, key_ops: ["encrypt"] } } },
      ],
      [
        "key-ops-null-element",
        "reject",
        {
          room_id: roomId,
          file: { ...file, key: { ...jwk, key_ops: ["encrypt", "decrypt", null] } },
        },
      ],
    ],
  },
  {
    eventType: "m.room.encrypted",
    text: "Olm: a map of ciphertexts and a sender key. Megolm: one ciphertext and a session. No other algorithm.",
    anchor: "#mroomencrypted",
    right: {
      "olm-example": olm,
      megolm: megolmEncrypted,
      "megolm-deprecated-members": {
        ...megolmEncrypted,
        device_id: "RJYKSTBOIE",
        sender_key: "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn/8mLqMjA",
      },
      "olm-type-1": { ...olm, ciphertext: { k: { body: "AwEB", type: 1 } } },
      "olm-no-ciphertexts": { ...olm, ciphertext: {} },
    },
    required: ["algorithm", "ciphertext", "sender_key"],
    rows: [
      ["olm-ciphertext-string", "reject", { ...olm, ciphertext: "AwgA" }],
      ["olm-type-string", "reject", { ...olm, ciphertext: { k: { body: "b", type: "0" } } }],
      ["olm-without-type", "reject", { ...olm, ciphertext: { k: { body: "b" } } }],
      ["olm-without-body", "reject", { ...olm, ciphertext: { k: { type: 0 } } }],
      ["olm-ciphertext-null", "reject", { ...olm, ciphertext: { k: null } }],
      ["megolm-ciphertext-map", "reject", { ...megolmEncrypted, ciphertext: {} }],
      ["megolm-without-session", "reject", without(megolmEncrypted, "session_id")],
      [
        "other-algorithm",
        "reject",
        { ...olm, algorithm: "com.example.v1" },
        "Closed in the schema.",
      ],
    ],
  },
  {
    eventType: "m.secret.request",
    text: "A request names a secret; in a cancellation the name may be missing or null. `action` is one of the two.",
    anchor: "#msecretrequest",
    right: {
      example: secretRequest,
      "backup-key": {
        ...secretRequest,
        name: "m.megolm_backup.v1",
        request_id: "this_is_a_request_id",
        requesting_device_id: "XYZxyz",
      },
      cancellation: { ...without(secretRequest, "name"), action: "request_cancellation" },
    },
    required: ["action", "name", "request_id", "requesting_device_id"],
    rows: [
      [
        "other-action",
        "reject",
        {
          action: "my_custom_action",
          request_id: "this_is_a_request_id",
          requesting_device_id: "XYZxyz",
        },
      ],
      [
        "cancellation-without-request-id",
        "reject",
        { action: "request_cancellation", requesting_device_id: "XYZxyz" },
      ],
      [
        "cancellation-null-name",
        "accept",
        { ...without(secretRequest, "name"), action: "request_cancellation", name: null },
        "No client reads it.",
        "decision",
      ],
      [
        "cancellation-number-name",
        "reject",
        { ...secretRequest, action: "request_cancellation", name: 1 },
      ],
    ],
  },
  {
    eventType: "m.secret.send",
    text: "The secret and the request that it answers.",
    anchor: "#msecretsend",
    right: {
      example: { request_id: "randomly_generated_id_9573", secret: "ThisIsASecretDon'tTellAnyone" },
    },
    required: ["request_id", "secret"],
    rows: [["short-without-request-id", "reject", { secret: "s" }]],
  },
  {
    eventType: "m.key.verification.request",
    text: "Device, methods, time and, because it is sent to a device, a transaction.",
    anchor: "#mkeyverificationrequest",
    right: { example: request, "other-method": { ...request, methods: ["org.example.method"] } },
    required: ["from_device", "methods", "timestamp", "transaction_id"],
    rows: [
      ["timestamp-string", "reject", { ...request, timestamp: "1559598944869" }],
      ["timestamp-float", "reject", { ...request, timestamp: 1.5 }],
      ["methods-string", "reject", { ...request, methods: "m.sas.v1" }],
      ["methods-of-number", "reject", { ...request, methods: [1] }],
    ],
  },
  {
    eventType: "m.key.verification.ready",
    text: "Device, methods and, because it is sent to a device, a transaction.",
    anchor: "#mkeyverificationready",
    right: {
      example: ready,
      short: { from_device: "123", methods: ["m.sas.v1"], transaction_id: "456" },
    },
    required: ["from_device", "methods", "transaction_id"],
    rows: [["methods-of-null", "reject", { ...ready, methods: [null] }]],
  },
  {
    eventType: "m.key.verification.start",
    text: "The members of `m.sas.v1` and `m.reciprocate.v1` are required; other methods are accepted with their members.",
    anchor: "#mkeyverificationstart",
    right: {
      "sas-example": sasStart,
      "next-method": { ...sasStart, next_method: "m.example" },
      reciprocate: reciprocateStart,
      "other-method": otherStart,
      "other-method-members": { ...otherStart, hashes: 1 },
    },
    required: Object.keys(sasStart),
    rows: [
      [
        "sas-without-members",
        "reject",
        { from_device: "BobDevice1", method: "m.sas.v1", transaction_id: transactionId },
        "The generic example of the specification is like this; the schema of the method rejects it.",
      ],
      [
        "sas-other-string",
        "reject",
        { ...sasStart, short_authentication_string: ["decimal", "pictogram"] },
        "Closed in the schema.",
      ],
      ["reciprocate-without-secret", "reject", without(reciprocateStart, "secret")],
      ["other-method-without-transaction-id", "reject", without(otherStart, "transaction_id")],
      ["other-method-without-device", "reject", without(otherStart, "from_device")],
      ["method-number", "reject", { ...otherStart, method: 1 }],
    ],
  },
  {
    eventType: "m.key.verification.accept",
    text: "The chosen parameters. `method` may be missing: the schema requires it but does not define it.",
    anchor: "#mkeyverificationaccept",
    right: {
      example: sasAccept,
      "without-method": without(sasAccept, "method"),
      "decimal-only": {
        ...without(sasAccept, "method"),
        commitment: "aGVsbG8",
        short_authentication_string: ["decimal"],
        transaction_id: "456",
      },
    },
    required: Object.keys(sasAccept).filter((member) => member !== "method"),
    rows: [
      ["other-string", "reject", { ...sasAccept, short_authentication_string: ["pictogram"] }],
      ["string-not-array", "reject", { ...sasAccept, short_authentication_string: "decimal" }],
    ],
  },
  {
    eventType: "m.key.verification.key",
    text: "A key and a transaction.",
    anchor: "#mkeyverificationkey",
    right: {
      example: {
        key: "fQpGIW1Snz+pwLZu6sTy2aHy/DYWWTspTJRPyNp0PKkymfIsNffysMl6ObMMFdIJhk6g6pwlIqZ54rxo8SLmAg",
        transaction_id: transactionId,
      },
    },
    required: ["key", "transaction_id"],
    rows: [["transaction-alone", "reject", { transaction_id: "t" }]],
  },
  {
    eventType: "m.key.verification.mac",
    text: "The MAC of each key, the MAC of the list of key IDs, and a transaction.",
    anchor: "#mkeyverificationmac",
    right: { example: mac, "no-macs": { ...mac, mac: {} } },
    required: ["keys", "mac", "transaction_id"],
    rows: [
      ["mac-number", "reject", { ...mac, mac: { "ed25519:ABCDEF": 1 } }],
      ["mac-array", "reject", { ...mac, mac: [] }],
    ],
  },
  {
    eventType: "m.key.verification.done",
    text: "A transaction, because it is sent to a device.",
    anchor: "#mkeyverificationdone",
    right: { example: { transaction_id: transactionId } },
    required: ["transaction_id"],
    rows: [],
  },
  {
    eventType: "m.key.verification.cancel",
    text: "A code, a reason and a transaction. Codes are open.",
    anchor: "#mkeyverificationcancel",
    right: { example: cancel, "other-code": { ...cancel, code: "org.example.bored" } },
    required: ["code", "reason", "transaction_id"],
    rows: [
      ["short-without-reason", "reject", { transaction_id: "t", code: "m.user" }],
      ["short-without-code", "reject", { transaction_id: "t", reason: "x" }],
    ],
  },
];

/** Valid contents, by event type. */
export const examples: { readonly [eventType: string]: DeviceMessageContents } = Object.fromEntries(
  eventTypes.map(({ eventType, right }) => [eventType, { ...exampleOf(right) }]),
);

/** Typed contents, one rule for each event type. */
export const contents: Chapter = {
  rules: eventTypes.map(ruleOf),
  cases: eventTypes.flatMap(casesOf),
};
