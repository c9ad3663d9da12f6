/** The public names that the workload uses. Where a release renames something, this file changes. */
import * as library from "../../dist/esm/index.js";

export const {
  canonicalJsonBytes,
  contents,
  DeviceId,
  DirectToDeviceEdu,
  deliver,
  expandWildcards,
  explain,
  isKnownType,
  isUserOf,
  MessageId,
  packEdus,
  readAppserviceToDevice,
  readEvent,
  receiveEdus,
  receiveTransaction,
  recipients,
  requestOf,
  SendToDeviceBody,
  ServerName,
  serverNameOf,
  splitByDestination,
  ToDeviceEvent,
  ToDeviceMessage,
  Transaction,
  toStandardSchema,
  toTransactions,
  checkOlmPlaintext,
  excludedDevices,
  UserId,
  userIdGrammar,
} = library;

export { checkImplementation, conformance, inputOf } from "../../dist/esm/testing/index.js";

export * as textEntry from "../../dist/esm/text/index.js";
