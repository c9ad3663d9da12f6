/** Plays a homeserver that handles a client's `PUT /sendToDevice/{eventType}/{txnId}`. */
import {
  canonicalJsonBytes,
  deliver,
  explain,
  maxEduBytes,
  packEdus,
  requestOf,
  SendToDeviceBody,
  splitByDestination,
} from "matrix-send-to-device";
import { devices, here, leavesOf, readJson, total } from "./host.js";
import { heading, table } from "./print.js";

// The messages for this user's devices do not fit in one EDU.
const olm = { algorithm: "m.olm.v1.curve25519-aes-sha2", ciphertext: { key: "A".repeat(500) } };
const fleet = Array.from({ length: 250 }, (_, number) => [`DEVICE${number}`, olm]);

const body = Object(readJson("send-to-device.json"));
const decoded = SendToDeviceBody.decode({
  messages: { ...body.messages, "@fleet:large.example": Object.fromEntries(fleet) },
});
// A homeserver would answer 400.
if (decoded._tag === "Left") throw new Error(explain(decoded.left).join("\n"));
// The sender comes from the access token, and the type from the path.
const from = { sender: "@alice:example.org", type: "m.room.encrypted" };
const request = requestOf(from)(decoded.right);

// The local part is packed too: the same rules apply to all recipients.
const packed = [...splitByDestination(request)].map(([destination, part], number) => {
  // The IDs of a real server never repeat: it stores a counter, or uses enough random characters.
  const messageId = (index: number) => `txn17-${number}-${index}`;
  return { destination, ...packEdus({ messageId })(part) };
});
const local = packed
  .filter(({ destination }) => destination === here)
  .flatMap(({ right }) => right.map(({ content }) => content));
const remote = packed.filter(({ destination }) => destination !== here);

const delivered = local.map(deliver(devices));
const deliveries = delivered.flatMap(({ right }) => right);
const undeliverable = delivered.flatMap(({ left }) => left);
const unsendable = packed.flatMap(({ left }) => left);

heading(`${request.sender} sends ${leavesOf(request)} leaves. Deliveries on ${here}`);
table(deliveries.map((to) => [to.userId, to.deviceId]));

heading(`EDUs for other servers, at most ${maxEduBytes} bytes each`);
table(
  remote.flatMap(({ destination, right }) =>
    right.map((edu) => {
      const bytes = canonicalJsonBytes(edu);
      return [
        destination,
        edu.content.message_id,
        leavesOf(edu.content),
        "leaves",
        bytes._tag === "Right" ? bytes.right : bytes.left,
        "bytes",
      ];
    }),
  ),
);

heading("Undeliverable or unsendable");
table([
  ...undeliverable.map((to) => [to.userId, to.deviceId, to.reason]),
  ...unsendable.map((to) => [to.userId, to.deviceIds.join(" "), to._tag]),
]);
for (const lost of unsendable) {
  if (lost._tag === "NotCanonicalJson") console.log(`  ${lost.reason.line}`);
}

const reached = total(local.map(leavesOf)) - undeliverable.length;
const sent = remote.flatMap(({ right }) => right.map(({ content }) => leavesOf(content)));
heading("Balance, in leaves (Device Message Contents)");
table([
  ["  asked for", leavesOf(request)],
  ["- undeliverable", undeliverable.length],
  ["- unsendable", total(unsendable.map(({ deviceIds }) => deviceIds.length))],
  ["- in EDUs for other servers", total(sent)],
  ["= reach a device here", reached],
  ["+ further devices that a * reaches", deliveries.length - reached],
  ["= deliveries made here", deliveries.length],
]);
