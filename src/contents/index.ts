/**
 * The event types that the specification defines for to-device messages, with the codec of the contents of each.
 *
 * Nothing on the federation path uses these: a server relays contents without reading them.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import type * as t from "io-ts";
import { hasOwn } from "../internal/plain.js";
import type { Unbranded } from "../json.js";
import { Dummy, RoomEncrypted } from "./encrypted.js";
import {
  ForwardedRoomKey,
  RoomKey,
  RoomKeyBundle,
  RoomKeyRequest,
  RoomKeyWithheld,
} from "./room-keys.js";
import { SecretRequest, SecretSend } from "./secrets.js";
import {
  KeyVerificationAccept,
  KeyVerificationCancel,
  KeyVerificationDone,
  KeyVerificationKey,
  KeyVerificationMac,
  KeyVerificationReady,
  KeyVerificationRequest,
  KeyVerificationStart,
} from "./verification.js";

/**
 * The contents of each event type, as sent to a device.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type ContentsByType = {
  /** An empty message that establishes a new Olm session. */
  readonly "m.dummy": Dummy;
  /** Another event, encrypted with Olm or Megolm. */
  readonly "m.room.encrypted": RoomEncrypted;
  /** The key of a Megolm session. Only valid inside Olm. */
  readonly "m.room_key": RoomKey;
  /** The answer to `m.room_key_request`. Only valid inside Olm. */
  readonly "m.forwarded_room_key": ForwardedRoomKey;
  /** A request for the key of a Megolm session, or its cancellation. */
  readonly "m.room_key_request": RoomKeyRequest;
  /** Why a device does not get the key of a session. */
  readonly "m.room_key.withheld": RoomKeyWithheld;
  /** The location of the keys of a room's history. Only valid inside Olm. */
  readonly "m.room_key_bundle": RoomKeyBundle;
  /** A request for a secret of the same user, or its cancellation. */
  readonly "m.secret.request": SecretRequest;
  /** The answer to `m.secret.request`. Only valid inside Olm. */
  readonly "m.secret.send": SecretSend;
  /** Asks for a verification and offers methods. */
  readonly "m.key.verification.request": KeyVerificationRequest;
  /** Agrees to a verification and names the possible methods. */
  readonly "m.key.verification.ready": KeyVerificationReady;
  /** Begins a verification with one method. */
  readonly "m.key.verification.start": KeyVerificationStart;
  /** Agrees to a SAS verification and chooses its parameters. */
  readonly "m.key.verification.accept": KeyVerificationAccept;
  /** The ephemeral public key of a device. */
  readonly "m.key.verification.key": KeyVerificationKey;
  /** The MACs of a device's keys. */
  readonly "m.key.verification.mac": KeyVerificationMac;
  /** The verification has succeeded. */
  readonly "m.key.verification.done": KeyVerificationDone;
  /** The verification has ended without success, and why. */
  readonly "m.key.verification.cancel": KeyVerificationCancel;
};

/**
 * An event type whose to-device contents the specification defines.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type KnownType = keyof ContentsByType;

/**
 * The contents of an event type: `ContentsOf<"m.room_key">` is `RoomKey`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type ContentsOf<T extends KnownType> = ContentsByType[T];

/**
 * The codec for the contents of each event type, as sent to a device.
 *
 * If you need only one codec, import it by name: the table refers to all of them, so a bundler keeps them all.
 *
 * @example
 * ```ts
 * import { contents, explain } from "matrix-send-to-device";
 *
 * const decoded = contents["m.room_key_request"].decode({
 *   action: "request",
 *   requesting_device_id: "RJYKSTBOIE",
 *   request_id: "1495474790150.19",
 * });
 * if (decoded._tag === "Left") {
 *   console.log(explain(decoded.left)); // ["body: expected object"]
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export const contents: {
  readonly [T in KnownType]: t.Type<ContentsOf<T>, Unbranded<ContentsOf<T>>>;
} = {
  "m.dummy": Dummy,
  "m.room.encrypted": RoomEncrypted,
  "m.room_key": RoomKey,
  "m.forwarded_room_key": ForwardedRoomKey,
  "m.room_key_request": RoomKeyRequest,
  "m.room_key.withheld": RoomKeyWithheld,
  "m.room_key_bundle": RoomKeyBundle,
  "m.secret.request": SecretRequest,
  "m.secret.send": SecretSend,
  "m.key.verification.request": KeyVerificationRequest,
  "m.key.verification.ready": KeyVerificationReady,
  "m.key.verification.start": KeyVerificationStart,
  "m.key.verification.accept": KeyVerificationAccept,
  "m.key.verification.key": KeyVerificationKey,
  "m.key.verification.mac": KeyVerificationMac,
  "m.key.verification.done": KeyVerificationDone,
  "m.key.verification.cancel": KeyVerificationCancel,
};

/**
 * Tests whether the specification defines the contents of an event type.
 *
 * Event types come from the network. Only the own members of `contents` count: `constructor` is not a known type.
 *
 * @param type - the event type
 * @returns whether `contents` has a codec for the type
 *
 * @example
 * ```ts
 * import { isKnownType } from "matrix-send-to-device";
 *
 * console.log(["m.room_key", "org.example.custom", "constructor"].filter(isKnownType)); // ["m.room_key"]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export function isKnownType(type: string): type is KnownType {
  return hasOwn(contents, type);
}
