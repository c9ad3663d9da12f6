/**
 * EDUs: what a receiving server accepts of each, who gets what, and how it travels.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import {
  allDevices,
  directToDevice,
  isUserOf,
  maxEduBytes,
  serverNameOf,
  UserId,
} from "matrix-send-to-device";
import {
  canonicalJson,
  deliver,
  excludedDevices,
  type Message,
  type ReceivedMessage,
  type Rejection,
  receiveTransaction,
  requestOf,
  type SendToDeviceRequest,
} from "matrix-send-to-device/text";
import { addContents, opening } from "./contents.ts";
import { count, type Draft } from "./draft.ts";
import type { Outline, Span } from "./outline.ts";
import type { Finding, Recipient, Verdict } from "./report.ts";
import { ruleOf, ruleOfRejection } from "./rules.ts";
import { addPacking, addSizes, sizeOf } from "./transport.ts";

/** What became of one EDU. */
export type EduOutcome = {
  readonly verdict: Verdict;
  /** Contents that devices receive, that were rejected, and that reach nobody. */
  readonly delivered: number;
  readonly rejected: number;
  readonly lost: number;
  /** The reason of the first rejection. */
  readonly reason: string;
};

const skipped: EduOutcome = { verdict: "Skipped", delivered: 0, rejected: 0, lost: 0, reason: "" };

/** Inspects an EDU, which stands at a place of the text, and adds everything about it to the report. */
export function* addEdu(draft: Draft, label: string, span: Span): Generator<number, EduOutcome> {
  const { outline, input } = draft;
  const content = outline.member(span, "content")?.value;
  const memberOf = (name: string) => content && outline.member(content, name)?.value;
  const stringOf = (name: string) => outline.string(memberOf(name)) ?? "";
  const sender = stringOf("sender");
  const about = { label, sender, type: stringOf("type"), messageId: stringOf("message_id"), span };
  const eduType = outline.string(outline.member(span, "edu_type")?.value);
  if (eduType !== undefined && eduType !== directToDevice) {
    draft.units.add({ ...about, type: eduType, verdict: "Skipped" });
    return skipped;
  }
  const origin = input.origin || serverOf(sender) || "example.org";
  const isLocal = input.ownServer === "" ? () => true : isUserOf(input.ownServer);
  const wrapped = `{"edus":[${outline.slice(span)}],"origin":"example.org","origin_server_ts":0,"pdus":[]}`;
  const received = receiveTransaction({ origin, isLocal })(wrapped);
  if (received._tag === "Left") {
    // Without an `edu_type` that says otherwise it rejects the whole transaction.
    draft.units.add({ ...about, verdict: "Rejected" });
    return { ...skipped, verdict: "Rejected", reason: addNotStrict(draft, label, span) };
  }
  yield 0.2;
  const { left: rejections, right } = received.right;
  const [message] = right;
  for (const rejection of rejections) addRejection(draft, label, span, rejection);
  const verdict: Verdict =
    message === undefined ? "Rejected" : rejections.length > 0 ? "PartlyAccepted" : "Accepted";
  draft.units.add({ ...about, verdict });

  const messages = memberOf("messages");
  const leaves = leavesIn(outline, messages);
  addTotal(draft, label, span);
  yield 0.3;
  const whole = requestIn(outline, messages, sender, about.type);
  // If nothing was rejected, the accepted message is the whole one.
  const accepted = rejections.length === 0 ? whole : message && requestFrom(message);
  const sized = whole ?? accepted;
  if (sized !== undefined) addSizes(draft, sized);
  yield 0.4;
  if (message !== undefined) {
    addNotes(draft, label, message, { content: content ?? span, messages: messages ?? span });
    if (accepted !== undefined) {
      addUnsendableNotes(draft, label, accepted, messages ?? span);
      addPacking(draft, label, accepted, origin);
    }
  }
  yield 0.5;
  const outcome = addRecipients(draft, label, leaves, message, rejections);
  yield* addAllContents(draft, label, about.type, leaves);
  return {
    verdict,
    ...outcome,
    rejected: rejections.reduce((sum, { leaves }) => sum + leaves, 0),
    reason: rejections[0]?.reasons[0]?.line ?? "",
  };
}

