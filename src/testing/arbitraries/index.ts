/**
 * fast-check arbitraries: one per codec, with the same name, and `deviceDirectory`, `sendToDeviceBody` and
 * `transaction`, whose users and devices belong together.
 *
 * They are biased to the edges: `*` next to named devices, keys like `__proto__`, identifiers at their exact limits,
 * contents near the largest EDU. Users and devices are few, so that they occur together. Contents are shared by
 * reference; otherwise the values are as `JSON.parse` makes them.
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
