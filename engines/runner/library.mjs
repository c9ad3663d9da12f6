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
  MessageId,
  packEdus,
  readAppserviceToDevice,
  readEvent,
  receiveEdus,
  recipients,
  SendToDeviceBody,
  ServerName,
  serverNameOf,
  splitByDestination,
  ToDeviceEvent,
  ToDeviceMessage,
  Transaction,
  toStandardSchema,
  UserId,
  userIdGrammar,
} = library;

export { checkImplementation, conformance, inputOf } from "../../dist/esm/testing/index.js";

/** Accepted messages and rejections of a parsed body. */
export const receiveTransaction = (options) => (body) => {
  const decoded = Transaction.decode(body);
  return decoded._tag === "Left"
    ? decoded
    : { _tag: "Right", right: receiveEdus(options)(decoded.right.edus ?? []) };
};

/** The request that a client's body and its token make. */
export const requestOf =
  ({ sender, type }) =>
  ({ messages }) => ({ sender, type, messages });