/** Says what makes an EDU not strict, and returns it. */
function addNotStrict(draft: Draft, label: string, span: Span): string {
  const { outline } = draft;
  const written = canonicalJson({ numbers: "asWritten" })(outline.slice(span));
  const reason =
    written._tag === "Left" && written.left._tag === "NotStrict"
      ? written.left.reason
      : "not strict";
  draft.findings.add({
    severity: "rejection",
    title: `The whole transaction is rejected${label === "" ? "" : ` (${label})`}`,
    tag: "NotStrict",
    reason,
    span: notStrictIn(outline, span),
    rule: ruleOf(reason === "lone surrogate" ? "surrogates-in-text" : "duplicate-name"),
  });
  return reason;
}

/** Suggests the devices that an EDU names. */
export function suggestFrom(draft: Draft, span: Span): void {
  const { outline, input } = draft;
  const content = outline.member(span, "content")?.value;
  const messages = content && outline.member(content, "messages")?.value;
  for (const { user, device } of leavesIn(outline, messages)) {
    const server = serverOf(user);
    const isLocal = input.ownServer === "" || server === input.ownServer;
    if (server !== "" && isLocal) draft.suggest(user, device);
  }
}

/** Adds the contents of a message. What clients discard is noted once for each part of the text. */
export function* addAllContents(
  draft: Draft,
  unit: string,
  type: string,
  leaves: ReadonlyArray<Leaf>,
): Generator<number, void> {
  for (const [index, { user, device, value }] of leaves.entries()) {
    addContents(draft, { unit, userId: user, deviceId: device }, type, value);
    if (index % 20 === 19) yield index / leaves.length;
  }
}

/** The server of a user ID; empty for any other text. */
export function serverOf(text: string): string {
  const user = UserId.decode(text);
  return user._tag === "Right" ? serverNameOf(user.right) : "";
}

const titles: { readonly [T in Rejection["_tag"]]: string } = {
  InvalidEdu: "The whole EDU is rejected",
  ForeignSender: "Forged sender: the whole EDU is rejected",
  InvalidRecipients: "Invalid recipient",
  InvalidContents: "Contents rejected",
  RecipientsNotLocal: "Recipient of another server",
};

function addRejection(draft: Draft, label: string, span: Span, rejection: Rejection): void {
  const { outline } = draft;
  for (const { path, line } of rejection.reasons) {
    if (!draft.findings.hasRoom) {
      draft.findings.omitted++;
      continue;
    }
    const isNotice = path.length === 0 && line.startsWith("there are more");
    const title = `${titles[rejection._tag]}${label === "" ? "" : ` (${label})`}`;
    draft.findings.add({
      severity: "rejection",
      title,
      tag: rejection._tag,
      reason: isNotice ? line : withMissing(outline, path, span, line),
      span: isNotice ? undefined : spanOf(outline, rejection._tag, path, span, line),
      rule: isNotice ? undefined : ruleOfRejection(rejection._tag, path, line),
    });
  }
}

/** The line of the library, and whether it is about a member that is not there. */
export function withMissing(
  outline: Outline,
  path: ReadonlyArray<string>,
  from: Span,
  line: string,
): string {
  return outline.locate(path, from).isFound ? line : `${line} (missing)`;
}

/** The place to mark for a reason: the value, the name of an invalid key, or where something is missing. */
export function spanOf(
  outline: Outline,
  tag: string,
  path: ReadonlyArray<string>,
  from: Span,
  line: string,
): Span {
  const place = outline.locate(path, from);
  if (!place.isFound) return opening(place.value);
  if (line.includes("duplicate member name") || line.includes("lone surrogate")) {
    return notStrictIn(outline, place.value) ?? place.name;
  }
  // A map of messages has IDs for keys; anywhere else an ID is a value.
  const isAboutKey =
    tag === "RecipientsNotLocal" ||
    (path.slice(0, 2).includes("messages") && /User ID|Device ID/.test(line));
  return isAboutKey ? place.name : place.value;
}

/** The name or string in a value that makes it not strict. */
export function notStrictIn(outline: Outline, { from, to }: Span): Span | undefined {
  const text = outline.text.slice(from, to);
  const written = canonicalJson({ numbers: "asWritten" })(text);
  if (written._tag === "Right" || written.left._tag !== "NotStrict") return undefined;
  return stringAt(outline.text, from + written.left.position);
}

/** The string that begins at a position. */
export function stringAt(text: string, from: number): Span {
  const literal = /^"(?:[^"\\]|\\.){0,200}"?/s.exec(text.slice(from, from + 1000));
  return { from, to: from + (literal?.[0].length ?? 1) };
}

function addTotal(draft: Draft, label: string, span: Span): void {
  const text = draft.outline.slice(span);
  const size = sizeOf(text);
  draft.sizes.add({ level: "unit", label: label || "EDU", size });
  if (size._tag === "Bytes" && size.bytes > maxEduBytes) {
    note(draft, label, {
      title: "Larger than 65,536 bytes",
      reason: `It has ${count(size.bytes, "byte")} of canonical JSON.`,
      span,
      rule: ruleOf("edu-size"),
    });
  }
}

