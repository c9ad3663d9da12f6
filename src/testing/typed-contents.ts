/** Typed contents, field by field: valid values and faults. */
import * as fc from "fast-check";
import type * as wire from "../index.js";
import { canonicalScalar, choice, objects, open, text } from "./arbitraries/bricks.js";
import { broken, type Invalid, notArray, notObject, notString, type Shape } from "./shape.js";

/** Arbitraries for the contents of one type: valid, and with one fault. */
export type Pair<T> = {
  readonly valid: fc.Arbitrary<T>;
  readonly invalid: fc.Arbitrary<Invalid>;
};

/** The valid values of a member, and its faults. A member without a shape has no faults. */
type Field = { readonly valid: fc.Arbitrary<unknown>; readonly shape?: Shape };

/** A field with faults. */
type Breakable = Required<Field>;

type Fields = { readonly [name: string]: Field };

// Fields.

const string: Breakable = {
  valid: choice(
    [3, fc.constantFrom("x", "", "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ")],
    [1, text],
  ),
  shape: { bad: notString },
};

const device: Breakable = {
  valid: fc.constantFrom("DESK", "PHONE", "", "__proto__"),
  shape: { bad: fc.oneof(notString, fc.constant("*")) },
};

const room: Breakable = {
  valid: choice(
    [4, fc.constantFrom("!Cuyf34gef24t:localhost", "!", "!no-server", "!\u{1f600}:example.org")],
    [1, fc.constantFrom(`!${"a".repeat(254)}`, `!${"é".repeat(127)}`)],
  ),
  shape: {
    bad: choice(
      [2, fc.oneof(notString, fc.constantFrom("", "#alias:localhost", " !a:b", "a:b"))],
      [1, fc.constantFrom(`!${"a".repeat(255)}`, `!a${"é".repeat(127)}`)],
      [1, fc.constantFrom("!a\0:hs", "!\ud83d:hs", "!\udc00")],
    ),
  },
};

/** A format that the event schema names. */
function base64(extra: string, foreign: string): Breakable {
  return {
    valid: fc.oneof(
      fc.constantFrom("", "QQ==", "QUI=", `a${extra}`),
      fc.string({ unit: fc.constantFrom(..."azAZ09", ...extra), maxLength: 43 }),
    ),
    shape: { bad: fc.oneof(notString, fc.constantFrom("*", "m.sas.v1", "=a", " ", `a${foreign}`)) },
  };
}

const standardBase64 = base64("+/", "-");
const urlSafeBase64 = base64("-_", "+");

const integer: Breakable = {
  valid: choice([1, fc.constantFrom(0, 1, 1_559_598_944_869)], [1, fc.maxSafeInteger()]),
  shape: { bad: fc.constantFrom<unknown>(null, "0", 1.5, 2 ** 53, [0], {}) },
};

const anything: Field = { valid: fc.constantFrom<unknown>(true, false, null, "yes", [], {}) };

/** Exactly this value. */
function exactly(value: string | true): Breakable {
  return {
    valid: fc.constant(value),
    shape: { bad: fc.constantFrom<unknown>(`${value}!`, "", null, 1, [value]) },
  };
}

/** Exactly this value. Another string chooses another branch, so it is not a fault. */
function tag(value: string): Breakable {
  return { valid: fc.constant(value), shape: { bad: notString } };
}

function list(element: Breakable): Breakable {
  return {
    valid: fc.array(element.valid, { maxLength: 3 }),
    shape: { bad: notArray, entries: element.shape },
  };
}

function map(value: Breakable): Breakable {
  const entry = fc.tuple(choice([1, text], [1, fc.constantFrom("__proto__", "0")]), value.valid);
  return {
    valid: fc.array(entry, { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    shape: { bad: notObject, entries: value.shape },
  };
}

function object(required: Fields, optional: Fields = {}): Breakable {
  return {
    valid: fc.record(
      Object.fromEntries(
        Object.entries({ ...required, ...optional }).map(([name, { valid }]) => [name, valid]),
      ),
      { requiredKeys: Object.keys(required), noNullPrototype: true },
    ),
    shape: { bad: notObject, required: shapesOf(required), optional: shapesOf(optional) },
  };
}

function shapesOf(fields: Fields): { readonly [name: string]: Shape } {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { shape }]) => (shape ? [[name, shape]] : [])),
  );
}

