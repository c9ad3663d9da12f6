import type { CaseInput, Chapter, Draft, EduCase, MessageCase, Verdict } from "./case.js";

const federation = "https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging";
const appendices = "https://spec.matrix.org/v1.19/appendices/";

/** The example of the specification. */
export const specMessage = {
  message_id: "hiezohf6Hoo7kaev",
  messages: {
    "@alice:example.org": {
      IWHQUZUIAH: {
        algorithm: "m.megolm.v1.aes-sha2",
        room_id: "!Cuyf34gef24t:localhost",
        session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
        session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
      },
    },
  },
  sender: "@john:example.com",
  type: "m.room_key_request",
};

/** The example of the specification, whole. */
export const specEdu: { readonly content: typeof specMessage; readonly edu_type: string } = {
  content: specMessage,
  edu_type: "m.direct_to_device",
};

/** The example with other members in its content. */
export const withContent = (members: object): object => ({
  ...specEdu,
  content: { ...specMessage, ...members },
});

/** The example for other recipients. */
const to = (messages: unknown) => withContent({ messages });

const toDevice = (deviceId: string) => to({ "@alice:example.org": { [deviceId]: { a: 1 } } });

const contents = (value: unknown) => to({ "@alice:example.org": { IWHQUZUIAH: value } });

/** The same without a member. */
export function without(object: object, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** The text of an EDU with this text for its messages. */
export const textTo = (messages: string): string =>
  `{"edu_type":"m.direct_to_device","content":{"sender":"@john:example.com","type":"m.test","message_id":"hiezohf6Hoo7kaev","messages":${messages}}}`;

type Row = readonly [id: string, verdict: Verdict, input: unknown, note?: string | undefined];

type TextRow = readonly [id: string, verdict: Verdict, text: string, note?: string | undefined];

function toCase(
  [id, verdict, , note]: Row | TextRow,
  rule: string,
  input: CaseInput,
): Draft<EduCase> {
  return { id, kind: "edu", rule, verdict, ...input, ...(note === undefined ? {} : { note }) };
}

function rows(rule: string, table: ReadonlyArray<Row>): ReadonlyArray<Draft<EduCase>> {
  return table.map((row) => toCase(row, rule, { input: row[2] }));
}

/** Cases with JSON text as input. */
function textRows(rule: string, table: ReadonlyArray<TextRow>): ReadonlyArray<Draft<EduCase>> {
  return table.map((row) => toCase(row, rule, { inputText: row[2] }));
}

/** Cases for one member of the content. */
function memberRows(
  rule: string,
  member: string,
  table: ReadonlyArray<Row>,
): ReadonlyArray<Draft<EduCase>> {
  return table.map((row) => toCase(row, rule, { input: withContent({ [member]: row[2] }) }));
}

function messageRows(rule: string, table: ReadonlyArray<Row>): ReadonlyArray<Draft<MessageCase>> {
  return rows(rule, table).map((row) => ({ ...row, kind: "message" }));
}

function devices(count: number, prefix: string, digits: number, value: unknown): object {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      prefix + String(index).padStart(digits, "0"),
      value,
    ]),
  );
}

const emoji = "\u{1f600}";
const olm = {
  algorithm: "m.olm.v1.curve25519-aes-sha2",
  sender_key: "k",
  ciphertext: { c: { type: 0, body: "b" } },
};