function note(
  draft: Draft,
  label: string,
  { title, ...rest }: Pick<Finding, "title" | "reason" | "span" | "rule">,
): void {
  const full = `${title}${label === "" ? "" : ` (${label})`}`;
  draft.findings.add({ severity: "note", title: full, tag: "", ...rest });
}

/** What is accepted, and should be known all the same. */
function addNotes(
  draft: Draft,
  label: string,
  message: ReceivedMessage,
  at: { readonly content: Span; readonly messages: Span },
): void {
  const { outline } = draft;
  const idSpan = outline.member(at.content, "message_id")?.value;
  const idLength = [...message.message_id].length;
  if (idLength > 32 || idLength === 0) {
    note(draft, label, {
      title: idLength === 0 ? "Empty message ID" : "Message ID of more than 32 code points",
      reason:
        idLength === 0
          ? "It is accepted on receipt."
          : `It has ${idLength}. It is accepted on receipt.`,
      span: idSpan,
      rule: ruleOf(idLength === 0 ? "empty-string" : "receipt-message-id"),
    });
  }
  const excluded = excludedDevices(message);
  for (const [userId, devices] of message.messages) {
    const place = outline.locate([userId], at.messages).value;
    if ([...devices.keys()].some((deviceId) => deviceId === "")) {
      note(draft, label, {
        title: "Empty device ID",
        reason: `${userId}: it is a device ID like any other.`,
        span: outline.member(place, "")?.nameSpan,
        rule: ruleOf("empty-string"),
      });
    }
    if (devices.has(allDevices) && devices.size > 1) {
      note(draft, label, {
        title: "* next to a named device",
        reason: `${userId}: each named device keeps its own contents, and * reaches the others.`,
        span: outline.member(place, allDevices)?.nameSpan,
        rule: ruleOf("wildcard-next-to-named"),
      });
    }
    for (const deviceId of excluded.get(userId) ?? []) {
      note(draft, label, {
        title: "Excluded from *",
        reason: `${userId}: the device ${deviceId} does not get the contents of * instead of its own.`,
        span: outline.member(place, deviceId)?.nameSpan,
        rule: ruleOf("wildcard-next-to-rejected"),
      });
    }
  }
}

/** Contents that are accepted, but that no server could send on. */
function addUnsendableNotes(
  draft: Draft,
  label: string,
  request: SendToDeviceRequest,
  messages: Span,
): void {
  const { outline } = draft;
  for (const [userId, devices] of request.messages) {
    for (const [deviceId, contents] of devices) {
      if (contents._tag === "Canonical") continue;
      const place = outline.locate([userId, deviceId, ...contents.path], messages);
      note(draft, label, {
        title: "No canonical JSON",
        reason: `${userId} ${deviceId}: ${contents.expected}. It is accepted on receipt and cannot be sent.`,
        span: place.value,
        rule: ruleOf("edu-numbers"),
      });
    }
  }
}

/** All messages of an EDU as a request, if that is what they are. */
function requestIn(
  outline: Outline,
  messages: Span | undefined,
  sender: string,
  type: string,
): SendToDeviceRequest | undefined {
  if (messages === undefined) return undefined;
  const from = { sender: serverOf(sender) === "" ? "@sender:example.org" : sender, type };
  const all = requestOf(from)(`{"messages":${outline.slice(messages)}}`);
  return all._tag === "Right" ? all.right : undefined;
}

/** A message as the request that its sender could have made. */
export function requestFrom({ sender, type, messages }: Message): SendToDeviceRequest | undefined {
  const users = [...messages].map(([userId, devices]) => {
    const leaves = [...devices].map(([deviceId, text]) => `${JSON.stringify(deviceId)}:${text}`);
    return `${JSON.stringify(userId)}:{${leaves.join(",")}}`;
  });
  const request = requestOf({ sender, type })(`{"messages":{${users.join(",")}}}`);
  return request._tag === "Right" ? request.right : undefined;
}

/** A place in the map of messages that contents have, or whatever stands there. */
type Leaf = {
  readonly user: string;
  readonly device: string;
  readonly name: Span;
  readonly value: Span;
};

