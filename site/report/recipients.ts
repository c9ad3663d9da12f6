/**
 * The recipients of a message: their contents, or why they get none.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import { allDevices } from "matrix-send-to-device";
import {
  deliver,
  type Message,
  type ReceivedMessage,
  type Rejection,
} from "matrix-send-to-device/text";
import { count, type Draft } from "./draft.ts";
import type { Span } from "./outline.ts";
import type { Leaf } from "./places.ts";
import type { Recipient } from "./report.ts";
import { ruleOf } from "./rules.ts";

/** The place where the text names a device. */
export type PlaceOf = (userId: string, deviceId: string) => Span | undefined;

export function placesIn(leaves: ReadonlyArray<Leaf>): PlaceOf {
  // User IDs cannot contain NUL.
  const keyOf = (user: string, device: string) => `${user}\0${device}`;
  const names = new Map(leaves.map(({ user, device, name }) => [keyOf(user, device), name]));
  return (user, device) => names.get(keyOf(user, device));
}

/** The numbers of delivered and of undeliverable contents. */
export type Reached = { readonly delivered: number; readonly lost: number };

/** The delivered, rejected and undeliverable contents. */
export function sentenceOf(
  start: string,
  { delivered, rejected, lost }: Reached & { readonly rejected: number },
): string {
  const parts = [
    `${count(delivered, "device")} receive${delivered === 1 ? "s" : ""} contents`,
    rejected > 0 ? `${count(rejected, "entry", "entries")} rejected` : "",
    lost > 0 ? `${count(lost, "entry", "entries")} without a known device` : "",
  ];
  return `${start}: ${parts.filter((part) => part !== "").join(", ")}.`;
}

/** Adds the deliveries and rejections of a message. */
export function addRecipients(
  draft: Draft,
  label: string,
  leaves: ReadonlyArray<Leaf>,
  message: ReceivedMessage | undefined,
  rejections: ReadonlyArray<Rejection>,
): Reached {
  const placeOf = placesIn(leaves);
  const whole = rejections.find(({ _tag }) => _tag === "InvalidEdu" || _tag === "ForeignSender");
  const outcome =
    message === undefined
      ? { delivered: 0, lost: 0 }
      : addDeliveries(draft, label, message, placeOf);
  for (const { user, device, name } of leaves) {
    if (message !== undefined && isAccepted(message, user, device)) continue;
    const why =
      whole === undefined
        ? (reasonFor(rejections, user, device) ?? "rejected")
        : "The whole EDU is rejected.";
    draft.recipients.add({
      unit: label,
      userId: user,
      deviceId: device,
      outcome: "nothing",
      why,
      others: "",
      span: name,
    });
  }
  return outcome;
}

function isAccepted(message: ReceivedMessage, user: string, device: string): boolean {
  const messages: ReadonlyMap<string, ReadonlyMap<string, unknown>> = message.messages;
  return messages.get(user)?.has(device) === true;
}

/** Why contents were rejected. */
function reasonFor(
  rejections: ReadonlyArray<Rejection>,
  user: string,
  device: string,
): string | undefined {
  for (const { reasons } of rejections) {
    for (const { path, line } of reasons) {
      const [, , ofUser, ofDevice] = path;
      const isOfUser = ofUser === user && (ofDevice === undefined || ofDevice === device);
      if (isOfUser) return `Rejected: ${line.slice(line.lastIndexOf(": ") + 1).trim()}.`;
    }
  }
  return undefined;
}

/** Adds the deliveries and the undeliverable contents. */
export function addDeliveries(
  draft: Draft,
  label: string,
  message: Message,
  placeOf: PlaceOf,
): Reached {
  const { left, right } = deliver((userId) => draft.devices.get(userId) ?? [])(message);
  const add = (row: Omit<Recipient, "unit">) => draft.recipients.add({ unit: label, ...row });
  for (const { userId, deviceId } of right) {
    const isNamed = message.messages.get(userId)?.has(deviceId) === true;
    add({
      userId,
      deviceId,
      outcome: isNamed ? "own" : "wildcard",
      why: isNamed
        ? "The message names this device."
        : "A known device that the message does not name.",
      others: "",
      span: placeOf(userId, isNamed ? deviceId : allDevices),
    });
  }
  for (const { userId, deviceId, reason } of left) {
    add({
      userId,
      deviceId,
      outcome: "nothing",
      why: reasonsOfLoss[reason],
      others: reason === "UnknownDevice" ? ruleOf("unknown-device").others : "",
      span: placeOf(userId, deviceId),
    });
  }
  addUnaddressed(draft, label, message, placeOf);
  return { delivered: right.length, lost: left.length };
}

const reasonsOfLoss = {
  UnknownDevice: "Unknown device: the server does not know it.",
  NoDevices: "The server knows no device of this user.",
  NoOtherDevices: "Every known device is named next to * or excluded from it.",
} as const;

/** Known devices of recipients that the message does not address. */
function addUnaddressed(draft: Draft, label: string, message: Message, placeOf: PlaceOf): void {
  for (const [userId, devices] of message.messages) {
    if (devices.has(allDevices)) continue;
    for (const deviceId of draft.devices.get(userId) ?? []) {
      // A named device has its own row, even if its contents were rejected.
      if (deviceId === allDevices || placeOf(userId, deviceId) !== undefined) continue;
      draft.recipients.add({
        unit: label,
        userId,
        deviceId,
        outcome: "nothing",
        why: "Not addressed: the message neither names it nor has a *.",
        others: "",
        span: undefined,
      });
    }
  }
}
