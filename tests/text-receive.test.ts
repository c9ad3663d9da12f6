import type * as t from "io-ts";
import { explain, isUserOf, type Rejection } from "matrix-send-to-device";
import {
  appserviceTransaction,
  type CanonicalBody,
  deliver,
  excludedDevices,
  expandWildcards,
  JsonText,
  jsonArray,
  parse,
  receiveTransaction,
  recipients,
  toAppserviceEvent,
} from "matrix-send-to-device/text";
import { describe, expect, test, vi } from "vitest";

const alice = "@alice:example.org";
const receive = receiveTransaction({ origin: "example.com", isLocal: isUserOf("example.org") });

/** The text of an EDU of `@john:example.com` with this text of messages and of further members. */
const eduText = (messages: string, more = "") =>
  `{"content":{"message_id":"1","messages":${messages},"sender":"@john:example.com","type":"m.test"${more}},"edu_type":"m.direct_to_device"}`;

const toAlice = (devices: string, more = "") => eduText(`{"${alice}":${devices}}`, more);

/** The text of a body with these texts of EDUs. */
const bodyText = (edus: ReadonlyArray<string>, more = "") =>
  `{"edus":[${edus}],"origin":"example.com","origin_server_ts":1,"pdus":[]${more}}`;

function received(text: string) {
  const outcome = receive(text);
  if (outcome._tag === "Left") throw new Error(`expected a right: ${JSON.stringify(outcome.left)}`);
  return outcome.right;
}

const leftLines = (decoded: t.Validation<unknown>) =>
  decoded._tag === "Left" ? explain(decoded.left) : [];

const linesOf = (left: ReadonlyArray<Rejection>) =>
  left.flatMap(({ reasons }) => reasons.map(({ line }) => line));

const contentsIn = (text: string) =>
  received(text).right.flatMap(({ messages }) =>
    [...messages].flatMap(([user, devices]) =>
      [...devices].map(([device, contents]) => [user, device, contents]),
    ),
  );

describe("contents are passed on as written", () => {
  test.each([
    { contents: '{"n":9007199254740993}', reason: "an integer beyond 2^53" },
    { contents: '{"n":1.0,"e":1e-7,"z":-0}', reason: "numbers that JavaScript writes differently" },
    { contents: `{"n":${"9".repeat(30)}}`, reason: "an integer of 30 digits" },
    { contents: '{ "a" : [ ] }', reason: "white space" },
    { contents: '{"__proto__":{"a":1}}', reason: "a member __proto__" },
    { contents: '{"s":"\\u00e9\\/"}', reason: "unnecessary escapes" },
    { contents: '{"s":"\\ud83d\\ude00"}', reason: "a surrogate pair written as escapes" },
  ])("$reason", ({ contents }) => {
    const text = bodyText([toAlice(`{"A":${contents}}`)]);
    expect(received(text).left).toEqual([]);
    expect(contentsIn(text)).toEqual([[alice, "A", contents]]);
  });
  test("white space around contents is not part of them", () => {
    const text = bodyText([toAlice('{ "A" : {"a":1} , "B": {}}')]);
    expect(contentsIn(text)).toEqual([
      [alice, "A", '{"a":1}'],
      [alice, "B", "{}"],
    ]);
  });
  test("unknown members of the content are kept", () => {
    const [message] = received(bodyText([toAlice("{}", ',"org.trace":{"n":1.0}')])).right;
    expect(message?.unknownMembers).toEqual(new Map([["org.trace", '{"n":1.0}']]));
    expect(message).toMatchObject({ sender: "@john:example.com", type: "m.test", message_id: "1" });
  });
});

describe("the rest of the body", () => {
  test("PDUs and EDUs of other types are returned as text, with their positions", () => {
    const presence = '{"content":{"messages":{"x":1}},"edu_type":"m.presence"}';
    const text = `{"edus":[${presence},${toAlice('{"A":{}}')},{"edu_type":""}],"origin":"example.com","origin_server_ts":1,"pdus":[{"n":1.0}, [1]]}`;
    const { pdus, otherEdus, right, left } = received(text);
    expect(pdus).toEqual(['{"n":1.0}', "[1]"]);
    expect(otherEdus).toEqual([
      { index: 0, text: presence },
      { index: 2, text: '{"edu_type":""}' },
    ]);
    expect([left.length, right.length]).toEqual([0, 1]);
  });
  test("a body without EDUs is a transaction", () => {
    const text = '{"origin":"example.com","origin_server_ts":1e3,"pdus":[],"x":[{}]}';
    expect(received(text)).toMatchObject({ left: [], right: [], otherEdus: [] });
  });
});

