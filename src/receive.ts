/**
 * From a federation transaction to accepted messages and rejections.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import * as t from "io-ts";
import {
  clippedKey,
  listReason,
  type Place,
  placesOf,
  type Reason,
  type Room,
  roomOfCall,
  roomOfOne,
} from "./explain.js";
import {
  allDevices,
  isUserId,
  messageIdUpTo,
  type ServerName,
  serverNameArgument,
  serverNameOf,
  UserId,
  userIdError,
} from "./identifiers.js";
import { contentsFault, type Fault, transportFault } from "./internal/canonical-json.js";
import { brick, struct } from "./internal/codec.js";
import { fromEntries } from "./internal/entries.js";
import { type Excluded, hasExcluded, withExcluded } from "./internal/excluded.js";
import {
  absent,
  isPlainArray,
  isPlainObject,
  keysOf,
  ownMember,
  type PlainObject,
  unreadable,
  valueAt,
} from "./internal/plain.js";
import { isWellFormed } from "./internal/text.js";
import { directToDevice, type Messages, Transaction } from "./message.js";

/**
 * An accepted To Device Message of another server, with its unknown members.
 *
 * It differs from `ToDeviceMessage` in its `message_id`. It may also have devices that are excluded from its `*`: see
 * `excludedDevices`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type ReceivedMessage = {
  /** The sender, who is a user of the origin. */
  readonly sender: UserId;
  /** The event type. */
  readonly type: string;
  /**
   * The ID by which the host recognises a repetition: together with the origin it is the key in the host's database.
   *
   * It has at most 255 code points, because deployed servers send more than the 32 that the specification allows. It may
   * be empty.
   */
  readonly message_id: string;
  /** Who receives what: local users only. */
  readonly messages: Messages;
};

/**
 * A rejected EDU or the rejected part of an EDU, and why. An EDU has at most one rejection per tag.
 *
 * - `InvalidEdu`: the whole EDU is rejected. Its sender, type, message ID, map of messages or an unknown member is invalid.
 * - `ForeignSender`: the whole EDU is rejected. Its sender is not a user of the origin.
 * - `InvalidRecipients`: invalid user IDs, device maps and device IDs are rejected; the rest of the EDU is accepted.
 * - `InvalidContents`: the contents for some devices are rejected, because they cannot be passed on.
 * - `RecipientsNotLocal`: users of other servers are rejected; the rest of the EDU is accepted.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type Rejection = {
  /** What was rejected. */
  readonly _tag:
    | "InvalidEdu"
    | "ForeignSender"
    | "InvalidRecipients"
    | "InvalidContents"
    | "RecipientsNotLocal";
  /** The position of the EDU in the transaction, from 0. */
  readonly index: number;
  /** The message ID, for correlation. `undefined` if it is invalid. It is the only value of the input in a rejection. */
  readonly message_id: string | undefined;
  /** The number of rejected Device Message Contents. A value in place of a device map counts as one. */
  readonly leaves: number;
  /** Where and why: at most 100 per EDU and 1,000 per call, and a notice if there are more. */
  readonly reasons: ReadonlyArray<Reason>;
};

/**
 * The rejection of a value in place of an array of EDUs.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export type InvalidEdus = {
  /** What was rejected. */
  readonly _tag: "InvalidEdus";
  /** What was expected. */
  readonly reasons: ReadonlyArray<Reason>;
};

/**
 * Options of `receiveTransaction` and `receiveEdus`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#request-authentication}
 */
export type ReceiveOptions = {
  /** The server that signed the request, not the `origin` in its body. An invalid name is a `TypeError`. */
  readonly origin: string;
  /** Tests whether a user belongs to this server: `isUserOf("example.org")`, or a look-up. Called once per user. */
  readonly isLocal: (userId: UserId) => boolean;
};

