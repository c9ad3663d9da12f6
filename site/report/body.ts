/**
 * A client's body of `/sendToDevice`: what its server makes of it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
import { allDevices } from "matrix-send-to-device";
import { requestOf } from "matrix-send-to-device/text";
import { addDiscarded, guessType } from "./contents.ts";
import { count, type Draft } from "./draft.ts";
import {
  addAllContents,
  addDeliveries,
  leavesIn,
  serverOf,
  spanOf,
  stringAt,
  withMissing,
} from "./edus.ts";
import type { Verdict } from "./report.ts";
import { ruleOf, ruleOfBody, ruleOfCanonical } from "./rules.ts";
import { addPacking, addSizes, reasonOf } from "./transport.ts";

export type BodyOutcome = { readonly verdict: Verdict; readonly summary: string };

export function* addBody(draft: Draft): Generator<number, BodyOutcome> {
  const { outline, input } = draft;
  const { root, text } = outline;
  const messages = outline.member(root, "messages")?.value;
  const leaves = leavesIn(outline, messages);
  const [first] = leaves;
  const sender = input.sender || `@you:${input.ownServer || "example.com"}`;
  const type = input.eventType || guessType(first && parsed(outline.slice(first.value)));
  const unit = { label: "", sender, type, messageId: "", span: root };
  for (const { user, device } of leaves) {
    const isLocal = input.ownServer === "" || serverOf(user) === input.ownServer;
    if (serverOf(user) !== "" && isLocal) draft.suggest(user, device);
  }
  for (const { name, nameSpan } of outline.members(root)) {
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
  yield* addAllContents(draft, "", type, leaves);
  addDiscarded(draft, "note");
  const made = requestOf({ sender, type })(text);
  if (made._tag === "Left") {
    draft.units.add({ ...unit, verdict: "Rejected" });
    const { left } = made;
    if (left._tag === "NotValid") {
      for (const { path, line } of left.reasons) {
        draft.findings.add({
          severity: "rejection",
          title: "The body is rejected",
          tag: left._tag,
          reason: withMissing(outline, path, root, line),
          span: spanOf(outline, left._tag, path, root, line),
          rule: ruleOfBody(path, line),
        });
      }
    } else if (left._tag === "NotStrict") {
      draft.findings.add({
        severity: "rejection",
        title: "The body is rejected",
        tag: left._tag,
        reason: left.reason,
        span: stringAt(text, left.position),
        rule: ruleOf(left.reason === "lone surrogate" ? "surrogates-in-text" : "duplicate-name"),
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
    return {
      verdict: "Rejected",
      summary: "The server answers 400, and nobody receives anything.",
    };
  }
  const request = made.right;
  addSizes(draft, request);
  for (const [userId, devices] of request.messages) {
    const place = outline.locate(["messages", userId]).value;
    if (!devices.has(allDevices) || devices.size < 2) continue;
    draft.findings.add({
      severity: "note",
      title: "* next to a named device",
      tag: "",
      reason: `${userId}: each named device keeps its own contents, and * reaches the others.`,
      span: outline.member(place, allDevices)?.nameSpan,
      rule: ruleOf("wildcard-next-to-named"),
    });
  }
  const names = new Map(leaves.map(({ user, device, name }) => [`${user}\0${device}`, name]));
  const placeOf = (user: string, device: string) => names.get(`${user}\0${device}`);
  const parcels = addPacking(draft, "", request, serverOf(sender) || "example.com");
  let delivered = 0;
  let sent = 0;
  let lost = 0;
  let unsendable = 0;
  for (const parcel of parcels) {
    const isLocal = input.ownServer === "" || parcel.server === input.ownServer;
    for (const { content } of parcel.edus) {
      if (isLocal) {
        const outcome = addDeliveries(draft, "", content, placeOf);
        delivered += outcome.delivered;
        lost += outcome.lost;
        continue;
      }
      for (const [userId, devices] of content.messages) {
        for (const deviceId of devices.keys()) {
          sent++;
          draft.recipients.add({
            unit: "",
            userId,
            deviceId,
            outcome: "sent",
            why:
              deviceId === allDevices
                ? `Sent to ${parcel.server} as *: that server knows the devices.`
                : `Sent to ${parcel.server}.`,
            others: "",
            span: placeOf(userId, deviceId),
          });
        }
      }
    }
    for (const each of parcel.unsendable) {
      for (const deviceId of each.deviceIds) {
        unsendable++;
        draft.recipients.add({
          unit: "",
          userId: each.userId,
          deviceId,
          outcome: "nothing",
          why: `Cannot be sent: ${expectedIn(reasonOf(each))}`,
          others: "",
          span: placeOf(each.userId, deviceId),
        });
      }
      const path = each._tag === "TooLarge" ? [] : each.reason.path;
      const [deviceId = allDevices] = each.deviceIds;
      draft.findings.add({
        severity: "rejection",
        title: "Cannot be sent",
        tag: each._tag,
        reason:
          each._tag === "TooLarge"
            ? `${each.userId} ${deviceId}: ${reasonOf(each)}`
            : each.reason.line,
        span:
          each._tag === "TooLarge"
            ? placeOf(each.userId, deviceId)
            : spanOf(outline, each._tag, path, root, each.reason.line),
        rule: each._tag === "TooLarge" ? ruleOf("edu-size") : ruleOfCanonical(each.reason.line),
      });
    }
  }
  const isPart = unsendable > 0;
  const verdict = !isPart ? "Accepted" : delivered + sent > 0 ? "PartlyAccepted" : "Rejected";
  draft.units.add({ ...unit, verdict });
  const parts = [
    delivered > 0 ? `${count(delivered, "device")} of this server receive contents` : "",
    sent > 0 ? `contents for ${count(sent, "recipient")} go to other servers` : "",
    lost > 0 ? `${count(lost, "entry", "entries")} reach no known device` : "",
    isPart ? `contents for ${count(unsendable, "recipient")} cannot be sent` : "",
  ].filter((part) => part !== "");
  const sentence = parts.length === 0 ? "it names no recipient" : parts.join(", ");
  return { verdict, summary: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.` };
}

/** The end of a line of the library, without the path to the place. */
function expectedIn(line: string): string {
  const [, expected = line] = /^.*: (expected .*)$/s.exec(line) ?? [];
  return expected;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
