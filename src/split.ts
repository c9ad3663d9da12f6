/**
 * From a client's request to one part per destination.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { type ServerName, serverNameOf, type UserId } from "./identifiers.js";
import { devicesFor, fromEntries, usersIn } from "./internal/entries.js";
import type { DeviceMessages, SendToDeviceRequest } from "./message.js";

/**
 * Splits a request by the server of each recipient, in the order in which the servers first occur.
 *
 * All parts go through `packEdus`, and then the EDUs of the host's own server to `deliver`: the codecs do not walk what a
 * client sends, and contents that cannot be sent (too large, too deep, a float) should not reach a local user either.
 *
 * @example
 * ```ts
 * import { SendToDeviceRequest, splitByDestination } from "matrix-send-to-device";
 *
 * const request = SendToDeviceRequest.decode({
 *   sender: "@john:example.com",
 *   type: "m.dummy",
 *   messages: { "@alice:example.org": { A: {} }, "@bob:example.com": { "*": {} } },
 * });
 * if (request._tag === "Right") {
 *   console.log([...splitByDestination(request.right).keys()]); // ["example.org", "example.com"]
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function splitByDestination(
  request: SendToDeviceRequest,
): ReadonlyMap<ServerName, SendToDeviceRequest> {
  const parts = new Map<ServerName, Array<readonly [UserId, DeviceMessages]>>();
  for (const userId of usersIn(request.messages)) {
    const destination = serverNameOf(userId);
    const entry = [userId, devicesFor(request.messages, userId)] as const;
    const part = parts.get(destination);
    if (part === undefined) parts.set(destination, [entry]);
    else part.push(entry);
  }
  return new Map(
    [...parts].map(([destination, part]) => [
      destination,
      { ...request, messages: fromEntries(part) },
    ]),
  );
}
