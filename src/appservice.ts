/**
 * To-device messages in the transactions of appservices (MSC4203).
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import * as t from "io-ts";
import type { Delivery } from "./deliver.js";
import { explain, line } from "./explain.js";
import { DeviceId, UserId } from "./identifiers.js";
import { transportFault } from "./internal/canonical-json.js";
import { struct } from "./internal/codec.js";
import { fromEntries } from "./internal/entries.js";
import { guarded, isPlainObject, type PlainObject } from "./internal/plain.js";
import { DeviceMessageContents } from "./message.js";

/** The member of an appservice transaction that holds the events: its stable name, and the unstable one in use. */
export type AppserviceMember = "to_device" | "de.sorunome.msc2409.to_device";

const members: ReadonlyArray<AppserviceMember> = ["to_device", "de.sorunome.msc2409.to_device"];

/**
 * The event of `/sync` with the device that it is for.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export type AppserviceToDeviceEvent = {
  readonly type: string;
  readonly sender: UserId;
  readonly to_user_id: UserId;
  readonly to_device_id: DeviceId;
  readonly content: DeviceMessageContents;
};
/** The codec of the event that an appservice reads. */
export const AppserviceToDeviceEvent: t.Type<AppserviceToDeviceEvent> = /* #__PURE__ */ struct(
  "AppserviceToDeviceEvent",
  {
    type: t.string,
    sender: UserId,
    to_user_id: UserId,
    to_device_id: DeviceId,
    content: DeviceMessageContents,
  },
);

/**
 * What of an appservice transaction is no to-device event, and why.
 *
 * Where `index` is missing, the whole member falls; where `member` is, the whole transaction.
 */
export type AppserviceRejection = {
  readonly member?: AppserviceMember;
  readonly index?: number;
  /** At most 100 lines like those of `explain`. */
  readonly reasons: ReadonlyArray<string>;
};

/**
 * The event that an appservice gets for a delivery to one of its users.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function toAppserviceEvent({ userId, deviceId, event }: Delivery): AppserviceToDeviceEvent {
  return { ...event, to_user_id: userId, to_device_id: deviceId };
}

/**
 * The member of an appservice transaction for some deliveries, under its stable or its unstable name.
 *
 * @example
 * ```ts
 * import { writeAppserviceToDevice } from "matrix-send-to-device";
 *
 * const transaction = { events: [], ...writeAppserviceToDevice("to_device")([]) };
 * console.log(transaction); // { events: [], to_device: [] }
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function writeAppserviceToDevice<M extends AppserviceMember>(
  member: M,
): (deliveries: ReadonlyArray<Delivery>) => {
  readonly [K in M]: ReadonlyArray<AppserviceToDeviceEvent>;
} {
  return (deliveries) => fromEntries([[member, deliveries.map(toAppserviceEvent)]]);
}

/**
 * Reads the to-device events of an appservice transaction: on the right the events, on the left what is none.
 *
 * Both names of the member are read, entry by entry. A server that fills both says the same thing twice: an event in
 * both counts once. Entries that no JSON text could carry (see `receiveEdus`) are refused.
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
 * console.log(right.length, left[0]?.reasons); // 1 ["to_device[1]: expected object"]
 * ```
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
export function readAppserviceToDevice(
  transaction: unknown,
): Separated<ReadonlyArray<AppserviceRejection>, ReadonlyArray<AppserviceToDeviceEvent>> {
  if (!guarded(isPlainObject, transaction, undefined, false)) {
    return { left: [{ reasons: ["expected object"] }], right: [] };
  }
  const [stable, unstable] = members.map((member) =>
    guarded(readMember, transaction as PlainObject, member, unreadable(member)),
  ) as [Read, Read];
  return {
    left: [...stable.left, ...unstable.left],
    right: [...stable.right, ...without(unstable.right, stable.right)],
  };
}

type Read = Separated<Array<AppserviceRejection>, Array<AppserviceToDeviceEvent>>;

function unreadable(member: AppserviceMember): Read {
  return {
    left: [{ member, reasons: [line([member], "expected a value that can be read")] }],
    right: [],
  };
}

function readMember(transaction: PlainObject, member: AppserviceMember): Read {
  const read: Read = { left: [], right: [] };
  if (!Object.hasOwn(transaction, member)) return read;
  const entries = transaction[member];
  if (!Array.isArray(entries)) {
    read.left.push({ member, reasons: [line([member], "expected array")] });
    return read;
  }
  for (let index = 0; index < entries.length; index++) {
    // The context makes the errors name the entry, as an `array` codec would.
    const decoded = AppserviceToDeviceEvent.validate(entries[index], [
      { key: member, type: AppserviceToDeviceEvent },
      { key: String(index), type: AppserviceToDeviceEvent },
    ]);
    const fault = decoded._tag === "Right" ? transportFault(decoded.right) : undefined;
    if (decoded._tag === "Left") {
      read.left.push({ member, index, reasons: explain(decoded.left) });
    } else if (fault !== undefined) {
      const reasons = [line([member, String(index), ...fault.keys], fault.refusal)];
      read.left.push({ member, index, reasons });
    } else {
      read.right.push(decoded.right);
    }
  }
  return read;
}

/** The events without as many of their like as there are among the `others`. */
function without(
  events: ReadonlyArray<AppserviceToDeviceEvent>,
  others: ReadonlyArray<AppserviceToDeviceEvent>,
): ReadonlyArray<AppserviceToDeviceEvent> {
  if (events.length === 0 || others.length === 0) return events;
  const counts = new Map<string, number>();
  for (const other of others) counts.set(textOf(other), (counts.get(textOf(other)) ?? 0) + 1);
  return events.filter((event) => {
    const count = counts.get(textOf(event)) ?? 0;
    counts.set(textOf(event), count - 1);
    return count <= 0;
  });
}

/** The same text for the same event, whatever the order of its members. */
function textOf(event: AppserviceToDeviceEvent): string {
  return JSON.stringify(event, (_, value: unknown) =>
    isPlainObject(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