/**
 * Receives the body of `PUT /_matrix/federation/v1/send/{txnId}`: messages to deliver, and rejections with reasons.
 *
 * It rejects invalid entries one by one, as `receiveEdus` does, and never throws on input. The options are checked
 * immediately.
 *
 * @param options - the server that signed the request, and a predicate for local users
 * @returns a function from the parsed body to errors (Left: it is not a transaction, answer 400 `M_BAD_JSON`) or to
 * rejections (`left`) and messages (`right`)
 * @throws TypeError if `origin` is not a valid server name
 *
 * @example
 * ```ts
 * import { deliver, isUserOf, receiveTransaction } from "matrix-send-to-device";
 *
 * const receive = receiveTransaction({ origin: "example.com", isLocal: isUserOf("example.org") });
 * const received = receive({
 *   origin: "example.com",
 *   origin_server_ts: 1532991320875,
 *   pdus: [],
 *   edus: [
 *     {
 *       edu_type: "m.direct_to_device",
 *       content: {
 *         sender: "@john:example.com",
 *         type: "m.dummy",
 *         message_id: "17",
 *         messages: { "@alice:example.org": { "*": {} } },
 *       },
 *     },
 *   ],
 * });
 * if (received._tag === "Right") {
 *   const devices = new Map([["@alice:example.org", ["PHONE", "LAPTOP"]]]);
 *   const [delivered] = received.right.right.map(deliver(devices));
 *   console.log(delivered?.right.map(({ deviceId }) => deviceId)); // ["PHONE", "LAPTOP"]
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export function receiveTransaction(
  options: ReceiveOptions,
): (
  body: unknown,
) => t.Validation<Separated<ReadonlyArray<Rejection>, ReadonlyArray<ReceivedMessage>>> {
  const receive = receiverOf(options, values);
  return (body) => {
    const transaction = Transaction.decode(body);
    if (transaction._tag === "Left") return transaction;
    const edus = ownMember(transaction.right, "edus");
    return t.success(receive(isPlainArray(edus) ? edus : []));
  };
}

/**
 * Receives the EDUs of a transaction whose envelope the host has already checked.
 *
 * EDUs of other types are ignored. If the sender, type, message ID, `messages` or an unknown member is invalid, or if the
 * sender is not a user of the origin, the whole EDU is rejected. Recipients and contents are rejected one by one: invalid
 * user IDs, users of other servers, and contents that cannot be passed on (not an object, over 100 levels, a number beyond
 * a double, a lone surrogate). Floats and large integers are accepted. If the own contents of a device are rejected, it
 * does not receive the contents of `*` instead.
 *
 * A message without rejections is the same reference as in the EDU. The host must remember each pair of origin and
 * `message_id`, because a sender repeats a transaction if it gets no answer.
 *
 * @param options - the server that signed the request, and a predicate for local users
 * @returns a function from the EDUs to rejections (`left`) and messages (`right`). `undefined` gives nothing. Any other
 * value that is not an array gives one rejection
 * @throws TypeError if `origin` is not a valid server name
 *
 * @example
 * ```ts
 * import { isUserOf, receiveEdus } from "matrix-send-to-device";
 *
 * const receive = receiveEdus({ origin: "example.com", isLocal: isUserOf("example.org") });
 * const { left, right } = receive([{ edu_type: "m.direct_to_device", content: null }]);
 * console.log(right.length, left[0]?._tag); // 0 "InvalidEdu"
 * console.log(left[0]?.reasons.map(({ line }) => line)); // ["content: expected object"]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function receiveEdus(
  options: ReceiveOptions,
): (
  edus: unknown,
) => Separated<ReadonlyArray<Rejection | InvalidEdus>, ReadonlyArray<ReceivedMessage>> {
  const receive = receiverOf(options, values);
  return (edus) => {
    if (edus === undefined) return { left: [], right: [] };
    if (isPlainArray(edus)) return receive(edus);
    const line = "expected array";
    return { left: [{ _tag: "InvalidEdus", reasons: [{ path: [], line }] }], right: [] };
  };
}

/** An EDU of any type. */
const AnyEdu: t.Mixed = /* #__PURE__ */ struct("Edu", { edu_type: t.string });

/** The maximum length of an accepted message ID, in code points. It becomes a key in the host's database. */
const maxMessageId = 255;

const ReceivedMessageId: t.Type<string> = /* #__PURE__ */ messageIdUpTo("MessageId", maxMessageId);

const EventType: t.Type<string> = /* #__PURE__ */ brick(
  "EventType",
  (value) => (typeof value === "string" ? "expected no lone surrogate" : "expected string"),
  (value) => typeof value === "string" && isWellFormed(value),
);