/** The same, or null, because no client reads it. */
function orNull({ valid, shape }: Breakable): Breakable {
  return {
    valid: choice([3, valid], [1, fc.constant(null)]),
    shape: { bad: shape.bad.filter((value) => value !== null) },
  };
}

/** Contents with several variants. */
function pair<T>(...variants: ReadonlyArray<Breakable>): Pair<T> {
  const opened = variants.map(({ valid, shape }) => ({
    valid: open(valid as fc.Arbitrary<object>),
    shape,
  }));
  return {
    valid: choice(...opened.map(({ valid }) => [1, valid] as const)) as fc.Arbitrary<T>,
    invalid: fc.oneof(...opened.map(({ valid, shape }) => broken(valid, shape))),
  };
}

// One pair per type. The codecs document the members.

const megolm = exactly("m.megolm.v1.aes-sha2");

export const dummy: Pair<wire.Dummy> = pair(object({}, { anything }));

export const roomId: Pair<wire.RoomId> = {
  valid: room.valid as fc.Arbitrary<wire.RoomId>,
  invalid: broken(room.valid, room.shape),
};

export const roomEncrypted: Pair<wire.RoomEncrypted> = pair(
  object(
    {
      algorithm: exactly("m.olm.v1.curve25519-aes-sha2"),
      ciphertext: map(object({ type: integer, body: string })),
      sender_key: string,
    },
    { session_id: string, device_id: string },
  ),
  object(
    { algorithm: megolm, ciphertext: string, session_id: string },
    { sender_key: string, device_id: string },
  ),
);

export const roomKey: Pair<wire.RoomKey> = pair(
  object(
    { algorithm: megolm, room_id: room, session_id: string, session_key: string },
    { shared_history: anything },
  ),
);

export const forwardedRoomKey: Pair<wire.ForwardedRoomKey> = pair(
  object(
    {
      algorithm: string,
      room_id: room,
      session_id: string,
      session_key: string,
      sender_key: string,
      sender_claimed_ed25519_key: string,
      forwarding_curve25519_key_chain: list(string),
    },
    { withheld: object({ code: string, reason: string }) },
  ),
);

const keyRequestId = { requesting_device_id: device, request_id: string };

export const roomKeyRequest: Pair<wire.RoomKeyRequest> = pair(
  object({
    ...keyRequestId,
    action: exactly("request"),
    body: object({ algorithm: string, room_id: room, session_id: string }, { sender_key: string }),
  }),
  object(
    { ...keyRequestId, action: exactly("request_cancellation") },
    { body: orNull(object({}, { room_id: anything })) },
  ),
);

export const roomKeyWithheld: Pair<wire.RoomKeyWithheld> = pair(
  object(
    {
      algorithm: megolm,
      code: tag("m.unverified"),
      room_id: room,
      sender_key: standardBase64,
      session_id: string,
    },
    { reason: string },
  ),
  object(
    // With any other code, `room_id` and `session_id` would be missing too.
    { algorithm: megolm, code: { valid: fc.constant("m.no_olm") }, sender_key: standardBase64 },
    { reason: string, room_id: room, session_id: string },
  ),
);

export const roomKeyBundle: Pair<wire.RoomKeyBundle> = pair(
  object({
    room_id: room,
    file: object({
      url: string,
      key: object({
        kty: exactly("oct"),
        key_ops: {
          valid: fc.constantFrom(["encrypt", "decrypt"], ["wrapKey", "decrypt", "encrypt"]),
          shape: { bad: fc.oneof(notArray, fc.constantFrom([], ["encrypt"], ["decrypt", "x"])) },
        },
        alg: exactly("A256CTR"),
        k: urlSafeBase64,
        ext: exactly(true),
      }),
      iv: standardBase64,
      hashes: object({ sha256: standardBase64 }),
      v: exactly("v2"),
    }),
  }),
);

