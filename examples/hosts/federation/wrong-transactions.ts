/** Transactions of a faulty server, and the expected outcome of each entry. */
import {
  type DeviceId,
  maxTransactionEdus,
  type Rejection,
  type UserId,
} from "matrix-send-to-device";
import type { Contents, Device, Messages } from "./client.js";
import type { Ledger } from "./ledger.js";

/** The server that sends them. */
export const stranger = "three.example";

const mallory = { userId: "@mallory:three.example" as UserId };

/** The rejections that `wrongEntries` must cause. */
export const rejectionsDue: ReadonlyArray<readonly [Rejection["_tag"], number]> = [
  ["InvalidEdu", 3],
  ["ForeignSender", 1],
  ["InvalidRecipients", 1],
  ["InvalidContents", 2],
  ["RecipientsNotLocal", 1],
];

/** Invalid entries of all kinds, among valid ones. */
export function wrongEntries(ledger: Ledger, bob: Device, ben: Device): ReadonlyArray<unknown> {
  const { contentsFor, refusedContents } = ledger;
  const laptop = { ...bob, deviceId: "LAPTOP" as DeviceId };
  const tablet = { ...bob, deviceId: "TABLET" as DeviceId };
  return [
    // Rejected as a whole: not an EDU, without content, or with a message ID of 256 code points.
    null,
    { edu_type: "m.direct_to_device", content: null },
    edu("m".repeat(256), { [bob.userId]: { [bob.deviceId]: refusedContents() } }),
    // The sender is a user of another server.
    edu("foreign", { [bob.userId]: { "*": refusedContents() } }, "@alice:one.example"),
    // One of four recipients is valid.
    edu("partly", {
      [bob.userId]: {
        [bob.deviceId]: contentsFor(mallory, [bob]),
        DEEP: refusedContents(deepened),
      },
      "no user": { "*": refusedContents() },
      "@anna:one.example": { "*": refusedContents() },
    }),
    // The phone's own contents are rejected. The contents of `*` go to the other devices only.
    edu("excluded", {
      [bob.userId]: {
        "*": contentsFor(mallory, [laptop, tablet]),
        [bob.deviceId]: refusedContents(deepened),
      },
    }),
    // A message ID longer than the specification allows, as deployed servers send.
    edu("m".repeat(255), { [ben.userId]: { "*": contentsFor(mallory, [ben]) } }),
    // EDUs of other types are skipped.
    { edu_type: "m.typing", content: {} },
    edu("right", { [ben.userId]: { "*": contentsFor(mallory, [ben]) } }),
  ];
}

/** One EDU more than a transaction may have. */
export function tooManyEntries(ledger: Ledger, ben: Device): ReadonlyArray<unknown> {
  return Array.from({ length: maxTransactionEdus + 1 }, (_, index) =>
    edu(`many-${index}`, { [ben.userId]: { "*": ledger.refusedContents() } }),
  );
}

/** The text of a transaction of `three.example`. */
export function transactionText(edus: ReadonlyArray<unknown>): string {
  return JSON.stringify({ origin: stranger, origin_server_ts: Date.now(), pdus: [], edus });
}

function edu(messageId: string, messages: Messages, sender: string = mallory.userId) {
  const content = { sender, type: "m.dummy", message_id: messageId, messages };
  return { edu_type: "m.direct_to_device", content };
}

/** This depth parses, but a hundred times this depth would overflow the stack of a serialiser. */
function deepened(contents: Contents, levels = 200): Contents {
  return levels === 0 ? contents : { deeper: deepened(contents, levels - 1) };
}
