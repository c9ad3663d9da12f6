import type { Basis, Chapter, Draft, JsonTextCase, TransactionTextCase, Verdict } from "./case.js";

const strictJson = "https://github.com/matrix-org/matrix-spec-proposals/pull/4458";
const grammar = "https://spec.matrix.org/v1.19/appendices/#canonical-json";
const transactions = "https://spec.matrix.org/v1.19/server-server-api/#transactions";

type TextRow = readonly [id: string, verdict: Verdict, input: string, note?: string];

function textRows(rule: string, table: ReadonlyArray<TextRow>): ReadonlyArray<Draft<JsonTextCase>> {
  return table.map(([id, verdict, input, note]) => ({
    id,
    kind: "jsonText",
    rule,
    verdict,
    input,
    ...(note === undefined ? {} : { note }),
  }));
}

const alice = "@alice:example.org";

/** The text of an EDU with this text for `messages`, or with other members. */
const eduText = (messages: string, more = "", envelope = '"edu_type":"m.direct_to_device"') =>
  `{"content":{"message_id":"1","messages":${messages},"sender":"@john:example.com","type":"m.test"${more}},${envelope}}`;

const toAlice = (devices: string, more = "") => eduText(`{"${alice}":${devices}}`, more);

const bodyText = (edus: string, more = "") =>
  `{"edus":[${edus}],"origin":"example.com","origin_server_ts":1,"pdus":[]${more}}`;

type Leaf = TransactionTextCase["leaves"][number];

type TransactionRow = readonly [
  id: string,
  input: string,
  /** The devices of Alice and their contents, or that the whole text is rejected. */
  accepted: ReadonlyArray<readonly [deviceId: string, contents: string]> | "reject",
  note?: string,
  basis?: Basis,
];

function transactionRows(
  rule: string,
  table: ReadonlyArray<TransactionRow>,
): ReadonlyArray<Draft<TransactionTextCase>> {
  return table.map(([id, input, accepted, note, basis]) => ({
    id,
    kind: "transactionText",
    rule,
    verdict: accepted === "reject" ? "reject" : "accept",
    input,
    origin: "example.com",
    local: "example.org",
    leaves: accepted === "reject" ? [] : accepted.map((leaf): Leaf => [alice, ...leaf]),
    ...(note === undefined ? {} : { note }),
    ...(basis === undefined ? {} : { basis }),
  }));
}

