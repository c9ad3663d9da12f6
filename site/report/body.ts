/**
 * Inspects a client's body of `/sendToDevice` as its server would.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
import { allDevices } from "matrix-send-to-device";
import {
  type NotJson,
  type NotStrict,
  type NotValid,
  requestOf,
  type SendToDeviceRequest,
  type Unsendable,
} from "matrix-send-to-device/text";
import { addDiscarded, guessType } from "./contents.ts";
import { count, type Draft } from "./draft.ts";
import { addAllContents } from "./edus.ts";
import { addWildcardNotes } from "./notes.ts";
import { type Leaf, leavesIn, serverOf, spanOf, stringAt, withMissing } from "./places.ts";
import { addDeliveries, type PlaceOf, placesIn } from "./recipients.ts";
import type { Outcome } from "./report.ts";
import { ruleOf, ruleOfBody, ruleOfCanonical, ruleOfNotStrict } from "./rules.ts";
import { addPacking, addSizes, type Parcel, reasonOf, sendingNote } from "./transport.ts";

export function* addBody(draft: Draft): Generator<number, Outcome> {
  const { outline, input } = draft;
  const { root, text } = outline;
  const messages = outline.member(root, "messages")?.value;
  const leaves = leavesIn(outline, messages);
  const [first] = leaves;
  const sender = input.sender || `@you:${input.ownServer || "example.com"}`;
  const type = input.eventType || guessType(first && parsed(outline.slice(first.value)));
  for (const { user, device } of leaves) {
    if (serverOf(user) !== "" && isLocal(draft, serverOf(user))) draft.suggest(user, device);
  }
  addIgnoredMembers(draft);
  yield* addAllContents(draft, "", type, leaves);
  addDiscarded(draft, "note");
  const made = requestOf({ sender, type })(text);
  const outcome =
    made._tag === "Left"
      ? addRejectedBody(draft, leaves, made.left)
      : addRequest(draft, leaves, made.right);
  draft.units.add({ label: "", verdict: outcome.verdict, sender, type, messageId: "", span: root });
  return outcome;
}

function isLocal({ input }: Draft, server: string): boolean {
  return input.ownServer === "" || server === input.ownServer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function addIgnoredMembers(draft: Draft): void {
  const { outline } = draft;
  for (const { name, nameSpan } of outline.members(outline.root)) {
    if (name === "messages") continue;
    draft.findings.add({
      severity: "note",
      title: "Ignored member",
      tag: "",
      reason: `${clip(name)} is not part of the body.`,
      span: nameSpan,
      rule: ruleOf("client-ignored-members"),
    });
  }
}

export function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function addRejectedBody(
  draft: Draft,
  leaves: ReadonlyArray<Leaf>,
  fault: NotJson | NotStrict | NotValid,
): Outcome {
  const { outline } = draft;
  const { root } = outline;
  const rejection = { severity: "rejection", title: "The body is rejected" } as const;
  if (fault._tag === "NotStrict") {
    draft.findings.add({
      ...rejection,
      tag: fault._tag,
      reason: fault.reason,
      span: stringAt(outline.text, fault.position),
      rule: ruleOfNotStrict(fault.reason),
    });
  }
  for (const { path, line } of fault._tag === "NotValid" ? fault.reasons : []) {
    draft.findings.add({
      ...rejection,
      tag: fault._tag,
      reason: withMissing(outline, path, root, line),
      span: spanOf(outline, fault._tag, path, root, line),
      rule: ruleOfBody(path, line),
    });
  }
  for (const { user, device, name } of leaves) {
    draft.recipients.add({
      unit: "",
      userId: user,
      deviceId: device,
      outcome: "nothing",
      why: "The whole body is rejected.",
      others: "",
      span: name,
    });
  }
  const summary = "The server answers 400, and no device receives anything.";
  return { verdict: "Rejected", summary, transportNote: "" };
}

function addRequest(
  draft: Draft,
  leaves: ReadonlyArray<Leaf>,
  request: SendToDeviceRequest,
): Outcome {
  const { outline } = draft;
  const placeOf = placesIn(leaves);
  addSizes(draft, request);
  addWildcardNotes(draft, "", request.messages, outline.locate(["messages"]).value);
  const total = { delivered: 0, sent: 0, lost: 0, unsendable: 0 };
  for (const parcel of addPacking(draft, "", request, serverOf(request.sender))) {
    for (const { content } of isLocal(draft, parcel.server) ? parcel.edus : []) {
      const { delivered, lost } = addDeliveries(draft, "", content, placeOf);
      total.delivered += delivered;
      total.lost += lost;
    }
    if (!isLocal(draft, parcel.server)) total.sent += addSent(draft, parcel, placeOf);
    for (const unsendable of parcel.unsendable) {
      total.unsendable += unsendable.deviceIds.length;
      addUnsendable(draft, unsendable, placeOf);
    }
  }
  const { delivered, sent, lost, unsendable } = total;
  const parts = [
    delivered > 0 ? `${count(delivered, "device")} of this server receive contents` : "",
    sent > 0 ? `contents for ${count(sent, "recipient")} go to other servers` : "",
    lost > 0 ? `${count(lost, "entry", "entries")} reach no known device` : "",
    unsendable > 0 ? `contents for ${count(unsendable, "recipient")} cannot be sent` : "",
  ].filter((part) => part !== "");
  const [first = "it names no recipient", ...rest] = parts;
  const start = first.charAt(0).toUpperCase() + first.slice(1);
  const isWhole = unsendable === 0;
  const verdict = isWhole ? "Accepted" : delivered + sent > 0 ? "PartlyAccepted" : "Rejected";
  const summary = `${[start, ...rest].join(", ")}.`;
  return { verdict, summary, transportNote: sendingNote };
}

/** Adds the messages for another server, and returns the number of their recipients. */
function addSent(draft: Draft, { server, edus }: Parcel, placeOf: PlaceOf): number {
  let sent = 0;
  for (const [userId, devices] of edus.flatMap(({ content }) => [...content.messages])) {
    for (const deviceId of devices.keys()) {
      sent++;
      draft.recipients.add({
        unit: "",
        userId,
        deviceId,
        outcome: "sent",
        why:
          deviceId === allDevices
            ? `Sent to ${server} as *: that server knows the devices.`
            : `Sent to ${server}.`,
        others: "",
        span: placeOf(userId, deviceId),
      });
    }
  }
  return sent;
}

