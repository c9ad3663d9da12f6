/**
 * Known deviations of the real servers. The run fails on an unlisted deviation, and on a listed one that no longer
 * occurs.
 */

export type PeerName = "synapse" | "dendrite";

export type Deviation = {
  readonly group: string;
  readonly name: string;
  /** The observed facts that differ from the expected ones. */
  readonly facts: { readonly [what: string]: string | RegExp };
  /** The cause and the consequence. */
  readonly reason: string;
  /** Set if the deviation depends on timing and does not occur in every run: a description for the page. */
  readonly sometimes?: string;
};

const fromOurs = "From our clients to theirs";
const fromTheirs = "From their clients to ours";
const fromThird = "From a third server to theirs and to ours";
const onTheWayOut = "Trouble on the way to theirs";
const onTheWayIn = "Trouble on the way to ours";

const numbers = "123456789012345678901234567890]";
const malformed = "500, PHONE reads “before”, “after”";

const synapse: ReadonlyArray<Deviation> = [
  {
    group: fromOurs,
    name: "`*` next to a named device",
    facts: { "TABLET reads": "nothing" },
    reason:
      "Synapse ignores a `*` next to any named device, and answers 200. The message is lost. Use `expandWildcards` to avoid this.",
  },
  {
    group: fromTheirs,
    name: "A lone surrogate in contents",
    facts: { "answer to the client": "500" },
    reason: "Synapse fails when it encodes the contents as UTF-8.",
  },
  {
    group: fromTheirs,
    name: "Numbers that are not canonical JSON",
    facts: {
      "answer to the client": "200",
      "in the EDU": `\`[1.0,-0.0,1e-07,1e+16,9007199254740993,${numbers}\``,
      "PHONE reads": `“numbers” with \`[1.0,-0.0,1e-07,1e+16,9007199254740993,${numbers}\``,
    },
    reason:
      "Synapse signs and sends numbers as Python writes them. Answering 401 would block all later messages, so ours verifies the numbers as written and delivers them.",
  },
  {
    group: fromThird,
    name: "A repeated transaction ID with a new EDU",
    facts: { "PHONE reads": "“first”" },
    reason:
      "Synapse answers 200 to a known transaction ID without processing the transaction. The new EDU is lost.",
  },
  {
    group: fromThird,
    name: "A malformed EDU among good ones",
    facts: {
      "without `content`": malformed,
      "without `sender`": malformed,
      "without `sender`, the same again": "500, PHONE reads nothing",
      "without `type`": malformed,
      "`messages` is an array": malformed,
      "an invalid user ID": malformed,
      "contents are null": malformed,
      "an EDU that is a string": malformed,
    },
    reason:
      "Synapse delivers the good EDUs, but answers 500 to each attempt. A sender that retries until it gets a 200 never sends anything else.",
  },
  {
    group: fromThird,
    name: "A lone surrogate",
    facts: { answer: "500" },
    reason:
      "Synapse checks the signature over UTF-8, which cannot encode a lone surrogate. It delivers none of the EDUs.",
  },
  {
    group: onTheWayIn,
    name: "413",
    facts: { "the transaction is retried": "with a new ID and more message IDs" },
    reason:
      "Synapse abandons the transaction. With its next message for the server, it sends the same EDUs in a new transaction. Receivers must remember message IDs, not transaction IDs.",
  },
];

const repeated =
  "Dendrite does not remember message IDs or transactions, so it delivers each repetition again.";
const joined =
  "When Dendrite retries a transaction, it adds newer messages and keeps the transaction ID. A receiver that deduplicates by transaction ID, such as Synapse, loses them if it has processed the first attempt. Ours deduplicates by message ID.";
const unordered =
  "After a restart, Dendrite reads its queue from the database in no particular order. A message that it was storing at the kill may be lost, or sent twice with two message IDs.";
const killed = /^1 to [36]0, (\d of them missing, )?(each once|\d of them twice), (not )?in order$/;

