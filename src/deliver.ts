/**
 * From a message to one event per device, and the contents that reach no device.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import { type DevicesOf, knownDevices, lookUp, receivesWildcard } from "./expand.js";
import { type AllDevices, allDevices, type DeviceId, type UserId } from "./identifiers.js";
import { eachIn, type MessagesOf } from "./internal/entries.js";
import { excludedFrom } from "./internal/excluded.js";
import type { DeviceMessageContents, SendToDeviceRequest, ToDeviceEvent } from "./message.js";

/**
 * One event for one device, to append to its inbox. It contains key material; do not log it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
export type Delivery = {
  /** The recipient. */
  readonly userId: UserId;
  /** The recipient's device. */
  readonly deviceId: DeviceId;
  /** The event for `/sync`. All deliveries of one `*` share the same reference. */
  readonly event: ToDeviceEvent;
};

/**
 * Contents that reach no device, and why. The event contains key material; do not log it.
 *
 * - `UnknownDevice`: the host does not know the named device.
 * - `NoDevices`: `*` was addressed, and the host knows no device of the user.
 * - `NoOtherDevices`: `*` was addressed, and every known device is named next to it or excluded from it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type Undeliverable = {
  /** The recipient. */
  readonly userId: UserId;
  /** The named device, or `*`. */
  readonly deviceId: DeviceId | AllDevices;
  /** Why no device receives the event. */
  readonly reason: "UnknownDevice" | "NoDevices" | "NoOtherDevices";
  /** The event that was not delivered. */
  readonly event: ToDeviceEvent;
};

/**
 * Decides which device receives what.
 *
 * Every Device Message Contents becomes one delivery (for `*`, one or more) or one undeliverable. A device receives at
 * most one event. If it is named next to `*`, it receives its own contents only. Deliveries are in the order of the
 * message, and for `*` in the order of the host's list. If `devices` is a function, it is called once per recipient.
 *
 * @param devices - the devices that the host knows. `undefined` counts as no devices
 * @returns a function from a received message or a request to undeliverable contents (`left`) and deliveries (`right`)
 *
 * @example
 * ```ts
 * import { deliver, requestOf } from "matrix-send-to-device";
 *
 * const request = requestOf({ sender: "@john:example.org", type: "m.dummy" })({
 *   messages: { "@alice:example.org": { "*": {}, GONE: {} } },
 * });
 * const devices = new Map([["@alice:example.org", ["PHONE", "LAPTOP"]]]);
 * const { left, right } = deliver(devices)(request);
 * console.log(right.map(({ deviceId }) => deviceId)); // ["PHONE", "LAPTOP"]
 * console.log(left.map(({ deviceId, reason }) => [deviceId, reason])); // [["GONE", "UnknownDevice"]]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export function deliver(
  devices: DevicesOf,
): (
  message: SendToDeviceRequest,
) => Separated<ReadonlyArray<Undeliverable>, ReadonlyArray<Delivery>> {
  return deliverIn(devices, ({ type, sender }) => (content: DeviceMessageContents) => {
    return { type, sender, content };
  });
}

/** Deliveries and undeliverables, whose events are values in the main entry and text in the text entry. */
export type Delivered<E> = Separated<ReadonlyArray<Lost<E>>, ReadonlyArray<Sent<E>>>;
type Sent<E> = Omit<Delivery, "event"> & { readonly event: E };
type Lost<E> = Omit<Undeliverable, "event"> & { readonly event: E };

/** `deliver` for messages of either entry. */
export function deliverIn<M extends { readonly messages: MessagesOf<C> }, C, E>(
  devices: DevicesOf,
  eventsOf: (message: M) => (contents: C) => E,
): (message: M) => Delivered<E> {
  const devicesOf = lookUp(devices);
  return (message) => {
    const { messages } = message;
    const excluded = excludedFrom(message);
    const eventOf = eventsOf(message);
    const left: Array<Lost<E>> = [];
    const right: Array<Sent<E>> = [];
    eachIn(messages, (own, user) => {
      // The messages were decoded.
      const userId = user as UserId;
      const known = knownDevices(devicesOf(userId) ?? []);
      eachIn(own, (contents, id) => {
        const event = eventOf(contents);
        if (id === allDevices) {
          const before = right.length;
          for (const deviceId of known) {
            if (receivesWildcard(deviceId, own, excluded.get(userId))) {
              right.push({ userId, deviceId, event });
            }
          }
          if (right.length > before) return;
          const reason = known.size === 0 ? "NoDevices" : "NoOtherDevices";
          left.push({ userId, deviceId: id, reason, event });
        } else {
          const deviceId = id as DeviceId;
          if (known.has(deviceId)) right.push({ userId, deviceId, event });
          else left.push({ userId, deviceId, reason: "UnknownDevice", event });
        }
      });
    });
    return { left, right };
  };
}
