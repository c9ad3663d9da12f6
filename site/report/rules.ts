/**
 * The rule behind each rejection, its source, and the behaviour of other servers and clients.
 *
 * Rules come from the conformance corpus. The behaviour of others was measured on Synapse 1.163.2 and Dendrite 0.15.2, or comes
 * from notes of the corpus.
 */
import { rules as corpusRules } from "../../conformance/corpus.json";

/** The basis of a rule. */
export type Basis = "specification" | "proposal" | "decision" | "limit";

/** A rule as the page shows it. */
export type Rule = {
  readonly text: string;
  readonly link: string;
  readonly basis: Basis;
  /** The behaviour of other servers and clients in whole sentences; empty if unknown. */
  readonly others: string;
};

const ofCorpus: ReadonlyMap<string, Omit<Rule, "others">> = new Map(
  corpusRules.map(({ id, text, spec, basis }) => [id, { text, link: spec, basis: basisOf(basis) }]),
);

function basisOf(text: string): Basis {
  switch (text) {
    case "specification":
    case "proposal":
    case "limit":
      return text;
    default:
      return "decision";
  }
}

const specification = "https://spec.matrix.org/v1.19";
const proposals = "https://github.com/matrix-org/matrix-spec-proposals/pull";

/** Rules that the corpus does not have, because its cases are about values or about one EDU. */
const own: ReadonlyMap<string, Omit<Rule, "others">> = new Map([
  [
    "json",
    {
      text: "A body is JSON as RFC 8259 defines it.",
      link: "https://www.rfc-editor.org/rfc/rfc8259#section-2",
      basis: "specification",
    },
  ],
  [
    "duplicate-name",
    {
      text: "An object has no duplicate member names, because parsers disagree about which of them counts.",
      link: `${proposals}/4458`,
      basis: "proposal",
    },
  ],
  [
    "surrogates-in-text",
    {
      text: "A lone surrogate in a request rejects it, because UTF-8 cannot encode the text.",
      link: `${proposals}/4458`,
      basis: "proposal",
    },
  ],
  [
    "edu-size",
    {
      text: "An EDU has at most 65,536 bytes of canonical JSON. The proposal is open; this library applies the limit on sending only.",
      link: `${proposals}/4514`,
      basis: "proposal",
    },
  ],
  [
    "encrypted-only",
    {
      text: "This type is specified as the plaintext of an Olm message. In a plain event it is a forgery or a mistake.",
      link: `${specification}/client-server-api/#molmv1curve25519-aes-sha2`,
      basis: "specification",
    },
  ],
  [
    "message-id-repeated",
    {
      text: "A receiver recognises a repetition by its message ID, so each EDU needs a unique one.",
      link: `${specification}/server-server-api/#send-to-device-messaging`,
      basis: "specification",
    },
  ],
  [
    "client-body",
    {
      text: "The body of /sendToDevice has the member `messages`: users to devices to contents.",
      link: `${specification}/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid`,
      basis: "specification",
    },
  ],
  [
    "client-ignored-members",
    {
      text: "The sender comes from the access token and the event type from the path. Other members of the body are not sent.",
      link: `${specification}/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid`,
      basis: "specification",
    },
  ],
  [
    "sync-event",
    {
      text: "An event in `to_device.events` has `type`, `sender` and `content`.",
      link: `${specification}/client-server-api/#extensions-to-sync`,
      basis: "specification",
    },
  ],
  [
    "appservice-transaction",
    {
      text: "A transaction for an appservice has the member `events`, an array.",
      link: `${specification}/application-service-api/#put_matrixappv1transactionstxnid`,
      basis: "specification",
    },
  ],
  [
    "edu-object",
    {
      text: "An EDU is an object with the member `edu_type`, a string.",
      link: `${specification}/server-server-api/#edus`,
      basis: "specification",
    },
  ],
]);

const malformedEdu =
  "Synapse answers 500 to the whole transaction: it delivers the valid EDUs, but the sender retries the transaction.";
const surrogate =
  "Synapse answers 500 and delivers nothing of the whole transaction. Clients written in Rust discard such an event.";

