import type {
  AppserviceCase,
  CanonicalJsonCase,
  Chapter,
  TransactionCase,
  Verdict,
} from "./case.js";
import { specEdu, without } from "./edus.js";

const federation = "https://spec.matrix.org/v1.19/server-server-api/#transactions";
const canonicalJson = "https://spec.matrix.org/v1.19/appendices/#canonical-json";
const appservice = "https://github.com/matrix-org/matrix-spec-proposals/pull/4203";

const specTransaction = {
  origin: "example.com",
  origin_server_ts: 1_532_991_320_875,
  pdus: [],
  edus: [specEdu],
};
const noEdus = { origin: "example.com", origin_server_ts: 1_532_991_320_875, pdus: [] };

const numbered = (index: number) => ({
  edu_type: "m.direct_to_device",
  content: {
    sender: "@john:example.com",
    type: "m.test",
    message_id: String(index),
    messages: { "@alice:example.org": { D: {} } },
  },
});
const manyEdus = (count: number) => Array.from({ length: count }, (_, index) => numbered(index));
const typing = {
  edu_type: "m.typing",
  content: { room_id: "!a:b", user_id: "@a:b", typing: true },
};
const badMessageId = { ...specEdu, content: { ...specEdu.content, message_id: 35 } };

type Row = readonly [
  id: string,
  input: unknown,
  verdict: Verdict | ReadonlyArray<Verdict>,
  note?: string,
];

function rows(rule: string, table: ReadonlyArray<Row>): ReadonlyArray<TransactionCase> {
  return table.map(([id, input, verdict, note]) => ({
    id,
    kind: "transaction",
    rule,
    verdict: verdict === "reject" ? "reject" : "accept",
    input,
    ...(typeof verdict === "string" ? {} : { edus: verdict }),
    ...(note === undefined ? {} : { note }),
  }));
}

/** Sizes of values given as text; none for what canonical JSON has no form for. */
function sizeRows(
  rule: string,
  table: ReadonlyArray<
    readonly [id: string, text: string, bytes: number | undefined, note?: string]
  >,
): ReadonlyArray<CanonicalJsonCase> {
  return table.map(([id, inputText, bytes, note]) => ({
    id,
    kind: "canonicalJson",
    rule,
    verdict: bytes === undefined ? "reject" : "accept",
    inputText,
    ...(bytes === undefined ? {} : { bytes }),
    ...(note === undefined ? {} : { note }),
  }));
}

const event = (deviceId: string) => ({
  type: "m.dummy",
  sender: "@john:example.com",
  to_user_id: "@_bridge_alice:example.org",
  to_device_id: deviceId,
  content: {},
});
const unstable = "de.sorunome.msc2409.to_device";

function appserviceRows(
  rule: string,
  table: ReadonlyArray<
    readonly [id: string, input: unknown, events: ReadonlyArray<unknown>, note?: string]
  >,
): ReadonlyArray<AppserviceCase> {
  return table.map(([id, input, events, note]) => ({
    id,
    kind: "appservice",
    rule,
    verdict: "accept",
    input,
    events,
    ...(note === undefined ? {} : { note }),
  }));
}

