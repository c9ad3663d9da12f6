/**
 * The contents for a device, read by their event type.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import {
  contents,
  type DeviceMessageContents,
  isKnownType,
  maxDepth,
  readEvent,
  type UserId,
} from "matrix-send-to-device";
import type { Draft } from "./draft.ts";
import { issuesOf } from "./issues.ts";
import type { Outline, Span } from "./outline.ts";
import { opening } from "./places.ts";
import { type ContentsRow, type Finding, ListOf, maxItems } from "./report.ts";
import { ruleOf, ruleOfContents } from "./rules.ts";

/** Reads the contents at a place of the text, and adds them to the report. Returns whether a client may use them. */
export function addContents(
  draft: Draft,
  at: { readonly unit: string; readonly userId: string; readonly deviceId: string },
  type: string,
  span: Span,
): "usable" | "unusable" {
  const { outline } = draft;
  if (!outline.isObject(span)) return "unusable";
  const content = valueIn(outline, span);
  if (content === undefined) return "unusable";
  // The sender plays no part in reading.
  const read = readEvent({ type, sender: "@sender:example.org" as UserId, content });
  draft.contentsCounts.set(read._tag, (draft.contentsCounts.get(read._tag) ?? 0) + 1);
  const isUsable = read._tag !== "Invalid" && read._tag !== "MustBeEncrypted";
  if (draft.contents.hasRoom || (!isUsable && draft.findings.hasRoom)) {
    const findings = findingsOf(outline, read._tag, type, content, span);
    draft.contents.add({
      ...at,
      type,
      tag: read._tag,
      findings,
      members: membersOf(outline, span),
      rule: isKnownType(type) ? ruleOfContents(type) : undefined,
      span,
    });
    const [first] = findings;
    if (!isUsable && first !== undefined) draft.discarded.add({ ...at, type, finding: first });
  } else {
    draft.contents.omitted++;
  }
  return isUsable ? "usable" : "unusable";
}

/** Reports contents that a client discards: a rejection if a client reads the text, a note if a server relays it. */
export function addDiscarded(draft: Draft, severity: Finding["severity"]): void {
  for (const { unit, userId, deviceId, type, finding } of draft.discarded.items) {
    const who = [unit, userId, deviceId].filter((part) => part !== "").join(" ");
    draft.findings.add({
      ...finding,
      severity,
      title:
        finding.tag === "MustBeEncrypted"
          ? finding.title
          : severity === "note"
            ? `Clients discard these contents: invalid for ${type}`
            : `Invalid contents of ${type}`,
      tag: finding.tag,
      reason: who === "" ? finding.reason : `${who}: ${finding.reason}`,
    });
  }
}

/** The contents as a value; `undefined` if they are too deep to process. */
function valueIn(outline: Outline, span: Span): DeviceMessageContents | undefined {
  return outline.depth(span) > maxDepth ? undefined : JSON.parse(outline.slice(span));
}

function findingsOf(
  outline: Outline,
  tag: ContentsRow["tag"],
  type: string,
  content: DeviceMessageContents,
  span: Span,
): ReadonlyArray<Finding> {
  const findings: Array<Finding> = [];
  if (tag === "MustBeEncrypted") {
    findings.push({
      severity: "rejection",
      title: "Must only come encrypted",
      tag,
      reason: `${type} arrived unencrypted. Do not use its contents.`,
      span,
      rule: ruleOf("encrypted-only"),
    });
  }
  if (!isKnownType(type)) return findings;
  const rule = ruleOfContents(type);
  if (tag === "UnknownAlgorithm") {
    const reason =
      "This algorithm is not in the specification, so the other members cannot be checked.";
    const { value } = outline.locate(["algorithm"], span);
    findings.push({ severity: "note", title: "Unknown algorithm", tag, reason, span: value, rule });
  } else {
    for (const { path, expected } of issuesOf(contents[type], content)) {
      const place = outline.locate(path, span);
      findings.push({
        severity: "rejection",
        title: place.isFound ? "Invalid contents" : "Missing member",
        tag: "",
        reason: [path.join("."), expected].filter((part) => part !== "").join(": "),
        span: place.isFound ? place.value : opening(place.value),
        rule,
      });
    }
  }
  return findings;
}

function membersOf(outline: Outline, span: Span): ContentsRow["members"] {
  const members = new ListOf<{ readonly name: string; readonly value: string }>(maxItems.members);
  for (const { name, value } of outline.members(span)) {
    const to = Math.min(value.to, value.from + maxPreview);
    // Strings contain no line breaks, so a break is between values.
    const text = outline.slice({ from: value.from, to }).replace(/\s*[\n\r]\s*/g, " ");
    members.add({ name, value: to === value.to ? text : `${text}…` });
  }
  return members.toList();
}

const maxPreview = 90;

/** The event type whose codec accepts contents, for a body that does not name its type. */
export function guessType(content: unknown): string {
  const fits = Object.entries(contents).find(
    ([type, codec]) => type !== "m.dummy" && codec.is(content),
  );
  return fits?.[0] ?? "m.room.encrypted";
}