export const secretRequest: Pair<wire.SecretRequest> = pair(
  object({ ...keyRequestId, action: exactly("request"), name: string }),
  object({ ...keyRequestId, action: exactly("request_cancellation") }, { name: orNull(string) }),
);

export const secretSend: Pair<wire.SecretSend> = pair(
  object({ request_id: string, secret: string }),
);

const transaction_id = string;
const sas = list({
  valid: fc.constantFrom("decimal", "emoji"),
  shape: { bad: fc.oneof(notString, fc.constantFrom("", "pictogram")) },
});

export const keyVerificationRequest: Pair<wire.KeyVerificationRequest> = pair(
  object({ from_device: device, transaction_id, methods: list(string), timestamp: integer }),
);

export const keyVerificationReady: Pair<wire.KeyVerificationReady> = pair(
  object({ from_device: device, transaction_id, methods: list(string) }),
);

export const keyVerificationStart: Pair<wire.KeyVerificationStart> = pair(
  object(
    {
      from_device: device,
      transaction_id,
      method: tag("m.sas.v1"),
      key_agreement_protocols: list(string),
      hashes: list(string),
      message_authentication_codes: list(string),
      short_authentication_string: sas,
    },
    { next_method: string },
  ),
  object(
    { from_device: device, transaction_id, method: tag("m.reciprocate.v1"), secret: string },
    { next_method: string },
  ),
  object(
    { from_device: device, transaction_id, method: tag("org.example.method") },
    { next_method: string, hashes: anything },
  ),
);

export const keyVerificationAccept: Pair<wire.KeyVerificationAccept> = pair(
  object(
    {
      transaction_id,
      key_agreement_protocol: string,
      hash: string,
      message_authentication_code: string,
      short_authentication_string: sas,
      commitment: string,
    },
    { method: string },
  ),
);

export const keyVerificationKey: Pair<wire.KeyVerificationKey> = pair(
  object({ transaction_id, key: string }),
);

export const keyVerificationMac: Pair<wire.KeyVerificationMac> = pair(
  object({ transaction_id, mac: map(string), keys: string }),
);

export const keyVerificationDone: Pair<wire.KeyVerificationDone> = pair(object({ transaction_id }));

export const keyVerificationCancel: Pair<wire.KeyVerificationCancel> = pair(
  object({ transaction_id, code: string, reason: string }),
);

// The plaintext of an Olm message. It passes the checks only if the expectations match.

const userId: Breakable = {
  valid: fc.constantFrom("@alice:example.org", "@:x", "@\u{1f600}:example.org:8448"),
  shape: { bad: fc.oneof(notString, fc.constantFrom("", "alice", "@alice", "@a\0:x")) },
};
const signingKeys = object({ ed25519: string });
const contentsOfAny: Breakable = { valid: objects(canonicalScalar), shape: { bad: notObject } };

const olmMembers: Fields = {
  type: string,
  content: contentsOfAny,
  sender: userId,
  recipient: userId,
  recipient_keys: signingKeys,
  keys: signingKeys,
};

/** A plaintext without `sender_device_keys`. */
const withoutDevice = object(olmMembers);

/** A plaintext whose `sender_device_keys` match its sender. */
const withDevice: Breakable = {
  valid: fc
    .tuple(withoutDevice.valid, device.valid, string.valid)
    .map(([members, device_id, curve25519]) => {
      const { sender, keys } = members as { sender: string; keys: { ed25519: string } };
      return {
        ...(members as object),
        sender_device_keys: {
          user_id: sender,
          device_id,
          algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
          keys: { [`curve25519:${device_id}`]: curve25519, [`ed25519:${device_id}`]: keys.ed25519 },
          signatures: { [sender]: { [`ed25519:${device_id}`]: "dSO80A01XiigH3uBiDVx" } },
        },
      };
    }),
  shape: {
    bad: notObject,
    required: shapesOf(olmMembers),
    optional: shapesOf({
      sender_device_keys: object({
        user_id: userId,
        device_id: device,
        algorithms: list(string),
        keys: map(string),
        signatures: map(map(string)),
      }),
    }),
  },
};

export const olmPlaintext: Pair<wire.OlmPlaintext> = pair(withoutDevice, withDevice);