describe("a text that is rejected as a whole", () => {
  const rows: ReadonlyArray<readonly [text: string, left: object, reason: string]> = [
    ["", { _tag: "NotJson", position: 0 }, "no text"],
    ["{", { _tag: "NotJson", position: 1 }, "a text that ends too early"],
    [`${bodyText([])}x`, { _tag: "NotJson" }, "a character after the end"],
    [bodyText([toAlice('{"A":{"a":01}}')]), { _tag: "NotJson" }, "a fault inside contents"],
    [
      bodyText([], ',"pdus":[]'),
      { _tag: "NotStrict", reason: "duplicate member name" },
      "a member of the transaction twice",
    ],
    [
      bodyText([], ',"p\\u0064us":[]'),
      { _tag: "NotStrict", reason: "duplicate member name" },
      "a member of the transaction twice, once with an escape",
    ],
    [
      bodyText([], ',"x":{"a":"\\udc00"}'),
      { _tag: "NotStrict", reason: "lone surrogate" },
      "a lone surrogate in another member",
    ],
    [
      '{"edus":[],"origin":"example.com","origin_server_ts":1,"pdus":[{"a":1,"a":2}]}',
      { _tag: "NotStrict", reason: "duplicate member name" },
      "a duplicate name in a PDU",
    ],
    [
      bodyText(['{"content":{"a":1,"a":2},"edu_type":"m.presence"}']),
      { _tag: "NotStrict", reason: "duplicate member name" },
      "a duplicate name in an EDU of another type",
    ],
    [
      bodyText(['{"content":{"messages":{"u":{"d":{"a":1,"a":2}}}},"edu_type":"m.presence"}']),
      { _tag: "NotStrict", reason: "duplicate member name" },
      "a duplicate name inside contents of an EDU of another type",
    ],
    [
      bodyText(['{"content":{"messages":{"u":{"\\ud800":{}}}},"edu_type":"m.presence"}']),
      { _tag: "NotStrict", reason: "lone surrogate" },
      "a lone surrogate in a device ID of an EDU of another type",
    ],
    [
      bodyText(['{"edu_type":"a","edu_type":"b"}']),
      { _tag: "NotStrict", reason: "duplicate member name" },
      "two types, none of which is m.direct_to_device",
    ],
    [bodyText(['"\\ud800"']), { _tag: "NotStrict", reason: "lone surrogate" }, "an element"],
    ["[]", { _tag: "NotValid", reasons: [{ path: [], line: "expected object" }] }, "an array"],
    [
      '{"origin":"example.com","origin_server_ts":"1","pdus":{}}',
      {
        _tag: "NotValid",
        reasons: [
          { path: ["origin_server_ts"], line: "origin_server_ts: expected integer" },
          { path: ["pdus"], line: "pdus: expected array of at most 50" },
        ],
      },
      "members of other types",
    ],
    [
      bodyText(Array.from({ length: 101 }, () => "{}")),
      {
        _tag: "NotValid",
        reasons: [{ path: ["edus"], line: "edus: expected array of at most 100" }],
      },
      "101 EDUs",
    ],
    [
      '{"edus":7,"origin":"a_b","origin_server_ts":1,"pdus":[]}',
      {
        _tag: "NotValid",
        reasons: [
          { path: ["origin"], line: "origin: expected Server Name (invalid host name)" },
          { path: ["edus"], line: "edus: expected array of at most 100" },
        ],
      },
      "EDUs that are not an array",
    ],
  ];
  test.each(rows.map(([text, left, reason]) => ({ text, left, reason })))(
    "$reason",
    ({ text, left }) => {
      expect(receive(text)).toMatchObject({ _tag: "Left", left });
    },
  );
});