export function leavesIn(outline: Outline, messages: Span | undefined): ReadonlyArray<Leaf> {
  if (messages === undefined || !outline.isObject(messages)) return [];
  return outline.members(messages).flatMap(({ name: user, value: devices }) =>
    outline.isObject(devices)
      ? outline.members(devices).map(({ name: device, nameSpan: name, value }) => {
          return { user, device, name, value };
        })
      : [],
  );
}

/** Adds who receives what of a message, and what was rejected. */
function addRecipients(
  draft: Draft,
  label: string,
  leaves: ReadonlyArray<Leaf>,
  message: ReceivedMessage | undefined,
  rejections: ReadonlyArray<Rejection>,
): Pick<EduOutcome, "delivered" | "lost"> {
  const names = new Map(leaves.map(({ user, device, name }) => [keyOf(user, device), name]));
  const whole = rejections.find(({ _tag }) => _tag === "InvalidEdu" || _tag === "ForeignSender");
  const outcome =
    message === undefined
      ? { delivered: 0, lost: 0 }
      : addDeliveries(draft, label, message, (user, device) => names.get(keyOf(user, device)));
  for (const { user, device, name } of leaves) {
    if (message !== undefined && isAccepted(message, user, device)) continue;
    const why =
      whole === undefined
        ? (reasonFor(rejections, user, device) ?? "rejected")
        : "The whole EDU is rejected.";
    draft.recipients.add({
      unit: label,
      userId: user,
      deviceId: device,
      outcome: "nothing",
      why,
      others: "",
      span: name,
    });
  }
  return outcome;
}

/** No user ID holds NUL. */
function keyOf(user: string, device: string): string {
  return `${user}\0${device}`;
}

function isAccepted(message: ReceivedMessage, user: string, device: string): boolean {
  const messages: ReadonlyMap<string, ReadonlyMap<string, unknown>> = message.messages;
  return messages.get(user)?.has(device) === true;
}

/** Why contents were rejected. */
function reasonFor(
  rejections: ReadonlyArray<Rejection>,
  user: string,
  device: string,
): string | undefined {
  for (const { reasons } of rejections) {
    for (const { path, line } of reasons) {
      const [, , ofUser, ofDevice] = path;
      const isOfUser = ofUser === user && (ofDevice === undefined || ofDevice === device);
      if (isOfUser) return `Rejected: ${line.slice(line.lastIndexOf(": ") + 1).trim()}.`;
    }
  }
  return undefined;
}

/** Adds what each device receives, and what reaches nobody. */
export function addDeliveries(
  draft: Draft,
  label: string,
  message: Message,
  placeOf: (userId: string, deviceId: string) => Span | undefined,
): Pick<EduOutcome, "delivered" | "lost"> {
  const { left, right } = deliver((userId) => draft.devices.get(userId) ?? [])(message);
  const add = (row: Omit<Recipient, "unit">) => draft.recipients.add({ unit: label, ...row });
  for (const { userId, deviceId } of right) {
    const isNamed = message.messages.get(userId)?.has(deviceId) === true;
    add({
      userId,
      deviceId,
      outcome: isNamed ? "own" : "wildcard",
      why: isNamed
        ? "The message names this device."
        : "A known device that the message does not name.",
      others: "",
      span: placeOf(userId, isNamed ? deviceId : allDevices),
    });
  }
  for (const { userId, deviceId, reason } of left) {
    add({
      userId,
      deviceId,
      outcome: "nothing",
      why: reasonsOfLoss[reason],
      others: reason === "UnknownDevice" ? ruleOf("unknown-device").others : "",
      span: placeOf(userId, deviceId),
    });
  }
  addUnaddressed(draft, label, message, placeOf);
  return { delivered: right.length, lost: left.length };
}

const reasonsOfLoss = {
  UnknownDevice: "Unknown device: the server does not know it.",
  NoDevices: "The server knows no device of this user.",
  NoOtherDevices: "Every known device is named next to * or excluded from it.",
} as const;

/** Known devices of recipients that the message does not address. */
function addUnaddressed(
  draft: Draft,
  label: string,
  message: Message,
  placeOf: (userId: string, deviceId: string) => Span | undefined,
): void {
  for (const [userId, devices] of message.messages) {
    if (devices.has(allDevices)) continue;
    for (const deviceId of draft.devices.get(userId) ?? []) {
      // A device that the text names has a row of its own, also if its contents were rejected.
      if (deviceId === allDevices || placeOf(userId, deviceId) !== undefined) continue;
      draft.recipients.add({
        unit: label,
        userId,
        deviceId,
        outcome: "nothing",
        why: "Not addressed: the message neither names it nor has a *.",
        others: "",
        span: undefined,
      });
    }
  }
}