const dendrite: ReadonlyArray<Deviation> = [
  {
    group: fromOurs,
    name: "`*` next to a named device",
    facts: { "PHONE reads": "“named”, “others”" },
    reason: "Dendrite delivers both messages to the named device.",
  },
  {
    group: fromOurs,
    name: "An unknown device",
    facts: { "the device reads after its login": "“unknown”" },
    reason: "Dendrite stores messages for devices that do not exist yet.",
  },
  {
    group: fromTheirs,
    name: "`*` next to a named device",
    facts: { "PHONE reads": "“named”, “others”" },
    reason:
      "Dendrite sends one EDU per device and another one for `*`. The receiver cannot tell that they belong together.",
  },
  {
    group: fromTheirs,
    name: "A lone surrogate in contents",
    facts: { "answer to the client": "200", "PHONE reads": "“surrogate”" },
    reason: "Go replaces a lone surrogate with U+FFFD when it parses JSON.",
  },
  {
    group: fromTheirs,
    name: "Numbers that are not canonical JSON",
    facts: {
      "answer to the client": "200",
      "in the EDU": `\`[1.0,0.0,1e-7,1e16,9007199254740993,${numbers}\``,
      "PHONE reads": `“numbers” with \`[1.0,0.0,1e-7,1e16,9007199254740993,${numbers}\``,
    },
    reason:
      "Dendrite signs and sends numbers as the client wrote them, except for the sign of zero. Ours verifies and delivers them.",
  },
  {
    group: fromThird,
    name: "A repeated transaction",
    facts: { "PHONE reads": "“once”, “once”" },
    reason: repeated,
  },
  {
    group: fromThird,
    name: "A repeated message ID",
    facts: { "PHONE reads": "“first”, “second”" },
    reason: repeated,
  },
  {
    group: fromThird,
    name: "A malformed EDU among good ones",
    facts: {
      "without `type`": "200, PHONE reads “before”, “malformed”, “after”",
      "without `sender`, the same again": "200, PHONE reads “before”, “after”",
      "contents are null": "200, PHONE reads “before”, “null”, “after”",
      "an EDU that is a string": "400, PHONE reads nothing",
    },
    reason:
      "Dendrite delivers EDUs without `type` and null contents. If an EDU is not an object, it rejects the whole transaction. It delivers a repetition again.",
  },
  {
    group: fromThird,
    name: "A lone surrogate",
    facts: { answer: "401" },
    reason: "Go has replaced the surrogate, so the signature is invalid.",
  },
  {
    group: onTheWayOut,
    name: "A lost answer",
    facts: { "PHONE reads": "1 to 3, 1 of them twice, in order" },
    reason: repeated,
  },
  {
    group: onTheWayOut,
    name: "The receiver is killed while messages arrive",
    facts: { "PHONE reads": killed },
    reason: `${repeated} The sender retries a transaction that was processed but not answered before the kill. A message that was accepted just before the kill may be lost.`,
    sometimes: "a few of them twice or missing",
  },
  {
    group: onTheWayIn,
    name: "A lost answer",
    facts: { "the transaction is retried": "with the same ID and more message IDs" },
    reason: joined,
  },
  {
    group: onTheWayIn,
    name: "500, twice",
    facts: { "the transaction is retried": "with the same ID and more message IDs" },
    reason: joined,
  },
  {
    group: onTheWayIn,
    name: "429",
    facts: { "the transaction is retried": "with the same ID and more message IDs" },
    reason: joined,
  },
  {
    group: onTheWayIn,
    name: "413",
    facts: { "the transaction is retried": "with the same ID and more message IDs" },
    reason: joined,
    sometimes: "with the same ID and more message IDs",
  },
  {
    group: onTheWayIn,
    name: "The sender is killed while messages wait",
    facts: { "PHONE reads": killed },
    reason: unordered,
    sometimes: "not in order, or a few of them twice or missing",
  },
];

export const deviations: Record<PeerName, ReadonlyArray<Deviation>> = { synapse, dendrite };