function addUnsendable(draft: Draft, unsendable: Unsendable, placeOf: PlaceOf): void {
  const { outline } = draft;
  const { _tag: tag, userId, deviceIds } = unsendable;
  const reason = reasonOf(unsendable);
  for (const deviceId of deviceIds) {
    const why = `Cannot be sent: ${expectedIn(reason)}`;
    const span = placeOf(userId, deviceId);
    draft.recipients.add({ unit: "", userId, deviceId, outcome: "nothing", why, others: "", span });
  }
  const [deviceId = allDevices] = deviceIds;
  const rejection = { severity: "rejection", title: "Cannot be sent", tag } as const;
  if (unsendable._tag === "TooLarge") {
    draft.findings.add({
      ...rejection,
      reason: `${userId} ${deviceId}: ${reason}`,
      span: placeOf(userId, deviceId),
      rule: ruleOf("edu-size"),
    });
  } else {
    const { path, line } = unsendable.reason;
    draft.findings.add({
      ...rejection,
      reason: line,
      span: spanOf(outline, tag, path, outline.root, line),
      rule: ruleOfCanonical(line),
    });
  }
}

/** The end of a line of the library, without the path to the place. */
function expectedIn(line: string): string {
  const [, expected = line] = /^.*: (expected .*)$/s.exec(line) ?? [];
  return expected;
}
