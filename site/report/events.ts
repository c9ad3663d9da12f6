/**
 * To-device events: those of `/sync`, and those of an appservice transaction.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
import { maxEduBytes, readAppserviceToDevice, ToDeviceEvent } from "matrix-send-to-device";
import { clip } from "./body.ts";
import { addContents, addDiscarded } from "./contents.ts";
import { count, type Draft } from "./draft.ts";
import { issuesOf } from "./issues.ts";
import type { Member, Span } from "./outline.ts";
import { notStrictIn, opening, spanOf, withMissing } from "./places.ts";
import type { Outcome, Verdict } from "./report.ts";
import { ruleOf, ruleOfNotStrict } from "./rules.ts";
import { sizeOf } from "./transport.ts";

const appserviceMembers = ["to_device", "de.sorunome.msc2409.to_device"] as const;

/** The events of an appservice transaction, as `readAppserviceToDevice` reads them. */
export function* addAppservice(draft: Draft): Generator<number, Outcome> {
  const { outline } = draft;
  const { root, text } = outline;
  const transaction: unknown = JSON.parse(text);
  const { left, right } = readAppserviceToDevice(transaction);
  addNotStrictNote(draft);
  const events = outline.member(root, "events")?.value;
  if (events === undefined || !outline.isArray(events)) {
    draft.findings.add({
      severity: "note",
      title: "Missing array of events",
      tag: "",
      reason: "The specification requires the member events; to-device events are read anyway.",
      span: events ?? opening(root),
      rule: ruleOf("appservice-transaction"),
    });
  }
  for (const { name, nameSpan } of outline.members(root)) {
    if (name !== "to_device") continue;
    draft.findings.add({
      severity: "note",
      title: "Unstable member name",
      tag: "",
      reason: "Some appservices read only de.sorunome.msc2409.to_device.",
      span: nameSpan,
      rule: ruleOf("appservice-members"),
    });
  }
  for (const rejection of left) {
    for (const { path, line } of rejection.reasons) {
      draft.findings.add({
        severity: "rejection",
        title: rejection._tag === "InvalidEvent" ? "Invalid event" : "Invalid member",
        tag: rejection._tag,
        reason: withMissing(outline, path, root, line),
        span: spanOf(outline, rejection._tag, path, root, line),
        rule: ruleOf(
          line.includes("surrogate") ? "surrogates-in-contents" : "appservice-invalid-event",
        ),
      });
    }
  }
  const accepted = new Set<unknown>(right);
  const rejected = new Set(
    left.map((each) => (each._tag === "InvalidEvent" ? `${each.member}[${each.index}]` : "")),
  );
  const verdicts: Array<Verdict> = left.flatMap(({ _tag }) =>
    _tag === "InvalidEvent" ? [] : ["Rejected"],
  );
  const hasBoth = appserviceMembers.every((member) => outline.member(root, member) !== undefined);
  for (const member of appserviceMembers) {
    const place = outline.member(root, member)?.value;
    const values = ownMember(transaction, member);
    if (place === undefined || !Array.isArray(values)) continue;
    for (const [index, { value }] of outline.members(place).entries()) {
      const label = hasBoth ? `event ${index} of ${member}` : `event ${index}`;
      const isAccepted = accepted.has(values[index]);
      const isRejected = rejected.has(`${member}[${index}]`);
      const read = isAccepted ? "Accepted" : isRejected ? "Rejected" : "Skipped";
      verdicts.push(addEvent(draft, label, value, read));
      yield index / values.length;
    }
  }
  addDiscarded(draft, "rejection");
  return outcomeOf(verdicts);
}

/** The events of `/sync`. */
export function* addSync(draft: Draft): Generator<number, Outcome> {
  const { outline } = draft;
  addNotStrictNote(draft);
  const isWhole = outline.member(outline.root, "to_device") !== undefined;
  const at = isWhole ? ["to_device", "events"] : ["events"];
  const place = outline.locate(at);
  const elements: ReadonlyArray<Member> = place.isFound ? outline.members(place.value) : [];
  const verdicts: Array<Verdict> = [];
  for (const [index, { value }] of elements.entries()) {
    const path = [...at, String(index)];
    const issues = issuesOf(ToDeviceEvent, JSON.parse(outline.slice(value)));
    for (const { path: keys, expected } of issues) {
      const whole = [...path, ...keys];
      const line = `${whole.join(".")}: ${expected}`;
      draft.findings.add({
        severity: "rejection",
        title: "Invalid event",
        tag: "",
        reason: withMissing(outline, whole, outline.root, line),
        span: spanOf(outline, "", whole, outline.root, line),
        rule: ruleOf("sync-event"),
      });
    }
    for (const { name, nameSpan } of outline.members(value)) {
      if (["type", "sender", "content"].includes(name)) continue;
      draft.findings.add({
        severity: "note",
        title: "Unknown member of an event",
        tag: "",
        reason: `${clip(name)} is not part of the event. Clients never see a message_id or a recipient.`,
        span: nameSpan,
        rule: ruleOf("sync-event"),
      });
    }
    const read = issues.length === 0 ? "Accepted" : "Rejected";
    verdicts.push(addEvent(draft, `event ${index}`, value, read));
    yield index / elements.length;
  }
  addDiscarded(draft, "rejection");
  return outcomeOf(verdicts);
}

