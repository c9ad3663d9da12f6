/**
 * Trouble on the line from a server to the others: each transaction gets a malformed EDU, and its first response is
 * lost, so that the server repeats it.
 */
import type { ServerName } from "matrix-send-to-device";
import { maxTransactionEdus, type Rejection } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { membersOf, objectOf, toCanonicalJson } from "../homeserver/signing/json-members.js";
import { signRequest } from "../homeserver/signing/request-signature.js";
import type { SigningKey } from "../homeserver/signing/signing-key.js";
import { parseXMatrix } from "../homeserver/signing/x-matrix.js";

export type Trouble = ReturnType<typeof createTrouble>;

const sendPath = "/_matrix/federation/v1/send/";

/** An EDU that no server may deliver, and how it must be rejected. */
type Malformed = { readonly tag: Rejection["_tag"]; readonly edu: JsonText };

/** A malformed EDU of each kind, from a server. */
function malformedEdus(origin: ServerName): ReadonlyArray<Malformed> {
  const content = {
    sender: `@mallory:${origin}`,
    type: "m.room_key_request",
    message_id: "malformed",
    messages: { [`@nobody:${origin}`]: { "*": {} } },
  };
  const edu = (changes: object) =>
    toCanonicalJson({ edu_type: "m.direct_to_device", content: { ...content, ...changes } });
  return [
    { tag: "InvalidEdu", edu: toCanonicalJson(null) },
    { tag: "InvalidEdu", edu: edu({ messages: [] }) },
    { tag: "ForeignSender", edu: edu({ sender: "@mallory:three.example" }) },
    { tag: "RecipientsNotLocal", edu: edu({}) },
    { tag: "InvalidRecipients", edu: edu({ messages: { nobody: { "*": {} } } }) },
  ];
}

export function createTrouble(origin: ServerName, signingKey: SigningKey) {
  const malformed = malformedEdus(origin);
  /** The transactions whose first response was lost, and what was put into them. */
  const transactions = new Map<string, Malformed>();
  const account = { transactions: 0, requests: 0, edus: 0, bytes: 0, keyRequests: 0 };
  const rejectionsDue: Array<Rejection["_tag"]> = [];

  async function sendWithTrouble(url: string, init: RequestInit): Promise<Response> {
    const isFirst = !transactions.has(url);
    const added = transactions.get(url) ?? malformed[transactions.size % malformed.length];
    if (added === undefined) throw new Error("There are malformed EDUs");
    transactions.set(url, added);
    const body = String(init.body);
    const edus = JSON.parse(body).edus.length;
    const isFull = edus === maxTransactionEdus;
    const content = isFull ? (body as JsonText) : withEdu(body, added.edu);
    if (!isFull) rejectionsDue.push(added.tag);
    account.requests += 1;
    account.bytes += Buffer.byteLength(content);
    if (isFirst) {
      account.transactions += 1;
      account.edus += edus;
    }
    const response = await fetch(url, signed(url, { ...init, body: content }, content));
    if (!isFirst) return response;
    await response.arrayBuffer();
    throw new Error("The response is lost");
  }

  /** The request with the signature of its new body. */
  function signed(url: string, init: RequestInit, content: JsonText): RequestInit {
    const headers = new Headers(init.headers);
    const destination = parseXMatrix(headers.get("authorization") ?? "")?.destination as ServerName;
    const request = { method: "PUT", uri: url.slice(url.indexOf(sendPath)), destination, content };
    headers.set("authorization", signRequest({ origin, signingKey }, request));
    return { ...init, headers };
  }

  return {
    account,
    rejectionsDue,

    fetch: async (...[input, init = {}]: Parameters<typeof fetch>): Promise<Response> => {
      const url = String(input);
      if (url.includes(sendPath)) return sendWithTrouble(url, init);
      if (url.includes("/user/keys/")) account.keyRequests += 1;
      return fetch(input, init);
    },
  };
}

/** Puts an EDU before the others. */
function withEdu(body: string, edu: JsonText): JsonText {
  // It is the canonical JSON of a transaction with EDUs.
  const members = membersOf(body as JsonText) ?? new Map<string, JsonText>();
  const edus = `[${edu},${members.get("edus")?.slice(1)}` as JsonText;
  return objectOf(members.set("edus", edus));
}
