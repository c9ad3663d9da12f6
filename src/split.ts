/**
 * From a client's request to one part per destination.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { type ServerName, serverNameOf, type UserId } from "./identifiers.js";
import {
  decodedUsersIn,
  type MapOf,
  type MessagesOf,
  mapLike,
  valueIn,
} from "./internal/entries.js";
import type { Messages, SendToDeviceRequest } from "./message.js";

/**
 * Splits a request by the server of each recipient, in the order in which the servers first occur.
 *
 * Pass every part to `packEdus`, including the part for your own server, and deliver the `content` of the EDUs of that
 * part. The codecs do not walk contents, and contents that cannot be sent should not reach a local user either.
 *
 * @param request - a request with decoded messages
 * @returns the part for each server, with the same sender and type
 * @throws TypeError if the messages were not decoded: a key is not a user ID, or its value is not an object
 *
 * @example
 * ```ts
 * import { requestOf, splitByDestination } from "matrix-send-to-device";
 *
 * const request = requestOf({ sender: "@john:example.com", type: "m.dummy" })({
 *   messages: { "@alice:example.org": { A: {} }, "@bob:example.com": { "*": {} } },
 * });
 * console.log([...splitByDestination(request).keys()]); // ["example.org", "example.com"]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function splitByDestination({
  sender,
  type,
  messages,
}: SendToDeviceRequest): ReadonlyMap<ServerName, SendToDeviceRequest> {
  const parts = new Map<ServerName, SendToDeviceRequest>();
  for (const [destination, part] of splitIn<Messages>(messages)) {
    parts.set(destination, { sender, type, messages: part });
  }
  return parts;
}

/** The messages for each destination, for messages of either entry. */
export function splitIn<M extends MessagesOf<unknown>>(messages: M): ReadonlyMap<ServerName, M> {
  const parts = new Map<ServerName, Array<readonly [UserId, MapOf<unknown>]>>();
  for (const userId of decodedUsersIn(messages)) {
    const destination = serverNameOf(userId);
    const entry = [userId, valueIn(messages, userId)] as const;
    const part = parts.get(destination);
    if (part === undefined) parts.set(destination, [entry]);
    else part.push(entry);
  }
  // The same users and devices, stored in the same way.
  return new Map([...parts].map(([name, part]) => [name, mapLike(messages, part) as M]));
}
