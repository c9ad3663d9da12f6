/**
 * fast-check arbitraries: one for each codec, under its name, and `deviceDirectory`, `sendToDeviceBody` and
 * `transaction`, whose users and devices belong together.
 *
 * They are biased to the edges: `*` beside named devices, keys like `__proto__`, identifiers at their exact limits,
 * contents near the largest EDU. Users and devices are few, so that they meet, and contents are shared by reference.
 * Values are as `JSON.parse` makes them, but for that sharing.
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
