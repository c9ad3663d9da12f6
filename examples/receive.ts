/** Plays a homeserver that receives a federation transaction. */
import { deliver, directToDevice, explain, receiveTransaction } from "matrix-send-to-device";
import { devices, here, isLocal, leavesOf, readJson, total } from "./host.js";
import { heading, table } from "./print.js";

const body = Object(readJson("transaction.json"));
const edus: ReadonlyArray<unknown> = body.edus;

// A server takes the origin from the signature of the request, not from its body.
const origin = "example.com";
const outcome = receiveTransaction({ origin, isLocal })(body);
// A homeserver would answer 400.
if (outcome._tag === "Left") throw new Error(explain(outcome.left).join("\n"));
const received = outcome.right;
const delivered = received.right.map(deliver(devices));
const deliveries = delivered.flatMap(({ right }) => right);
const undeliverable = delivered.flatMap(({ left }) => left);

heading(`${here} receives ${edus.length} EDUs from ${origin} and accepts these messages`);
table(received.right.map((message) => [message.message_id, message.sender, message.type]));

heading("Deliveries");
table(deliveries.map((to) => [to.userId, to.deviceId, to.event.type]));

heading("Undeliverable");
table(undeliverable.map((to) => [to.userId, to.deviceId, to.event.type, to.reason]));

heading("Rejected");
for (const { index, _tag, leaves, reasons } of received.left) {
  console.log(`  EDU ${index}  ${_tag} (leaves: ${leaves})`);
  for (const { line } of reasons) console.log(`         ${line}`);
}

const read = edus.filter(isDirectToDevice).map(({ content }) => leavesOf(content));
const reached = total(received.right.map(leavesOf)) - undeliverable.length;
heading("Balance, in leaves (Device Message Contents)");
table([
  ["  read", total(read)],
  ["- rejected", total(received.left.map(({ leaves }) => leaves))],
  ["- undeliverable", undeliverable.length],
  ["= reach a device", reached],
  ["+ further devices that a * reaches", deliveries.length - reached],
  ["= deliveries made", deliveries.length],
]);

function isDirectToDevice(edu: unknown): edu is { content: Parameters<typeof leavesOf>[0] } {
  return Object(edu).edu_type === directToDevice;
}
