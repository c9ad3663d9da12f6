/**
 * From a text to a report: which kind it is, what is accepted and rejected, who receives what, and how it travels.
 *
 * `inspect` is a generator. It yields the part that is done, so that a page without a worker can let others run.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { maxEduBytes, ServerName, UserId } from "matrix-send-to-device";
import { type NotJson, type NotStrict, receiveTransaction } from "matrix-send-to-device/text";
import { addBody } from "./body.ts";
import { addDiscarded } from "./contents.ts";
import { count, Draft } from "./draft.ts";
import {
  addEdu,
  type EduOutcome,
  serverOf,
  spanOf,
  stringAt,
  suggestFrom,
  withMissing,
} from "./edus.ts";
import { addAppservice, addSync, type EventsOutcome } from "./events.ts";
import { issuesOf } from "./issues.ts";
import { type Outline, outlineOf, type Span } from "./outline.ts";
import type { Inspection, Kind, Report, Verdict } from "./report.ts";
import { ruleOf, ruleOfTransaction } from "./rules.ts";

/** Inspects a text. Yields how much of the work is done, from 0 to 1. */
export function* inspect(given: Inspection): Generator<number, Report> {
  const { input, fields } = checkedFields(given);
  if (input.text.trim() === "") {
    return new Draft(input, outlineOf("null"), fields).finish({
      kind: "unknown",
      title: "There is nothing to inspect yet",
      verdict: "Empty",
      summary:
        "Paste an EDU, a transaction, a client's body or a /sync response, or choose an example.",
      transportNote: "",
    });
  }
  // The text is read as a transaction of nobody, which says whether it is JSON, and strict.
  const scanned = receiveTransaction({ origin: "example.org", isLocal: () => false })(input.text);
  if (scanned._tag === "Left" && scanned.left._tag === "NotJson") {
    return notJson(input, fields, scanned.left);
  }
  yield 0.1;
  const outline = outlineOf(input.text);
  yield 0.15;
  const draft = new Draft(input, outline, fields);
  const kind = kindOf(outline);
  yield 0.2;
  switch (kind) {
    case "edu":
      suggestFrom(draft, outline.root);
      return finishEdu(draft, yield* within(0.3, 1, addEdu(draft, "", outline.root)));
    case "transaction": {
      const { left } = scanned._tag === "Left" ? scanned : { left: undefined };
      if (left !== undefined && left._tag !== "NotJson") return rejectedTransaction(draft, left);
      return yield* finishTransaction(draft);
    }
    case "body": {
      const { verdict, summary } = yield* within(0.3, 1, addBody(draft));
      const transportNote = `Each EDU has at most ${count(maxEduBytes, "byte")} of canonical JSON. A user's devices stay together if one EDU can hold them.`;
      return draft.finish({ kind, title: titles[kind], verdict, summary, transportNote });
    }
    case "appservice":
      return finishEvents(draft, kind, yield* within(0.3, 1, addAppservice(draft)));
    case "sync":
      return finishEvents(draft, kind, yield* within(0.3, 1, addSync(draft)));
    case "unknown":
      return unknownKind(draft);
  }
}

/** Steps that are a part of the work. */
function* within<A>(from: number, to: number, steps: Generator<number, A>): Generator<number, A> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield from + (to - from) * step.value;
  }
}

