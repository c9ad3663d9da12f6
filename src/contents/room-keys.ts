/**
 * Contents of the events that share, request and withhold the keys of encrypted rooms.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption}
 */
import * as t from "io-ts";
import { DeviceId } from "../identifiers.js";
import { array, brick, struct, tagged } from "../internal/codec.js";
import { isPlainArray, isPlainObject, ownMember } from "../internal/plain.js";
import { isWellFormed, utf8Length } from "../internal/text.js";
import type { Json, JsonObject, Unbranded } from "../json.js";

/**
 * A room: a string that begins with `!`, at most 255 bytes of UTF-8, without NUL and lone surrogates.
 *
 * A domain is not required: room IDs have none since room version 12.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#room-ids}
 */
export type RoomId = `!${string}`;
/** The codec of `RoomId`. Its errors say which rule is broken: the length, `!`, NUL or a lone surrogate. */
export const RoomId: t.Type<RoomId> = /* #__PURE__ */ brick(
  "RoomId",
  (value) => {
    const fault = roomIdFault(value);
    return fault === undefined ? "expected Room ID" : `expected Room ID (${fault})`;
  },
  (value) => typeof value === "string" && roomIdFault(value) === undefined,
);

const maxRoomIdBytes = 255;

/** Which rule a room ID breaks; nothing for a value of another type. */
function roomIdFault(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  // 255 bytes are at most 255 UTF-16 units: a longer string is not read.
  if (value.length > maxRoomIdBytes) return "too long";
  if (!value.startsWith("!")) return "no ! at the start";
  if (value.includes("\0")) return "NUL";
  if (!isWellFormed(value)) return "lone surrogate";
  return utf8Length(value) > maxRoomIdBytes ? "too long" : undefined;
}

/**
 * Base64 where the event schema gives it as a format. The Appendices ask readers to accept padding.
 *
 * Only the alphabet is checked: the schema says nothing about the number of bytes.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#unpadded-base64}
 */
const Base64: t.Type<string> = /* #__PURE__ */ brick(
  "Base64",
  "expected unpadded Base64",
  (value) => typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
);
const UrlSafeBase64: t.Type<string> = /* #__PURE__ */ brick(
  "UrlSafeBase64",
  "expected URL-safe unpadded Base64",
  (value) => typeof value === "string" && /^[A-Za-z0-9_-]*={0,2}$/.test(value),
);

/**
 * `m.room_key`: the key of a Megolm session. It only counts inside an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key}
 */
export type RoomKey = {
  readonly algorithm: "m.megolm.v1.aes-sha2";
  readonly room_id: RoomId;
  readonly session_id: string;
  readonly session_key: string;
  /** Only `true` makes the session shareable; any other value means what absence means. */
  readonly shared_history?: Json;
};
/** The codec of `RoomKey`. */
export const RoomKey: t.Type<RoomKey> = /* #__PURE__ */ struct(
  "RoomKey",
  {
    algorithm: /* #__PURE__ */ t.literal("m.megolm.v1.aes-sha2"),
    room_id: RoomId,
    session_id: t.string,
    session_key: t.string,
  },
  { shared_history: /* #__PURE__ */ brick<Json>("Json", "expected JSON value", isDefined) },
);

/**
 * `m.forwarded_room_key`: the answer to `m.room_key_request`. It only counts inside an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mforwarded_room_key}
 */
export type ForwardedRoomKey = {
  readonly algorithm: string;
  readonly room_id: RoomId;
  readonly session_id: string;
  readonly session_key: string;
  readonly sender_key: string;
  readonly sender_claimed_ed25519_key: string;
  readonly forwarding_curve25519_key_chain: ReadonlyArray<string>;
  /** What the forwarding device was told, where it was refused a portion of the session. */
  readonly withheld?: { readonly code: string; readonly reason: string };
};
/** The codec of `ForwardedRoomKey`. */
export const ForwardedRoomKey: t.Type<ForwardedRoomKey> = /* #__PURE__ */ struct(
  "ForwardedRoomKey",
  {
    algorithm: t.string,
    room_id: RoomId,
    session_id: t.string,
    session_key: t.string,
    sender_key: t.string,
    sender_claimed_ed25519_key: t.string,
    forwarding_curve25519_key_chain: /* #__PURE__ */ array("KeyChain", t.string),
  },
  { withheld: /* #__PURE__ */ struct("Withheld", { code: t.string, reason: t.string }) },
);

/**
 * Which key `m.room_key_request` asks for.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key_request}
 */
export type RequestedKeyInfo = {
  readonly algorithm: string;
  readonly room_id: RoomId;
  readonly session_id: string;
  /** @deprecated Since v1.3 of the specification. */
  readonly sender_key?: string;
};
const RequestedKeyInfo: t.Type<RequestedKeyInfo> = /* #__PURE__ */ struct(
  "RequestedKeyInfo",
  { algorithm: t.string, room_id: RoomId, session_id: t.string },
  { sender_key: t.string },
);

/**
 * `m.room_key_request`: asks for the key of a session, or takes the request back.
 *
 * A request has a `body`. Nobody reads the `body` of a cancellation, so it may be missing, null or any object: deployed
 * clients send null, or an object with empty strings.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key_request}
 */
export type RoomKeyRequest = {
  readonly requesting_device_id: DeviceId;
  /** The same in a request and in its cancellation. */
  readonly request_id: string;
} & (
  | { readonly action: "request"; readonly body: RequestedKeyInfo }
  | {
      readonly action: "request_cancellation";
      readonly body?: JsonObject | null;
    }
);
const CancelledKeyInfo: t.Type<JsonObject | null> = /* #__PURE__ */ brick(
  "CancelledKeyInfo",
  "expected object or null",
  (value) => value === null || isPlainObject(value),
);
/** The codec of `RoomKeyRequest`. */
export const RoomKeyRequest: t.Type<
  RoomKeyRequest,
  Unbranded<RoomKeyRequest>
