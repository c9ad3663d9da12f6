import type { Chapter, Draft, ReceiptCase, Verdict } from "./case.js";
import { withContent } from "./edus.js";

const federation = "https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging";

type Row<Value> = readonly [id: string, verdict: Verdict, value: Value, note?: string];

/** The example of the specification with one member replaced. Its recipient is a user of example.org. */
function rows<Value>(
  rule: string,
  table: ReadonlyArray<Row<Value>>,
  received: (value: Value) => { readonly members: object; readonly origin?: string },
): ReadonlyArray<Draft<ReceiptCase>> {
  return table.map(([id, verdict, value, note]) => {
    const { members, origin = "example.com" } = received(value);
    return {
      id,
      kind: "receipt",
      rule,
      verdict,
      input: withContent(members),
      origin,
      local: "example.org",
      ...(note === undefined ? {} : { note }),
    };
  });
}

type SenderAndOrigin = readonly [sender: string, origin: string];

function originRows(table: ReadonlyArray<Row<SenderAndOrigin>>): ReadonlyArray<Draft<ReceiptCase>> {
  return rows("edu-origin", table, ([sender, origin]) => ({ members: { sender }, origin }));
}

function messageIdRows(table: ReadonlyArray<Row<string>>): ReadonlyArray<Draft<ReceiptCase>> {
  return rows("receipt-message-id", table, (message_id) => ({ members: { message_id } }));
}

const emoji = "\u{1f600}";

/** What a server accepts from another server, where this differs from strict decoding. */
export const receipts: Chapter = {
  rules: [
    {
      id: "edu-origin",
      text: "The sender is a user of the server that signed the request. Server names are compared as whole strings.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "receipt-message-id",
      text: "On receipt a message ID has at most 255 code points: neither Synapse 1.163.2 nor Dendrite 0.15.2 enforces the maximum of 32.",
      spec: federation,
      basis: "decision",
    },
  ],
  cases: [
    ...originRows([
      ["edu-origin-same", "accept", ["@john:example.com", "example.com"]],
      ["edu-origin-same-port", "accept", ["@john:example.com:8448", "example.com:8448"]],
      ["edu-origin-same-ipv6", "accept", ["@john:[::1]:8448", "[::1]:8448"]],
      [
        "edu-origin-other",
        "reject",
        ["@john:evil.example", "example.com"],
        "Synapse 1.163.2 and Dendrite 0.15.2 drop it.",
      ],
      ["edu-origin-port-missing", "reject", ["@john:example.com", "example.com:8448"]],
      ["edu-origin-port-added", "reject", ["@john:example.com:8448", "example.com"]],
      ["edu-origin-case", "reject", ["@john:EXAMPLE.com", "example.com"]],
      ["edu-origin-subdomain", "reject", ["@john:a.example.com", "example.com"]],
      ["edu-origin-suffix", "reject", ["@john:notexample.com", "example.com"]],
      ["edu-origin-trailing-dot", "reject", ["@john:example.com.", "example.com"]],
    ]),
    ...messageIdRows([
      ["receipt-message-id-empty", "accept", ""],
      ["receipt-message-id-32-letters", "accept", "a".repeat(32)],
      ["receipt-message-id-33-letters", "accept", "a".repeat(33), "Strict decoding rejects it."],
      ["receipt-message-id-33-astral", "accept", emoji.repeat(33)],
      ["receipt-message-id-uuid", "accept", "5c9b2f0e-3d4a-4c1b-9e57-0a6f1d2b8c34"],
      [
        "receipt-message-id-37-letters",
        "accept",
        "m".repeat(37),
        "One TypeScript server sends 37.",
      ],
      ["receipt-message-id-43-letters", "accept", "m".repeat(43), "Another one sends 43."],
      ["receipt-message-id-74-letters", "accept", "m".repeat(74), "Another one sends 74."],
      ["receipt-message-id-255-letters", "accept", "a".repeat(255)],
      ["receipt-message-id-255-astral", "accept", emoji.repeat(255), "510 UTF-16 units."],
      [
        "receipt-message-id-256-letters",
        "reject",
        "a".repeat(256),
        "The ID becomes a key in the server's database.",
      ],
      ["receipt-message-id-256-astral", "reject", emoji.repeat(256)],
    ]),
  ],
};
