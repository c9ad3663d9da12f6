/**
 * Inspects EDUs as a receiving server would: accepted and rejected parts, deliveries, and packing.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { directToDevice, isUserOf } from "matrix-send-to-device";
import {
  canonicalJson,
  type Message,
  type Rejection,
  receiveTransaction,
  requestOf,
  type SendToDeviceRequest,
} from "matrix-send-to-device/text";
import { addContents } from "./contents.ts";
import { type Draft, titled } from "./draft.ts";
import { addNotes, addTotal, addUnsendableNotes } from "./notes.ts";
import type { Outline, Span } from "./outline.ts";
import { type Leaf, leavesIn, notStrictIn, serverOf, spanOf, withMissing } from "./places.ts";
import { addRecipients, type Reached } from "./recipients.ts";
import type { Verdict } from "./report.ts";
import { ruleOfNotStrict, ruleOfRejection } from "./rules.ts";
import { addPacking, addSizes } from "./transport.ts";

/** The outcome of one EDU. */
export type EduOutcome = Reached & {
  readonly verdict: Verdict;
  /** How many contents were rejected. */
  readonly rejected: number;
};

const skipped: EduOutcome = { verdict: "Skipped", delivered: 0, rejected: 0, lost: 0 };

/** Inspects an EDU at a place of the text, and adds the results to the report. */
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
    // Unless `edu_type` names another type, it rejects the whole transaction.
    draft.units.add({ ...about, verdict: "Rejected" });
    addNotStrict(draft, label, span);
    return { ...skipped, verdict: "Rejected" };
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
  // Without rejections, the accepted message is the whole one.
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
    rejected: rejections.reduce((sum, { leaves: rejected }) => sum + rejected, 0),
  };
}

/** Reports why an EDU is not strict JSON. */
function addNotStrict(draft: Draft, label: string, span: Span): void {
  const { outline } = draft;
  const written = canonicalJson({ numbers: "asWritten" })(outline.slice(span));
  const reason =
    written._tag === "Left" && written.left._tag === "NotStrict"
      ? written.left.reason
      : "not strict";
  draft.findings.add({
    severity: "rejection",
    title: titled("The whole transaction is rejected", label),
    tag: "NotStrict",
    reason,
    span: notStrictIn(outline, span),
    rule: ruleOfNotStrict(reason),
  });
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

/** Adds the contents of a message. Discarded contents are noted once per part of the text. */
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
    draft.findings.add({
      severity: "rejection",
      title: titled(titles[rejection._tag], label),
      tag: rejection._tag,
      reason: isNotice ? line : withMissing(outline, path, span, line),
      span: isNotice ? undefined : spanOf(outline, rejection._tag, path, span, line),
      rule: isNotice ? undefined : ruleOfRejection(rejection._tag, path, line),
    });
  }
}

/** All messages of an EDU as a request, if they form a valid one. */
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

/** A message as a possible request of its sender. */
function requestFrom({ sender, type, messages }: Message): SendToDeviceRequest | undefined {
  const users = [...messages].map(([userId, devices]) => {
    const leaves = [...devices].map(([deviceId, text]) => `${JSON.stringify(deviceId)}:${text}`);
    return `${JSON.stringify(userId)}:{${leaves.join(",")}}`;
  });
  const request = requestOf({ sender, type })(`{"messages":{${users.join(",")}}}`);
  return request._tag === "Right" ? request.right : undefined;
}