describe("rejects as little as possible:", () => {
  const good = toAlice('{"GOOD":{}}');
  type Row = readonly [
    edu: string,
    tag: Rejection["_tag"],
    line: string,
    accepted: number,
    reason: string,
  ];
  const at = `content.messages["${alice}"]`;
  const rows: ReadonlyArray<Row> = [
    [
      toAlice('{"A":{"a":1,"\\u0061":2},"B":{}}'),
      "InvalidContents",
      `${at}.A: expected no duplicate member names`,
      1,
      "a duplicate name inside contents: these contents",
    ],
    [
      toAlice('{"A":{"a":{"b":[{"c":1,"d":1,"c":2}]}},"B":{}}'),
      "InvalidContents",
      `${at}.A: expected no duplicate member names`,
      1,
      "a duplicate name deep inside contents: these contents",
    ],
    [
      toAlice('{"A":{"s":"\\ud800"},"B":{}}'),
      "InvalidContents",
      `${at}.A: expected no lone surrogate`,
      1,
      "a lone surrogate inside contents: these contents",
    ],
    [
      toAlice(`{"A":{"s":"\ud83d\\ude00"},"B":{}}`),
      "InvalidContents",
      `${at}.A: expected no lone surrogate`,
      1,
      "a pair with one half as an escape, which UTF-8 cannot encode: these contents",
    ],
    [
      toAlice('{"A":{"n":1e400},"B":{}}'),
      "InvalidContents",
      `${at}.A.n: expected finite number`,
      1,
      "a number beyond a double: these contents",
    ],
    [
      toAlice(`{"A":${'{"a":'.repeat(100)}{}${"}".repeat(100)},"B":{}}`),
      "InvalidContents",
      `${at}.A${".a".repeat(100)}: expected at most 100 levels`,
      1,
      "101 levels: these contents",
    ],
    [
      toAlice('{"A":"\\ud800","B":{}}'),
      "InvalidContents",
      `${at}.A: expected object`,
      1,
      "contents that are not an object: these contents",
    ],
    [
      toAlice('{"\\udfff":{},"B":{}}'),
      "InvalidRecipients",
      `${at}["\\udfff"]: expected Device ID (lone surrogate)`,
      1,
      "a lone surrogate in a device ID: that device",
    ],
    [
      eduText(`{"@a\\ud800:x":{"A":{}},"${alice}":{"B":{}}}`),
      "InvalidRecipients",
      'content.messages["@a\\ud800:x"]: expected User ID (lone surrogate)',
      1,
      "a lone surrogate in a user ID: that recipient",
    ],
    [
      eduText(`{"${alice}":[],"@bob:example.org":{"B":{}}}`),
      "InvalidRecipients",
      `${at}: expected object`,
      1,
      "devices that are not an object: that recipient",
    ],
    [
      toAlice('{"A":{},"B":{},"A":{}}'),
      "InvalidEdu",
      "expected no duplicate member names",
      0,
      "a device twice: the EDU",
    ],
    [
      eduText(`{"${alice}":{"A":{}},"${alice}":{"B":{}}}`),
      "InvalidEdu",
      "expected no duplicate member names",
      0,
      "a user twice: the EDU",
    ],
    [
      toAlice('{"A":{}}', ',"type":"m.test"'),
      "InvalidEdu",
      "expected no duplicate member names",
      0,
      "a member of the content twice: the EDU",
    ],
    [
      toAlice('{"A":{}}').replace("{", '{"edu_type":"m.presence",'),
      "InvalidEdu",
      "expected no duplicate member names",
      0,
      "two types, one of which is m.direct_to_device: the EDU",
    ],
    [
      toAlice('{"A":{}}').replace("{", '{"edu_type":"m.direct_to_device",'),
      "InvalidEdu",
      "expected no duplicate member names",
      0,
      "the type m.direct_to_device twice: the EDU",
    ],
    [
      toAlice('{"A":{}}').replace("{", '{"x":"\\ud800",'),
      "InvalidEdu",
      "expected no lone surrogate",
      0,
      "a lone surrogate in an unknown member of the EDU: the EDU",
    ],
    [
      toAlice('{"A":{}}', ',"x":{"a":1,"a":1}'),
      "InvalidEdu",
      "expected no duplicate member names",
      0,
      "a duplicate name in an unknown member of the content: the EDU",
    ],
    [
      toAlice('{"A":{}}', ',"x":{"n":[1e400]}'),
      "InvalidEdu",
      "content.x.n[0]: expected finite number",
      0,
      "a number beyond a double in an unknown member: the EDU",
    ],
    [
      toAlice('{"A":{}}', `,"x":${"[".repeat(101)}${"]".repeat(101)}`),
      "InvalidEdu",
      `content.x${"[0]".repeat(100)}: expected at most 100 levels`,
      0,
      "101 levels in an unknown member: the EDU",
    ],
    [
      toAlice('{"A":{}}').replace("@john:example.com", "@john:evil.example"),
      "ForeignSender",
      "content.sender: expected user of example.com",
      0,
      "a sender of another server: the EDU",
    ],
    ["null", "InvalidEdu", "expected object", 0, "an element that is not an object"],
    ["{}", "InvalidEdu", "edu_type: expected string", 0, "no type"],
    ['{"edu_type":1}', "InvalidEdu", "edu_type: expected string", 0, "a type that is not a string"],
    [
      '{"content":[],"edu_type":"m.direct_to_device"}',
      "InvalidEdu",
      "content: expected object",
      0,
      "a content that is not an object",
    ],
    [
      eduText("[]"),
      "InvalidEdu",
      "content.messages: expected object",
      0,
      "messages that are not an object",
    ],
  ];
  test.each(
    rows.map(([edu, tag, line, accepted, reason]) => ({ edu, tag, line, accepted, reason })),
  )("$reason", ({ edu, tag, line, accepted }) => {
    const { left, right } = received(bodyText([edu, good]));
    expect(left.map(({ _tag }) => _tag)).toEqual([tag]);
    expect(linesOf(left)).toEqual([line]);
    expect(right).toHaveLength(accepted + 1);
  });
  test("leaves are counted in an EDU without a type", () => {
    const edu = toAlice('{"A":{},"B":1}').replace('"m.direct_to_device"', "1");
    expect(received(bodyText([edu])).left).toMatchObject([{ leaves: 2, message_id: "1" }]);
  });
  test("contents that an engine cannot parse are rejected as too deep", () => {
    const spy = vi.spyOn(JSON, "parse").mockImplementationOnce(() => {
      throw new RangeError("Maximum call stack size exceeded");
    });
    const text = bodyText([toAlice('{"A":{"n":1e400},"B":{}}')]);
    const { left } = received(text);
    expect(linesOf(left)[0]).toMatch(/: expected at most 100 levels$/);
    expect(spy).toHaveBeenCalledTimes(2);
    spy.mockRestore();
  });
  test("a very deep text is rejected without an exception", () => {
    const deep = `{"A":${'{"a":'.repeat(100_000)}{}${"}".repeat(100_000)},"B":{}}`;
    const { left, right } = received(bodyText([toAlice(deep)]));
    expect(left).toMatchObject([{ _tag: "InvalidContents", leaves: 1 }]);
    expect(right).toHaveLength(1);
  });
});