function outcomeOf(verdicts: ReadonlyArray<Verdict>): Outcome {
  const accepted = verdicts.filter((verdict) => verdict === "Accepted").length;
  const rejected = verdicts.filter((verdict) => verdict === "Rejected").length;
  const verdict = rejected === 0 ? "Accepted" : accepted > 0 ? "PartlyAccepted" : "Rejected";
  const others = rejected === 0 ? "" : `, ${rejected.toLocaleString("en")} rejected`;
  const summary =
    accepted + rejected === 0
      ? "It has no to-device events."
      : `${count(accepted, "to-device event")} read${others}.`;
  const transportNote = `The limit of ${count(maxEduBytes, "byte")} applies to EDUs, not to events.`;
  return { verdict, summary, transportNote };
}

/** Adds an event: its contents, recipient and size. Returns the verdict of a client. */
function addEvent(draft: Draft, label: string, span: Span, read: Verdict): Verdict {
  const { outline } = draft;
  const stringOf = (name: string) => outline.string(outline.member(span, name)?.value);
  const type = stringOf("type");
  const userId = stringOf("to_user_id");
  const deviceId = stringOf("to_device_id");
  const content = outline.member(span, "content")?.value;
  const at = { unit: label, userId: userId ?? "", deviceId: deviceId ?? "" };
  const isUsable =
    type !== undefined &&
    content !== undefined &&
    addContents(draft, at, type, content) === "usable";
  const verdict = read === "Accepted" && !isUsable ? "Rejected" : read;
  const sender = stringOf("sender") ?? "";
  draft.units.add({ label, verdict, sender, type: type ?? "", messageId: "", span });
  const isAddressed = userId !== undefined && deviceId !== undefined;
  if (isAddressed && read !== "Rejected") draft.suggest(userId, deviceId);
  const isUnknown = isAddressed && draft.devices.get(userId)?.includes(deviceId) !== true;
  draft.recipients.add({
    unit: label,
    userId: userId ?? "the user of this session",
    deviceId: deviceId ?? "the device that asked",
    outcome: verdict === "Accepted" && !isUnknown ? "own" : "nothing",
    why:
      read === "Rejected"
        ? "The event is rejected."
        : read === "Skipped"
          ? "The same event is in to_device and is read once."
          : verdict === "Rejected"
            ? "A client discards these contents."
            : isUnknown
              ? "Unknown device: the appservice does not list it."
              : isAddressed
                ? "The event names this device."
                : "Events of /sync are for the device that asks.",
    others: "",
    span,
  });
  draft.sizes.add({ level: "unit", label, size: sizeOf(outline.slice(span)) });
  if (content !== undefined && outline.isObject(content)) {
    draft.sizes.add({ level: "contents", label: "contents", size: sizeOf(outline.slice(content)) });
  }
  return verdict;
}

/** These texts are read as values, so that duplicate names are not rejected; parsers disagree about them. */
function addNotStrictNote(draft: Draft): void {
  const span = notStrictIn(draft.outline, draft.outline.root);
  if (span === undefined) return;
  const name = draft.outline.slice(span);
  const isSurrogate = !isWellFormed(JSON.parse(name));
  draft.findings.add({
    severity: "note",
    title: isSurrogate ? "Lone surrogate" : "Duplicate member name",
    tag: "NotStrict",
    reason: isSurrogate ? "UTF-8 cannot encode the text." : "JSON.parse takes the last one.",
    span,
    rule: ruleOfNotStrict(isSurrogate ? "lone surrogate" : "duplicate member name"),
  });
}

function isWellFormed(text: unknown): boolean {
  return typeof text === "string" && !/\p{Surrogate}/u.test(text);
}

function ownMember(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