const good = toAlice('{"A":{"n":1}}');
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** Cases for implementations that read the text. */
export const texts: Chapter = {
  rules: [
    {
      id: "text-json",
      text: "A text is JSON exactly as RFC 8259 defines it.",
      spec: grammar,
      basis: "specification",
    },
    {
      id: "text-duplicate-names",
      text: "No object has two members whose names are equal after decoding escapes.",
      spec: strictJson,
      basis: "proposal",
    },
    {
      id: "text-surrogates",
      text: "No name or string has an unpaired surrogate.",
      spec: strictJson,
      basis: "proposal",
    },
    {
      id: "text-numbers",
      text: "Contents are passed on as written: numbers, escapes and white space keep their text.",
      spec: transactions,
      basis: "decision",
    },
    {
      id: "text-leaf",
      text: "A duplicate name or a lone surrogate in contents, or a lone surrogate in a device ID, rejects only these contents.",
      spec: transactions,
      basis: "decision",
    },
    {
      id: "text-edu",
      text: "A duplicate name or a lone surrogate elsewhere in an EDU `m.direct_to_device` rejects only this EDU.",
      spec: transactions,
      basis: "decision",
    },
    {
      id: "text-body",
      text: "A duplicate name or a lone surrogate elsewhere in a transaction rejects the whole transaction.",
      spec: transactions,
      basis: "decision",
    },
  ],
  cases: [
    ...textRows("text-json", [
      ["text-object", "accept", ' \t\r\n{"a":[1,-0.5e+10,true,false,null,""]}\n'],
      ["text-top-level-scalar", "accept", "1"],
      ["text-empty", "reject", ""],
      ["text-byte-order-mark", "reject", "\u{feff}{}"],
      ["text-trailing-comma", "reject", '{"a":1,}'],
      ["text-leading-zero", "reject", "[01]"],
      ["text-plus-sign", "reject", "[+1]"],
      ["text-no-digit-after-point", "reject", "[1.]"],
      ["text-control-character", "reject", '["\t"]'],
      ["text-delete-character", "accept", '["\u007f"]', "Only U+0000 to U+001F must be escaped."],
      [
        "text-line-separator",
        "accept",
        '["\u2028"]',
        "JavaScript before 2019 rejected it in source.",
      ],
      ["text-single-quotes", "reject", "['a']"],
      ["text-unknown-escape", "reject", '["\\x41"]'],
      ["text-short-unicode-escape", "reject", '["\\u004"]'],
      ["text-comment", "reject", "[1/**/]"],
      ["text-nan", "reject", "[NaN]"],
      ["text-two-values", "reject", "{}{}"],
      [
        "text-no-break-space",
        "reject",
        "\u00a0{}",
        "It is white space in JavaScript, not in JSON.",
      ],
    ]),
    ...textRows("text-duplicate-names", [
      ["text-same-name-in-two-objects", "accept", '[{"a":1},{"a":{"a":1}}]'],
      ["text-duplicate-name", "reject", '{"a":1,"a":1}'],
      ["text-duplicate-name-escaped", "reject", '{"apple":1,"appl\\u0065":2}'],
      ["text-duplicate-name-escaped-slash", "reject", '{"/":1,"\\/":2}'],
      ["text-duplicate-name-deep", "reject", '[[{"b":{"a":1,"c":2,"a":3}}]]'],
      ["text-duplicate-empty-name", "reject", '{"":1,"":2}'],
      ["text-duplicate-prototype", "reject", '{"__proto__":1,"__proto__":2}'],
      ["text-names-equal-after-normalisation", "accept", '{"\u00e9":1,"e\u0301":2}'],
    ]),
    ...textRows("text-surrogates", [
      ["text-surrogate-pair-escaped", "accept", '["\\ud83d\\ude00"]'],
      ["text-lead-surrogate", "reject", '["\\ud83d"]'],
      ["text-trail-surrogate", "reject", '["\\ude00"]'],
      ["text-surrogates-swapped", "reject", '["\\ude00\\ud83d"]'],
      ["text-lead-surrogate-twice", "reject", '["\\ud83d\\ud83d\\ude00"]'],
      ["text-surrogate-in-name", "reject", '{"\\ud83d":1}'],
      ["text-surrogate-after-escaped-backslash", "accept", '["\\\\ud83d"]', "Six characters."],
    ]),
    ...transactionRows("text-numbers", [
      [
        "transaction-text-integer-beyond-double",
        bodyText(toAlice('{"A":{"n":9007199254740993}}')),
        [["A", '{"n":9007199254740993}']],
      ],
      [
        "transaction-text-float",
        bodyText(toAlice('{"A":{"n":1.0,"e":1e-7,"z":-0}}')),
        [["A", '{"n":1.0,"e":1e-7,"z":-0}']],
      ],
      [
        "transaction-text-30-digits",
        bodyText(toAlice(`{"A":{"n":${"9".repeat(30)}}}`)),
        [["A", `{"n":${"9".repeat(30)}}`]],
      ],
      [
        "transaction-text-white-space",
        bodyText(toAlice('{ "A" : { "a" : [ ] } }')),
        [["A", '{ "a" : [ ] }']],
      ],
      [
        "transaction-text-escapes",
        bodyText(toAlice('{"\\u0041":{"s":"\\u00e9\\/"}}')),
        [["A", '{"s":"\\u00e9\\/"}']],
      ],
      [
        "transaction-text-prototype",
        bodyText(toAlice('{"__proto__":{"__proto__":1}}')),
        [["__proto__", '{"__proto__":1}']],
      ],
    ]),
    ...transactionRows("text-leaf", [
      [
        "transaction-text-duplicate-in-contents",
        bodyText(toAlice('{"A":{"a":1,"a":2},"B":{"n":1}}')),
        [["B", '{"n":1}']],
      ],
      [
        "transaction-text-escaped-duplicate-in-contents",
        bodyText(toAlice('{"A":{"a":1,"\\u0061":2},"B":{}}')),
        [["B", "{}"]],
      ],
      [
        "transaction-text-surrogate-in-contents",
        bodyText(toAlice('{"A":{"s":"\\ud800"},"B":{}}')),
        [["B", "{}"]],
      ],
      [
        "transaction-text-surrogate-in-device",
        bodyText(toAlice('{"\\ud800":{},"B":{}}')),
        [["B", "{}"]],
      ],
      [
        "transaction-text-surrogate-in-user",
        bodyText(`${eduText(`{"${alice}":{"A":{}},"@\\ud800:example.org":{"A":{}}}`)}`),
        [["A", "{}"]],
      ],
      [
        "transaction-text-100-levels",
        bodyText(toAlice(`{"A":${nested(100)},"B":${nested(101)}}`)),
        [["A", nested(100)]],
        "101 levels exceed a limit of this project.",
        "limit",
      ],
      [
        "transaction-text-infinite-number",
        bodyText(toAlice('{"A":{"n":1e400},"B":{}}')),
        [["B", "{}"]],
        "The number is beyond a double.",
        "limit",
      ],
    ]),
    ...transactionRows("text-edu", [
      [
        "transaction-text-duplicate-device",
        bodyText(`${toAlice('{"X":{},"X":{}}')},${good}`),
        [["A", '{"n":1}']],
      ],
      [
        "transaction-text-duplicate-user",
        bodyText(`${eduText(`{"${alice}":{"X":{}},"${alice}":{"Y":{}}}`)},${good}`),
        [["A", '{"n":1}']],
      ],
      [
        "transaction-text-duplicate-sender",
        bodyText(`${toAlice('{"X":{}}', ',"sender":"@eve:example.com"')},${good}`),
        [["A", '{"n":1}']],
      ],
      [
        "transaction-text-surrogate-in-type",
        bodyText(`${toAlice('{"X":{}}').replace("m.test", "\\ud800")},${good}`),
        [["A", '{"n":1}']],
      ],
      [
        "transaction-text-duplicate-edu-type",
        bodyText(
          `${eduText(`{"${alice}":{"X":{}}}`, "", '"edu_type":"m.typing","edu_type":"m.direct_to_device"')},${good}`,
        ),
        [["A", '{"n":1}']],
      ],
      [
        "transaction-text-duplicate-edu-type-last",
        bodyText(
          `${eduText(`{"${alice}":{"X":{}}}`, "", '"edu_type":"m.direct_to_device","edu_type":"m.typing"')},${good}`,
        ),
        [["A", '{"n":1}']],
      ],
      [
        "transaction-text-surrogate-in-unknown-member",
        bodyText(`${toAlice('{"X":{}}', ',"x":"\\udfff"')},${good}`),
        [["A", '{"n":1}']],
      ],
    ]),
    ...transactionRows("text-body", [
      ["transaction-text-plain", bodyText(good), [["A", '{"n":1}']]],
      ["transaction-text-not-json", `${bodyText(good)}}`, "reject"],
      ["transaction-text-duplicate-edus", bodyText(good, ',"edus":[]'), "reject"],
      ["transaction-text-duplicate-unknown-member", bodyText(good, ',"x":1,"x":1'), "reject"],
      [
        "transaction-text-duplicate-in-pdu",
        bodyText(good).replace('"pdus":[]', '"pdus":[{"a":1,"a":2}]'),
        "reject",
      ],
      [
        "transaction-text-duplicate-in-other-edu",
        bodyText(`{"edu_type":"m.typing","content":{"a":1,"a":2}},${good}`),
        "reject",
      ],
      [
        "transaction-text-surrogate-in-other-edu",
        bodyText(`{"edu_type":"m.typing","content":"\\ud800"},${good}`),
        "reject",
      ],
      [
        "transaction-text-deep-pdu",
        bodyText(good).replace('"pdus":[]', `"pdus":[${nested(200)}]`),
        [["A", '{"n":1}']],
        "Depth and numbers outside of send-to-device messages are not limited.",
        "limit",
      ],
      [
        "transaction-text-infinite-number-in-other-edu",
        bodyText(`{"edu_type":"m.typing","content":1e400},${good}`),
        [["A", '{"n":1}']],
        "The number is beyond a double.",
        "limit",
      ],
    ]),
  ],
};