describe("the canonical JSON of the body", () => {
  const rows: ReadonlyArray<readonly [text: string, canonical: CanonicalBody, reason: string]> = [
    ...[
      bodyText([]),
      bodyText([toAlice('{"A":{"e":1e-7,"f":1.0,"n":-0.0}}')]),
      bodyText([toAlice('{"A":null}')]),
    ].map(
      (text) =>
        [text, { _tag: "Canonical", text: text as JsonText }, "is the text itself"] as const,
    ),
    [
      `${bodyText([toAlice('{"B":{"n":1.0},"A":{}}')])} `,
      { _tag: "Canonical", text: bodyText([toAlice('{"A":{},"B":{"n":1.0}}')]) as JsonText },
      "is written if the text is not canonical, with numbers as written",
    ],
    [
      bodyText([toAlice('{"A":{"a":1,"a":2}}')]),
      { _tag: "NotStrict" },
      "does not exist if contents are not strict",
    ],
    [
      bodyText([toAlice('{"\\ud800":{}}')]),
      { _tag: "NotStrict" },
      "does not exist if a device ID is not strict",
    ],
    [
      bodyText([toAlice('{"A":{},"A":{}}')]),
      { _tag: "NotStrict" },
      "does not exist if an EDU is not strict",
    ],
    [
      bodyText([eduText('{"@\\ud800:x":{}}')]),
      { _tag: "NotStrict" },
      "does not exist if a user ID is not strict",
    ],
  ];
  test.each(rows.map(([text, canonical, reason]) => ({ text, canonical, reason })))(
    "$reason",
    ({ text, canonical }) => {
      const { canonical: first } = received(text);
      expect(first).toEqual(canonical);
    },
  );
  test("is made once", () => {
    const body = received(bodyText([toAlice('{"B":{},"A":{}}')]));
    expect(body.canonical).toBe(body.canonical);
  });
});