/** The codec of an EDU that does not check recipients. Its messages are a map of either entry. */
export function envelopeOf(isMap: (value: unknown) => boolean): t.Mixed {
  return struct("DirectToDeviceEdu", {
    content: struct("ToDeviceMessage", {
      sender: UserId,
      type: EventType,
      message_id: ReceivedMessageId,
      messages: brick("Messages", "expected object", isMap),
    }),
  });
}

/** How to read an EDU of either entry: a value, or the result of reading its text. */
export type Notation<M> = {
  /** The fault that rejects the whole EDU, whatever it says. */
  readonly eduFault: (edu: unknown) => Place | undefined;
  /** The codec of an EDU without its recipients. */
  readonly envelope: t.Mixed;
  /** The keys of a map, which may be unreadable. */
  readonly keysOf: (map: unknown) => ReadonlyArray<string> | typeof unreadable;
  /** The value under a key that a map has. */
  readonly valueAt: (map: unknown, key: string) => unknown;
  /** Why contents could not be passed on. */
  readonly contentsFault: (contents: unknown) => Fault | undefined;
  /** The first unknown member of a To Device Message that could not be passed on. */
  readonly unknownMemberFault: (content: PlainObject) => Place | undefined;
  /** A map, stored in the same way. */
  readonly mapOf: (entries: ReadonlyArray<readonly [string, unknown]>) => unknown;
  /** The message if nothing of it was rejected. */
  readonly whole: (content: PlainObject) => M;
  /** The message with what remains of its messages. */
  readonly rest: (content: PlainObject, messages: unknown, excluded: Excluded) => M;
};

/** Receives EDUs that are stored in either way. */
export function receiverOf<M>(
  { origin, isLocal }: ReceiveOptions,
  notation: Notation<M>,
): (edus: ReadonlyArray<unknown>) => Separated<Array<Rejection>, Array<M>> {
  const server = serverNameArgument("origin", origin);
  return (edus) => {
    const left: Array<Rejection> = [];
    const right: Array<M> = [];
    const room = roomOfCall();
    for (let index = 0; index < edus.length; index++) {
      const edu = valueAt(edus, index);
      const log: Log = { edu, index, rooms: [roomOfOne(), room], rejections: [] };
      const opened = open(edu, server, notation);
      if (opened._tag === "Rejected") rejectEdu(log, opened, notation);
      if (opened._tag === "Open") {
        const sifted = sift(opened, isLocal, log, notation);
        if (sifted._tag === "Message") right.push(sifted.message);
      }
      for (const rejection of log.rejections) left.push(rejection);
    }
    return { left, right };
  };
}

/** EDUs as values, which are read with care. */
const values: Notation<ReceivedMessage> = {
  eduFault: () => undefined,
  envelope: /* #__PURE__ */ envelopeOf(isPlainObject),
  keysOf: (map) => (isPlainObject(map) ? keysOf(map) : unreadable),
  valueAt: (map, key) => valueAt(map as PlainObject, key),
  contentsFault,
  unknownMemberFault,
  mapOf: fromEntries,
  // The envelope, every user ID, device ID and contents was checked.
  whole: (content) => content as ReceivedMessage,
  rest: (content, messages, excluded) => {
    // The known members need not be enumerable.
    const keys = new Set([...knownMembers, ...namesIn(content)]);
    const members = [...keys].map(
      (key) => [key, key === "messages" ? messages : valueAt(content, key)] as const,
    );
    // The envelope was checked, and what remains of the messages.
    return withExcluded(fromEntries<unknown>(members) as ReceivedMessage, excluded);
  },
};

function namesIn(content: PlainObject): ReadonlyArray<string> {
  const keys = keysOf(content);
  return keys === unreadable ? [] : keys;
}

/** What an EDU is before its recipients are looked at. */
type Opened =
  | { readonly _tag: "OtherType" }
  | {
      readonly _tag: "Rejected";
      readonly tag: "InvalidEdu" | "ForeignSender";
      readonly places: ReadonlyArray<Place>;
    }
  | {
      readonly _tag: "Open";
      /** The To Device Message, whose recipients have not been checked. */
      readonly content: PlainObject;
      /** Its map of messages and the keys of it. */
      readonly messages: unknown;
      readonly users: ReadonlyArray<string>;
    };