/** The behaviour of others, by rule. */
const others: ReadonlyMap<string, string> = new Map([
  [
    "edu-origin",
    "Synapse drops the message and answers 200. Its releases up to 1.157 logged that they had dropped it, and delivered it.",
  ],
  ["edu-object", `${malformedEdu} Dendrite answers 400 if an EDU is not an object.`],
  ["edu-type", malformedEdu],
  ["edu-content", `${malformedEdu} Some languages read null as an empty message.`],
  [
    "edu-sender",
    `${malformedEdu} One homeserver does not check the length of a sender, another looks for the colon only.`,
  ],
  [
    "edu-event-type",
    "Synapse answers 500 to the whole transaction. Dendrite delivers EDUs without `type`.",
  ],
  ["edu-messages", `${malformedEdu} Some languages read null as an empty map.`],
  [
    "edu-message-id",
    "Message IDs that are integers are in use; one receiver failed the whole transaction because of them.",
  ],
  [
    "receipt-message-id",
    "No deployed server enforces the maximum of 32: Synapse accepts any length, and several TypeScript servers send 37 to 74 characters.",
  ],
  ["edu-recipient", `${malformedEdu} Libraries that drop such keys lose the message silently.`],
  ["user-id-form", `${malformedEdu} Some client libraries accept IDs without @ or domain.`],
  ["user-id-length", "Some servers and libraries do not check the length."],
  [
    "user-id-localpart",
    "Five libraries accept NUL. Two libraries reject an empty localpart, which is valid.",
  ],
  [
    "server-name-host",
    "One homeserver accepts `_` in the server name of a sender. One rejects empty labels, which are valid.",
  ],
  ["invalid-recipient", malformedEdu],
  ["edu-contents", `${malformedEdu} Dendrite forwards null and arrays to the client.`],
  ["surrogates-in-contents", surrogate],
  ["surrogates-in-edu", surrogate],
  ["surrogates-in-text", surrogate],
  [
    "limits",
    "Synapse delivers 400 levels and answers 500 to 500 levels. Clients written in Rust discard events of more than about 125.",
  ],
  [
    "edu-numbers",
    "Synapse delivers floats and integers beyond 2^53. If `-0` or `1e10` was signed by its JavaScript text, it answers 401.",
  ],
  [
    "canonical-numbers",
    "Synapse sends and signs floats as Python writes them. A receiver that verifies a text of JavaScript answers 401, and the sender's queue stops.",
  ],
  [
    "duplicate-name",
    "The last one wins in Synapse and in `JSON.parse`. Some parsers keep the first, and some reject the text.",
  ],
  [
    "wildcard-next-to-named",
    "Synapse ignores the `*`, delivers to the named device only and answers 200. Dendrite delivers both contents to the named device.",
  ],
  [
    "unknown-device",
    "Synapse drops the contents and answers 200. Dendrite keeps them until the device logs in.",
  ],
  [
    "edu-size",
    "Synapse accepts EDUs of 70 kB to 52 MB over federation, and answers 413 to a client. EDUs of 500 kB have made transactions of 32 MB, which proxies rejected, so that all federation to that server stopped.",
  ],
  [
    "message-id-repeated",
    "Synapse drops the second EDU, even if its sender, type or recipient differs. Dendrite delivers both.",
  ],
  [
    "transaction-limits",
    "Synapse answers 400 to 101 EDUs. Some senders retry such a transaction forever.",
  ],
  [
    "transaction-members",
    "Some homeservers do not check `origin_server_ts`. Some languages read `edus: null` as an empty list.",
  ],
  [
    "empty-string",
    "Synapse accepts an empty message ID. ruma rejects the whole EDU for an empty device ID.",
  ],
  [
    "appservice-members",
    "Synapse writes only `de.sorunome.msc2409.to_device`. ruma and two bot SDKs read only that name; mautrix-go prefers `to_device`.",
  ],
  ["appservice-invalid-event", "mautrix-go panics on null in `to_device`."],
  [
    "contents-room-key-request",
    "The Rust SDK, and with it Element's clients, sends `body: null` with every cancelled request. Servers relay contents that are not valid for their type.",
  ],
  ["contents-room-key", "Three libraries fail if `shared_history` is not a boolean."],
  ["contents-room-encrypted", "One library carries other algorithms."],
  ["contents-secret-request", "One library accepts other actions."],
  ["contents-key-verification-accept", "The Rust SDK 0.14 sends `method`, 0.19 does not."],
  [
    "contents-key-verification-start",
    "The generic example of the specification lacks the members of its method.",
  ],
]);

