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
  /** The fault that rejects the whole EDU, whatever its members are. */
  readonly eduFault: (edu: unknown) => Place | undefined;
  /** The codec of an EDU without its recipients. */
  readonly envelope: t.Mixed;
  /** Visits the entries of a map. Returns `false` for a value that is not a readable map. */
  readonly each: (map: unknown, visit: (value: unknown, key: string) => void) => boolean;
  /** Why contents cannot be passed on. */
  readonly contentsFault: (contents: unknown) => Fault | undefined;
  /** The first unknown member of a To Device Message that cannot be passed on. */
  readonly unknownMemberFault: (content: PlainObject) => Place | undefined;
  /** Makes a map of the same kind. */
  readonly mapOf: (entries: ReadonlyArray<readonly [string, unknown]>) => unknown;
  /** The message without rejections. */
  readonly whole: (content: PlainObject) => M;
  /** The message with its remaining messages. */
  readonly rest: (content: PlainObject, messages: unknown, excluded: Excluded) => M;
};

/** Receives EDUs of either entry. */
export function receiverOf<M>(
  { origin, isLocal }: ReceiveOptions,
  notation: Notation<M>,
): (edus: ReadonlyArray<unknown>) => Separated<Array<Rejection>, Array<M>> {
  const server = serverNameArgument("origin", origin);
  return (edus) => {
    const right: Array<M> = [];
    const log = newLog();
    for (let index = 0; index < edus.length; index++) {
      const edu = valueAt(edus, index);
      log.edu = edu;
      log.index = index;
      log.begin = log.left.length;
      const opened = open(edu, server, notation);
      if (opened._tag === "Rejected") rejectEdu(log, opened, notation);
      if (opened._tag === "Open") {
        const sifted = sift(opened, isLocal, log, notation);
        if (sifted._tag === "Message") right.push(sifted.message);
      }
    }
    return { left: log.left, right };
  };
}

/** EDUs as values, which are read safely. */
const values: Notation<ReceivedMessage> = {
  eduFault: () => undefined,
  envelope: /* #__PURE__ */ envelopeOf(isPlainObject),
  each: (map, visit) => {
    if (!isPlainObject(map)) return false;
    const keys = keysOf(map);
    if (keys === unreadable) return false;
    for (const key of keys) visit(valueAt(map, key), key);
    return true;
  },
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
    // The envelope and the remaining messages were checked.
    return withExcluded(fromEntries<unknown>(members) as ReceivedMessage, excluded);
  },
};

function namesIn(content: PlainObject): ReadonlyArray<string> {
  const keys = keysOf(content);
  return keys === unreadable ? [] : keys;
}

/** An EDU before its recipients are checked. */
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
      /** Its map of messages. */
      readonly messages: unknown;
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
  // A proxy may have changed since its envelope was decoded.
  if (!isPlainObject(content) || !isUserId(sender)) return unreadableContent;
  if (serverNameOf(sender) !== origin) {
    const place = {
      path: ["content", "sender"],
      expected: `expected user of ${clippedKey(origin)}`,
    };
    return { _tag: "Rejected", tag: "ForeignSender", places: [place] };
  }
  const fault = notation.unknownMemberFault(content);
  return fault === undefined ? { _tag: "Open", content, messages } : invalid([fault]);
}

/** The faults of a value. A verdict costs less than decoding, and few values have faults. */
function faultsOf(codec: t.Mixed, value: unknown): ReadonlyArray<Place> {
  if (codec.is(value)) return [];
  const decoded = codec.decode(value);
  return decoded._tag === "Left" ? placesOf(decoded.left) : [];
}

function invalid(places: ReadonlyArray<Place>): Extract<Opened, { readonly _tag: "Rejected" }> {
  return { _tag: "Rejected", tag: "InvalidEdu", places };
}

const unreadableContent = /* #__PURE__ */ invalid([
  { path: ["content"], expected: "expected a value that can be read" },
]);

/** The members of a To Device Message in the specification. */
const knownMembers: ReadonlySet<string> = /* #__PURE__ */ new Set([
  "sender",
  "type",
  "message_id",
  "messages",
]);

/** The first unknown member of a message that cannot be passed on. Removing it would change the sender's message. */
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

/** The rest of an EDU after its invalid and foreign recipients and its invalid contents were rejected. */
type Sifted<M> = { readonly _tag: "Message"; readonly message: M } | { readonly _tag: "Nobody" };

/** The rest of a user's devices. */
type Rest =
  | { readonly _tag: "Whole" }
  | { readonly _tag: "Part"; readonly devices: unknown; readonly excluded: ReadonlySet<string> }
  | { readonly _tag: "Nobody" };

const whole: Rest = { _tag: "Whole" };
const nobody: Rest = { _tag: "Nobody" };

/** Rejects recipients and contents of an EDU one by one. */
function sift<M>(
  { content, messages }: Extract<Opened, { readonly _tag: "Open" }>,
  isLocal: (userId: UserId) => boolean,
  log: Log,
  notation: Notation<M>,
): Sifted<M> {
  /** The users with rejected devices or contents. */
  const rests = new Map<string, Rest>();
  const isReadable = notation.each(messages, (devices, user) => {
    const rest = siftUser(user, devices, isLocal, log, notation);
    if (rest._tag !== "Whole") rests.set(user, rest);
  });
  if (!isReadable) {
    rejectEdu(log, unreadableContent, notation);
    return { _tag: "Nobody" };
  }
  if (rests.size === 0) return { _tag: "Message", message: notation.whole(content) };
  const remaining = remainderOf(messages, rests, notation);
  if (remaining.kept.length === 0) return { _tag: "Nobody" };
  const message = notation.rest(content, notation.mapOf(remaining.kept), remaining.excluded);
  return { _tag: "Message", message };
}

