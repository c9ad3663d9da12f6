/**
 * Matrix send-to-device messaging: the `m.direct_to_device` EDU, decoded, received, expanded, delivered and sent.
 *
 * @packageDocumentation
 */

// To and from appservices.
export {
  type AppserviceMember,
  type AppserviceRejection,
  AppserviceToDeviceEvent,
  readAppserviceToDevice,
  toAppserviceEvent,
  writeAppserviceToDevice,
} from "./appservice.js";
// Contents on demand.
export { type CiphertextInfo, Dummy, RoomEncrypted } from "./contents/encrypted.js";
export {
  type ContentsByType,
  type ContentsOf,
  contents,
  decodeContents,
  isKnownType,
  type KnownType,
} from "./contents/index.js";
export {
  type EncryptedFile,
  ForwardedRoomKey,
  type OtherWithheldCode,
  type RequestedKeyInfo,
  RoomId,
  RoomKey,
  RoomKeyBundle,
  RoomKeyRequest,
  RoomKeyWithheld,
} from "./contents/room-keys.js";
export { SecretRequest, SecretSend } from "./contents/secrets.js";
export {
  KeyVerificationAccept,
  KeyVerificationCancel,
  KeyVerificationDone,
  KeyVerificationKey,
  KeyVerificationMac,
  KeyVerificationReady,
  KeyVerificationRequest,
  KeyVerificationStart,
  type OtherVerificationMethod,
  type SasMethod,
} from "./contents/verification.js";
export { type Delivery, deliver, type Undeliverable } from "./deliver.js";
// Who gets what.
export {
  type DevicesOf,
  type Expanded,
  expandWildcards,
  recipients,
  usersWithWildcard,
} from "./expand.js";
// Diagnostics and interoperation.
export { explain } from "./explain.js";
// Identifiers.
export {
  type AllDevices,
  allDevices,
  DeviceId,
  MessageId,
  ServerName,
  serverNameOf,
  UserId,
  userIdGrammar,
} from "./identifiers.js";
export { canonicalJsonBytes, maxDepth } from "./internal/canonical-json.js";
// As JSON Schema.
export { type JsonSchema, jsonSchema } from "./json-schema.js";
// The EDU and what stands around it.
export {
  DeviceMessageContents,
  type DeviceMessages,
  DirectToDeviceEdu,
  directToDevice,
  type ExpandedMessages,
  Messages,
  maxTransactionEdus,
  maxTransactionPdus,
  SendToDeviceBody,
  SendToDeviceRequest,
  ToDeviceEvent,
  ToDeviceMessage,
  Transaction,
} from "./message.js";
export { maxEduBytes, packEdus, type Unsendable } from "./pack.js";
export { type KnownEvent, readEvent, type TypedEvent } from "./read.js";
// In: from a transaction to accepted messages.
export { type Rejection, receiveEdus } from "./receive.js";
// Out: from a request to EDUs.
export { splitByDestination } from "./split.js";
export { toStandardSchema } from "./standard-schema.js";
