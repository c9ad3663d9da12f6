/**
 * From a message with contents as text to one event per device, as text.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import type { AppserviceMember } from "../appservice.js";
import { type Delivery, deliverIn, type Undeliverable } from "../deliver.js";
import { type DevicesOf, expandIn } from "../expand.js";
import type { AllDevices, DeviceId, UserId } from "../identifiers.js";
import { usersIn } from "../internal/entries.js";
import { ownOption } from "../internal/plain.js";
import type { JsonText } from "./json-text.js";
import type { Messages } from "./receive.js";

/**
 * A message that `deliver` accepts: a received message, or the content of a packed EDU.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type Message = {
  /** The user that sends the message. */
  readonly sender: UserId;
  /** The event type. */
  readonly type: string;
  /** Who receives what. */
  readonly messages: Messages;
};

/**
 * One event for one device, as text for its inbox and for `/sync`. It contains key material; do not log it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
export type TextDelivery = Omit<Delivery, "event"> & {
  /** The JSON of `type`, `sender` and `content`: canonical if the contents are. */
  readonly event: JsonText;
};

/**
 * Contents that reach no device, and why. The event contains key material; do not log it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type TextUndeliverable = Omit<Undeliverable, "event"> & {
  /** The event that was not delivered. */
  readonly event: JsonText;
};

/**
 * The recipients of a message. Look up the devices of all of them in one query, then call `deliver`.
 *
 * @param message - a received message, or the content of a packed EDU
 * @returns each user once
 *
 * @example
 * ```ts
 * import type { UserId } from "matrix-send-to-device";
 * import { recipients } from "matrix-send-to-device/text";
 *
 * console.log(recipients({ messages: new Map([["@alice:example.org" as UserId, new Map()]]) })); // ["@alice:example.org"]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function recipients(message: {
  /** Who receives what. */
  readonly messages: Messages;
}): ReadonlyArray<UserId> {
  return usersIn(message.messages);
}

/**
 * Replaces `*` by the devices that the host knows, as `expandWildcards` of the main entry does.
 *
 * @param devices - the devices that the host knows. The `*` of an unknown user stays
 * @returns a function from a message, or a request of `requestOf`, to the same with expanded messages
 *
 * @example
 * ```ts
 * import { expandWildcards, requestOf } from "matrix-send-to-device/text";
 *
 * const request = requestOf({ sender: "@john:example.com", type: "m.dummy" })(
 *   '{"messages":{"@alice:example.org":{"*":{}}}}',
 * );
 * if (request._tag === "Right") {
 *   const devices = new Map([["@alice:example.org", ["PHONE", "LAPTOP"]]]);
 *   for (const named of expandWildcards(devices)(request.right).messages.values()) {
 *     console.log([...named.keys()]); // ["PHONE", "LAPTOP"]
 *   }
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function expandWildcards(
  devices: DevicesOf,
): <
  M extends { readonly messages: ReadonlyMap<UserId, ReadonlyMap<DeviceId | AllDevices, unknown>> },
>(
  message: M,
) => M {
  return expandIn(devices);
}

/**
 * Decides which device receives what, as `deliver` of the main entry does. Events are text, ready to be stored and sent.
 *
 * @param devices - the devices that the host knows. `undefined` counts as no devices
 * @returns a function from a message to undeliverable contents (`left`) and deliveries (`right`)
 *
 * @example
 * ```ts
 * import type { DeviceId, UserId } from "matrix-send-to-device";
 * import { deliver, type JsonText } from "matrix-send-to-device/text";
 *
 * const [john, alice] = ["@john:example.com" as UserId, "@alice:example.org" as UserId];
 * const messages = new Map([[alice, new Map([["PHONE" as DeviceId, '{"n":1.0}' as JsonText]])]]);
 * const { right } = deliver(() => ["PHONE"])({ sender: john, type: "m.dummy", messages });
 * console.log(right.map(({ event }) => event)); // ['{"content":{"n":1.0},"sender":"@john:example.com","type":"m.dummy"}']
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export function deliver(
  devices: DevicesOf,
): (message: Message) => Separated<ReadonlyArray<TextUndeliverable>, ReadonlyArray<TextDelivery>> {
  return deliverIn(devices, ({ sender, type }: Message) => {
    const end = `,"sender":${JSON.stringify(sender)},"type":${JSON.stringify(type)}}`;
    // The parts are JSON, and the names are in order.
    return (contents: JsonText) => `{"content":${contents}${end}` as JsonText;
  });
}

/**
 * Makes the event that an appservice receives for a delivery to one of its users, as text.
 *
 * @param delivery - a delivery of `deliver`
 * @returns its event with `to_user_id` and `to_device_id`
 *
 * @example
 * ```ts
 * import type { DeviceId, UserId } from "matrix-send-to-device";
 * import { type JsonText, toAppserviceEvent } from "matrix-send-to-device/text";
 *
 * const event = '{"content":{},"sender":"@john:example.com","type":"m.dummy"}' as JsonText;
 * const delivery = { userId: "@alice:example.org" as UserId, deviceId: "PHONE" as DeviceId, event };
 * console.log(toAppserviceEvent(delivery).endsWith('"to_device_id":"PHONE","to_user_id":"@alice:example.org"}')); // true
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function toAppserviceEvent({ userId, deviceId, event }: TextDelivery): JsonText {
  const device = `"to_device_id":${JSON.stringify(deviceId)}`;
  const user = `"to_user_id":${JSON.stringify(userId)}`;
  // An event of `deliver` has members before these.
  return `${event.slice(0, -1)},${device},${user}}` as JsonText;
}

/**
 * Joins JSON texts into an array, for instance the events of `/sync`.
 *
 * @param texts - the elements
 * @returns the text of the array
 *
 * @example
 * ```ts
 * import { jsonArray, type JsonText } from "matrix-send-to-device/text";
 *
 * const stored = ['{"type":"m.dummy"}', "1"] as Array<string> as Array<JsonText>;
 * console.log(`{"to_device":{"events":${jsonArray(stored)}}}`); // '{"to_device":{"events":[{"type":"m.dummy"},1]}}'
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
export function jsonArray(texts: ReadonlyArray<JsonText>): JsonText {
  return `[${texts.join(",")}]` as JsonText;
}

/**
 * Makes the text of an appservice transaction from events of `toAppserviceEvent`.
 *
 * @param options - `events`: the room events of the transaction, as the text of an array; `member`: the name of the member
 * @returns a function from the to-device events to the body of `PUT /_matrix/app/v1/transactions/{txnId}`
 *
 * @example
 * ```ts
 * import { appserviceTransaction } from "matrix-send-to-device/text";
 *
 * console.log(appserviceTransaction()([])); // '{"de.sorunome.msc2409.to_device":[],"events":[]}'
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function appserviceTransaction(
  options: {
    /**
     * The room events, as the text of an array.
     *
     * @defaultValue `[]`
     */
    readonly events?: JsonText;
    /**
     * The name of the member that holds the to-device events.
     *
     * @defaultValue `de.sorunome.msc2409.to_device`, which all known appservices read
     */
    readonly member?: AppserviceMember;
  } = {},
): (toDevice: ReadonlyArray<JsonText>) => JsonText {
  const events = ownOption(options, "events", jsonArray([]));
  const member = ownOption(options, "member", "de.sorunome.msc2409.to_device");
  // The parts are JSON.
  return (toDevice) => `{"${member}":${jsonArray(toDevice)},"events":${events}}` as JsonText;
}