/** The EDU, member by member. */
export const edus: Chapter = {
  rules: [
    {
      id: "edu-type",
      text: "`edu_type` is exactly `m.direct_to_device`.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-content",
      text: "`content` is an object, a To Device Message.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-sender",
      text: "`sender` is a User ID.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-event-type",
      text: "`type` is any string.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-message-id",
      text: "`message_id` is a string of at most 32 code points.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-messages",
      text: "`messages` maps users to objects, which map devices to contents.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-recipient",
      text: "Every key of `messages` is a User ID. An invalid key is an error and is not silently dropped.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-device",
      text: "A key of a user's devices is any string, including `*`.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-contents",
      text: "Device Message Contents are an object, which servers do not read.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "edu-unknown-members",
      text: "Unknown members are legal. They do not replace a required member.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "unknown-members-kept",
      text: "An unknown member outside contents is kept.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "edu-json",
      text: "Members are own members in JSON, whatever their names.",
      spec: `${appendices}#canonical-json`,
      basis: "specification",
    },
    {
      id: "edu-numbers",
      text: "On receipt contents may have floats, negative zero and integers beyond 2^53, although they cannot be sent.",
      spec: `${appendices}#canonical-json`,
      basis: "decision",
    },
    {
      id: "edu-surrogates",
      text: "Identifiers are UTF-8, so they have no lone surrogates.",
      spec: `${appendices}#canonical-json`,
      basis: "specification",
    },
    {
      id: "edu-receipt-size",
      text: "On receipt an EDU may have any size.",
      spec: "https://github.com/matrix-org/matrix-spec-proposals/pull/4514",
      basis: "decision",
    },
  ],
  cases: [
    ...rows("edu-type", [
      ["edu-spec-example", "accept", specEdu, "Encoding it gives the same JSON."],
      ["edu-type-missing", "reject", { content: specMessage }],
      ["edu-type-upper-case", "reject", { ...specEdu, edu_type: "M.DIRECT_TO_DEVICE" }],
      ["edu-type-space", "reject", { ...specEdu, edu_type: "m.direct_to_device " }],
      [
        "edu-type-presence",
        "reject",
        { ...specEdu, edu_type: "m.presence" },
        "An old text of the specification showed it so by mistake.",
      ],
      ["edu-type-null", "reject", { ...specEdu, edu_type: null }],
      ["edu-type-array", "reject", { ...specEdu, edu_type: ["m.direct_to_device"] }],
      ["edu-null", "reject", null],
      ["edu-array", "reject", []],
      ["edu-string", "reject", "m.direct_to_device"],
      ["edu-number", "reject", 0],
      ["edu-empty-object", "reject", {}],
      ["edu-inside-array", "reject", [specEdu]],
    ]),
    ...rows("edu-content", [
      [
        "edu-content-of-test-traffic",
        "accept",
        {
          edu_type: "m.direct_to_device",
          content: {
            sender: "@user:remote.example",
            type: "m.room_key_request",
            messages: { "@u2:test": { d2: { idx: 0 } } },
            message_id: "0",
          },
        },
      ],
      ["edu-content-missing", "reject", { edu_type: "m.direct_to_device" }],
      [
        "edu-content-null",
        "reject",
        { ...specEdu, content: null },
        "Some languages read null as an empty message.",
      ],
      ["edu-content-array", "reject", { ...specEdu, content: [specMessage] }],
      [
        "edu-content-string",
        "reject",
        { ...specEdu, content: "badjson" },
        "The other EDUs of the transaction are not lost.",
      ],
      ["edu-content-empty", "reject", { ...specEdu, content: {} }],
      ["edu-content-in-envelope", "reject", { edu_type: "m.direct_to_device", ...specMessage }],
    ]),
    ...messageRows("edu-content", [
      ["message-spec-example", "accept", specMessage],
      [
        "message-nested-contents",
        "accept",
        {
          sender: "@sender:example.org",
          type: "m.new_device",
          message_id: "0",
          messages: { "@user1:test": { device: { device: {} } } },
        },
      ],
      [
        "message-150-devices",
        "accept",
        {
          sender: "@some:sender",
          type: "test_to_device_message",
          message_id: "b",
          messages: {
            "@exclusive_as_user:test": devices(150, "device_", 0, {
              "some key": "some interesting value",
            }),
          },
        },
      ],
      ["message-no-recipients", "accept", { ...specMessage, messages: {} }],
      ["message-without-sender", "reject", without(specMessage, "sender")],
      ["message-without-type", "reject", without(specMessage, "type")],
      ["message-without-message-id", "reject", without(specMessage, "message_id")],
      ["message-without-messages", "reject", without(specMessage, "messages")],
      ["message-whole-edu", "reject", specEdu],
      ["message-array", "reject", []],
      ["message-null", "reject", null],
    ]),
    ...memberRows("edu-sender", "sender", [
      ["edu-sender-upper-case", "accept", "@JohnSmith:example.com"],
      [
        "edu-sender-greek",
        "accept",
        "@τ:example.com",
        "Accepted on receipt; servers should not pass it to clients outside a room event.",
      ],
      ["edu-sender-empty-localpart", "accept", "@:example.com"],
      ["edu-sender-255-bytes", "accept", `@${"a".repeat(242)}:example.com`],
      [
        "edu-sender-256-bytes",
        "reject",
        `@${"a".repeat(243)}:example.com`,
        "Synapse 1.163.2 and Dendrite 0.15.2 do not check the length.",
      ],
      ["edu-sender-null", "reject", null],
      ["edu-sender-empty", "reject", ""],
      [
        "edu-sender-no-sigil",
        "reject",
        "john:example.com",
        "Synapse 1.163.2 accepts it, because it checks the colon only.",
      ],
      [
        "edu-sender-no-domain",
        "reject",
        "@john",
        "Synapse 1.163.2 answers 500; Dendrite 0.15.2 drops the EDU.",
      ],
      ["edu-sender-object", "reject", { user_id: "@john:example.com" }],
      ["edu-sender-array", "reject", ["@john:example.com"]],
      ["edu-sender-number", "reject", 1],
      ["edu-sender-underscore-server", "reject", "@user:remote_server"],
    ]),
    ...rows("edu-sender", [
      ["edu-sender-missing", "reject", { ...specEdu, content: without(specMessage, "sender") }],
      [
        "edu-test-traffic-underscore-server",
        "reject",
        {
          edu_type: "m.direct_to_device",
          content: {
            sender: "@user:remote_server",
            type: "m.room_key_request",
            messages: { "@u2:test": { d2: { idx: 0 } } },
            message_id: "0",
          },
        },
        "`_` is not allowed in a host name. The homeserver whose test this is accepts it.",
      ],
    ]),
    ...memberRows("edu-event-type", "type", [
      ["edu-event-type-any", "accept", "org.example.custom"],
      ["edu-event-type-array", "reject", ["m.dummy"]],
      ["edu-event-type-null", "reject", null],
      ["edu-event-type-number", "reject", 1],
      ["edu-event-type-object", "reject", {}],
    ]),
    ...rows("edu-event-type", [
      ["edu-event-type-missing", "reject", { ...specEdu, content: without(specMessage, "type") }],
      [
        "edu-event-type-legacy",
        "accept",
        withContent({
          type: "m.new_device",
          messages: {
            "@alice:example.org": {
              "*": { device_id: "XYZABCDE", rooms: ["!726s6s6q:example.com"] },
            },
          },
        }),
      ],
    ]),
    ...memberRows("edu-message-id", "message_id", [
      [
        "edu-message-id-32-letters",
        "accept",
        "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeF",
        "One homeserver always makes 32 letters.",
      ],
      ["edu-message-id-counter", "accept", "184467", "Some homeservers use a counter."],
      ["edu-message-id-32-astral", "accept", emoji.repeat(32)],
      ["edu-message-id-32-with-combining", "accept", "e\u0301".repeat(16)],
      ["edu-message-id-nul", "accept", "a\u0000b"],
      ["edu-message-id-white-space", "accept", " \t\n"],
      ["edu-message-id-33-letters", "reject", "a".repeat(33)],
      ["edu-message-id-33-astral", "reject", emoji.repeat(33)],
      [
        "edu-message-id-integer",
        "reject",
        35,
        "In use; one receiver failed the whole transaction.",
      ],
      ["edu-message-id-boolean", "reject", true],
      ["edu-message-id-null", "reject", null],
    ]),
    ...rows("edu-message-id", [
      [
        "edu-message-id-missing",
        "reject",
        { ...specEdu, content: without(specMessage, "message_id") },
      ],
    ]),
    ...memberRows("edu-messages", "messages", [
      ["edu-messages-empty", "accept", {}],
      ["edu-user-without-devices", "accept", { "@alice:example.org": {} }],
      ["edu-hundred-devices", "accept", { "@alice:example.org": devices(100, "DEV", 3, olm) }],
      ["edu-messages-null", "reject", null, "Some languages read null as an empty map."],
      ["edu-messages-array", "reject", []],
      ["edu-messages-string", "reject", "{}"],
      ["edu-devices-null", "reject", { "@alice:example.org": null }],
      ["edu-devices-empty-array", "reject", { "@alice:example.org": [] }],
      [
        "edu-devices-array",
        "reject",
        { "@alice:example.org": [{}] },
        "Synapse 1.163.2 answers 500; Dendrite 0.15.2 drops the EDU.",
      ],
      ["edu-devices-string", "reject", { "@alice:example.org": "DEV" }],
      ["edu-devices-number", "reject", { "@alice:example.org": 1 }],
      [
        "edu-second-user-bad",
        "reject",
        { "@alice:example.org": { A: {} }, "@bob:example.org": [] },
      ],
    ]),
    ...rows("edu-messages", [
      ["edu-messages-missing", "reject", { ...specEdu, content: without(specMessage, "messages") }],
    ]),
    ...rows("edu-recipient", [
      ["edu-recipient-with-spaces", "accept", to({ "@s p a c e:maunium.net": { D: {} } })],
      ["edu-recipient-empty-localpart", "accept", to({ "@:example.org": { D: {} } })],
      ["edu-recipient-port", "accept", to({ "@alice:example.org:8448": { D: {} } })],
      ["edu-recipient-ipv6", "accept", to({ "@alice:[2001:db8::1]": { D: {} } })],
      [
        "edu-recipient-255-bytes",
        "accept",
        to({ [`@${emoji.repeat(60)}:example.organ`]: { D: {} } }),
      ],
      [
        "edu-recipient-256-bytes",
        "reject",
        to({ [`@${emoji.repeat(60)}:example.organs`]: { D: {} } }),
      ],
      [
        "edu-recipient-no-sigil",
        "reject",
        to({ "alice:example.org": { D: {} } }),
        "A tolerant reader rejects only this recipient.",
      ],
      ["edu-recipient-empty", "reject", to({ "": { D: {} } })],
      ["edu-recipient-bad-domain", "reject", to({ "@alice:exa mple.org": { D: {} } })],
      [
        "edu-recipient-wildcard",
        "reject",
        to({ "*": { D: {} } }),
        "There is no wildcard for users.",
      ],
      ["edu-recipient-no-sigil-without-devices", "reject", to({ "alice:example.org": {} })],
      [
        "edu-recipient-bad-among-good",
        "reject",
        to({ "@alice:example.org": { D: {} }, bob: { D: {} } }),
        "Libraries that drop invalid keys silently lose the message.",
      ],
    ]),
    ...rows("edu-device", [
      ["edu-device-wildcard", "accept", toDevice("*")],
      [
        "edu-device-wildcard-next-to-named",
        "accept",
        to({ "@alice:example.org": { "*": {}, A: {} } }),
      ],
      ["edu-device-lower-case", "accept", toDevice("my_device_id")],
      ["edu-device-cyrillic", "accept", toDevice("девайс")],
      [
        "edu-device-constructor",
        "accept",
        toDevice("constructor"),
        "An inherited member must not be found in its place.",
      ],
      ["edu-device-has-own-property", "accept", toDevice("hasOwnProperty")],
      ["edu-device-to-string", "accept", toDevice("toString")],
      ["edu-device-integer", "accept", toDevice("42")],
      ["edu-device-star-prefix", "accept", toDevice("*ABC")],
      ["edu-device-two-stars", "accept", toDevice("**")],
      ["edu-device-space", "accept", toDevice(" ")],
    ]),
    ...memberRows("empty-string", "type", [["edu-event-type-empty", "accept", ""]]),
    ...memberRows("empty-string", "message_id", [["edu-message-id-empty", "accept", ""]]),
    ...rows("empty-string", [["edu-device-empty", "accept", toDevice("")]]),
    ...rows("edu-contents", [
      ["edu-contents-empty", "accept", contents({})],
      [
        "edu-contents-of-other-type",
        "accept",
        contents({ anything: [1, null, { a: "b" }] }),
        "A relay accepts contents that it does not understand.",
      ],
      [
        "edu-contents-empty-ciphertext",
        "accept",
        {
          edu_type: "m.direct_to_device",
          content: {
            sender: "@alice:remote.example",
            type: "m.room.encrypted",
            message_id: "1",
            messages: {
              "@_von_ghost:localhost": {
                GHOSTDEV: { algorithm: "m.olm.v1.curve25519-aes-sha2", ciphertext: {} },
              },
            },
          },
        },
      ],
      ["edu-contents-null", "reject", contents(null)],
      ["edu-contents-string", "reject", contents("secret")],
      ["edu-contents-number", "reject", contents(1)],
      ["edu-contents-boolean", "reject", contents(false)],
      ["edu-contents-array", "reject", contents([])],
      ["edu-wildcard-contents-null", "reject", to({ "@alice:example.org": { "*": null } })],
      ["edu-wildcard-contents-number", "reject", to({ "@alice:example.org": { "*": 0 } })],
      [
        "edu-contents-bad-among-good",
        "reject",
        to({ "@alice:example.org": { A: {}, B: null, C: {} } }),
      ],
    ]),
    ...rows("edu-unknown-members", [
      ["edu-unknown-in-contents", "accept", contents({ "org.matrix.msgid": "1" })],
      [
        "edu-unknown-camel-case-sender",
        "reject",
        { ...specEdu, content: { ...without(specMessage, "sender"), Sender: "@john:example.com" } },
        "Dendrite 0.15.2 reads `Sender` as `sender`.",
      ],
    ]),
    ...rows("unknown-members-kept", [
      [
        "edu-unknown-in-content",
        "accept",
        withContent({ "org.matrix.opentracing_context": "{}" }),
        "One homeserver puts it into every EDU.",
      ],
      [
        "edu-unknown-next-to-content",
        "accept",
        { ...specEdu, origin: "example.com", destination: "example.org" },
        "Some homeservers add these.",
      ],
    ]),
    ...textRows("unknown-members-kept", [
      [
        "edu-json-prototype-in-content",
        "accept",
        '{"edu_type":"m.direct_to_device","content":{"__proto__":{"x":1},"sender":"@john:example.com","type":"m.test","message_id":"m","messages":{}}}',
      ],
    ]),
    ...textRows("edu-numbers", [
      ["edu-json-negative-zero", "accept", textTo('{"@alice:example.org":{"DEV":{"n":-0}}}')],
      ["edu-json-float", "accept", textTo('{"@alice:example.org":{"DEV":{"n":1.5}}}')],
      [
        "edu-json-large-integer",
        "accept",
        textTo('{"@alice:example.org":{"DEV":{"n":9007199254740993}}}'),
      ],
    ]),
    ...textRows("edu-json", [
      [
        "edu-json-prototype-device",
        "accept",
        textTo('{"@alice:example.org":{"__proto__":{"a":1}}}'),
        "A copy by assignment loses the message.",
      ],
      [
        "edu-json-prototype-in-contents",
        "accept",
        textTo('{"@alice:example.org":{"DEV":{"__proto__":{"polluted":true}}}}'),
      ],
      [
        "edu-json-prototype-user",
        "reject",
        textTo('{"__proto__":{"DEV":{}}}'),
        "It is not a User ID. A copy by assignment silently loses it.",
      ],
      [
        "edu-json-prototype-has-sender",
        "reject",
        '{"edu_type":"m.direct_to_device","content":{"__proto__":{"sender":"@john:example.com"},"type":"m.test","message_id":"m","messages":{}}}',
      ],
      [
        "edu-json-prototype-contents-null",
        "reject",
        textTo('{"@alice:example.org":{"__proto__":null}}'),
      ],
      [
        "edu-json-escaped-name",
        "accept",
        '{"edu_type":"m.direct_to_device","content":{"\\u0073ender":"@john:example.com","type":"m.test","message_id":"hiezohf6Hoo7kaev","messages":{"@alice:example.org":{"DEV":{}}}}}',
      ],
      [
        "edu-json-escaped-edu-type",
        "accept",
        '{"edu_type":"m\\u002edirect_to_device","content":{"sender":"@john:example.com","type":"m.test","message_id":"m","messages":{}}}',
      ],
      ["edu-json-escaped-wildcard", "accept", textTo('{"@alice:example.org":{"\\u002a":{}}}')],
      ["edu-json-white-space", "accept", ` \n${textTo("{ }")}\t`],
      [
        "edu-json-nul-in-contents",
        "accept",
        textTo('{"@alice:example.org":{"DEV":{"s":"a\\u0000b"}}}'),
      ],
      ["edu-json-nul-in-recipient", "reject", textTo('{"@a\\u0000:example.org":{"DEV":{}}}')],
      ["edu-json-trailing-comma", "reject", textTo('{"@alice:example.org":{"DEV":{},}}')],
      ["edu-json-comment", "reject", textTo('{"@alice:example.org":{"DEV":{}/**/}}')],
      [
        "edu-json-nan",
        "reject",
        textTo('{"@alice:example.org":{"DEV":{"n":NaN}}}'),
        "The parser of one language accepts it.",
      ],
      ["edu-json-cut-off", "reject", textTo('{"@alice:example.org":').slice(0, -2)],
      ["edu-json-empty", "reject", ""],
    ]),
    ...textRows("edu-surrogates", [
      [
        "edu-surrogate-pair-in-recipient",
        "accept",
        textTo('{"@a\\ud83d\\ude00b:example.org":{"DEV":{}}}'),
      ],
      ["edu-surrogate-in-recipient", "reject", textTo('{"@a\\udc00b:example.org":{"DEV":{}}}')],
      ["edu-surrogate-in-sender", "reject", textTo("{}").replace("@john", "@j\\ud800")],
      ["edu-surrogate-in-message-id", "reject", textTo("{}").replace("hiezohf6", "\\ud83d")],
    ]),
    ...rows("edu-receipt-size", [
      [
        "edu-over-65536-bytes",
        "accept",
        withContent({
          type: "m.test",
          messages: { "@remote_user:secondserver": { device: { foo: "a".repeat(65_536) } } },
        }),
        "One homeserver rejects it when a client sends it.",
      ],
    ]),
  ],
};
