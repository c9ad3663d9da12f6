/**
 * From `*` to the devices that the host knows.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { allDevices, type DeviceId, type UserId } from "./identifiers.js";
import { contentsFor, devicesFor, entriesIn, fromEntries, usersIn } from "./internal/entries.js";
import type { DeviceMessages, ExpandedMessages, Messages } from "./message.js";

/** A host's answer to which devices a user has. A device listed twice counts once; a `*` is ignored. */
export type DevicesOf = (userId: UserId) => ReadonlyArray<string>;

/** A message in which no `*` is left. */
export type Expanded<M extends { readonly messages: Messages }> = Omit<M, "messages"> & {
  readonly messages: ExpandedMessages;
};

/**
 * The users that a message is for: those whose devices `deliver` asks for.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function recipients(message: { readonly messages: Messages }): ReadonlyArray<UserId> {
  return usersIn(message.messages);
}

/**
 * The users of whom a message is for all devices: those whose devices `expandWildcards` asks for.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function usersWithWildcard(message: { readonly messages: Messages }): ReadonlyArray<UserId> {
  return usersIn(message.messages).filter((userId) =>
    Object.hasOwn(devicesFor(message.messages, userId), allDevices),
  );
}

/**
 * Puts the devices that the host knows in the place of `*`.
 *
 * A device that is named beside `*` keeps its own contents, known or not: one message per device. A user of whom
 * nothing is left, having no devices, is left out. What has no `*` comes back as the same reference.
 *
 * @example
 * ```ts
 * import { expandWildcards, SendToDeviceBody } from "matrix-send-to-device";
 *
 * const body = SendToDeviceBody.decode({ messages: { "@alice:example.org": { "*": { a: 1 }, B: { b: 2 } } } });
 * if (body._tag === "Right") {
 *   const { messages } = expandWildcards(() => ["A", "B"])(body.right);
 *   console.log(JSON.stringify(messages)); // '{"@alice:example.org":{"B":{"b":2},"A":{"a":1}}}'
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function expandWildcards(
  devicesOf: DevicesOf,
): <M extends { readonly messages: Messages }>(message: M) => Expanded<M> {
  return <M extends { readonly messages: Messages }>(message: M) => {
    let hadWildcard = false;
    const expanded: Array<readonly [UserId, DeviceMessages]> = [];
    for (const userId of usersIn(message.messages)) {
      const devices = devicesFor(message.messages, userId);
      if (Object.hasOwn(devices, allDevices)) {
        hadWildcard = true;
        const reached = expandDevices(devices, knownDevices(devicesOf(userId)));
        if (reached.length > 0) expanded.push([userId, fromEntries(reached)]);
      } else {
        expanded.push([userId, devices]);
      }
    }
    const result: unknown = hadWildcard ? { ...message, messages: fromEntries(expanded) } : message;
    // The loop above has left no `*`, or found none.
    return result as Expanded<M>;
  };
}

function expandDevices(devices: DeviceMessages, known: ReadonlySet<DeviceId>) {
  const named = entriesIn(devices).filter(([deviceId]) => deviceId !== allDevices);
  const contents = contentsFor(devices, allDevices);
  const others = [...known].filter((deviceId) => !Object.hasOwn(devices, deviceId));
  return [...named, ...others.map((deviceId) => [deviceId, contents] as const)];
}

/** The devices of a host's list: each once, and no `*`. */
export function knownDevices(list: ReadonlyArray<string>): ReadonlySet<DeviceId> {
  const known = new Set(list);
  known.delete(allDevices);
  return known as Set<DeviceId>;
}
