/**
 * Creates a report from a text: its kind, accepted and rejected parts, recipients, and packing.
 *
 * `inspect` is a generator. It yields the progress, so that a page without a worker stays responsive.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { ServerName, UserId } from "matrix-send-to-device";
import {
  type NotJson,
  type NotStrict,
  type NotValid,
  receiveTransaction,
} from "matrix-send-to-device/text";
import { addBody } from "./body.ts";
import { addDiscarded } from "./contents.ts";
import { Draft } from "./draft.ts";
import { addEdu, suggestFrom } from "./edus.ts";
import { addAppservice, addSync } from "./events.ts";
import { issuesOf } from "./issues.ts";
import { type Outline, outlineOf } from "./outline.ts";
import { sentenceOf } from "./recipients.ts";
import type { Inspection, Kind, Outcome, Report } from "./report.ts";
import { ruleOf } from "./rules.ts";
import { runNow, within } from "./steps.ts";
import { addRejectedTransaction, addTransaction } from "./transaction.ts";
import { packingNote } from "./transport.ts";

/** Inspects a text. Yields the progress, from 0 to 1. */
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
  // Reads the text as a transaction without an origin, to find out whether it is JSON, and strict.
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
  const fault =
    scanned._tag === "Left" && scanned.left._tag !== "NotJson" ? scanned.left : undefined;
  const outcome = yield* within(0.2, 1, steps(draft, kind, fault));
  return draft.finish({ kind, title: titles[kind], ...outcome });
}

/** Runs an inspection to its end. */
export function inspectNow(input: Inspection): Report {
  return runNow(inspect(input));
}

/** Adds everything to the report. `fault` is the reason why the text is not a transaction. */
function* steps(
  draft: Draft,
  kind: Kind,
  fault: NotStrict | NotValid | undefined,
): Generator<number, Outcome> {
  switch (kind) {
    case "edu":
      return yield* addSingleEdu(draft);
    case "transaction":
      return fault === undefined
        ? yield* addTransaction(draft)
        : addRejectedTransaction(draft, fault);
    case "body":
      return yield* addBody(draft);
    case "appservice":
      return yield* addAppservice(draft);
    case "sync":
      return yield* addSync(draft);
    case "unknown":
      return addUnknown(draft);
  }
}

const titles: { readonly [K in Kind]: string } = {
  edu: "An EDU m.direct_to_device",
  transaction: "A federation transaction",
  body: "A client's /sendToDevice body",
  appservice: "An appservice transaction",
  sync: "A /sync response",
  unknown: "Unknown kind of text",
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

/** The kind of text, from members that only one kind has. */
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

/** Whether the text is the member `to_device` of a /sync response, without the surrounding response. */
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

function addUnknown(draft: Draft): Outcome {
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
  const summary = "It is JSON, but not an EDU, a transaction, a client's body or a /sync response.";
  return { verdict: "Unreadable", summary, transportNote: "" };
}

function* addSingleEdu(draft: Draft): Generator<number, Outcome> {
  const { root } = draft.outline;
  suggestFrom(draft, root);
  const outcome = yield* addEdu(draft, "", root);
  const { verdict } = outcome;
  addDiscarded(draft, "note");
  if (verdict === "Skipped") {
    const summary = "It is an EDU of another type. Send-to-device messaging skips it.";
    return { verdict, summary, transportNote: "" };
  }
  if (verdict === "Rejected") {
    const summary = "The receiving server rejects it: no device receives anything.";
    return { verdict, summary, transportNote: "A rejected EDU is not packed." };
  }
  const summary = sentenceOf("The receiving server accepts it", outcome);
  return { verdict, summary, transportNote: packingNote };
}
