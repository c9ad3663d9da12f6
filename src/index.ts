/**
 * Matrix send-to-device messaging: the `m.direct_to_device` EDU, decoded, received, expanded, delivered and sent.
 *
 * @packageDocumentation
 */

// Identifiers.
export {
  UserId,
  ServerName,
  DeviceId,
  MessageId,
  allDevices,
  type AllDevices,
  serverNameOf,
  isUserOf,
  userIdGrammar,
} from "./identifiers.js";

// The EDU and the JSON around it.
export {
  DirectToDeviceEdu,
  directToDevice,
  ToDeviceMessage,
  Messages,
  type DeviceMessages,
  type ExpandedMessages,
  DeviceMessageContents,
  Transaction,
  maxTransactionEdus,
  SendToDeviceBody,
  SendToDeviceRequest,
  ToDeviceEvent,
} from "./message.js";

export type { Json, JsonObject, Unbranded } from "./json.js";

// In: from a transaction to accepted messages.
export {
  receiveTransaction,
  receiveEdus,
  type ReceiveOptions,
  type ReceivedMessage,
  type Rejection,
  type InvalidEdus,
} from "./receive.js";
export type { Reason } from "./explain.js";
export { maxDepth } from "./internal/canonical-json.js";

// Delivery.
export {
  recipients,
  excludedDevices,
  expandWildcards,
  type DevicesOf,
  type WithMessages,
} from "./expand.js";
export { deliver, type Delivery, type Undeliverable } from "./deliver.js";

// Out: from a client's body to transactions.
export { requestOf } from "./request.js";
export { splitByDestination } from "./split.js";
export { packEdus, maxEduBytes, type PackOptions, type Unsendable } from "./pack.js";
export { toTransactions } from "./transactions.js";
export { canonicalJsonBytes } from "./internal/canonical-json.js";

// To and from appservices.
export {
  AppserviceToDeviceEvent,
  type AppserviceMember,
  type AppserviceMemberOf,
  toAppserviceEvent,
  writeAppserviceToDevice,
  readAppserviceToDevice,
  type AppserviceRejection,
} from "./appservice.js";

// Contents on demand.
export {
  readEvent,
  readEventWith,
  type TypedEvent,
  type KnownEvent,
  type PlainContentsByType,
  type EncryptedType,
  type HostCodecs,
  type HostContents,
} from "./read.js";
export {
  OlmPlaintext,
  type DeviceKeys,
  type SigningKeys,
  checkOlmPlaintext,
  type OlmExpectations,
  type CheckedOlmPlaintext,
  type DecryptedEvent,
} from "./olm-plaintext.js";
export { readDecryptedEvent, readDecryptedEventWith, type TypedDecryptedEvent } from "./read.js";
export {
  contents,
  isKnownType,
  type KnownType,
  type ContentsOf,
  type ContentsByType,
} from "./contents/index.js";
export { Dummy, RoomEncrypted, type CiphertextInfo } from "./contents/encrypted.js";
export {
  RoomId,
  RoomKey,
  ForwardedRoomKey,
  RoomKeyRequest,
  type RequestedKeyInfo,
  RoomKeyWithheld,
  type OtherWithheldCode,
  RoomKeyBundle,
  type EncryptedFile,
} from "./contents/room-keys.js";
export { SecretRequest, SecretSend } from "./contents/secrets.js";
export {
  KeyVerificationRequest,
  KeyVerificationReady,
  KeyVerificationStart,
  type OtherVerificationMethod,
  KeyVerificationAccept,
  type SasMethod,
  KeyVerificationKey,
  KeyVerificationMac,
  KeyVerificationDone,
  KeyVerificationCancel,
} from "./contents/verification.js";

// Diagnostics and interoperation.
export { explain } from "./explain.js";
export { toStandardSchema } from "./standard-schema.js";
