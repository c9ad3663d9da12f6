/**
 * From a request for one destination to EDUs that every server accepts.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import { type Reason, reasonIn, roomOfCall } from "./explain.js";
import {
  type AllDevices,
  allDevices,
  type DeviceId,
  MessageId,
  type UserId,
  userIdArgument,
} from "./identifiers.js";
import { contentsSize, type Fault, stringSize } from "./internal/canonical-json.js";
import {
  decodedUsersIn,
  type Entry,
  entriesIn,
  fromEntries,
  hasKey,
  type MapOf,
  type MessagesOf,
  valueIn,
} from "./internal/entries.js";
import { ownOption } from "./internal/plain.js";
import {
  type DeviceMessageContents,
  type DirectToDeviceEdu,
  directToDevice,
  type Messages,
  type SendToDeviceRequest,
} from "./message.js";

/** The size in bytes of canonical JSON up to which every server accepts an EDU (MSC4514). */
export const maxEduBytes = 65_536;

/**
 * Contents that cannot be sent, and why. A user's `*` and the devices named next to it are rejected together.
 *
 * - `TooLarge`: the contents exceed the limit even in an EDU of their own. Answer 413 `M_TOO_LARGE`.
 * - `NotCanonicalJson`: the contents, the device ID or the type has no canonical JSON, so no server could sign it. Answer
 *   400 `M_BAD_JSON`.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
export type Unsendable =
  | {
      /** The contents exceed the limit even in an EDU of their own. */
      readonly _tag: "TooLarge";
      /** The recipient. */
      readonly userId: UserId;
      /** The devices that receive nothing. */
      readonly deviceIds: ReadonlyArray<DeviceId | AllDevices>;
      /** The size in bytes of the smallest EDU with these contents. */
      readonly bytes: number;
    }
  | {
      /** The contents, the device ID or the type has no canonical JSON. */
      readonly _tag: "NotCanonicalJson";
      /** The recipient. */
      readonly userId: UserId;
      /** The devices that receive nothing. */
      readonly deviceIds: ReadonlyArray<DeviceId | AllDevices>;
      /** Where and why. The path starts at the request. After 1,000 reasons in a call, a notice that there are more. */
      readonly reason: Reason;
    };

/**
 * Options of `packEdus`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type PackOptions = {
  /**
   * Returns the ID of an EDU: 1 to 32 code points, never repeated by the same origin. `index` is the number of EDUs so
   * far. `crypto.randomUUID()` is too long with its hyphens: use `crypto.randomUUID().replace(/-/g, "")`, or a stored
   * prefix per request and the index, so that a retry makes the same IDs.
   */
  readonly messageId: (index: number) => string;
  /**
   * The largest size of an EDU, in bytes of canonical JSON, including envelope and message ID.
   *
   * @defaultValue 65,536 (`maxEduBytes`)
   */
  readonly maxBytes?: number;
};