/** Reads the envelope of an EDU and checks its origin and its unknown members. */
function open(edu: unknown, origin: ServerName, notation: Notation<unknown>): Opened {
  const eduFault = notation.eduFault(edu);
  if (eduFault !== undefined) return invalid([eduFault]);
  const any = faultsOf(AnyEdu, edu);
  if (any.length > 0) return invalid(any);
  if (memberOf(edu, "edu_type") !== directToDevice) return { _tag: "OtherType" };
  const faults = faultsOf(notation.envelope, edu);
  if (faults.length > 0) return invalid(faults);
  const content = memberOf(edu, "content");
  const sender = memberOf(content, "sender");
  const messages = memberOf(content, "messages");
  const users = notation.keysOf(messages);
  if (!isPlainObject(content) || !isUserId(sender) || users === unreadable) {
    // A proxy that has changed since its envelope was decoded.
    return invalid([{ path: ["content"], expected: "expected a value that can be read" }]);
  }
  if (serverNameOf(sender) !== origin) {
    const place = {
      path: ["content", "sender"],
      expected: `expected user of ${clippedKey(origin)}`,
    };
    return { _tag: "Rejected", tag: "ForeignSender", places: [place] };
  }
  const fault = notation.unknownMemberFault(content);
  return fault === undefined ? { _tag: "Open", content, messages, users } : invalid([fault]);
}

/** The faults of a value. A verdict costs less than a decoding, and few values have any. */
function faultsOf(codec: t.Mixed, value: unknown): ReadonlyArray<Place> {
  if (codec.is(value)) return [];
  const decoded = codec.decode(value);
  return decoded._tag === "Left" ? placesOf(decoded.left) : [];
}

function invalid(places: ReadonlyArray<Place>): Opened {
  return { _tag: "Rejected", tag: "InvalidEdu", places };
}

/** The members of a To Device Message in the specification. */
const knownMembers: ReadonlySet<string> = /* #__PURE__ */ new Set([
  "sender",
  "type",
  "message_id",
  "messages",
]);

/** The first unknown member of a message that could not be passed on. To remove it would change what was sent. */
function unknownMemberFault(content: PlainObject): Place | undefined {
  const keys = keysOf(content);
  if (keys === unreadable || hasExcluded(content)) {
    return { path: ["content"], expected: "expected JSON value" };
  }
  for (const key of keys) {
    if (knownMembers.has(key)) continue;
    const fault = isWellFormed(key)
      ? transportFault(valueAt(content, key))
      : { path: [], expected: "expected no lone surrogate" };
    if (fault !== undefined) {
      return { path: ["content", key, ...fault.path], expected: fault.expected };
    }
  }
  return undefined;
}

/** What remains of an EDU after its invalid and foreign recipients and its invalid contents were rejected. */
type Sifted<M> = { readonly _tag: "Message"; readonly message: M } | { readonly _tag: "Nobody" };

function sift<M>(
  { content, messages, users }: Extract<Opened, { readonly _tag: "Open" }>,
  isLocal: (userId: UserId) => boolean,
  log: Log,
  notation: Notation<M>,
): Sifted<M> {
  const kept: Array<readonly [string, unknown]> = [];
  const excluded: Array<readonly [string, ReadonlySet<string>]> = [];
  for (const user of users) {
    const devices = notation.valueAt(messages, user);
    if (!isUserId(user)) {
      const expected = userIdError(user);
      reject(log, "InvalidRecipients", leavesUnder(devices, notation), [user], expected);
    } else if (!isLocal(user)) {
      const expected = "expected local user";
      reject(log, "RecipientsNotLocal", leavesUnder(devices, notation), [user], expected);
    } else {
      const sifted = siftDevices(user, devices, log, notation);
      if (sifted._tag === "Devices") {
        kept.push([user, sifted.devices]);
        if (sifted.excluded.size > 0) excluded.push([user, sifted.excluded]);
      }
    }
  }
  if (log.rejections.length === 0) return { _tag: "Message", message: notation.whole(content) };
  if (kept.length === 0) return { _tag: "Nobody" };
  return {
    _tag: "Message",
    message: notation.rest(content, notation.mapOf(kept), new Map(excluded)),
  };
}

