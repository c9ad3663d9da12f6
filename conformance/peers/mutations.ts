/** Valid values and values with one fault, from the arbitraries of `/testing` with a fixed seed. */
import * as fc from "fast-check";
import { arbitraries, invalid } from "matrix-send-to-device/testing";
import type { Answer, Inconclusive, Question } from "./protocol.js";
import { jsonOf } from "./verdicts.js";

export const seed = 20261124;

type Source = {
  readonly kind: Question["kind"];
  readonly eventType?: string;
  readonly name: keyof typeof invalid & keyof typeof arbitraries;
  /** The number of valid values, and of values with a fault. */
  readonly count: number;
};

const contents: ReadonlyArray<readonly [eventType: string, name: Source["name"]]> = [
  ["m.room.encrypted", "RoomEncrypted"],
  ["m.room_key", "RoomKey"],
  ["m.forwarded_room_key", "ForwardedRoomKey"],
  ["m.room_key_request", "RoomKeyRequest"],
  ["m.room_key.withheld", "RoomKeyWithheld"],
  ["m.room_key_bundle", "RoomKeyBundle"],
  ["m.secret.request", "SecretRequest"],
  ["m.secret.send", "SecretSend"],
  ["m.key.verification.request", "KeyVerificationRequest"],
  ["m.key.verification.ready", "KeyVerificationReady"],
  ["m.key.verification.start", "KeyVerificationStart"],
  ["m.key.verification.accept", "KeyVerificationAccept"],
  ["m.key.verification.key", "KeyVerificationKey"],
  ["m.key.verification.mac", "KeyVerificationMac"],
  ["m.key.verification.done", "KeyVerificationDone"],
  ["m.key.verification.cancel", "KeyVerificationCancel"],
];

const sources: ReadonlyArray<Source> = [
  { kind: "edu", name: "DirectToDeviceEdu", count: 200 },
  { kind: "userId", name: "UserId", count: 150 },
  { kind: "serverName", name: "ServerName", count: 100 },
  { kind: "transaction", name: "Transaction", count: 50 },
  // Contents of any kind: floats, large integers and lone surrogates have no canonical JSON.
  { kind: "canonicalJson", name: "DeviceMessageContents", count: 100 },
  ...contents.map(
    ([eventType, name]) => ({ kind: "contents", eventType, name, count: 25 }) as const,
  ),
];

/** 2,000 questions without a verdict: this library provides it. */
export function mutations(): ReadonlyArray<Question> {
  return sources.flatMap((source) => {
    const options = { seed, numRuns: source.count };
    const valid = fc.sample<unknown>(arbitraries[source.name], options);
    const broken = fc.sample(invalid[source.name], options).map(({ value }) => value);
    const { kind, eventType } = source;
    return [...valid, ...broken].map((value, index) => ({
      id: `${source.name}-${index}`,
      kind,
      text: JSON.stringify(value),
      ...(eventType !== undefined && { eventType }),
    }));
  });
}

/** The class of a difference between this library and a peer; `undefined` if there is none. */
export function differenceOf(
  { kind, eventType }: Question,
  ours: Answer | Inconclusive,
  theirs: Answer | Inconclusive,
): string | undefined {
  if (theirs.verdict === "unsupported") return undefined;
  const what = eventType ?? kind;
  if (ours.verdict !== theirs.verdict) {
    // The class has the reason of the side that rejects.
    const why =
      ours.verdict === "reject" ? ourReason(kind, ours.reason) : theirReason(theirs.reason);
    return `${what}: ${ours.verdict} here, ${theirs.verdict} there: ${why}`;
  }
  if (ours.verdict !== "accept" || theirs.verdict !== "accept") return undefined;
  const differs =
    differ(ours.text, theirs.text) ||
    differ(ours.grammar, theirs.grammar) ||
    differ(ours.edus, theirs.edus);
  return differs ? `${what}: another outcome` : undefined;
}

/** Whether both have a verdict and the verdicts differ. */
function differ(ours: unknown, theirs: unknown): boolean {
  return ours !== undefined && theirs !== undefined && jsonOf(ours) !== jsonOf(theirs);
}

/** The line of a fault, without the names of users, devices and keys. */
function ourReason(kind: Question["kind"], line = ""): string {
  // The paths are those of generated contents.
  if (kind === "canonicalJson") return line.replace(/^.*: (?=expected )/s, "");
  const key = String.raw`(?:\.[^.[:]+|\["(?:[^"\\]|\\.)*"\]|\[\d+\])`;
  return line
    .replace(new RegExp(`(messages)${key}${key}`), "$1[user][device]")
    .replace(new RegExp(`(messages)${key}`), "$1[user]")
    .replace(new RegExp(`\\b(ciphertext|mac)${key}`), "$1[key]")
    .replace(/\[\d+\]/g, "[n]");
}

/** The reason of a peer, without values and positions. For an error of Python, only its type: the text depends on the version. */
function theirReason(reason = ""): string {
  return reason
    .replace(/^(\w+Error): .*/s, "$1")
    .replace(/ at line \d+ column \d+/g, "")
    .replace(/(["'`]).*\1/gs, "...")
    .replace(/-?\d+(\.\d+)?/g, "N")
    .slice(0, 120)
    .trim();
}
