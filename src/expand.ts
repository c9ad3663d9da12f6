/**
 * Replaces `*` by the devices that the host knows.
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
 * The devices of each user that the host knows: a function, or a map such as the result of a database query.
 *
 * `undefined`, or a user that is missing from the map, means that the host does not know the user. Use `[]` for a known
 * user without devices. A device that is listed twice counts once. A `*` in a list is ignored.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#device-management}
 */
export type DevicesOf =
  | ((userId: UserId) => ReadonlyArray<string> | undefined)
  | ReadonlyMap<string, ReadonlyArray<string>>;

/**
 * A message whose map of messages was replaced. Methods are not copied, so the type leaves them out.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type WithMessages<M extends { readonly messages: Messages }, N extends Messages> = {
  readonly [K in keyof M as M[K] extends (...args: never) => unknown
    ? never
    : K]: K extends "messages" ? N : M[K];
};

/**
 * The recipients of a message. Look up the devices of all of them in one query, then call `deliver`.
 *
 * @param message - a received message or a client's request
 * @returns each user once
 *
 * @example
 * ```ts
 * import { recipients } from "matrix-send-to-device";
 *
 * console.log(recipients({ messages: { "@alice:example.org": { A: {}, B: {} } } })); // ["@alice:example.org"]
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
 * The devices that must not receive the contents of `*`, because their own contents were rejected on receipt.
 *
 * `deliver` and `expandWildcards` skip these devices. If you deliver messages yourself, skip them too. The list is stored
 * under a symbol, which is lost in JSON: deliver or expand a received message before you store it.
 *
 * @param message - a message of `receiveTransaction`
 * @returns the excluded devices by user; empty for messages of any other source
 *
 * @example
 * ```ts
 * import { excludedDevices, isUserOf, receiveEdus } from "matrix-send-to-device";
 *
 * const receive = receiveEdus({ origin: "example.com", isLocal: isUserOf("example.org") });
 * const messages = { "@alice:example.org": { "*": {}, PHONE: "not an object" } };
 * const content = { sender: "@john:example.com", type: "m.dummy", message_id: "17", messages };
 * const { right } = receive([{ edu_type: "m.direct_to_device", content }]);
 * console.log(right.map((message) => [...excludedDevices(message).keys()])); // [["@alice:example.org"]]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function excludedDevices(message: {
  /** Who receives what. */
  readonly messages: unknown;
}): ReadonlyMap<UserId, ReadonlySet<DeviceId>> {
  // `receiveTransaction` has checked the user IDs; every string but `*` is a device ID.
  return excludedFrom(message) as ReadonlyMap<UserId, ReadonlySet<DeviceId>>;
}

/**
 * Replaces `*` by the devices that the host knows.
 *
 * A device named next to `*` keeps its own contents, whether the host knows it or not. If a known user has only a `*` and
 * no devices, the user is left out. If the host does not know a user, the `*` stays. A message without `*` is returned
 * unchanged, as the same reference.
 *
 * Use it before sending, for remote users whose device lists you cache: some servers ignore a `*` next to a named device.
 *
 * @param devices - the devices that the host knows
 * @returns a function from a message to the same message with expanded messages. If `devices` is a function that never
 * returns `undefined`, no `*` remains
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
 * The same with a look-up that does not know every user. For unknown users the `*` stays.
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

/** Looks up the devices of one user, in a function or a map. */
export function lookUp(devices: DevicesOf): (userId: UserId) => ReadonlyArray<string> | undefined {
  return typeof devices === "function" ? devices : (userId) => devices.get(userId);
}

/** The devices of a host's list, each once and without `*`. */
export function knownDevices(list: ReadonlyArray<string>): ReadonlySet<DeviceId> {
  const known = new Set(list);
  known.delete(allDevices);
  return known as Set<DeviceId>;
}

/** Whether a known device receives the contents of `*`: it is not named next to it, and its own contents were not rejected. */
export function receivesWildcard(
  deviceId: DeviceId,
  devices: MapOf<unknown>,
  excluded: ReadonlySet<string> | undefined,
): boolean {
  return !hasKey(devices, deviceId) && excluded?.has(deviceId) !== true;
}