/** The rule with this ID. An unknown ID is a bug, which a test detects. */
export function ruleOf(id: string): Rule {
  const rule = ofCorpus.get(id) ?? own.get(id);
  if (rule === undefined) throw new TypeError(`there is no rule ${id}`);
  return { ...rule, others: others.get(id) ?? "" };
}

/** The rules for which the behaviour of others is known. */
export const rulesWithOthers: ReadonlyArray<string> = [...others.keys()];

/** The rule that a rejection on receipt follows. `path` starts at the EDU. */
export function ruleOfRejection(tag: string, path: ReadonlyArray<string>, line: string): Rule {
  return ruleOf(idOfRejection(tag, path, line));
}

function idOfRejection(tag: string, path: ReadonlyArray<string>, line: string): string {
  if (tag === "ForeignSender") return "edu-origin";
  if (tag === "RecipientsNotLocal") return "invalid-recipient";
  if (line.includes("duplicate member names")) return "duplicate-name";
  const isSurrogate = line.includes("lone surrogate");
  if (tag === "InvalidContents") {
    if (isSurrogate) return "surrogates-in-contents";
    return /levels|finite/.test(line) ? "limits" : "edu-contents";
  }
  if (tag === "InvalidRecipients") {
    if (path.length > 3) return "surrogates-in-contents";
    return line.includes("User ID") ? idOfUserId(line, "edu-recipient") : "edu-messages";
  }
  const [first, second] = path;
  if (first === undefined) return isSurrogate ? "surrogates-in-edu" : "edu-object";
  if (first === "edu_type") return line.includes("string") ? "edu-object" : "edu-type";
  if (second === undefined) return "edu-content";
  if (second === "sender") return idOfUserId(line, "edu-sender");
  if (second === "message_id")
    return /\(too long\)/.test(line) ? "receipt-message-id" : "edu-message-id";
  if (second === "messages") return "edu-messages";
  if (isSurrogate) return "surrogates-in-edu";
  return second === "type" ? "edu-event-type" : "limits";
}

/** The rule that a user ID breaks, as the library names it in brackets. */
function idOfUserId(line: string, otherwise: string): string {
  if (line.includes("(too long)")) return "user-id-length";
  if (/\((?:NUL|lone surrogate)\)/.test(line)) return "user-id-localpart";
  if (line.includes("(invalid server name)")) return "server-name-host";
  return /\(no /.test(line) ? "user-id-form" : otherwise;
}

/** The rule that the envelope of a federation transaction breaks. */
export function ruleOfTransaction(line: string): Rule {
  return ruleOf(line.includes("at most") ? "transaction-limits" : "transaction-members");
}

/** The rule for text that parsers read differently. */
export function ruleOfNotStrict(reason: string): Rule {
  return ruleOf(reason === "lone surrogate" ? "surrogates-in-text" : "duplicate-name");
}

/** The rule that a client's body breaks. */
export function ruleOfBody(path: ReadonlyArray<string>, line: string): Rule {
  if (path.length < 2) return ruleOf("client-body");
  if (line.includes("User ID")) return ruleOf(idOfUserId(line, "edu-recipient"));
  return ruleOf(path.length === 2 ? "edu-messages" : "edu-contents");
}

/** The rule that contents without canonical JSON break. */
export function ruleOfCanonical(line: string): Rule {
  if (line.includes("duplicate")) return ruleOf("duplicate-name");
  if (line.includes("surrogate")) return ruleOf("canonical-strings");
  return ruleOf(line.includes("levels") ? "limits" : "canonical-numbers");
}

/** The rule for the contents of a known type. */
export function ruleOfContents(type: string): Rule {
  return ruleOf(`contents-${type.slice("m.".length).replace(/[._]/g, "-")}`);
}
