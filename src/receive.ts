/**
 * From the EDUs of a federation transaction to the messages that this server accepts, and why it refuses the rest.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import type { Separated } from "fp-ts/lib/Separated.js";
import * as t from "io-ts";
import { explain, line, maxErrors, moreErrors } from "./explain.js";
import { isUserId, MessageId, type ServerName, serverNameOf, UserId } from "./identifiers.js";
import {
  contentsFault,
  type Fault,
  transportFault,
  unreadable,
} from "./internal/canonical-json.js";
import { brick, struct } from "./internal/codec.js";
import { fromEntries } from "./internal/entries.js";
import { guarded, isPlainObject, type PlainObject } from "./internal/plain.js";
import { contentOf, directToDevice, type ToDeviceMessage } from "./message.js";

/**
 * What `receiveEdus` does not let through, and why.
 *
 * - `Malformed`: the EDU falls as a whole; its sender, type, message ID or the map of messages is wrong.
 * - `ForeignSender`: the EDU falls as a whole; its sender is not a user of the server that sent it.
 * - `RecipientsRefused`: recipients and contents that are none fall; the others of the EDU pass.
 * - `RecipientsNotLocal`: recipients that are not of this server fall; the others of the EDU pass.
 */
export type Rejection = {
  readonly _tag: "Malformed" | "ForeignSender" | "RecipientsRefused" | "RecipientsNotLocal";
  /** The place of the EDU in the transaction. */
  readonly index: number;
  /** How many Device Message Contents fell; what a user has in the place of a map of devices counts as one. */
  readonly leaves: number;
  /** At most 100 lines like those of `explain`: member, user and device, but no value. */
  readonly reasons: ReadonlyArray<string>;
};

/**
 * Takes the EDUs of a transaction apart: on the right the messages to deliver, on the left what was refused and why.
 *
 * `origin` is the server that signed the request, not what its body says. EDUs of other types are on neither side.
 * A recipient that is none, or not local, falls alone, and so does a Device Message Contents that is no object or
 * could not be passed on: nested deeper than `maxDepth`, or holding a number that is not finite or a value that JSON
 * does not have. Floats, large integers and lone surrogates pass. A message of which nothing fell is the same
 * reference as in the EDU; one that nobody is left of is not on the right.
 *
 * The host remembers the pair of origin and `message_id`: a sender repeats a transaction that it had no answer to.
 *
 * @example
 * ```ts
 * import { receiveEdus, ServerName, serverNameOf } from "matrix-send-to-device";
 *
 * const origin = ServerName.decode("example.com");
 * if (origin._tag === "Right") {
 *   const receive = receiveEdus({
 *     origin: origin.right,
 *     isLocal: (userId) => serverNameOf(userId) === "example.org",
 *   });
 *   const { left, right } = receive([{ edu_type: "m.direct_to_device", content: null }]);
 *   console.log(right.length, left[0]?._tag, left[0]?.reasons); // 0 "Malformed" ["content: expected object"]
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function receiveEdus(options: {
  readonly origin: ServerName;
  readonly isLocal: (userId: UserId) => boolean;
}): (
  edus: ReadonlyArray<unknown>,
) => Separated<ReadonlyArray<Rejection>, ReadonlyArray<ToDeviceMessage>> {
  return (edus) => {
    const left: Array<Rejection> = [];
    const right: Array<ToDeviceMessage> = [];
    for (let index = 0; index < edus.length; index++) {
      const { rejections, message } = receiveEdu(edus[index], options);
      for (const { _tag, leaves, reasons } of rejections)
        left.push({ _tag, index, leaves, reasons });
      if (message !== undefined) right.push(message);
    }
    return { left, right };
  };
}

type Options = Parameters<typeof receiveEdus>[0];

type Received = {
  readonly rejections: ReadonlyArray<Omit<Rejection, "index">>;
  readonly message?: ToDeviceMessage;
};

type Content = Omit<ToDeviceMessage, "messages"> & { readonly messages: PlainObject };

/** What an EDU of any type has. */
const AnyEdu: t.Type<{ readonly edu_type: string }> = /* #__PURE__ */ struct("Edu", {
  edu_type: t.string,
});

/** The EDU without its recipients, which are looked at one by one. */
const Envelope: t.Type<{ readonly content: Content }> = /* #__PURE__ */ struct(
  "DirectToDeviceEdu",
  {
    content: /* #__PURE__ */ struct("ToDeviceMessage", {
      sender: UserId,
      type: t.string,
      message_id: MessageId,
      messages: /* #__PURE__ */ brick<PlainObject>("Messages", "expected object", isPlainObject),
    }),
  },
);

/** The host's function is asked between guarded walks, so that what it throws is its own. */
function receiveEdu(edu: unknown, { origin, isLocal }: Options): Received {
  const opened = guarded(open, edu, origin, closed);
  if (!("users" in opened)) return opened;
  const { content, users } = opened;
  const recipients = users.map((user): Recipient => {
    if (!isUserId(user)) return { user, verdict: "refused" };
    return { user, verdict: isLocal(user) ? "local" : "notLocal" };
  });
  if (guarded(areSound, content.messages, recipients, false)) {
    // Every key and value was looked at.
    return { rejections: nothing, message: content as ToDeviceMessage };
  }
  return guarded(sift, content, recipients, closed);
}

const nothing: Received["rejections"] = [];

const closed: Received = malformed([unreadable().refusal], 0);

function malformed(reasons: ReadonlyArray<string>, leaves: number): Received {
  return { rejections: [{ _tag: "Malformed", leaves, reasons }] };
}

