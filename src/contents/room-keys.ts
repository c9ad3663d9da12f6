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

/** Which rule a room ID breaks. `undefined` if it is valid or not a string. */
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
 * Base64, for members to which the event schema gives this format. The Appendices ask readers to accept padding.
 *
 * Only the alphabet is checked: the schema does not limit the number of bytes.
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
 * `m.room_key`: the key of a Megolm session. It is only valid inside an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key}
 */
export type RoomKey = {
  /** The algorithm of the session. */
  readonly algorithm: "m.megolm.v1.aes-sha2";
  /** The room in which the session is used. */
  readonly room_id: RoomId;
  /** The Megolm session. */
  readonly session_id: string;
  /** The key of the session. Do not log it. */
  readonly session_key: string;
  /** Only `true` makes the session shareable with later members. Any other value is the same as a missing member. */
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
 * `m.forwarded_room_key`: the answer to `m.room_key_request`. It is only valid inside an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mforwarded_room_key}
 */
export type ForwardedRoomKey = {
  /** The algorithm of the session. */
  readonly algorithm: string;
  /** The room in which the session is used. */
  readonly room_id: RoomId;
  /** The Megolm session. */
  readonly session_id: string;
  /** The key of the session. Do not log it. */
  readonly session_key: string;
  /** The Curve25519 identity key of the device that created the session. */
  readonly sender_key: string;
  /** The Ed25519 key that the creating device claimed. The forwarding device cannot prove it. */
  readonly sender_claimed_ed25519_key: string;
  /** The Curve25519 keys of the devices that forwarded the session, in order. */
  readonly forwarding_curve25519_key_chain: ReadonlyArray<string>;
  /** Why the forwarding device did not get the earlier part of the session, if it did not. */
  readonly withheld?: {
    /** The `code` of the `m.room_key.withheld` that the forwarding device received. */
    readonly code: string;
    /** Its `reason`. */
    readonly reason: string;
  };
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
  /** The algorithm of the session. */
  readonly algorithm: string;
  /** The room in which the session is used. */
  readonly room_id: RoomId;
  /** The Megolm session. */
  readonly session_id: string;
  /**
   * The Curve25519 identity key of the device that created the session.
   *
   * @deprecated Since v1.3 of the specification. Do not rely on it.
   */
  readonly sender_key?: string;
};
const RequestedKeyInfo: t.Type<RequestedKeyInfo> = /* #__PURE__ */ struct(
  "RequestedKeyInfo",
  { algorithm: t.string, room_id: RoomId, session_id: t.string },
  { sender_key: t.string },
);

/**
 * `m.room_key_request`: asks for the key of a session, or cancels the request.
 *
 * A request has a `body`. In a cancellation `body` may be missing, null or any object, because no client reads it.
 * Deployed clients send null, or an object with empty strings.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key_request}
 */
export type RoomKeyRequest = {
  /** The device that asks, which is the device to answer. */
  readonly requesting_device_id: DeviceId;
  /** The same in a request and in its cancellation. */
  readonly request_id: string;
} & (
  | {
      /** Asks for the key. */
      readonly action: "request";
      /** Which key. */
      readonly body: RequestedKeyInfo;
    }
  | {
      /** Cancels the request. */
      readonly action: "request_cancellation";
      /** Not used in a cancellation. */
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
 * A code that the specification does not define. The type keeps `case "m.no_olm"` to one branch, as
 * `OtherVerificationMethod` does for verification methods.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_keywithheld}
 */
export type OtherWithheldCode = `${string & { readonly [brand: symbol]: "OtherWithheldCode" }}`;

/**
 * `m.room_key.withheld`: why a device does not get the key of a session.
 *
 * `m.no_olm` applies to all sessions of the sender. With any other `code`, `room_id` and `session_id` are required. Codes
 * that the specification does not define are accepted.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_keywithheld}
 */
export type RoomKeyWithheld = {
  /** The algorithm of the session. */
  readonly algorithm: "m.megolm.v1.aes-sha2";
  /** The Curve25519 identity key of the sending device, in unpadded Base64. Padding is accepted. */
  readonly sender_key: string;
  /** A text for people, in case the client does not know the `code`. */
  readonly reason?: string;
} & (
  | {
      /** No Olm session could be established. */
      readonly code: "m.no_olm";
      /** Not used with this code. */
      readonly room_id?: RoomId;
      /** Not used with this code. */
      readonly session_id?: string;
    }
  | {
      /** Why the key is withheld. */
      readonly code:
        | "m.blacklisted"
        | "m.unverified"
        | "m.unauthorised"
        | "m.unavailable"
        | "m.history_not_shared"
        | OtherWithheldCode;
      /** The room in which the session is used. */
      readonly room_id: RoomId;
      /** The Megolm session whose key is withheld. */
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
      // `m.no_olm` never reaches this branch.
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
  /** The `mxc://` URI of the encrypted file. */
  readonly url: string;
  /** The key as a JSON Web Key. Do not log it. */
  readonly key: {
    /** The key type. */
    readonly kty: "oct";
    /** At least `encrypt` and `decrypt`. */
    readonly key_ops: ReadonlyArray<string>;
    /** The algorithm. */
    readonly alg: "A256CTR";
    /** The key, in URL-safe unpadded Base64. Padding is accepted. */
    readonly k: string;
    /** The key may be exported. */
    readonly ext: true;
  };
  /** The initial counter block, in unpadded Base64. Padding is accepted. */
  readonly iv: string;
  /** Hashes of the encrypted file. */
  readonly hashes: {
    /** SHA-256, in unpadded Base64. Padding is accepted. */
    readonly sha256: string;
  };
  /** The version of this format. */
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
 * `m.room_key_bundle`: the location of the keys of a room's history, for a user who is invited to the room.
 *
 * It is only valid inside an `m.room.encrypted` with Olm. The bundle itself is the file.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key_bundle}
 */
export type RoomKeyBundle = {
  /** The room whose keys are in the bundle. */
  readonly room_id: RoomId;
  /** Where the bundle is, and the key that decrypts it. */
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
    // A hole in the array is absent.
    const operation = ownMember(value, String(index));
    if (typeof operation !== "string") return false;
    operations.add(operation);
  }
  return operations.has("encrypt") && operations.has("decrypt");
}
