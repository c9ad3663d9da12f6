/**
 * From a client's body to a request with its sender and type.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
import { userIdArgument } from "./identifiers.js";
import type { SendToDeviceBody, SendToDeviceRequest } from "./message.js";

/**
 * Makes a request from a client's body and from the sender and type that the server knows.
 *
 * The sender comes from the access token and the type from the path. Only `messages` is taken from the body, so a client
 * can neither choose its sender nor add members to EDUs.
 *
 * @param from - `sender`: the user that the access token belongs to; `type`: the event type in the path
 * @returns a function from the decoded body to the request
 * @throws TypeError if `sender` is not a valid user ID
 *
 * @example
 * ```ts
 * import { requestOf, SendToDeviceBody } from "matrix-send-to-device";
 *
 * const body = SendToDeviceBody.decode({ messages: {}, sender: "@admin:example.org" });
 * if (body._tag === "Right") {
 *   const request = requestOf({ sender: "@john:example.org", type: "m.dummy" })(body.right);
 *   console.log(request.sender); // "@john:example.org"
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
export function requestOf(from: {
  /** The user that the access token belongs to. */
  readonly sender: string;
  /** The event type in the path. */
  readonly type: string;
}): (body: SendToDeviceBody) => SendToDeviceRequest {
  const { type } = from;
  const sender = userIdArgument("sender", from.sender);
  return ({ messages }) => ({ sender, type, messages });
}
