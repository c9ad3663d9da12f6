/**
 * Notes on accepted EDUs: valid, but worth knowing.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { allDevices, maxEduBytes } from "matrix-send-to-device";
import {
  excludedDevices,
  type ReceivedMessage,
  type SendToDeviceRequest,
} from "matrix-send-to-device/text";
import { count, type Draft, titled } from "./draft.ts";
import type { Span } from "./outline.ts";
import type { Finding } from "./report.ts";
import { ruleOf } from "./rules.ts";
import { sizeOf } from "./transport.ts";

/** Adds the size of an EDU, and a note if it is large. */
export function addTotal(draft: Draft, label: string, span: Span): void {
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
  draft.findings.add({ severity: "note", title: titled(title, label), tag: "", ...rest });
}

/** Adds the notes on an accepted message. */
export function addNotes(
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
  addWildcardNotes(draft, label, message.messages, at.messages);
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

/** Users with a `*` and devices that are named next to it. */
export function addWildcardNotes(
  draft: Draft,
  label: string,
  messages: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  at: Span,
): void {
  const { outline } = draft;
  for (const [userId, devices] of messages) {
    if (!devices.has(allDevices) || devices.size === 1) continue;
    note(draft, label, {
      title: "* next to a named device",
      reason: `${userId}: each named device keeps its own contents, and * reaches the others.`,
      span: outline.locate([userId, allDevices], at).name,
      rule: ruleOf("wildcard-next-to-named"),
    });
  }
}

/** Contents that are accepted, but that no server could send on. */
export function addUnsendableNotes(
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