/**
 * Packs a request into EDUs of at most `maxBytes` bytes, in order.
 *
 * A user's devices stay together if they fit in one EDU; otherwise they are split by device. A `*` and the devices named
 * next to it are never separated, because the receiving server would then deliver two messages to those devices.
 *
 * Contents that are too large or have no canonical JSON are returned on the left, and the rest is packed. A single float
 * would break the signature of the whole transaction, and its sender would retry forever.
 *
 * The content of an EDU has `sender`, `type`, `message_id` and `messages`, and no other members. Contents, and the maps of
 * users whose devices stay together, are those of the request, by reference. `messageId` is called once per EDU.
 *
 * @param options - a source of message IDs, and the limit
 * @returns a function from a request with decoded messages to contents that cannot be sent (`left`) and EDUs (`right`)
 * @throws TypeError if `maxBytes` is not positive, if an ID is empty, too long or repeated, or if the messages were not
 * decoded
 *
 * @example
 * ```ts
 * import { packEdus, requestOf } from "matrix-send-to-device";
 *
 * const request = requestOf({ sender: "@john:example.com", type: "m.dummy" })({
 *   messages: { "@alice:example.org": { A: { ok: 1 }, B: { float: 1.5 } } },
 * });
 * const { left, right } = packEdus({ messageId: (index) => `request-17-${index}` })(request);
 * console.log(right.length, left[0]?._tag); // 1 "NotCanonicalJson"
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function packEdus(
  options: PackOptions,
): (
  request: SendToDeviceRequest,
) => Separated<ReadonlyArray<Unsendable>, ReadonlyArray<DirectToDeviceEdu>> {
  return packIn<SendToDeviceRequest, DeviceMessageContents, DirectToDeviceEdu>(
    options,
    () => remembered(contentsSize),
    ({ sender, type }, { id, users }) => {
      const messages = fromEntries(
        users.map(({ userId, share }) => [
          userId,
          share._tag === "All" ? share.devices : fromEntries(share.entries),
        ]),
      ) as Messages;
      return { edu_type: directToDevice, content: { sender, type, message_id: id, messages } };
    },
  );
}

/** `packEdus` for requests of either entry. `newSizeOf` is called once per request. */
export function packIn<R extends RequestOf<C>, C, E>(
  options: PackOptions,
  newSizeOf: () => SizeOf<C>,
  eduOf: (request: R, edu: OpenEdu<C>) => E,
): (request: R) => Separated<ReadonlyArray<Unsendable>, ReadonlyArray<E>> {
  const { messageId } = options;
  const maxBytes = ownOption(options, "maxBytes", maxEduBytes);
  if (!(maxBytes > 0)) throw new TypeError("maxBytes must be positive");
  return (request) => {
    const left: Array<Unsendable> = [];
    const room = roomOfCall();
    const sizeOf = newSizeOf();
    const envelope = envelopeSize(request);
    const packing: Packing<C> = {
      envelope: typeof envelope === "number" ? envelope : 0,
      maxBytes,
      nextId: uniqueIds(messageId),
      edus: [],
      spareId: undefined,
    };
    for (const userId of decodedUsersIn(request.messages)) {
      const devices = valueIn(request.messages, userId);
      const entries = entriesIn(devices);
      const sizes = entries.map((entry) =>
        typeof envelope === "number" ? sizeOfEntry(entry, sizeOf) : envelope,
      );
      const whole = sumOf(sizes);
      // First all devices of the user together: into the last EDU, else into a new one. This needs no new map.
      if (typeof whole === "number") {
        const outcome = put(packing, userId, { _tag: "All", devices }, whole);
        if (outcome._tag === "Put") continue;
      }
      // A `*` and the devices named next to it are sent together or not at all.
      const parts = hasKey(devices, allDevices)
        ? [{ part: entries, size: whole }]
        : entries.map((entry, index) => ({ part: [entry], size: sizes[index] as number | Fault }));
      const parcels: Array<Parcel<C>> = [];
      for (const { part, size } of parts) {
        if (typeof size === "number") {
          parcels.push({ _tag: "Some", entries: part, bytes: size });
        } else {
          const path = envelope === size ? size.path : ["messages", userId, ...size.path];
          const reason = reasonIn([room], { path, expected: size.expected });
          left.push({ _tag: "NotCanonicalJson", userId, deviceIds: idsIn(part), reason });
        }
      }
      // Then what has a size: together, unless that was just tried, else one by one from the last EDU on.
      if (typeof whole !== "number" && putTogether(packing, userId, parcels)) continue;
      for (const parcel of parcels) {
        const outcome = put(packing, userId, parcel, parcel.bytes);
        if (outcome._tag === "Put") continue;
        const deviceIds = idsIn(parcel.entries);
        left.push({ _tag: "TooLarge", userId, deviceIds, bytes: outcome.bytes });
      }
    }
    return { left, right: packing.edus.map((edu) => eduOf(request, edu)) };
  };
}

/** A request of either entry. */
type RequestOf<C> = {
  readonly sender: UserId;
  readonly type: string;
  readonly messages: MessagesOf<C>;
};

/** A unit that is sent together or not at all: a user's `*` with the devices named next to it, otherwise one device. */
type Parcel<C> = Some<C> & {
  /** The bytes of the members in the user's map, with a comma after each. */
  readonly bytes: number;
};

function idsIn(entries: ReadonlyArray<Entry<unknown>>): ReadonlyArray<DeviceId | AllDevices> {
  return entries.map(([deviceId]) => deviceId);
}

type SizeOf<C> = (contents: C) => number | Fault;

/** Remembers the size of contents, so that contents which many devices share are walked once. */
function remembered<C>(sizeOf: SizeOf<C>): SizeOf<C> {
  const known = new Map<C, number | Fault>();
  return (contents) => {
    let size = known.get(contents);
    if (size === undefined) {
      size = sizeOf(contents);
      known.set(contents, size);
    }
    return size;
  };
}

/** The bytes of a member of a user's map, with a comma, or its first fault. */
function sizeOfEntry<C>([deviceId, contents]: Entry<C>, sizeOf: SizeOf<C>): number | Fault {
  const key = stringSize(deviceId);
  if (typeof key === "string") return { path: [deviceId], expected: key };
  const size = sizeOf(contents);
  return typeof size === "number"
    ? key + size + ":,".length
    : { path: [deviceId, ...size.path], expected: size.expected };
}

/** The sum of sizes, or the first fault. */
function sumOf(sizes: ReadonlyArray<number | Fault>): number | Fault {
  let sum = 0;
  for (const size of sizes) {
    if (typeof size !== "number") return size;
    sum += size;
  }
  return sum;
}

