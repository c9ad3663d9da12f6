/**
 * From a request for one destination to EDUs that every server accepts.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import { line } from "./explain.js";
import {
  type AllDevices,
  allDevices,
  type DeviceId,
  MessageId,
  type UserId,
} from "./identifiers.js";
import { canonicalSize, contentsSize, type Fault, stringSize } from "./internal/canonical-json.js";
import { devicesFor, type Entry, entriesIn, fromEntries, usersIn } from "./internal/entries.js";
import {
  type DeviceMessageContents,
  type DeviceMessages,
  type DirectToDeviceEdu,
  directToDevice,
  type Messages,
  type SendToDeviceRequest,
} from "./message.js";

/** The most bytes of an EDU as canonical JSON that every server accepts (MSC4514). */
export const maxEduBytes = 65_536;

/**
 * Contents that cannot be sent, and why. A user's `*` and the devices named beside it fall together.
 *
 * - `TooLarge`: an EDU with nothing else would have `bytes` bytes.
 * - `NotCanonicalJson`: `where` says where and what was expected there, as `explain` does.
 */
export type Unsendable =
  | {
      readonly _tag: "TooLarge";
      readonly userId: UserId;
      readonly deviceIds: ReadonlyArray<DeviceId | AllDevices>;
      readonly bytes: number;
    }
  | {
      readonly _tag: "NotCanonicalJson";
      readonly userId: UserId;
      readonly deviceIds: ReadonlyArray<DeviceId | AllDevices>;
      readonly where: string;
    };

/**
 * Packs a request into EDUs of at most `maxBytes` bytes of canonical JSON, envelope and message ID included.
 *
 * Greedy and in order: a user's devices stay together where one EDU can hold them, and are split by device where not.
 * A `*` and the devices named beside it never part, or the receiving server would give those devices two messages.
 * What is too large or not canonical JSON comes out on the left and does not stop the others: one float would break
 * the signature of the whole transaction, and its sender would try for ever.
 *
 * `messageId` is asked once for each EDU, with the number of EDUs before it. An ID that is empty, none or repeated
 * is a mistake of the host and throws a `TypeError`, as does a `maxBytes` that is not positive.
 *
 * @example
 * ```ts
 * import { packEdus, SendToDeviceRequest } from "matrix-send-to-device";
 *
 * const request = SendToDeviceRequest.decode({
 *   sender: "@john:example.com",
 *   type: "m.dummy",
 *   messages: { "@alice:example.org": { A: { ok: 1 }, B: { float: 1.5 } } },
 * });
 * if (request._tag === "Right") {
 *   const pack = packEdus({ messageId: (index) => `call-17-${index}` });
 *   const { left, right } = pack(request.right);
 *   console.log(right.length, left[0]?._tag); // 1 "NotCanonicalJson"
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function packEdus(options: {
  readonly messageId: (index: number) => string;
  readonly maxBytes?: number;
}): (
  request: SendToDeviceRequest,
) => Separated<ReadonlyArray<Unsendable>, ReadonlyArray<DirectToDeviceEdu>> {
  const { messageId, maxBytes = maxEduBytes } = options;
  if (!(maxBytes > 0)) throw new TypeError("maxBytes must be positive");
  return (request) => {
    const left: Array<Unsendable> = [];
    const envelope = envelopeSize(request);
    const edus = filling(request, typeof envelope === "number" ? envelope : 0, maxBytes, messageId);
    const sizeOf = remembered(contentsSize);
    for (const userId of usersIn(request.messages)) {
      const devices = devicesFor(request.messages, userId);
      const entries = entriesIn(devices);
      const sizes = entries.map((entry) =>
        typeof envelope === "number" ? memberSize(userId, entry, sizeOf) : envelope,
      );
      const bytes = totalOf(sizes);
      if (typeof bytes === "number" && edus.add(userId, devices, bytes)) continue;
      // A user's `*` goes with all the devices named beside it; otherwise each device goes by itself.
      if (Object.hasOwn(devices, allDevices)) edus.split(userId, entries, [bytes], left);
      else edus.split(userId, entries, sizes, left);
    }
    return { left, right: edus.finish() };
  };
}

/** The sum of sizes, or the first fault among them. */
function totalOf(sizes: ReadonlyArray<number | Fault>): number | Fault {
  let sum = 0;
  for (const bytes of sizes) {
    if (typeof bytes !== "number") return bytes;
    sum += bytes;
  }
  return sum;
}

type SizeOf = (contents: DeviceMessageContents) => number | Fault;

/** The same function, which walks contents once however many devices share them. */
function remembered(sizeOf: SizeOf): SizeOf {
  const known = new Map<DeviceMessageContents, number | Fault>();
  return (contents) => {
    let size = known.get(contents);
    if (size === undefined) {
      size = sizeOf(contents);
      known.set(contents, size);
    }
    return size;
  };
}

/** The bytes of a device's member in a user's map, with a comma behind it, or the first place that has none. */
function memberSize(userId: UserId, [deviceId, contents]: Entry, sizeOf: SizeOf): number | Fault {
  const key = stringSize(deviceId);
  const size = sizeOf(contents);
  if (typeof key === "number" && typeof size === "number") return key + size + ":,".length;
  const { keys, refusal } = typeof key === "number" ? (size as Fault) : key;
  return { keys: ["messages", userId, deviceId, ...keys], refusal };
}

