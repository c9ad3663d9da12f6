/**
 * Disturbs the transactions of a server: each one gets a malformed EDU, and its first response is lost, so that the
 * server repeats it.
 */
import { maxTransactionEdus, type Rejection, type ServerName } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { membersOf, objectOf, toCanonicalJson } from "../homeserver/json-members.js";
import { signRequest } from "../homeserver/signing/request-signature.js";
import type { SigningKey } from "../homeserver/signing/signing-key.js";
import { parseXMatrix } from "../homeserver/signing/x-matrix.js";

export type Trouble = ReturnType<typeof createTrouble>;

/** The traffic of a server, without the EDUs that are added here. */
export type Traffic = {
  transactions: number;
  /** Including repetitions. */
  requests: number;
  /** Each EDU is counted once. */
  edus: number;
  /** The bytes of these EDUs. */
  bytes: number;
  /** The bytes of the largest of them. */
  largestEdu: number;
  /** Requests for the keys of users. */
  keyRequests: number;
};

const sendPath = "/_matrix/federation/v1/send/";

/** A malformed EDU, and the rejection that it must cause. */
type Malformed = { readonly tag: Rejection["_tag"]; readonly edu: JsonText };

/** The malformed EDUs of a server, which are used in turn. */
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
  /** The malformed EDU of each transaction whose first response was lost. */
  const transactions = new Map<string, Malformed>();
  const traffic: Traffic = {
    transactions: 0,
    requests: 0,
    edus: 0,
    bytes: 0,
    largestEdu: 0,
    keyRequests: 0,
  };
  const rejectionsDue: Array<Rejection["_tag"]> = [];

  async function sendWithTrouble(url: string, init: RequestInit): Promise<Response> {
    const isFirst = !transactions.has(url);
    const added = transactions.get(url) ?? malformed[transactions.size % malformed.length];
    if (added === undefined) throw new Error("There are malformed EDUs");
    transactions.set(url, added);
    const edus: ReadonlyArray<unknown> = JSON.parse(String(init.body)).edus;
    if (edus.length === maxTransactionEdus) throw new Error("The transaction is full");
    traffic.requests += 1;
    if (isFirst) count(edus);
    rejectionsDue.push(added.tag);
    const body = withEdu(String(init.body), added.edu);
    const response = await fetch(url, signed(url, init, body));
    if (!isFirst) return response;
    await response.arrayBuffer();
    throw new Error("The response is lost");
  }

  function count(edus: ReadonlyArray<unknown>): void {
    traffic.transactions += 1;
    traffic.edus += edus.length;
    for (const edu of edus) {
      // Canonical JSON has the same members in another order.
      const bytes = Buffer.byteLength(JSON.stringify(edu));
      traffic.bytes += bytes;
      traffic.largestEdu = Math.max(traffic.largestEdu, bytes);
    }
  }

  /** Signs a request again after its body has changed. */
  function signed(url: string, init: RequestInit, body: JsonText): RequestInit {
    const headers = new Headers(init.headers);
    const destination = parseXMatrix(headers.get("authorization") ?? "")?.destination as ServerName;
    const request = {
      method: "PUT",
      uri: url.slice(url.indexOf(sendPath)),
      destination,
      content: body,
    };
    headers.set("authorization", signRequest({ origin, signingKey }, request));
    return { ...init, headers, body };
  }

  return {
    traffic,
    rejectionsDue,

    fetch: async (...[input, init = {}]: Parameters<typeof fetch>): Promise<Response> => {
      const url = String(input);
      if (url.includes(sendPath)) return sendWithTrouble(url, init);
      if (url.includes("/user/keys/")) traffic.keyRequests += 1;
      return fetch(input, init);
    },
  };
}

/** Puts an EDU before the others. */
function withEdu(body: string, edu: JsonText): JsonText {
  // The sender wrote it as canonical JSON.
  const members = membersOf(body as JsonText) ?? new Map<string, JsonText>();
  const edus = `[${edu},${members.get("edus")?.slice(1)}` as JsonText;
  return objectOf(members.set("edus", edus));
}
