/** Typed contents, field by field: what each may be, and how it is broken. */
import * as fc from "fast-check";
import type * as wire from "../index.js";
import { choice, open, text } from "./arbitraries/bricks.js";
import { broken, type Invalid, notArray, notObject, notString, type Shape } from "./shape.js";

/** Contents of one type, right and with one thing broken. */
export type Pair<T> = {
  readonly valid: fc.Arbitrary<T>;
  readonly invalid: fc.Arbitrary<Invalid>;
};

/** What a member may be, and how it is broken; without a shape it is not. */
type Field = { readonly valid: fc.Arbitrary<unknown>; readonly shape?: Shape };

/** A field that can be broken. */
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
  valid: fc.constantFrom("!Cuyf34gef24t:localhost", "!", "!no-server", "!\u{1f600}:example.org"),
  shape: { bad: fc.oneof(notString, fc.constantFrom("", "#alias:localhost", " !a:b", "a:b")) },
};

const integer: Breakable = {
  valid: choice([1, fc.constantFrom(0, 1, 1_559_598_944_869)], [1, fc.maxSafeInteger()]),
  shape: { bad: fc.constantFrom<unknown>(null, "0", 1.5, 2 ** 53, [0], {}) },
};

const anything: Field = { valid: fc.constantFrom<unknown>(true, false, null, "yes", [], {}) };

/** Exactly this. */
function exactly(value: string | true): Breakable {
  return {
    valid: fc.constant(value),
    shape: { bad: fc.constantFrom<unknown>(`${value}!`, "", null, 1, [value]) },
  };
}

/** Exactly this, and other strings make it something else, which is no fault of its own. */
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

/** Contents that are one of some variants. */
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

// One pair for each type. What the members are for is said at the codecs.

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
    { body: object({}, { room_id: anything }) },
  ),
);

export const roomKeyWithheld: Pair<wire.RoomKeyWithheld> = pair(
  object(
    {
      algorithm: megolm,
      code: tag("m.unverified"),
      room_id: room,
      sender_key: string,
      session_id: string,
    },
    { reason: string },
  ),
  object(
    // With any other code, room and session would be missing too.
    { algorithm: megolm, code: { valid: fc.constant("m.no_olm") }, sender_key: string },
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
        k: string,
        ext: exactly(true),
      }),
      iv: string,
      hashes: object({ sha256: string }),
      v: exactly("v2"),
    }),
  }),
);

export const secretRequest: Pair<wire.SecretRequest> = pair(
  object({ ...keyRequestId, action: exactly("request"), name: string }),
  object({ ...keyRequestId, action: exactly("request_cancellation") }, { name: string }),
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