/** The members of a To Device Message that its codec looks at. */
const knownMembers: ReadonlySet<string> = /* #__PURE__ */ new Set([
  "sender",
  "type",
  "message_id",
  "messages",
]);

/** The content of an EDU of ours and the keys of its messages, or what is wrong with it as a whole. */
function open(
  edu: unknown,
  origin: ServerName,
): Received | { readonly content: Content; readonly users: ReadonlyArray<string> } {
  let content = contentOf(edu);
  if (!isPlainObject(content?.messages)) {
    const any = AnyEdu.decode(edu);
    if (any._tag === "Left") return malformed(explain(any.left), leavesOf(edu));
    if (any.right.edu_type !== directToDevice) return { rejections: nothing };
    const envelope = Envelope.decode(edu);
    if (envelope._tag === "Left") return malformed(explain(envelope.left), leavesOf(edu));
    content = envelope.right.content;
  }
  return admit(content as Content, edu, origin);
}

/** What `open` gives for an EDU that is right but perhaps for its sender, its messages and its unknown members. */
function admit(content: Content, edu: unknown, origin: ServerName): ReturnType<typeof open> {
  if (serverNameOf(content.sender) !== origin) {
    const reasons = [line(["content", "sender"], "expected user of the origin")];
    return { rejections: [{ _tag: "ForeignSender", leaves: leavesOf(edu), reasons }] };
  }
  for (const key of Object.keys(content)) {
    const fault = knownMembers.has(key) ? undefined : transportFault(content[key as keyof Content]);
    if (fault !== undefined) {
      return malformed([line(["content", key, ...fault.keys], fault.refusal)], leavesOf(edu));
    }
  }
  return { content, users: Object.keys(content.messages) };
}

type Recipient = { readonly user: string; readonly verdict: "local" | "notLocal" | "refused" };

/** Whether all recipients are local users and get what may be passed on. */
function areSound(messages: PlainObject, recipients: ReadonlyArray<Recipient>): boolean {
  for (const { user, verdict } of recipients) {
    const devices = messages[user];
    if (verdict !== "local" || !isPlainObject(devices)) return false;
    for (const deviceId of Object.keys(devices)) {
      if (faultAt(devices, deviceId) !== undefined) return false;
    }
  }
  return true;
}

function faultAt(devices: PlainObject, deviceId: string): Fault | undefined {
  return contentsFault(devices[deviceId]);
}

/** What fell for one reason. */
type Fallen = { leaves: number; readonly reasons: Array<string> };

/** The message without the recipients and contents that fall. */
function sift(content: Content, recipients: ReadonlyArray<Recipient>): Received {
  const { messages } = content;
  const refused: Fallen = { leaves: 0, reasons: [] };
  const notLocal: Fallen = { leaves: 0, reasons: [] };
  const kept: Array<readonly [string, PlainObject]> = [];
  for (const { user, verdict } of recipients) {
    if (verdict === "notLocal") {
      drop(notLocal, leavesAt(messages, user), [user], "expected local user");
    } else if (verdict === "refused") {
      drop(refused, leavesAt(messages, user), [user], "expected User ID");
    } else {
      const devices = siftDevices(messages, user, refused);
      if (devices !== undefined) kept.push([user, devices]);
    }
  }
  const rejections = [
    { _tag: "RecipientsRefused" as const, ...refused },
    { _tag: "RecipientsNotLocal" as const, ...notLocal },
  ].filter(({ reasons }) => reasons.length > 0);
  if (kept.length === 0) return { rejections };
  return { rejections, message: { ...content, messages: fromEntries(kept) } as ToDeviceMessage };
}

/** The devices of one user without those that fall: the same reference where none does, nothing where all do. */
function siftDevices(
  messages: PlainObject,
  user: string,
  refused: Fallen,
): PlainObject | undefined {
  const devices = guarded(plainMember, messages, user, undefined);
  if (devices === undefined) return drop(refused, 1, [user], "expected object");
  const deviceIds = Object.keys(devices);
  const sound = deviceIds.filter((deviceId) => {
    const fault = guarded(faultAt, devices, deviceId, unreadable());
    if (fault !== undefined) drop(refused, 1, [user, deviceId, ...fault.keys], fault.refusal);
    return fault === undefined;
  });
  if (sound.length === deviceIds.length) return devices;
  return sound.length === 0 ? undefined : fromEntries(sound.map((id) => [id, devices[id]]));
}

function plainMember(object: PlainObject, key: string): PlainObject | undefined {
  const member = object[key];
  return isPlainObject(member) ? member : undefined;
}

function drop(
  fallen: Fallen,
  leaves: number,
  keys: ReadonlyArray<string>,
  refusal: string,
): undefined {
  fallen.leaves += leaves;
  const { reasons } = fallen;
  if (reasons.length < maxErrors) reasons.push(line(["content", "messages", ...keys], refusal));
  else reasons[maxErrors - 1] = moreErrors;
}

/** How many contents are under a key of a map of messages. */
function leavesAt(messages: PlainObject, user: string): number {
  const devices = guarded(plainMember, messages, user, undefined);
  return devices === undefined ? 1 : Object.keys(devices).length;
}

/** How many contents are in an EDU, as far as it can be read. */
function leavesOf(edu: unknown): number {
  const content = isPlainObject(edu) ? plainMember(edu, "content") : undefined;
  const messages = content && plainMember(content, "messages");
  return Object.keys(messages ?? {}).reduce(
    (sum, user) => sum + leavesAt(messages as PlainObject, user),
    0,
  );
}
