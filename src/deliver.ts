/**
 * From a message to one event per device, and what reaches nobody.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import { type DevicesOf, knownDevices } from "./expand.js";
import { type AllDevices, allDevices, type DeviceId, type UserId } from "./identifiers.js";
import { contentsFor, devicesFor, devicesIn, usersIn } from "./internal/entries.js";
import type { SendToDeviceRequest, ToDeviceEvent } from "./message.js";

/** One event for one device: what the host appends to the device's inbox. It holds keys: it belongs into no log. */
export type Delivery = {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly event: ToDeviceEvent;
};

/**
 * Contents that reach no device, and why. The event holds keys: only the other members belong into a log.
 *
 * - `UnknownDevice`: the host does not list the named device.
 * - `NoDevices`: a `*`, and the host lists no device of the user.
 * - `NoOtherDevices`: a `*`, and every device that the host lists is named beside it.
 */
export type Undeliverable = {
  readonly userId: UserId;
  readonly deviceId: DeviceId | AllDevices;
  readonly reason: "UnknownDevice" | "NoDevices" | "NoOtherDevices";
  readonly event: ToDeviceEvent;
};

/**
 * Says who gets what: on the right one event per device, on the left the contents that reach nobody.
 *
 * Every Device Message Contents of the message ends in one delivery (a `*`: in one or more) or in one undeliverable.
 * A device gets one event at most, its own where it is named beside `*`. Order is that of the message, and of the
 * host's list for `*`. `devicesOf` is asked once for each of `recipients`. Deliveries of one `*` share their event.
 *
 * @example
 * ```ts
 * import { deliver, SendToDeviceRequest } from "matrix-send-to-device";
 *
 * const request = SendToDeviceRequest.decode({
 *   sender: "@john:example.org",
 *   type: "m.dummy",
 *   messages: { "@alice:example.org": { "*": {}, GONE: {} } },
 * });
 * if (request._tag === "Right") {
 *   const { left, right } = deliver(() => ["PHONE", "LAPTOP"])(request.right);
 *   console.log(right.map(({ deviceId }) => deviceId)); // ["PHONE", "LAPTOP"]
 *   console.log(left.map(({ deviceId, reason }) => [deviceId, reason])); // [["GONE", "UnknownDevice"]]
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export function deliver(
  devicesOf: DevicesOf,
): (
  message: SendToDeviceRequest,
) => Separated<ReadonlyArray<Undeliverable>, ReadonlyArray<Delivery>> {
  return ({ type, sender, messages }) => {
    const left: Array<Undeliverable> = [];
    const right: Array<Delivery> = [];
    for (const userId of usersIn(messages)) {
      const devices = devicesFor(messages, userId);
      const known = knownDevices(devicesOf(userId));
      for (const deviceId of devicesIn(devices)) {
        const event = { type, sender, content: contentsFor(devices, deviceId) };
        if (deviceId === allDevices) {
          const before = right.length;
          for (const other of known) {
            if (!Object.hasOwn(devices, other)) right.push({ userId, deviceId: other, event });
          }
          if (right.length === before) {
            const reason = known.size === 0 ? "NoDevices" : "NoOtherDevices";
            left.push({ userId, deviceId, reason, event });
          }
        } else if (known.has(deviceId)) {
          right.push({ userId, deviceId, event });
        } else {
          left.push({ userId, deviceId, reason: "UnknownDevice", event });
        }
      }
    }
    return { left, right };
  };
}
