import type { CanonicalJsonCase, Chapter, Draft, TransactionCase, Verdict } from "./case.js";
import { specEdu, specMessage } from "./edus.js";

const federation = "https://spec.matrix.org/v1.19/server-server-api/#transactions";
const canonicalJson = "https://spec.matrix.org/v1.19/appendices/#canonical-json";

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
/** The canonical JSON of the example. */
const canonicalSpecEdu = JSON.stringify({
  content: {
    message_id: specMessage.message_id,
    messages: specMessage.messages,
    sender: specMessage.sender,
    type: specMessage.type,
  },
  edu_type: specEdu.edu_type,
});

/** Arrays in 100 levels. */
const nested = `${"[".repeat(100)}${"]".repeat(100)}`;

const badMessageId = { ...specEdu, content: { ...specEdu.content, message_id: 35 } };

type Row = readonly [
  id: string,
  input: unknown,
  verdict: Verdict | ReadonlyArray<Verdict>,
  note?: string,
];

function rows(rule: string, table: ReadonlyArray<Row>): ReadonlyArray<Draft<TransactionCase>> {
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

/** JSON texts with their canonical JSON and its size in bytes. Without them if they have no canonical JSON. */
function canonicalRows(
  rule: string,
  table: ReadonlyArray<
    readonly [
      id: string,
      inputText: string,
      canonical: readonly [text: string, bytes: number] | undefined,
      note?: string,
    ]
  >,
): ReadonlyArray<Draft<CanonicalJsonCase>> {
  return table.map(([id, inputText, canonical, note]) => ({
    id,
    kind: "canonicalJson",
    rule,
    verdict: canonical === undefined ? "reject" : "accept",
    inputText,
    ...(canonical === undefined ? {} : { text: canonical[0], bytes: canonical[1] }),
    ...(note === undefined ? {} : { note }),
  }));
}

/** Federation transactions, and canonical JSON. */
export const transactions: Chapter = {
  rules: [
    {
      id: "transaction-members",
      text: "`origin`, `origin_server_ts` and `pdus` are required; `edus` is optional.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "transaction-limits",
      text: "A transaction has at most 50 PDUs and 100 EDUs.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "transaction-edus",
      text: "An invalid EDU does not reject the transaction.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "canonical-numbers",
      text: "Numbers are integers from -(2^53)+1 to 2^53-1.",
      spec: canonicalJson,
      basis: "specification",
    },
    {
      id: "canonical-strings",
      text: "Strings are UTF-8 with the shortest escapes, and have no lone surrogates.",
      spec: canonicalJson,
      basis: "specification",
    },
    {
      id: "canonical-order",
      text: "Members are sorted by the code points of their names.",
      spec: canonicalJson,
      basis: "specification",
    },
    {
      id: "canonical-size",
      text: "Size is counted in bytes of canonical JSON, without white space.",
      spec: canonicalJson,
      basis: "specification",
    },
  ],
  cases: [
    ...rows("transaction-members", [
      ["transaction-one-edu", specTransaction, ["accept"]],
      ["transaction-no-edus", noEdus, "accept"],
      ["transaction-empty-edus", { ...noEdus, edus: [] }, []],
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
        "Some homeservers do not check it.",
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
    ...rows("unknown-members-kept", [
      [
        "transaction-unknown-member",
        { ...specTransaction, "org.example.extra": { a: 1 } },
        ["accept"],
      ],
      ["transaction-destination", { ...specTransaction, destination: "example.org" }, ["accept"]],
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
        "Some senders repeat it forever.",
      ],
      ["transaction-50-pdus", { ...noEdus, pdus: Array(50).fill({}) }, "accept"],
      ["transaction-51-pdus", { ...noEdus, pdus: Array(51).fill({}) }, "reject"],
    ]),
    ...rows("transaction-edus", [
      [
        "transaction-bad-among-good",
        { ...noEdus, edus: [numbered(1), badMessageId] },
        ["accept", "reject"],
        "Synapse 1.163.2 accepts this one, and answers 500 if an EDU is not an object.",
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
        "EDUs of other types are ignored.",
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
        "Both are valid. A server that remembers message IDs treats the second as a repetition.",
      ],
    ]),
    ...canonicalRows("canonical-numbers", [
      ["number-zero", "0", ["0", 1]],
      ["number-negative-zero", "-0", ["0", 1], "An example of the specification."],
      ["number-largest", "9007199254740991", ["9007199254740991", 16]],
      ["number-smallest", "-9007199254740991", ["-9007199254740991", 17]],
      ["number-too-large", "9007199254740992", undefined],
      ["number-too-small", "-9007199254740992", undefined],
      ["number-float", "1.5", undefined, "It breaks the signature of the whole request."],
      ["number-tiny", "1e-7", undefined],
      ["number-huge", "1e300", undefined],
      ["number-infinite", "1e400", undefined],
      ["number-float-inside", '{"a":[{"b":0.1}]}', undefined],
    ]),
    ...canonicalRows("canonical-strings", [
      ["string-ascii", '"abc"', ['"abc"', 5]],
      ["string-empty", '""', ['""', 2]],
      ["string-two-bytes", '"é"', ['"é"', 4]],
      ["string-three-bytes", '"日本"', ['"日本"', 8]],
      ["string-three-bytes-escaped", '"\\u65E5"', ['"日"', 5]],
      ["string-four-bytes", '"\u{1f600}"', ['"\u{1f600}"', 6]],
      [
        "string-four-bytes-escaped",
        '"\\ud83d\\ude00"',
        ['"\u{1f600}"', 6],
        "A pair that is written as two escapes is one character.",
      ],
      ["string-two-pairs-escaped", '"\\ud83d\\ude00\\ud83d\\ude00"', ['"\u{1f600}\u{1f600}"', 10]],
      ["string-pair-in-key-escaped", '{"\\ud83d\\ude00":1}', ['{"\u{1f600}":1}', 10]],
      ["string-quote-and-backslash", '"\\"\\\\"', ['"\\"\\\\"', 6]],
      ["string-short-escapes", '"\\b\\t\\n\\f\\r"', ['"\\b\\t\\n\\f\\r"', 12]],
      ["string-short-escapes-spelled-out", '"\\u0008\\u0009"', ['"\\b\\t"', 6]],
      [
        "string-long-escapes",
        '"\\u0000\\u000B\\u001F"',
        ['"\\u0000\\u000b\\u001f"', 20],
        "Hexadecimal digits are written in lower case.",
      ],
      [
        "string-delete-and-separators",
        '"\u007f\u2028\u2029"',
        ['"\u007f\u2028\u2029"', 9],
        "They are not escaped.",
      ],
      ["string-slash-escaped", '"\\/"', ['"/"', 3]],
      ["string-lone-high-surrogate", '"\\ud83d"', undefined],
      ["string-lone-low-surrogate", '"\\ude00"', undefined],
      ["string-lone-surrogate-in-key", '{"\\ud83d":1}', undefined],
      ["string-lead-surrogate-then-feff", '"\\ud800\\ufeff"', undefined],
      ["string-f800-then-trail-surrogate", '"\\uf800\\udc00"', undefined],
    ]),
    ...canonicalRows("canonical-order", [
      ["order-letters", '{"b":"2","a":"1"}', ['{"a":"1","b":"2"}', 17]],
      ["order-two-members", '{"two":"Two","one":1}', ['{"one":1,"two":"Two"}', 21]],
      ["order-upper-case-first", '{"a":1,"B":2}', ['{"B":2,"a":1}', 13]],
      ["order-prefix-first", '{"aa":1,"a":2,"":3}', ['{"":3,"a":2,"aa":1}', 19]],
      ["order-digits-as-text", '{"10":1,"9":2}', ['{"10":1,"9":2}', 14]],
      [
        "order-integers-among-letters",
        '{"a":1,"10":2,"9":3,"!":4}',
        ['{"!":4,"10":2,"9":3,"a":1}', 26],
        "JavaScript moves integer names to the front.",
      ],
      ["order-inside", '[{"b":{"d":1,"c":2},"a":3}]', ['[{"a":3,"b":{"c":2,"d":1}}]', 27]],
      ["order-three-bytes", '{"本":2,"日":1}', ['{"日":1,"本":2}', 17]],
      [
        "order-astral-last",
        '{"\u{1f600}":1,"\ufb33":2}',
        ['{"\ufb33":2,"\u{1f600}":1}', 18],
        "U+FB33 is before U+1F600, although its UTF-16 unit is greater than U+D83D.",
      ],
      [
        "order-astral-last-escaped",
        '{"\\ud83d\\ude00":1,"\\ufb33":2}',
        ['{"\ufb33":2,"\u{1f600}":1}', 18],
      ],
      ["order-escaped-name", '{"b":1,"\\u0061":2}', ['{"a":2,"b":1}', 13]],
    ]),
    ...canonicalRows("canonical-size", [
      ["size-empty-object", "{}", ["{}", 2]],
      ["size-empty-array", "[]", ["[]", 2]],
      ["size-white-space", '{ "b" : [ 1 , 2 ] , "a" : null }', ['{"a":null,"b":[1,2]}', 20]],
      ["size-literals", "[true,false,null]", ["[true,false,null]", 17]],
      ["size-accented-key", '{"é":"é"}', ['{"é":"é"}', 11]],
      ["size-prototype-key", '{"__proto__":{}}', ['{"__proto__":{}}', 16]],
      ["size-spec-edu", JSON.stringify(specEdu), [canonicalSpecEdu, 385]],
    ]),
    ...canonicalRows("limits", [["size-100-levels", nested, [nested, 200]]]),
  ],
};
