/**
 * To-device messages in the transactions of appservices (MSC4203).
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import * as t from "io-ts";
import type { Delivery } from "./deliver.js";
import {
  listReason,
  type Place,
  placesOf,
  type Reason,
  type Room,
  roomOfCall,
  roomOfOne,
} from "./explain.js";
import { DeviceId, UserId } from "./identifiers.js";
import { transportFault } from "./internal/canonical-json.js";
import { struct } from "./internal/codec.js";
import { fromEntries } from "./internal/entries.js";
import {
  absent,
  hasOwn,
  isPlainArray,
  isPlainObject,
  keysOf,
  ownMember,
  unreadable,
  valueAt,
} from "./internal/plain.js";
import type { Unbranded } from "./json.js";
import { DeviceMessageContents } from "./message.js";

/**
 * The member of an appservice transaction that holds the events: the name in the proposal, or the unstable name in use.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export type AppserviceMember = "to_device" | "de.sorunome.msc2409.to_device";

const members: ReadonlyArray<AppserviceMember> = ["to_device", "de.sorunome.msc2409.to_device"];

/**
 * A to-device event with the device that receives it.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export type AppserviceToDeviceEvent = {
  /** The event type. */
  readonly type: string;
  /** The user that sent the message. */
  readonly sender: UserId;
  /** The recipient, a user of the appservice. */
  readonly to_user_id: UserId;
  /** The recipient's device, never `*`. */
  readonly to_device_id: DeviceId;
  /** The contents for this device. */
  readonly content: DeviceMessageContents;
};
/** The codec of the event that an appservice reads. */
export const AppserviceToDeviceEvent: t.Type<
  AppserviceToDeviceEvent,
  Unbranded<AppserviceToDeviceEvent>
> = /* #__PURE__ */ struct("AppserviceToDeviceEvent", {
  type: t.string,
  sender: UserId,
  to_user_id: UserId,
  to_device_id: DeviceId,
  content: DeviceMessageContents,
});

/**
 * What `readAppserviceToDevice` rejects, and why.
 *
 * - `InvalidTransaction`: the transaction is not an object.
 * - `InvalidMember`: a member is not an array.
 * - `InvalidEvent`: an entry is not an event, or could not be passed on.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export type AppserviceRejection = {
  /** Where and why: at most 100 per entry and 1,000 per call, and a notice if there are more. */
  readonly reasons: ReadonlyArray<Reason>;
} & (
  | {
      /** The transaction is not an object. */
      readonly _tag: "InvalidTransaction";
    }
  | {
      /** A member is not an array. */
      readonly _tag: "InvalidMember";
      /** The name of the member. */
      readonly member: AppserviceMember;
    }
  | {
      /** An entry is not an event, or could not be passed on. */
      readonly _tag: "InvalidEvent";
      /** The name of the member. */
      readonly member: AppserviceMember;
      /** The position of the entry in the member, from 0. */
      readonly index: number;
    }
);