function siftUser(
  user: string,
  devices: unknown,
  isLocal: (userId: UserId) => boolean,
  log: Log,
  notation: Notation<unknown>,
): Rest {
  if (!isUserId(user)) {
    const leaves = leavesUnder(devices, notation);
    reject(log, "InvalidRecipients", leaves, [user], userIdError(user));
    return nobody;
  }
  if (!isLocal(user)) {
    const leaves = leavesUnder(devices, notation);
    reject(log, "RecipientsNotLocal", leaves, [user], "expected local user");
    return nobody;
  }
  // Few users have rejected devices.
  let rejected: Set<string> | undefined;
  const isReadable = notation.each(devices, (contents, deviceId) => {
    const fault = notation.contentsFault(contents);
    if (!isWellFormed(deviceId)) {
      const expected = "expected Device ID (lone surrogate)";
      reject(log, "InvalidRecipients", 1, [user, deviceId], expected);
    } else if (fault !== undefined) {
      reject(log, "InvalidContents", 1, [user, deviceId, ...fault.path], fault.expected);
    } else return;
    rejected ??= new Set();
    rejected.add(deviceId);
  });
  if (!isReadable) {
    reject(log, "InvalidRecipients", 1, [user], "expected object");
    return nobody;
  }
  return rejected === undefined ? whole : restWithout(rejected, devices, notation);
}

/** The remaining users with their devices. */
function remainderOf(
  messages: unknown,
  rests: ReadonlyMap<string, Rest>,
  notation: Notation<unknown>,
): { readonly kept: ReadonlyArray<readonly [string, unknown]>; readonly excluded: Excluded } {
  const kept: Array<readonly [string, unknown]> = [];
  const excluded = new Map<string, ReadonlySet<string>>();
  notation.each(messages, (devices, user) => {
    const rest = rests.get(user) ?? whole;
    if (rest._tag === "Whole") kept.push([user, devices]);
    if (rest._tag === "Part") {
      kept.push([user, rest.devices]);
      if (rest.excluded.size > 0) excluded.set(user, rest.excluded);
    }
  });
  return { kept, excluded };
}

/** The remaining devices of a user. */
function restWithout(
  rejected: ReadonlySet<string>,
  devices: unknown,
  notation: Notation<unknown>,
): Rest {
  const kept: Array<readonly [string, unknown]> = [];
  let hasWildcard = false;
  notation.each(devices, (contents, deviceId) => {
    if (rejected.has(deviceId)) return;
    kept.push([deviceId, contents]);
    if (deviceId === allDevices) hasWildcard = true;
  });
  if (kept.length === 0) return nobody;
  // Without a `*` no exclusion is needed.
  const excluded = hasWildcard ? rejected : new Set<string>();
  return { _tag: "Part", devices: notation.mapOf(kept), excluded };
}

/** The rejections of a call, and the room for their reasons. */
type Log = {
  readonly left: Array<Rejection & { leaves: number; readonly reasons: Array<Reason> }>;
  /** The current EDU, its index, and where its rejections begin. */
  edu: unknown;
  index: number;
  begin: number;
  /** The room of the call, and the room of the current EDU once it has a rejection. */
  rooms: ReadonlyArray<Room>;
};

function newLog(): Log {
  return { left: [], edu: undefined, index: 0, begin: 0, rooms: [roomOfCall()] };
}

/** Counts rejected leaves in the map of messages, and adds the reason. */
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

function rejectionOf(log: Log, tag: Rejection["_tag"]): Log["left"][number] {
  const { left, edu, index, begin, rooms } = log;
  for (const rejection of left.slice(begin)) if (rejection._tag === tag) return rejection;
  // The first rejection of this EDU. The last room is the room of the call.
  if (left.length === begin) log.rooms = [roomOfOne(), ...rooms.slice(-1)];
  const rejection = { _tag: tag, index, message_id: messageIdIn(edu), leaves: 0, reasons: [] };
  left.push(rejection);
  return rejection;
}

/** The message ID of an EDU whose other members may be invalid. */
function messageIdIn(edu: unknown): string | undefined {
  const id = memberOf(memberOf(edu, "content"), "message_id");
  return ReceivedMessageId.is(id) ? id : undefined;
}

/** The number of leaves in an EDU, as far as it can be read. */
function leavesIn(edu: unknown, notation: Notation<unknown>): number {
  let leaves = 0;
  notation.each(memberOf(memberOf(edu, "content"), "messages"), (devices) => {
    leaves += leavesUnder(devices, notation);
  });
  return leaves;
}

/** The number of leaves of a user. A value in place of a device map counts as one. */
function leavesUnder(devices: unknown, notation: Notation<unknown>): number {
  let leaves = 0;
  const isReadable = notation.each(devices, () => {
    leaves += 1;
  });
  return isReadable ? leaves : 1;
}

function memberOf(value: unknown, key: string): unknown {
  return isPlainObject(value) ? ownMember(value, key) : absent;
}
