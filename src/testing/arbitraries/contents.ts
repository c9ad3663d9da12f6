/** Typed contents. */
import type * as fc from "fast-check";
import type * as wire from "../../index.js";
import * as typed from "../typed-contents.js";

/** Contents of `m.dummy`. */
export const Dummy: fc.Arbitrary<wire.Dummy> = typed.dummy.valid;

/** Contents of `m.room.encrypted`. */
export const RoomEncrypted: fc.Arbitrary<wire.RoomEncrypted> = typed.roomEncrypted.valid;

/** Room IDs. */
export const RoomId: fc.Arbitrary<wire.RoomId> = typed.roomId.valid;

/** Contents of `m.room_key`. */
export const RoomKey: fc.Arbitrary<wire.RoomKey> = typed.roomKey.valid;

/** Contents of `m.forwarded_room_key`. */
export const ForwardedRoomKey: fc.Arbitrary<wire.ForwardedRoomKey> = typed.forwardedRoomKey.valid;

/** Contents of `m.room_key_request`. */
export const RoomKeyRequest: fc.Arbitrary<wire.RoomKeyRequest> = typed.roomKeyRequest.valid;

/** Contents of `m.room_key.withheld`. */
export const RoomKeyWithheld: fc.Arbitrary<wire.RoomKeyWithheld> = typed.roomKeyWithheld.valid;

/** Contents of `m.room_key_bundle`. */
export const RoomKeyBundle: fc.Arbitrary<wire.RoomKeyBundle> = typed.roomKeyBundle.valid;

/** Contents of `m.secret.request`. */
export const SecretRequest: fc.Arbitrary<wire.SecretRequest> = typed.secretRequest.valid;

/** Contents of `m.secret.send`. */
export const SecretSend: fc.Arbitrary<wire.SecretSend> = typed.secretSend.valid;

/** Contents of `m.key.verification.request`. */
export const KeyVerificationRequest: fc.Arbitrary<wire.KeyVerificationRequest> =
  typed.keyVerificationRequest.valid;

/** Contents of `m.key.verification.ready`. */
export const KeyVerificationReady: fc.Arbitrary<wire.KeyVerificationReady> =
  typed.keyVerificationReady.valid;

/** Contents of `m.key.verification.start`. */
export const KeyVerificationStart: fc.Arbitrary<wire.KeyVerificationStart> =
  typed.keyVerificationStart.valid;

/** Contents of `m.key.verification.accept`. */
export const KeyVerificationAccept: fc.Arbitrary<wire.KeyVerificationAccept> =
  typed.keyVerificationAccept.valid;

/** Contents of `m.key.verification.key`. */
export const KeyVerificationKey: fc.Arbitrary<wire.KeyVerificationKey> =
  typed.keyVerificationKey.valid;

/** Contents of `m.key.verification.mac`. */
export const KeyVerificationMac: fc.Arbitrary<wire.KeyVerificationMac> =
  typed.keyVerificationMac.valid;

/** Contents of `m.key.verification.done`. */
export const KeyVerificationDone: fc.Arbitrary<wire.KeyVerificationDone> =
  typed.keyVerificationDone.valid;

/** Contents of `m.key.verification.cancel`. */
export const KeyVerificationCancel: fc.Arbitrary<wire.KeyVerificationCancel> =
  typed.keyVerificationCancel.valid;

/** Plaintexts of Olm messages. Their `sender_device_keys`, if present, match the sender. */
export const OlmPlaintext: fc.Arbitrary<wire.OlmPlaintext> = typed.olmPlaintext.valid;