/** The bytes of an EDU of the request with an empty message ID and no recipients. */
function envelopeSize(request: SendToDeviceRequest): number | Fault {
  const size = canonicalSize(toEdu(request, "" as MessageId, fromEntries([])));
  return typeof size === "number" ? size : { ...size, keys: size.keys.slice(1) };
}

/** What a user gets in one EDU: all of its devices, or a list of some. */
type Share = { readonly userId: UserId; readonly devices: DeviceMessages | Array<Entry> };

/** An EDU that is being filled, and the bytes that are free in it. */
type OpenEdu = { readonly id: MessageId; readonly shares: Array<Share>; free: number };

/** Fills EDUs one after the other. `envelope` is the size of one with an empty message ID and no recipients. */
function filling(
  request: SendToDeviceRequest,
  envelope: number,
  maxBytes: number,
  messageId: (index: number) => string,
) {
  const edus: Array<DirectToDeviceEdu> = [];
  const nextId = uniqueIds(messageId);
  // The ID counts in the size: it is asked for before an EDU is begun, and kept for the next one where none is.
  let id: MessageId | undefined;
  let open: OpenEdu | undefined;

  const finish = (): ReadonlyArray<DirectToDeviceEdu> => {
    if (open !== undefined)
      edus.push(toEdu(request, open.id, fromEntries(open.shares.map(toMember))));
    open = undefined;
    return edus;
  };

  /** A new EDU, or the size that it would have where `bytes` of members are too many for it. */
  const begin = (bytes: number): OpenEdu | number => {
    const withoutId = envelope + bytes - ",".length;
    if (withoutId + 1 > maxBytes) return withoutId + 1;
    id ??= nextId(edus.length + (open === undefined ? 0 : 1));
    const begun: OpenEdu = { id, shares: [], free: maxBytes - envelope - idSize(id) + ",".length };
    if (begun.free < bytes) return withoutId + idSize(id);
    finish();
    id = undefined;
    open = begun;
    return begun;
  };

  /** Adds what a user gets to one EDU, the open one or a new one. Says whether one can hold it. */
  const add = (userId: UserId, devices: DeviceMessages, bytes: number): boolean => {
    if (bytes === 0) return true;
    const needed = userSize(userId) + bytes;
    const edu = open !== undefined && open.free >= needed ? open : begin(needed);
    if (typeof edu === "number") return false;
    edu.shares.push({ userId, devices });
    edu.free -= needed;
    return true;
  };

  /**
   * Adds what a user gets to as few EDUs as it takes, and lists on the left what none can hold. `sizes` has the bytes
   * of each entry, or of all: what has one size is sent together or not at all.
   */
  const split = (
    userId: UserId,
    entries: ReadonlyArray<Entry>,
    sizes: ReadonlyArray<number | Fault>,
    left: Array<Unsendable>,
  ): void => {
    const userBytes = userSize(userId);
    const together = sizes.reduce<number>(
      (sum, bytes) => sum + (typeof bytes === "number" ? bytes : 0),
      0,
    );
    const whole = userBytes + together;
    if (together > 0 && open !== undefined && open.free < whole && envelope + whole <= maxBytes)
      finish();
    const step = entries.length / sizes.length;
    const idsFrom = (first: number) =>
      entries.slice(first, first + step).map(([deviceId]) => deviceId);
    let share: Array<Entry> | undefined;
    for (let index = 0; index < sizes.length; index++) {
      const bytes = sizes[index] as number | Fault;
      const first = index * step;
      if (typeof bytes !== "number") {
        const where = line(bytes.keys, bytes.refusal);
        left.push({ _tag: "NotCanonicalJson", userId, deviceIds: idsFrom(first), where });
        continue;
      }
      let edu: OpenEdu | number | undefined = open;
      if (edu === undefined || edu.free < bytes + (share === undefined ? userBytes : 0)) {
        edu = begin(userBytes + bytes);
        if (typeof edu === "number") {
          left.push({ _tag: "TooLarge", userId, deviceIds: idsFrom(first), bytes: edu });
          continue;
        }
        share = undefined;
      }
      if (share === undefined) {
        share = [];
        edu.shares.push({ userId, devices: share });
        edu.free -= userBytes;
      }
      for (let at = first; at < first + step; at++) share.push(entries[at] as Entry);
      edu.free -= bytes;
    }
  };

  return { add, split, finish };
}

/** The bytes of a user's member without its devices. A User ID is well-formed, and so has a size. */
function userSize(userId: UserId): number {
  return (stringSize(userId) as number) + ":{}".length;
}

/** The bytes of a message ID as canonical JSON, without the quotes. */
function idSize(id: MessageId): number {
  return (stringSize(id) as number) - '""'.length;
}

/** The host's message IDs, each looked at. */
function uniqueIds(messageId: (index: number) => string): (index: number) => MessageId {
  const used = new Set<MessageId>();
  return (index) => {
    const id = messageId(index);
    if (!MessageId.is(id) || id.length === 0) {
      throw new TypeError("messageId must give a string of 1 to 32 code points");
    }
    // A receiver drops an EDU whose ID it has seen.
    if (used.has(id)) throw new TypeError("messageId must not give the same ID for two EDUs");
    used.add(id);
    return id;
  };
}

function toMember({ userId, devices }: Share): readonly [UserId, DeviceMessages] {
  return [userId, Array.isArray(devices) ? fromEntries(devices) : devices];
}

function toEdu(request: SendToDeviceRequest, id: MessageId, messages: Messages): DirectToDeviceEdu {
  return { edu_type: directToDevice, content: { ...request, message_id: id, messages } };
}
