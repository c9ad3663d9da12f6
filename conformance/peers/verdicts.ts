/** Compares answers with the corpus. */
import { type ConformanceCase, inputOf } from "matrix-send-to-device/testing";
import type { Answer, Inconclusive } from "./protocol.js";

export type Judgement =
  | { readonly _tag: "Agrees" }
  | { readonly _tag: "Unsupported" }
  /** The verdicts of the corpus and of the peer. */
  | { readonly _tag: "Disagrees"; readonly expected: string; readonly actual: string }
  | { readonly _tag: "Inconclusive"; readonly reason: string };

const agrees: Judgement = { _tag: "Agrees" };

export function judge(each: ConformanceCase, answer: Answer | Inconclusive): Judgement {
  if (answer.verdict === "unsupported") return { _tag: "Unsupported" };
  if (answer.verdict === "inconclusive") return { _tag: "Inconclusive", reason: answer.reason };
  const [expected, actual] = [expectedOf(each, answer), actualOf(each, answer)];
  return expected === actual ? agrees : { _tag: "Disagrees", expected, actual };
}

/** The expected answer of the corpus, reduced to the members of the actual answer. */
function expectedOf(each: ConformanceCase, { grammar, edus }: Answer): string {
  if (each.verdict === "reject") return "reject";
  switch (each.kind) {
    case "userId":
      return grammar === undefined || each.grammar === undefined
        ? "accept"
        : `accept: ${each.grammar}`;
    case "transaction":
      return edus === undefined ? "accept" : `accept: ${(each.edus ?? []).join(" ")}`;
    case "canonicalJson":
      return `accept: ${each.text ?? ""}`;
    case "delivery":
      return `accept: ${listOf(each.deliveries)}`;
    case "transactionText":
      return `accept: ${listOf(each.leaves)}`;
    case "appservice":
      return `accept: ${listOf(each.events.map(membersOfEvent))}`;
    default:
      return "accept";
  }
}

function actualOf(each: ConformanceCase, answer: Answer): string {
  if (answer.verdict !== "accept") return answer.verdict;
  switch (each.kind) {
    case "userId":
      return answer.grammar === undefined || each.grammar === undefined
        ? "accept"
        : `accept: ${answer.grammar}`;
    case "transaction":
      return answer.edus === undefined ? "accept" : `accept: ${answer.edus.join(" ")}`;
    case "canonicalJson":
      return `accept: ${answer.text ?? ""}`;
    case "delivery": {
      const mayBeKept = each.undeliverable
        .filter(([, deviceId]) => deviceId !== "*")
        .map(([userId, deviceId]) =>
          jsonOf([userId, deviceId, memberOf(memberOf(inputOf(each), userId), deviceId)]),
        );
      const delivered = (answer.deliveries ?? []).filter(
        (delivery) => !mayBeKept.includes(jsonOf(delivery)),
      );
      return `accept: ${listOf(delivered)}`;
    }
    case "transactionText":
      return `accept: ${listOf(answer.leaves ?? [])}`;
    case "appservice":
      return `accept: ${listOf((answer.events ?? []).map(membersOfEvent))}`;
    default:
      return "accept";
  }
}

/** The members that identify an event. Other members are not compared. */
function membersOfEvent(event: unknown): unknown {
  const names = ["type", "sender", "to_user_id", "to_device_id", "content"];
  return Object.fromEntries(names.map((name) => [name, memberOf(event, name)]));
}

/** Sorted, so that the original order does not matter. */
function listOf(values: ReadonlyArray<unknown>): string {
  return `[${values.map(jsonOf).sort().join(", ")}]`;
}

/** An own member of an object. */
function memberOf(value: unknown, name: string): unknown {
  return Object.entries(Object(value)).find(([key]) => key === name)?.[1];
}

/** The text of a JSON value with sorted members. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value, (_, member: unknown) => {
    if (member === Infinity || member === -Infinity) return String(member);
    return typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member;
  });
  return text ?? "nothing";
}
