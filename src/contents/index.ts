/**
 * The event types of to-device messages in the specification, and the codec of what each carries.
 *
 * Nothing on the federation path uses these: a server relays contents that it need not understand.
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
 * What the events of each type carry, as sent to a device.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type ContentsByType = {
  readonly "m.dummy": Dummy;
  readonly "m.room.encrypted": RoomEncrypted;
  readonly "m.room_key": RoomKey;
  readonly "m.forwarded_room_key": ForwardedRoomKey;
  readonly "m.room_key_request": RoomKeyRequest;
  readonly "m.room_key.withheld": RoomKeyWithheld;
  readonly "m.room_key_bundle": RoomKeyBundle;
  readonly "m.secret.request": SecretRequest;
  readonly "m.secret.send": SecretSend;
  readonly "m.key.verification.request": KeyVerificationRequest;
  readonly "m.key.verification.ready": KeyVerificationReady;
  readonly "m.key.verification.start": KeyVerificationStart;
  readonly "m.key.verification.accept": KeyVerificationAccept;
  readonly "m.key.verification.key": KeyVerificationKey;
  readonly "m.key.verification.mac": KeyVerificationMac;
  readonly "m.key.verification.done": KeyVerificationDone;
  readonly "m.key.verification.cancel": KeyVerificationCancel;
};

/**
 * A type of to-device events of which the specification says what it carries.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type KnownType = keyof ContentsByType;

/**
 * What an event of a type carries: `ContentsOf<"m.room_key">` is `RoomKey`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type ContentsOf<T extends KnownType> = ContentsByType[T];

/**
 * The codec of what the events of each type carry, as sent to a device.
 *
 * To use one codec, import it by its name: the table refers to all of them, so a bundler keeps them all.
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
 * Whether the specification says what the events of a type carry. Event types come from the network, so only the
 * table's own members are known: `constructor` is not.
 *
 * @param type - the event type
 * @returns whether `contents` has a codec for it
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
