/** Contents of typical and maximum sizes. */
import { randomBytes } from "node:crypto";
import { maxEduBytes } from "matrix-send-to-device";
import { type Client, type Contents, messagesTo } from "./client.js";

/** Pads contents to the size of a shared room key: about 1,500 bytes. */
export function olmSized(contents: Contents): Contents {
  return {
    ...contents,
    algorithm: "m.olm.v1.curve25519-aes-sha2",
    sender_key: base64(32),
    ciphertext: { [base64(32)]: { type: 0, body: base64(1000) } },
  };
}

/** All message IDs of the homeserver have this length. */
const messageId = "m".repeat(32);

/** Pads contents until their EDU, which contains nothing else, exceeds the limit by this number of bytes. */
export function filling(
  sender: Client,
  recipient: Client,
  excess: number,
): (contents: Contents) => Contents {
  return (contents) => {
    const messages = messagesTo(recipient, { ...contents, padding: "" });
    const content = { sender: sender.userId, type: "m.dummy", message_id: messageId, messages };
    // The text is ASCII without floats, so canonical JSON has the same number of bytes.
    const bytes = JSON.stringify({ edu_type: "m.direct_to_device", content }).length;
    return { ...contents, padding: "x".repeat(maxEduBytes + excess - bytes) };
  };
}

function base64(bytes: number): string {
  return randomBytes(bytes).toString("base64").replaceAll("=", "");
}