> = /* #__PURE__ */ tagged("RoomKeyRequest", "action", {
  request: /* #__PURE__ */ struct("RoomKeyRequest", {
    requesting_device_id: DeviceId,
    request_id: t.string,
    body: RequestedKeyInfo,
  }),
  request_cancellation: /* #__PURE__ */ struct(
    "RoomKeyRequestCancellation",
    { requesting_device_id: DeviceId, request_id: t.string },
    { body: CancelledKeyInfo },
  ),
});

/**
 * A code that the specification does not know: a string, which keeps out of the branch of `m.no_olm` as
 * `OtherVerificationMethod` does out of those of the known methods.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_keywithheld}
 */
export type OtherWithheldCode = `${string & { readonly [brand: symbol]: "OtherWithheldCode" }}`;

/**
 * `m.room_key.withheld`: why a device does not get the key of a session.
 *
 * Every `code` but `m.no_olm`, which is about all sessions with the sender, says which session is meant. Codes that
 * the specification does not know pass.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_keywithheld}
 */
export type RoomKeyWithheld = {
  readonly algorithm: "m.megolm.v1.aes-sha2";
  /** Unpadded Base64; padding passes. */
  readonly sender_key: string;
  /** For people, where the client does not understand the `code`. */
  readonly reason?: string;
} & (
  | { readonly code: "m.no_olm"; readonly room_id?: RoomId; readonly session_id?: string }
  | {
      readonly code:
        | "m.blacklisted"
        | "m.unverified"
        | "m.unauthorised"
        | "m.unavailable"
        | "m.history_not_shared"
        | OtherWithheldCode;
      readonly room_id: RoomId;
      readonly session_id: string;
    }
);
/** The codec of `RoomKeyWithheld`. */
export const RoomKeyWithheld: t.Type<RoomKeyWithheld> = /* #__PURE__ */ tagged(
  "RoomKeyWithheld",
  "code",
  {
    "m.no_olm": /* #__PURE__ */ struct(
      "NoOlm",
      { algorithm: /* #__PURE__ */ t.literal("m.megolm.v1.aes-sha2"), sender_key: Base64 },
      { room_id: RoomId, session_id: t.string, reason: t.string },
    ),
  },
  /* #__PURE__ */ struct(
    "RoomKeyWithheld",
    {
      algorithm: /* #__PURE__ */ t.literal("m.megolm.v1.aes-sha2"),
      sender_key: Base64,
      // `m.no_olm` never comes here.
      code: /* #__PURE__ */ brick<Exclude<RoomKeyWithheld["code"], "m.no_olm">>(
        "WithheldCode",
        "expected string",
        (value) => typeof value === "string",
      ),
      room_id: RoomId,
      session_id: t.string,
    },
    { reason: t.string },
  ),
);

/**
 * The location of an encrypted file, and the key that decrypts it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#definition-encryptedfile}
 */
export type EncryptedFile = {
  readonly url: string;
  readonly key: {
    readonly kty: "oct";
    /** At least `encrypt` and `decrypt`. */
    readonly key_ops: ReadonlyArray<string>;
    readonly alg: "A256CTR";
    /** URL-safe unpadded Base64; padding passes. */
    readonly k: string;
    readonly ext: true;
  };
  /** Unpadded Base64, like the hash; padding passes. */
  readonly iv: string;
  readonly hashes: { readonly sha256: string };
  readonly v: "v2";
};
const EncryptedFile: t.Type<EncryptedFile> = /* #__PURE__ */ struct("EncryptedFile", {
  url: t.string,
  key: /* #__PURE__ */ struct("JWK", {
    kty: /* #__PURE__ */ t.literal("oct"),
    key_ops: /* #__PURE__ */ brick<ReadonlyArray<string>>(
      "KeyOps",
      'expected array of strings with "encrypt" and "decrypt"',
      isKeyOps,
    ),
    alg: /* #__PURE__ */ t.literal("A256CTR"),
    k: UrlSafeBase64,
    ext: /* #__PURE__ */ t.literal(true),
  }),
  iv: Base64,
  hashes: /* #__PURE__ */ struct("EncryptedFileHashes", { sha256: Base64 }),
  v: /* #__PURE__ */ t.literal("v2"),
});

/**
 * `m.room_key_bundle`: the location of the keys of a room's history, for a user invited to the room.
 *
 * It only counts inside an `m.room.encrypted` with Olm. The bundle itself is the file.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key_bundle}
 */
export type RoomKeyBundle = {
  readonly room_id: RoomId;
  readonly file: EncryptedFile;
};
/** The codec of `RoomKeyBundle`. */
export const RoomKeyBundle: t.Type<RoomKeyBundle> = /* #__PURE__ */ struct("RoomKeyBundle", {
  room_id: RoomId,
  file: EncryptedFile,
});

function isDefined(value: unknown): boolean {
  return value !== undefined;
}

function isKeyOps(value: unknown): boolean {
  if (!isPlainArray(value)) return false;
  const operations = new Set<unknown>();
  for (let index = 0; index < value.length; index++) {
    // A hole is absent, and absent is no string.
    const operation = ownMember(value, String(index));
    if (typeof operation !== "string") return false;
    operations.add(operation);
  }
  return operations.has("encrypt") && operations.has("decrypt");
}
