/** Contents of sizes that matter. */
import { randomBytes } from "node:crypto";
import { maxEduBytes } from "matrix-send-to-device";
import { type Client, type Contents, messagesTo } from "./client.js";

/** Makes contents into what a client sends to one device when it shares a room key: about 1,500 bytes. */
export function olmSized(contents: Contents): Contents {
  return {
    ...contents,
    algorithm: "m.olm.v1.curve25519-aes-sha2",
    sender_key: base64(32),
    ciphertext: { [base64(32)]: { type: 0, body: base64(1000) } },
  };
}

/** Any message ID of the homeserver's is as long. */
const messageId = "m".repeat(32);

/** Makes contents so long that the EDU with nothing else has so many bytes more than it may. */
export function filling(
  sender: Client,
  recipient: Client,
  excess: number,
): (contents: Contents) => Contents {
  return (contents) => {
    const messages = messagesTo(recipient, { ...contents, padding: "" });
    const content = { sender: sender.userId, type: "m.dummy", message_id: messageId, messages };
    // It is ASCII without floats: canonical JSON has as many bytes, in another order.
    const bytes = JSON.stringify({ edu_type: "m.direct_to_device", content }).length;
    return { ...contents, padding: "x".repeat(maxEduBytes + excess - bytes) };
  };
}

function base64(bytes: number): string {
  return randomBytes(bytes).toString("base64").replaceAll("=", "");
}