/**
 * Makes the event that an appservice receives for a delivery to one of its users.
 *
 * @param delivery - a delivery of `deliver`
 * @returns its event with `to_user_id` and `to_device_id`
 *
 * @example
 * ```ts
 * import { deliver, requestOf, toAppserviceEvent } from "matrix-send-to-device";
 *
 * const request = requestOf({ sender: "@john:example.org", type: "m.dummy" })({
 *   messages: { "@_bridge_alice:example.org": { "*": {} } },
 * });
 * const [event] = deliver(() => ["GHOST"])(request).right.map(toAppserviceEvent);
 * console.log(event?.to_user_id, event?.to_device_id); // "@_bridge_alice:example.org" "GHOST"
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function toAppserviceEvent({ userId, deviceId, event }: Delivery): AppserviceToDeviceEvent {
  return { ...event, to_user_id: userId, to_device_id: deviceId };
}

/**
 * Makes the member of an appservice transaction that holds the to-device events.
 *
 * Its default name is `de.sorunome.msc2409.to_device`: all known appservices read it, and some do not read `to_device`.
 *
 * @returns a function from deliveries to an object with that member
 *
 * @example
 * ```ts
 * import { writeAppserviceToDevice } from "matrix-send-to-device";
 *
 * const transaction = { events: [], ...writeAppserviceToDevice()([]) };
 * console.log(transaction); // { events: [], "de.sorunome.msc2409.to_device": [] }
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function writeAppserviceToDevice(): (
  deliveries: ReadonlyArray<Delivery>,
) => AppserviceMemberOf<"de.sorunome.msc2409.to_device">;
/**
 * The same with a name that the caller chooses.
 *
 * @param member - the name of the member
 * @returns a function from deliveries to an object with that member
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function writeAppserviceToDevice<M extends AppserviceMember>(
  member: M,
): (deliveries: ReadonlyArray<Delivery>) => AppserviceMemberOf<M>;
export function writeAppserviceToDevice(
  member: AppserviceMember = "de.sorunome.msc2409.to_device",
): (deliveries: ReadonlyArray<Delivery>) => object {
  return (deliveries) => fromEntries([[member, deliveries.map(toAppserviceEvent)]]);
}

/**
 * An object with one of the members of an appservice transaction.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export type AppserviceMemberOf<M extends AppserviceMember> = M extends unknown
  ? { readonly [K in M]: ReadonlyArray<AppserviceToDeviceEvent> }
  : never;

/**
 * Reads the to-device events of an appservice transaction, and rejects invalid entries one by one.
 *
 * Both names of the member are read. If a homeserver writes the same event under both names, it is returned once.
 * Entries that could not be passed on (see `receiveEdus`) are rejected.
 *
 * @param transaction - the parsed body of `PUT /_matrix/app/v1/transactions/{txnId}`
 * @returns rejections (`left`) and events (`right`), those of `to_device` first
 *
 * @example
 * ```ts
 * import { readAppserviceToDevice } from "matrix-send-to-device";
 *
 * const event = {
 *   type: "m.dummy",
 *   sender: "@john:example.com",
 *   to_user_id: "@_bridge_alice:example.org",
 *   to_device_id: "GHOST",
 *   content: {},
 * };
 * const { left, right } = readAppserviceToDevice({ events: [], to_device: [event, null] });
 * console.log(right.length, left[0]?.reasons[0]?.line); // 1 "to_device[1]: expected object"
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function readAppserviceToDevice(
  transaction: unknown,
): Separated<ReadonlyArray<AppserviceRejection>, ReadonlyArray<AppserviceToDeviceEvent>> {
  if (!isPlainObject(transaction)) {
    const reasons = [{ path: [], line: "expected object" }];
    return { left: [{ _tag: "InvalidTransaction", reasons }], right: [] };
  }
  const room = roomOfCall();
  const [stable, unstable] = members.map((member) =>
    readMember(ownMember(transaction, member), member, room),
  ) as [Read, Read];
  return {
    left: [...stable.left, ...unstable.left],
    right: [...stable.right, ...without(unstable.right, stable.right)],
  };
}

type Read = Separated<Array<AppserviceRejection>, Array<AppserviceToDeviceEvent>>;

function readMember(entries: unknown, member: AppserviceMember, room: Room): Read {
  const read: Read = { left: [], right: [] };
  if (entries === absent) return read;
  if (!isPlainArray(entries)) {
    const reasons: Array<Reason> = [];
    listReason(reasons, [room], { path: [member], expected: "expected array" });
    read.left.push({ _tag: "InvalidMember", member, reasons });
    return read;
  }
  for (let index = 0; index < entries.length; index++) {
    const decoded = AppserviceToDeviceEvent.decode(valueAt(entries, index));
    const places = decoded._tag === "Left" ? placesOf(decoded.left) : faultsOf(decoded.right);
    if (decoded._tag === "Right" && places.length === 0) {
      read.right.push(decoded.right);
    } else {
      const reasons: Array<Reason> = [];
      const rooms = [roomOfOne(), room];
      for (const { path, expected } of places) {
        listReason(reasons, rooms, { path: [member, String(index), ...path], expected });
      }
      read.left.push({ _tag: "InvalidEvent", member, index, reasons });
    }
  }
  return read;
}

/** The first fault of an event that could not be passed on. Each member may have as many levels as contents. */
function faultsOf(event: object): ReadonlyArray<Place> {
  const keys = keysOf(event);
  if (keys === unreadable) return [{ path: [], expected: "expected a value that can be read" }];
  for (const key of keys) {
    const fault = transportFault(key) ?? transportFault(valueAt(event, key));
    if (fault !== undefined) {
      return [{ path: [key, ...fault.path], expected: fault.expected }];
    }
  }
  return [];
}

/**
 * The events without those that are equal to one of `others`. Each of `others` removes one event.
 *
 * A homeserver that sends everything twice does so in the same order, so most events equal the one at their position.
 */
function without(
  events: ReadonlyArray<AppserviceToDeviceEvent>,
  others: ReadonlyArray<AppserviceToDeviceEvent>,
): ReadonlyArray<AppserviceToDeviceEvent> {
  const isPaired = events.map((event, index) => isEqual(event, others[index]));
  const identityOf = newIdentities();
  const counts = new Map<string, number>();
  others.forEach((other, index) => {
    if (isPaired[index]) return;
    const identity = identityOf(other);
    counts.set(identity, (counts.get(identity) ?? 0) + 1);
  });
  return events.filter((event, index) => {
    if (isPaired[index]) return false;
    const identity = identityOf(event);
    const count = counts.get(identity) ?? 0;
    counts.set(identity, count - 1);
    return count <= 0;
  });
}

/** Whether two values that `transportFault` has accepted are the same JSON, whatever the order of their members. */
function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => hasOwn(b, key) && isEqual(valueAt(a, key), valueAt(b, key)))
  );
}

/**
 * Returns a short text for each value, and the same text for equal values.
 *
 * The JSON of a value could exceed the engine's limit for strings. Here each string and each object is looked up once.
 */
function newIdentities(): (value: unknown) => string {
  const strings = new Map<string, string>();
  const containers = new Map<string, string>();
  const shortened = (known: Map<string, string>, prefix: string, text: string): string => {
    const short = known.get(text) ?? `${prefix}${known.size}`;
    known.set(text, short);
    return short;
  };
  const identityOf = (value: unknown): string => {
    if (typeof value === "string") return shortened(strings, "s", value);
    if (typeof value !== "object" || value === null) return String(value);
    if (Array.isArray(value)) return shortened(containers, "c", `[${value.map(identityOf)}]`);
    const object: object = value;
    const pairs = Object.keys(object).map(
      (key) => `${identityOf(key)}:${identityOf(valueAt(object, key))}`,
    );
    return shortened(containers, "c", `{${pairs.sort()}}`);
  };
  return identityOf;
}
