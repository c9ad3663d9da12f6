/**
 * From `*` to the devices that the host knows.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { allDevices, type DeviceId, type UserId } from "./identifiers.js";
import {
  type Entry,
  entriesIn,
  hasKey,
  type MapOf,
  type MessagesOf,
  mapLike,
  usersIn,
  valueIn,
} from "./internal/entries.js";
import { excludedFrom } from "./internal/excluded.js";
import type { ExpandedMessages, Messages } from "./message.js";

/**
 * The devices of each user that the host knows: a function, or a map as a database look-up returns it.
 *
 * `undefined`, or a user that is not in the map, means that the host does not know the user. Give `[]` for a known user
 * without devices. A device listed twice counts once; a `*` is ignored.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#device-management}
 */
export type DevicesOf =
  | ((userId: UserId) => ReadonlyArray<string> | undefined)
  | ReadonlyMap<string, ReadonlyArray<string>>;

/**
 * A message with other messages in it. Methods are not copied, and so are not in the type.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type WithMessages<M extends { readonly messages: Messages }, N extends Messages> = {
  readonly [K in keyof M as M[K] extends (...args: never) => unknown
    ? never
    : K]: K extends "messages" ? N : M[K];
};

/**
 * The users that a message is for: look up the devices of all of them, then call `deliver`.
 *
 * @param message - a received message or a client's request
 * @returns each user once
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function recipients(message: { readonly messages: Messages }): ReadonlyArray<UserId> {
  return usersIn(message.messages);
}

/**
 * The devices that do not receive the contents of `*`, because their own contents were rejected on receipt.
 *
 * `deliver` and `expandWildcards` honour them. A host that delivers otherwise must do so too. The list is kept under a
 * symbol, which JSON does not have: deliver or expand a received message before you store it.
 *
 * @param message - a message of `receiveTransaction`
 * @returns by user the excluded devices; empty for other messages
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function excludedDevices(message: {
  readonly messages: unknown;
}): ReadonlyMap<UserId, ReadonlySet<DeviceId>> {
  // `receiveTransaction` has checked the user IDs; every string but `*` is a device ID.
  return excludedFrom(message) as ReadonlyMap<UserId, ReadonlySet<DeviceId>>;
}

/**
 * Replaces `*` by the devices that the host knows.
 *
 * A device named next to `*` keeps its own contents, known or not: one message per device. A user with a `*` and without
 * devices is left out. A user that the host does not know keeps the `*`. A message without `*` is returned as it is.
 *
 * To send, name all devices of the remote users whose device lists are cached: some servers ignore `*` next to a named
 * device.
 *
 * @param devices - the devices that the host knows
 * @returns a function from a message to the same message with expanded messages. If the look-up is a function that never
 * returns `undefined`, no `*` is left
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
  devices: (userId: UserId) => ReadonlyArray<string>,
): <M extends { readonly messages: Messages }>(message: M) => WithMessages<M, ExpandedMessages>;
/**
 * The same with a look-up that does not know every user: those keep the `*`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function expandWildcards(
  devices: DevicesOf,
): <M extends { readonly messages: Messages }>(message: M) => WithMessages<M, Messages>;
export function expandWildcards(
  devices: DevicesOf,
): (message: { readonly messages: Messages }) => { readonly messages: MessagesOf<unknown> } {
  return expandIn(devices);
}

/** `expandWildcards` for messages of either entry. */
export function expandIn(
  devices: DevicesOf,
): <M extends { readonly messages: MessagesOf<unknown> }>(message: M) => M {
  const devicesOf = lookUp(devices);
  return (message) => {
    const { messages } = message;
    const excluded = excludedFrom(message);
    let expandedAny = false;
    const expanded: Array<readonly [UserId, MapOf<unknown>]> = [];
    for (const userId of usersIn(messages)) {
      const own = valueIn(messages, userId);
      const known = hasKey(own, allDevices) ? devicesOf(userId) : undefined;
      if (known === undefined) {
        expanded.push([userId, own]);
      } else {
        expandedAny = true;
        const reached = expandDevices(own, knownDevices(known), excluded.get(userId));
        if (reached.length > 0) expanded.push([userId, mapLike(own, reached)]);
      }
    }
    return expandedAny ? { ...message, messages: mapLike(messages, expanded) } : message;
  };
}

function expandDevices(
  devices: MapOf<unknown>,
  known: ReadonlySet<DeviceId>,
  excluded: ReadonlySet<string> | undefined,
): ReadonlyArray<Entry<unknown>> {
  const contents = valueIn(devices, allDevices);
  const reached = entriesIn(devices).filter(([deviceId]) => deviceId !== allDevices);
  for (const deviceId of known) {
    if (receivesWildcard(deviceId, devices, excluded)) reached.push([deviceId, contents]);
  }
  return reached;
}

/** The host's answer for one user, whatever form its answers have. */
export function lookUp(devices: DevicesOf): (userId: UserId) => ReadonlyArray<string> | undefined {
  return typeof devices === "function" ? devices : (userId) => devices.get(userId);
}

/** The devices of a host's list: each once, and no `*`. */
export function knownDevices(list: ReadonlyArray<string>): ReadonlySet<DeviceId> {
  const known = new Set(list);
  known.delete(allDevices);
  return known as Set<DeviceId>;
}

/** Whether a known device receives the contents of `*`: its own contents neither stand next to it nor were rejected. */
export function receivesWildcard(
  deviceId: DeviceId,
  devices: MapOf<unknown>,
  excluded: ReadonlySet<string> | undefined,
): boolean {
  return !hasKey(devices, deviceId) && excluded?.has(deviceId) !== true;
}