/** What carries EDUs and events: transactions of servers and of appservices, and the sizes of what is sent. */
export const transactions: Chapter = {
  rules: [
    {
      id: "transaction-members",
      text: "`origin`, `origin_server_ts` and `pdus` are required, `edus` may be missing, others pass.",
      spec: federation,
    },
    {
      id: "transaction-limits",
      text: "A transaction has at most 50 PDUs and 100 EDUs.",
      spec: federation,
    },
    {
      id: "transaction-edus",
      text: "A bad EDU does not refuse the transaction.",
      spec: federation,
    },
    {
      id: "canonical-numbers",
      text: "Numbers are integers from -(2^53)+1 to 2^53-1.",
      spec: canonicalJson,
    },
    {
      id: "canonical-strings",
      text: "Strings are UTF-8 with the shortest escapes, and hold no lone surrogates.",
      spec: canonicalJson,
    },
    {
      id: "canonical-size",
      text: "Size is counted in bytes of canonical JSON, without white space.",
      spec: canonicalJson,
    },
    {
      id: "appservice-members",
      text: "Events are read from the stable and the unstable member of the transaction, entry by entry.",
      spec: appservice,
    },
    {
      id: "appservice-event",
      text: "An entry is an event of `/sync` with `to_user_id` and `to_device_id`, which is never `*`.",
      spec: appservice,
    },
  ],
  cases: [
    ...rows("transaction-members", [
      ["transaction-one-edu", specTransaction, ["accept"]],
      ["transaction-no-edus", noEdus, "accept"],
      ["transaction-empty-edus", { ...noEdus, edus: [] }, []],
      [
        "transaction-unknown-member",
        { ...specTransaction, "org.example.extra": { a: 1 } },
        ["accept"],
      ],
      ["transaction-destination", { ...specTransaction, destination: "example.org" }, ["accept"]],
      [
        "transaction-port-in-origin",
        { ...specTransaction, origin: "example.com:8448" },
        ["accept"],
      ],
      ["transaction-time-0", { ...specTransaction, origin_server_ts: 0 }, ["accept"]],
      ["transaction-not-object", [], "reject"],
      ["transaction-null", null, "reject"],
      ["transaction-without-origin", { origin_server_ts: 1, pdus: [] }, "reject"],
      [
        "transaction-origin-no-server",
        { ...specTransaction, origin: "@john:example.com" },
        "reject",
      ],
      ["transaction-origin-null", { ...specTransaction, origin: null }, "reject"],
      [
        "transaction-without-time",
        { origin: "example.com", pdus: [], edus: [specEdu] },
        "reject",
        "Some homeservers do not look.",
      ],
      [
        "transaction-time-string",
        { ...specTransaction, origin_server_ts: "1532991320875" },
        "reject",
      ],
      ["transaction-time-null", { ...specTransaction, origin_server_ts: null }, "reject"],
      ["transaction-time-float", { ...specTransaction, origin_server_ts: 1.5 }, "reject"],
      [
        "transaction-without-pdus",
        { origin: "example.com", origin_server_ts: 1, edus: [] },
        "reject",
      ],
      ["transaction-pdus-null", { ...specTransaction, pdus: null }, "reject"],
      ["transaction-pdus-object", { ...specTransaction, pdus: {} }, "reject"],
      [
        "transaction-edus-null",
        { ...noEdus, edus: null },
        "reject",
        "Some languages read null as an empty list.",
      ],
      ["transaction-edus-object", { ...noEdus, edus: { "0": specEdu } }, "reject"],
      ["transaction-edus-string", { ...noEdus, edus: "[]" }, "reject"],
    ]),
    ...rows("transaction-limits", [
      [
        "transaction-100-edus",
        { ...noEdus, edus: manyEdus(100) },
        manyEdus(100).map(() => "accept" as const),
      ],
      [
        "transaction-101-edus",
        { ...noEdus, edus: manyEdus(101) },
        "reject",
        "Senders that repeat it repeat it for ever.",
      ],
      ["transaction-50-pdus", { ...noEdus, pdus: Array(50).fill({}) }, "accept"],
      ["transaction-51-pdus", { ...noEdus, pdus: Array(51).fill({}) }, "reject"],
    ]),
    ...rows("transaction-edus", [
      [
        "transaction-bad-among-good",
        { ...noEdus, edus: [numbered(1), badMessageId] },
        ["accept", "reject"],
        "One homeserver failed the whole transaction, and the sender repeated it for ever.",
      ],
      [
        "transaction-bad-before-good",
        { ...noEdus, edus: [null, numbered(1)] },
        ["reject", "accept"],
      ],
      [
        "transaction-other-types",
        { ...noEdus, edus: [typing, numbered(1)] },
        ["reject", "accept"],
        "It is none of send-to-device messaging, and no fault either.",
      ],
      [
        "transaction-only-bad",
        { ...noEdus, edus: [{}, 1, "m.direct_to_device", []] },
        ["reject", "reject", "reject", "reject"],
      ],
      [
        "transaction-repeated-message-id",
        { ...noEdus, edus: [numbered(1), numbered(1)] },
        ["accept", "accept"],
        "Right by themselves; the second is a repetition for who remembers message IDs.",
      ],
    ]),
    ...sizeRows("canonical-numbers", [
      ["number-zero", "0", 1],
      ["number-negative-zero", "-0", 1, "Written as 0."],
      ["number-exponent", "1e10", 11, "Written as 10000000000."],
      ["number-integral-float", "1.0", 1],
      ["number-largest", "9007199254740991", 16],
      ["number-smallest", "-9007199254740991", 17],
      ["number-too-large", "9007199254740992", undefined],
      ["number-too-small", "-9007199254740992", undefined],
      ["number-float", "1.5", undefined, "It breaks the signature of the whole request."],
      ["number-tiny", "1e-7", undefined],
      ["number-huge", "1e300", undefined],
      ["number-infinite", "1e400", undefined],
      ["number-float-inside", '{"a":[{"b":0.1}]}', undefined],
    ]),
    ...sizeRows("canonical-strings", [
      ["string-ascii", '"abc"', 5],
      ["string-empty", '""', 2],
      ["string-two-bytes", '"é"', 4],
      ["string-three-bytes", '"日本"', 8],
      ["string-four-bytes", '"\u{1f600}"', 6],
      ["string-four-bytes-escaped", '"\\ud83d\\ude00"', 6],
      ["string-quote-and-backslash", '"\\"\\\\"', 6],
      ["string-short-escapes", '"\\b\\t\\n\\f\\r"', 12],
      ["string-long-escapes", '"\\u0000\\u000b\\u001f"', 20],
      ["string-delete-and-separators", '"\u007f\u2028\u2029"', 9, "They are not escaped."],
      ["string-slash-escaped", '"\\/"', 3],
      ["string-lone-high-surrogate", '"\\ud83d"', undefined],
      ["string-lone-low-surrogate", '"\\ude00"', undefined],
      ["string-lone-surrogate-in-key", '{"\\ud83d":1}', undefined],
    ]),
    ...sizeRows("canonical-size", [
      ["size-empty-object", "{}", 2],
      ["size-empty-array", "[]", 2],
      ["size-white-space", '{ "b" : [ 1 , 2 ] , "a" : null }', 20],
      ["size-literals", "[true,false,null]", 17],
      ["size-accented-key", '{"é":"é"}', 11],
      ["size-prototype-key", '{"__proto__":{}}', 16],
      ["size-spec-edu", JSON.stringify(specEdu), 385],
      ["size-100-levels", `${"[".repeat(100)}${"]".repeat(100)}`, 200],
    ]),
    ...appserviceRows("appservice-members", [
      [
        "appservice-stable",
        { events: [], to_device: [event("A"), event("B")] },
        [event("A"), event("B")],
      ],
      ["appservice-unstable", { events: [], [unstable]: [event("A")] }, [event("A")]],
      [
        "appservice-both",
        { to_device: [event("A")], [unstable]: [event("B")] },
        [event("A"), event("B")],
      ],
      [
        "appservice-both-the-same",
        { to_device: [event("A")], [unstable]: [event("A")] },
        [event("A")],
        "A server that fills both says the same thing twice.",
      ],
      [
        "appservice-empty-stable",
        { to_device: [], [unstable]: [event("B")] },
        [event("B")],
        "A reader that stops at the stable member loses it.",
      ],
      ["appservice-neither", { events: [] }, []],
      ["appservice-bad-stable", { to_device: null, [unstable]: [event("B")] }, [event("B")]],
      ["appservice-bad-among-good", { to_device: [null, event("A"), {}] }, [event("A")]],
    ]),
    ...appserviceRows("appservice-event", [
      [
        "appservice-event-unknown-member",
        { to_device: [{ ...event("A"), message_id: "1" }] },
        [{ ...event("A"), message_id: "1" }],
      ],
      ["appservice-event-empty-device", { to_device: [event("")] }, [event("")]],
      ["appservice-event-wildcard", { to_device: [event("*"), event("A")] }, [event("A")]],
      ["appservice-event-without-user", { to_device: [without(event("A"), "to_user_id")] }, []],
      ["appservice-event-bad-sender", { to_device: [{ ...event("A"), sender: "john" }] }, []],
      ["appservice-event-null-content", { to_device: [{ ...event("A"), content: null }] }, []],
    ]),
  ],
};