describe("delivery", () => {
  const devices = new Map([[alice, ["PHONE", "LAPTOP"]]]);
  const [message] = received(
    bodyText([toAlice('{"*":{"n":1.0},"PHONE":{"a":1,"a":2},"GONE":{}}')]),
  ).right;
  if (message === undefined) throw new Error("expected a message");

  test("recipients are the users", () => {
    expect(recipients(message)).toEqual([alice]);
  });
  test("a device whose contents were rejected does not receive those of *", () => {
    expect(excludedDevices(message)).toEqual(new Map([[alice, new Set(["PHONE"])]]));
    const { left, right } = deliver(devices)(message);
    const event = '{"content":{"n":1.0},"sender":"@john:example.com","type":"m.test"}';
    expect(right).toEqual([{ userId: alice, deviceId: "LAPTOP", event }]);
    expect(left).toMatchObject([{ deviceId: "GONE", reason: "UnknownDevice" }]);
  });
  test("expandWildcards keeps contents unchanged, and the * of unknown users", () => {
    expect(expandWildcards(devices)(message).messages).toEqual(
      new Map([
        [
          alice,
          new Map([
            ["GONE", "{}"],
            ["LAPTOP", '{"n":1.0}'],
          ]),
        ],
      ]),
    );
    expect(expandWildcards(new Map())(message)).toBe(message);
  });
  test("events are joined for /sync and for appservices", () => {
    const { right } = deliver(devices)(message);
    const events = right.map(({ event }) => event);
    expect(JSON.parse(jsonArray(events))).toEqual(events.map(parse));
    const [delivery] = right;
    if (delivery === undefined) throw new Error("expected a delivery");
    const event = {
      content: { n: 1 },
      sender: "@john:example.com",
      to_device_id: "LAPTOP",
      to_user_id: alice,
      type: "m.test",
    };
    expect(parse(toAppserviceEvent(delivery))).toEqual(event);
    expect(parse(appserviceTransaction()(right.map(toAppserviceEvent)))).toEqual({
      "de.sorunome.msc2409.to_device": [event],
      events: [],
    });
    const room = '[{"a":1}]' as string as JsonText;
    expect(parse(appserviceTransaction({ member: "to_device", events: room })([]))).toEqual({
      events: [{ a: 1 }],
      to_device: [],
    });
  });
});

describe("JsonText", () => {
  test.each([
    { value: 1, line: "expected JSON text", reason: "another value" },
    {
      value: "{",
      line: "expected JSON text (expected member name)",
      reason: "text that is not JSON",
    },
    {
      value: '{"a":1,"a":1}',
      line: "expected JSON text (duplicate member name)",
      reason: "a duplicate name",
    },
    { value: '"\\ud800"', line: "expected JSON text (lone surrogate)", reason: "a lone surrogate" },
  ])("gives the reason for rejecting $reason", ({ value, line }) => {
    expect(leftLines(JsonText.decode(value))).toEqual([line]);
  });
});

describe("reasons contain no text of the input (promise 5)", () => {
  test("for any rejection", () => {
    const secret = "sEcReT";
    const texts = [
      `{"a":${secret}}`,
      bodyText([toAlice(`{"A":"${secret}","B":{"s":"${secret}\\ud800"}}`)]),
      `{"origin":"${secret} ","origin_server_ts":1,"pdus":[]}`,
    ];
    expect(JSON.stringify(texts.map((text) => receive(text)))).not.toContain(secret);
  });
});

describe("hostile texts of any size are read in linear time", () => {
  const million = 1_000_000;
  test.each([
    { text: "\\".repeat(million), reason: "backslashes" },
    { text: '"'.repeat(million), reason: "quotes" },
    { text: "[".repeat(million), reason: "brackets" },
    { text: " ".repeat(million), reason: "white space" },
    { text: "1".repeat(million), reason: "digits" },
    { text: `"${"a".repeat(million)}"`, reason: "one string" },
    {
      text: bodyText([
        eduText(`{${Array.from({ length: 100_000 }, (_, n) => `"@${n}:example.org":{}`)}}`),
      ]),
      reason: "100,000 empty users",
    },
    {
      text: bodyText([toAlice(`{${Array.from({ length: 100_000 }, (_, n) => `"${n}":0`)}}`)]),
      reason: "100,000 invalid contents",
    },
  ])("$reason", ({ text }) => {
    const outcome = receive(text);
    expect(
      JSON.stringify(outcome, (key, value) => (key === "canonical" ? 0 : value)).length,
    ).toBeLessThan(200_000);
  });
});
