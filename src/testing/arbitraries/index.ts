/**
 * fast-check arbitraries: one per codec, with the same name, and `deviceDirectory`, `sendToDeviceBody` and
 * `transaction`, whose device directory matches their users.
 *
 * They are biased towards edge cases: `*` next to named devices, keys such as `__proto__`, identifiers at their exact
 * limits, contents near the size limit of EDUs. A few users and devices recur, so that they occur together. Contents are
 * shared by reference. Apart from that, the values are what `JSON.parse` returns.
 */
export {
  Dummy,
  ForwardedRoomKey,
  KeyVerificationAccept,
  KeyVerificationCancel,
  KeyVerificationDone,
  KeyVerificationKey,
  KeyVerificationMac,
  KeyVerificationReady,
  KeyVerificationRequest,
  KeyVerificationStart,
  OlmPlaintext,
  RoomEncrypted,
  RoomId,
  RoomKey,
  RoomKeyBundle,
  RoomKeyRequest,
  RoomKeyWithheld,
  SecretRequest,
  SecretSend,
} from "./contents.js";
export { DeviceId, MessageId, ServerName, UserId } from "./identifiers.js";
export {
  AppserviceToDeviceEvent,
  canonicalContents,
  DeviceMessageContents,
  DirectToDeviceEdu,
  Messages,
  SendToDeviceBody,
  SendToDeviceRequest,
  ToDeviceEvent,
  ToDeviceMessage,
  Transaction,
} from "./messages.js";
export {
  type DeviceDirectory,
  deviceDirectory,
  type SendToDeviceScene,
  sendToDeviceBody,
  type TransactionScene,
  transaction,
} from "./scenes.js";
