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
  userIdGrammar,
} from "./identifiers.js";

// The EDU and what stands around it.
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
  maxTransactionPdus,
  SendToDeviceBody,
  SendToDeviceRequest,
  ToDeviceEvent,
} from "./message.js";

// In: from a transaction to accepted messages.
export { receiveEdus, type Rejection } from "./receive.js";
export { maxDepth } from "./internal/canonical-json.js";

// Who gets what.
export {
  recipients,
  usersWithWildcard,
  expandWildcards,
  type DevicesOf,
  type Expanded,
} from "./expand.js";
export { deliver, type Delivery, type Undeliverable } from "./deliver.js";

// Out: from a request to EDUs.
export { splitByDestination } from "./split.js";
export { packEdus, maxEduBytes, type Unsendable } from "./pack.js";
export { canonicalJsonBytes } from "./internal/canonical-json.js";

// To and from appservices.
export {
  AppserviceToDeviceEvent,
  type AppserviceMember,
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
export { jsonSchema, type JsonSchema } from "./json-schema.js";
