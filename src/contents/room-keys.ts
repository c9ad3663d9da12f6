/**
 * Contents of the events that hand over, ask for and refuse the keys of encrypted rooms.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption}
 */
import * as t from "io-ts";
import { DeviceId } from "../identifiers.js";
import { array, brick, struct, tagged } from "../internal/codec.js";

/**
 * A room: a string that begins with `!`.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#room-ids}
 */
export type RoomId = `!${string}`;
/** The codec of `RoomId`. */
export const RoomId: t.Type<RoomId> = /* #__PURE__ */ brick(
  "RoomId",
  "expected Room ID",
  (value) => typeof value === "string" && value.startsWith("!"),
);

/**
 * `m.room_key`: the key of a Megolm session. It must come in an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroom_key}
 */
export type RoomKey = {
  readonly algorithm: "m.megolm.v1.aes-sha2";
  readonly room_id: RoomId;
  readonly session_id: string;
  readonly session_key: string;
  /** Only `true` makes the session shareable; any other value means what absence means. */
  readonly shared_history?: unknown;
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
  { shared_history: t.unknown },
);

/**
 * `m.forwarded_room_key`: the answer to `m.room_key_request`. It must come in an `m.room.encrypted` with Olm.
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
 * A request has a `body`. A cancellation needs none, and what it has there is not looked at: clients send one with
 * empty strings.
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
      readonly body?: { readonly [member: string]: unknown };
    }
);
/** The codec of `RoomKeyRequest`. */
export const RoomKeyRequest: t.Type<RoomKeyRequest> = /* #__PURE__ */ tagged(
  "RoomKeyRequest",
  "action",
  {
    request: /* #__PURE__ */ struct("RoomKeyRequest", {
      requesting_device_id: DeviceId,
      request_id: t.string,
      body: RequestedKeyInfo,
    }),
    request_cancellation: /* #__PURE__ */ struct(
      "RoomKeyRequestCancellation",
      { requesting_device_id: DeviceId, request_id: t.string },
      { body: /* #__PURE__ */ struct("CancelledKeyInfo", {}) },
    ),
  },
);

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
      { algorithm: /* #__PURE__ */ t.literal("m.megolm.v1.aes-sha2"), sender_key: t.string },
      { room_id: RoomId, session_id: t.string, reason: t.string },
    ),
  },
  /* #__PURE__ */ struct(
    "RoomKeyWithheld",
    {
      algorithm: /* #__PURE__ */ t.literal("m.megolm.v1.aes-sha2"),
      sender_key: t.string,
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
 * Where an encrypted file lies, and what decrypts it.
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
    readonly k: string;
    readonly ext: true;
  };
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
    k: t.string,
    ext: /* #__PURE__ */ t.literal(true),
  }),
  iv: t.string,
  hashes: /* #__PURE__ */ struct("EncryptedFileHashes", { sha256: t.string }),
  v: /* #__PURE__ */ t.literal("v2"),
});

/**
 * `m.room_key_bundle`: where the keys of a room's history lie, for who is invited to it.
 *
 * It must come in an `m.room.encrypted` with Olm. The bundle itself is the file, not this.
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

function isKeyOps(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((operation) => typeof operation === "string") &&
    value.includes("encrypt") &&
    value.includes("decrypt")
  );
}