/** What remains of a user's devices: the same reference if none was rejected. */
type SiftedDevices =
  | { readonly _tag: "Devices"; readonly devices: unknown; readonly excluded: ReadonlySet<string> }
  | { readonly _tag: "Nobody" };

function siftDevices(
  user: string,
  devices: unknown,
  log: Log,
  notation: Notation<unknown>,
): SiftedDevices {
  const deviceIds = notation.keysOf(devices);
  if (deviceIds === unreadable) {
    reject(log, "InvalidRecipients", 1, [user], "expected object");
    return { _tag: "Nobody" };
  }
  const rejected: Array<string> = [];
  for (const deviceId of deviceIds) {
    const fault = notation.contentsFault(notation.valueAt(devices, deviceId));
    if (!isWellFormed(deviceId)) {
      rejected.push(deviceId);
      const expected = "expected Device ID (lone surrogate)";
      reject(log, "InvalidRecipients", 1, [user, deviceId], expected);
    } else if (fault !== undefined) {
      rejected.push(deviceId);
      reject(log, "InvalidContents", 1, [user, deviceId, ...fault.path], fault.expected);
    }
  }
  if (rejected.length === 0) return { _tag: "Devices", devices, excluded: nobody };
  const without = new Set(rejected);
  const kept = deviceIds.filter((deviceId) => !without.has(deviceId));
  if (kept.length === 0) return { _tag: "Nobody" };
  // Without a `*` there is nothing to be excluded from.
  const excluded = kept.includes(allDevices) ? without : nobody;
  const entries = kept.map((deviceId) => [deviceId, notation.valueAt(devices, deviceId)] as const);
  return { _tag: "Devices", devices: notation.mapOf(entries), excluded };
}

const nobody: ReadonlySet<string> = /* #__PURE__ */ new Set();

/** The rejections of one EDU, and the room for their reasons. */
type Log = {
  readonly edu: unknown;
  readonly index: number;
  readonly rooms: ReadonlyArray<Room>;
  readonly rejections: Array<Rejection & { leaves: number; readonly reasons: Array<Reason> }>;
};

/** Counts rejected leaves in the map of messages, and lists the reason. */
function reject(
  log: Log,
  tag: Rejection["_tag"],
  leaves: number,
  path: ReadonlyArray<string>,
  expected: string,
): void {
  const rejection = rejectionOf(log, tag);
  rejection.leaves += leaves;
  listReason(rejection.reasons, log.rooms, { path: ["content", "messages", ...path], expected });
}

/** Rejects a whole EDU. */
function rejectEdu(
  log: Log,
  { tag, places }: Extract<Opened, { readonly _tag: "Rejected" }>,
  notation: Notation<unknown>,
): void {
  const rejection = rejectionOf(log, tag);
  rejection.leaves = leavesIn(log.edu, notation);
  for (const place of places) listReason(rejection.reasons, log.rooms, place);
}

function rejectionOf(log: Log, tag: Rejection["_tag"]): Log["rejections"][number] {
  let rejection = log.rejections.find(({ _tag }) => _tag === tag);
  if (rejection === undefined) {
    const { index, edu } = log;
    rejection = { _tag: tag, index, message_id: messageIdIn(edu), leaves: 0, reasons: [] };
    log.rejections.push(rejection);
  }
  return rejection;
}

/** The message ID in an EDU that may be invalid otherwise. */
function messageIdIn(edu: unknown): string | undefined {
  const id = memberOf(memberOf(edu, "content"), "message_id");
  return ReceivedMessageId.is(id) ? id : undefined;
}

/** How many contents are in an EDU, as far as it can be read. */
function leavesIn(edu: unknown, notation: Notation<unknown>): number {
  const messages = memberOf(memberOf(edu, "content"), "messages");
  const users = notation.keysOf(messages);
  if (users === unreadable) return 0;
  return users.reduce(
    (sum, user) => sum + leavesUnder(notation.valueAt(messages, user), notation),
    0,
  );
}

/** How many contents a user has; whatever stands in place of a map counts as one. */
function leavesUnder(devices: unknown, notation: Notation<unknown>): number {
  const deviceIds = notation.keysOf(devices);
  return deviceIds === unreadable ? 1 : deviceIds.length;
}

function memberOf(value: unknown, key: string): unknown {
  return isPlainObject(value) ? ownMember(value, key) : absent;
}
