/**
 * Inspects a federation transaction as a receiving server would, as a whole and by EDU.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
import type { NotStrict, NotValid } from "matrix-send-to-device/text";
import { addDiscarded } from "./contents.ts";
import { count, type Draft, titled } from "./draft.ts";
import { addEdu, suggestFrom } from "./edus.ts";
import type { Span } from "./outline.ts";
import { serverOf, spanOf, stringAt, withMissing } from "./places.ts";
import { sentenceOf } from "./recipients.ts";
import type { Outcome, Verdict } from "./report.ts";
import { ruleOf, ruleOfNotStrict, ruleOfTransaction } from "./rules.ts";
import { within } from "./steps.ts";
import { packingNote } from "./transport.ts";

/** Adds a transaction that the library has rejected as a whole. */
export function addRejectedTransaction(draft: Draft, fault: NotStrict | NotValid): Outcome {
  const { outline } = draft;
  const { root } = outline;
  const rejection = {
    severity: "rejection",
    title: "The whole transaction is rejected",
    tag: fault._tag,
  } as const;
  if (fault._tag === "NotStrict") {
    draft.findings.add({
      ...rejection,
      reason: fault.reason,
      span: stringAt(outline.text, fault.position),
      rule: ruleOfNotStrict(fault.reason),
    });
  }
  for (const { path, line } of fault._tag === "NotValid" ? fault.reasons : []) {
    draft.findings.add({
      ...rejection,
      reason: withMissing(outline, path, root, line),
      span: spanOf(outline, fault._tag, path, root, line),
      rule: ruleOfTransaction(line),
    });
  }
  const summary = "The receiving server answers 400 M_BAD_JSON and reads no EDU.";
  return { verdict: "Rejected", summary, transportNote: "" };
}

/** Adds a transaction whose EDUs are accepted and rejected one by one. */
export function* addTransaction(draft: Draft): Generator<number, Outcome> {
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
  const summary = sentenceOf(`The receiving server answers 200 (${parts.join(", ")})`, total);
  const how = input.origin === "" ? " Each EDU is checked against its own sender's server." : "";
  return { verdict, summary: summary + how, transportNote: packingNote };
}

/** Findings about several EDUs in one transaction. */
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
      title: titled("Not a user of the body's origin", label),
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
      title: titled("Repeated message ID", label),
      tag: "",
      reason: "An earlier EDU has the same message ID. A server treats this one as a repetition.",
      span: id.value,
      rule: ruleOf("message-id-repeated"),
    });
  }
  seen.add(key);
}