/** Runs an inspection to its end. */
export function inspectNow(input: Inspection): Report {
  const steps = inspect(input);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const titles: { readonly [K in Kind]: string } = {
  edu: "An EDU m.direct_to_device",
  transaction: "A federation transaction",
  body: "A client's /sendToDevice body",
  appservice: "An appservice transaction",
  sync: "A /sync response",
  unknown: "Not a text that the inspector knows",
};

/** The fields of the page, where invalid ones count as empty. */
function checkedFields(given: Inspection): {
  readonly input: Inspection;
  readonly fields: Report["fields"];
} {
  const fields: Array<Report["fields"][number]> = [];
  const checked = (field: "origin" | "ownServer" | "sender"): string => {
    const value = given[field].trim();
    if (value === "") return "";
    const codec = field === "sender" ? UserId : ServerName;
    const [issue] = issuesOf(codec, value);
    if (issue === undefined) return value;
    fields.push({ field, reason: issue.expected });
    return "";
  };
  const input = {
    ...given,
    origin: checked("origin"),
    ownServer: checked("ownServer"),
    sender: checked("sender"),
  };
  return { input, fields };
}

/** Which kind of text it is, by the members that only one kind has. */
function kindOf(outline: Outline): Kind {
  const { root } = outline;
  if (!outline.isObject(root)) return "unknown";
  const has = (name: string) => outline.member(root, name) !== undefined;
  const toDevice = outline.member(root, "to_device")?.value;
  if (has("edu_type")) return "edu";
  if (has("edus") || has("pdus")) return "transaction";
  if (has("messages")) return "body";
  if (toDevice !== undefined && outline.isObject(toDevice)) return "sync";
  if (toDevice !== undefined || has("de.sorunome.msc2409.to_device")) return "appservice";
  if (has("next_batch")) return "sync";
  if (has("events")) return isSection(outline) ? "sync" : "appservice";
  const content = outline.member(root, "content")?.value;
  if (content !== undefined && outline.member(content, "messages") !== undefined) return "edu";
  return has("origin") ? "transaction" : "unknown";
}

/** Whether the text is the member `to_device` of a /sync response, without what is around it. */
function isSection(outline: Outline): boolean {
  const [first] = outline.members(outline.locate(["events"]).value);
  if (first === undefined || !outline.isObject(first.value)) return false;
  return !["event_id", "room_id"].some((name) => outline.member(first.value, name) !== undefined);
}

function notJson(
  input: Inspection,
  fields: Report["fields"],
  { position, expected }: NotJson,
): Report {
  const draft = new Draft(input, outlineOf("null"), fields);
  const from = Math.min(position, Math.max(0, input.text.length - 1));
  draft.findings.add({
    severity: "rejection",
    title: "Not JSON",
    tag: "NotJson",
    reason: position >= input.text.length ? `${expected}, found the end of the text` : expected,
    span: { from, to: from + 1 },
    rule: ruleOf("json"),
  });
  return draft.finish({
    kind: "unknown",
    title: "Not JSON",
    verdict: "Unreadable",
    summary: "A server answers 400 M_NOT_JSON.",
    transportNote: "",
  });
}

function unknownKind(draft: Draft): Report {
  const { outline } = draft;
  draft.findings.add({
    severity: "rejection",
    title: "Unknown kind",
    tag: "",
    reason: outline.isArray(outline.root)
      ? "It is an array. Paste one EDU, or a transaction with the array in its member edus."
      : outline.member(outline.root, "content") !== undefined
        ? 'It may be a single event. Paste the /sync response, or write {"events": [ ]} around it.'
        : "It has none of the members edu_type, edus, messages, to_device and events.",
    span: { from: outline.root.from, to: outline.root.from + 1 },
    rule: undefined,
  });
  return draft.finish({
    kind: "unknown",
    title: titles.unknown,
    verdict: "Unreadable",
    summary: "It is JSON, but no EDU, transaction, client's body or /sync response.",
    transportNote: "",
  });
}

function finishEdu(draft: Draft, outcome: EduOutcome): Report {
  addDiscarded(draft, "note");
  const summary =
    outcome.verdict === "Skipped"
      ? "It is an EDU of another type. Send-to-device messaging skips it."
      : outcome.verdict === "Rejected"
        ? "The receiving server rejects it: no device receives anything."
        : sentenceOf("The receiving server accepts it", outcome);
  return draft.finish({
    kind: "edu",
    title: titles.edu,
    verdict: outcome.verdict,
    summary,
    transportNote:
      outcome.verdict === "Rejected" ? "Nothing of a rejected EDU is packed." : eduNote,
  });
}

const eduNote = `Below is how a server packs the accepted messages when it sends them, with message IDs of 32 characters. An EDU has at most ${count(maxEduBytes, "byte")}.`;

/** What devices receive, what was rejected, and what reaches nobody. */
function sentenceOf(
  start: string,
  { delivered, rejected, lost }: Pick<EduOutcome, "delivered" | "rejected" | "lost">,
): string {
  const parts = [
    `${count(delivered, "device")} receive${delivered === 1 ? "s" : ""} contents`,
    rejected > 0 ? `${count(rejected, "entry", "entries")} rejected` : "",
    lost > 0 ? `${count(lost, "entry", "entries")} without a known device` : "",
  ];
  return `${start}: ${parts.filter((part) => part !== "").join(", ")}.`;
}

function rejectedTransaction(
  draft: Draft,
  fault:
    | NotStrict
    | {
        readonly _tag: "NotValid";
        readonly reasons: ReadonlyArray<{
          readonly path: ReadonlyArray<string>;
          readonly line: string;
        }>;
      },
): Report {
  const { outline } = draft;
  if (fault._tag === "NotStrict") {
    draft.findings.add({
      severity: "rejection",
      title: "The whole transaction is rejected",
      tag: fault._tag,
      reason: fault.reason,
      span: stringAt(outline.text, fault.position),
      rule: ruleOf(fault.reason === "lone surrogate" ? "surrogates-in-text" : "duplicate-name"),
    });
  } else {
    for (const { path, line } of fault.reasons) {
      draft.findings.add({
        severity: "rejection",
        title: "The whole transaction is rejected",
        tag: fault._tag,
        reason: withMissing(outline, path, outline.root, line),
        span: spanOf(outline, fault._tag, path, outline.root, line),
        rule: ruleOfTransaction(line),
      });
    }
  }
  return draft.finish({
    kind: "transaction",
    title: titles.transaction,
    verdict: "Rejected",
    summary: "The receiving server answers 400 M_BAD_JSON and reads no EDU.",
    transportNote: "",
  });
}

function* finishTransaction(draft: Draft): Generator<number, Report> {
  const { outline, input } = draft;
  const place = outline.member(outline.root, "edus")?.value;
  const edus = place === undefined ? [] : outline.members(place);
  for (const { value } of edus) {
    suggestFrom(draft, value);
    yield 0.25;
  }
  const total = { delivered: 0, rejected: 0, lost: 0 };
  const verdicts = new Map<Verdict, number>();
  const seen = new Set<string>();
  for (const [index, { value }] of edus.entries()) {
    const label = `EDU ${index}`;
    const done = 0.3 + (0.7 * index) / edus.length;
    const outcome = yield* within(done, done + 0.7 / edus.length, addEdu(draft, label, value));
    verdicts.set(outcome.verdict, (verdicts.get(outcome.verdict) ?? 0) + 1);
    total.delivered += outcome.delivered;
    total.rejected += outcome.rejected;
    total.lost += outcome.lost;
    addTransactionNotes(draft, label, value, outcome.verdict, seen);
    yield done;
  }
  addDiscarded(draft, "note");
  const accepted = (verdicts.get("Accepted") ?? 0) + (verdicts.get("PartlyAccepted") ?? 0);
  const rejected = verdicts.get("Rejected") ?? 0;
  const skipped = verdicts.get("Skipped") ?? 0;
  const isPart = rejected > 0 || verdicts.has("PartlyAccepted");
  const verdict = !isPart ? "Accepted" : accepted > 0 ? "PartlyAccepted" : "Rejected";
  const parts = [
    `${count(accepted, "EDU")} accepted`,
    rejected > 0 ? `${count(rejected, "EDU")} rejected` : "",
    skipped > 0 ? `${count(skipped, "EDU")} of other types skipped` : "",
  ].filter((part) => part !== "");
  return draft.finish({
    kind: "transaction",
    title: titles.transaction,
    verdict,
    summary: `${sentenceOf(`The receiving server answers 200 (${parts.join(", ")})`, total)}${
      input.origin === "" ? " Each EDU is checked against its own sender's server." : ""
    }`,
    transportNote: eduNote,
  });
}

/** What shows only when EDUs stand in one transaction. */
function addTransactionNotes(
  draft: Draft,
  label: string,
  edu: Span,
  verdict: Verdict,
  seen: Set<string>,
): void {
  const { outline, input } = draft;
  if (verdict === "Rejected" || verdict === "Skipped") return;
  const sender = outline.locate(["content", "sender"], edu);
  const server = serverOf(outline.string(sender.value) ?? "");
  const claimed = outline.string(outline.member(outline.root, "origin")?.value);
  if (input.origin === "" && claimed !== undefined && server !== claimed) {
    draft.findings.add({
      severity: "note",
      title: `Not a user of the body's origin (${label})`,
      tag: "",
      reason: `The sender is a user of ${server}, and the body says ${claimed}. Enter the server that signed the request as Origin to check it.`,
      span: sender.value,
      rule: ruleOf("edu-origin"),
    });
  }
  const id = outline.locate(["content", "message_id"], edu);
  const key = `${input.origin || server}\0${outline.string(id.value)}`;
  if (seen.has(key)) {
    draft.findings.add({
      severity: "note",
      title: `Repeated message ID (${label})`,
      tag: "",
      reason:
        "An EDU before this one has the same message ID. A server takes this one for a repetition.",
      span: id.value,
      rule: ruleOf("message-id-repeated"),
    });
  }
  seen.add(key);
}

function finishEvents(
  draft: Draft,
  kind: "appservice" | "sync",
  { verdict, accepted, rejected }: EventsOutcome,
): Report {
  const total = accepted + rejected;
  const summary =
    total === 0
      ? "It has no to-device events."
      : `${count(accepted, "to-device event")} read${rejected > 0 ? `, ${rejected.toLocaleString("en")} rejected` : ""}.`;
  return draft.finish({
    kind,
    title: titles[kind],
    verdict,
    summary,
    transportNote: `The limit of ${count(maxEduBytes, "byte")} is one for EDUs. It does not apply to events.`,
  });
}