const emptyEdu =
  '{"content":{"message_id":"","messages":{},"sender":,"type":},"edu_type":"m.direct_to_device"}';

/** The bytes of an EDU of the request with an empty message ID and no recipients. */
function envelopeSize({ sender, type }: RequestOf<unknown>): number | Fault {
  userIdArgument("sender", sender);
  const size = stringSize(type);
  return typeof size === "number"
    ? emptyEdu.length + textSize(sender) + size
    : { path: ["type"], expected: size };
}

/** The bytes of a string that is well-formed, and so has a size. */
function textSize(text: string): number {
  return stringSize(text) as number;
}

/** The EDUs so far, the last of which is open, and an ID that `messageId` returned and no EDU has used yet. */
type Packing<C> = {
  readonly envelope: number;
  readonly maxBytes: number;
  readonly nextId: (index: number) => MessageId;
  readonly edus: Array<OpenEdu<C>>;
  spareId: MessageId | undefined;
};

/** The devices of a user that an EDU is for: the map of the request, or some of its entries. */
type Share<C> = { readonly _tag: "All"; readonly devices: MapOf<C> } | Some<C>;

/** An EDU adds to the list that was put into it. */
type Some<C> = { readonly _tag: "Some"; readonly entries: Array<Entry<C>> };

/** An EDU that is being filled. */
export type OpenEdu<C> = {
  readonly id: MessageId;
  readonly users: Array<{ readonly userId: UserId; readonly share: Share<C> }>;
  /** The bytes that remain. */
  free: number;
};

/** Whether all these parcels of a user go into one EDU. */
function putTogether<C>(
  packing: Packing<C>,
  userId: UserId,
  parcels: ReadonlyArray<Parcel<C>>,
): boolean {
  const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0);
  const entries = parcels.flatMap((parcel) => parcel.entries);
  return put(packing, userId, { _tag: "Some", entries }, bytes)._tag === "Put";
}

type Outcome =
  | { readonly _tag: "Put" }
  /** The EDU would have this many bytes. */
  | { readonly _tag: "TooLarge"; readonly bytes: number };

/** Puts a share of a user's devices into the last EDU, or else into a new one. `bytes` has a comma after each device. */
function put<C>(packing: Packing<C>, userId: UserId, share: Share<C>, bytes: number): Outcome {
  const { edus, envelope, maxBytes, nextId } = packing;
  const userBytes = textSize(userId) + ":{}".length;
  const last = edus[edus.length - 1];
  const isLastUser = last?.users[last.users.length - 1]?.userId === userId;
  const needed = bytes + (isLastUser ? 0 : userBytes);
  if (bytes === 0) return { _tag: "Put" };
  if (last !== undefined && needed <= last.free) {
    add(last, userId, share, needed);
    return { _tag: "Put" };
  }
  const withoutId = envelope + userBytes + bytes - ",".length;
  // No ID is requested for an EDU that would be too large with any ID.
  if (withoutId + 1 > maxBytes) return { _tag: "TooLarge", bytes: withoutId + 1 };
  packing.spareId ??= nextId(edus.length);
  const id = packing.spareId;
  const idBytes = textSize(id) - '""'.length;
  if (withoutId + idBytes > maxBytes) return { _tag: "TooLarge", bytes: withoutId + idBytes };
  packing.spareId = undefined;
  const edu = { id, users: [], free: maxBytes - envelope - idBytes + ",".length };
  edus.push(edu);
  add(edu, userId, share, userBytes + bytes);
  return { _tag: "Put" };
}

function add<C>(edu: OpenEdu<C>, userId: UserId, share: Share<C>, bytes: number): void {
  edu.free -= bytes;
  const last = edu.users[edu.users.length - 1];
  if (last?.userId === userId && last.share._tag === "Some" && share._tag === "Some") {
    for (const entry of share.entries) last.share.entries.push(entry);
  } else {
    edu.users.push({ userId, share });
  }
}

/** The host's message IDs, each checked. */
function uniqueIds(messageId: (index: number) => string): (index: number) => MessageId {
  const used = new Set<MessageId>();
  return (index) => {
    const id = messageId(index);
    if (!MessageId.is(id) || id.length === 0) {
      throw new TypeError(
        "messageId must return 1 to 32 code points without lone surrogates. A UUID is too long with its hyphens: " +
          'write crypto.randomUUID().replace(/-/g, ""), or a prefix per request and the index',
      );
    }
    // A receiver drops an EDU whose ID it has seen.
    if (used.has(id)) {
      throw new TypeError(
        "messageId must not return the same ID for two EDUs: write a prefix per request and the index",
      );
    }
    used.add(id);
    return id;
  };
}
