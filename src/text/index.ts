/**
 * Send-to-device messaging on JSON text: contents are checked and passed on unchanged, without being parsed.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 * @packageDocumentation
 */

export { type DevicesOf, excludedDevices } from "../expand.js";
export type { Reason } from "../explain.js";
export type { PackOptions, Unsendable } from "../pack.js";
export type { ReceiveOptions, Rejection } from "../receive.js";
export { type CanonicalJsonOptions, canonicalJson, type NotCanonicalJson } from "./canonical.js";
// Delivery.
export {
  appserviceTransaction,
  deliver,
  expandWildcards,
  jsonArray,
  type Message,
  recipients,
  type TextDelivery,
  type TextUndeliverable,
  toAppserviceEvent,
} from "./deliver.js";
// JSON text.
export { JsonText, parse } from "./json-text.js";
// In: from the text of a transaction to accepted messages.
export {
  type CanonicalBody,
  type Messages,
  type NotValid,
  type ReceivedMessage,
  type ReceivedTransaction,
  receiveTransaction,
} from "./receive.js";
export type { NotJson, NotStrict } from "./scanner.js";
// Out: from the text of a client's body to transactions.
export {
  type ContentsToSend,
  type PackedEdu,
  packEdus,
  requestOf,
  type SendToDeviceRequest,
  splitByDestination,
  toTransactions,
} from "./send.js";
