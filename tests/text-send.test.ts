import { receiveTransaction } from "matrix-send-to-device";
import {
  canonicalJson,
  deliver,
  packEdus,
  parse,
  requestOf,
  splitByDestination,
  toTransactions,
} from "matrix-send-to-device/text";
import { describe, expect, test } from "vitest";

const alice = "@alice:example.org";
const bob = "@bob:elsewhere.example";
const from = { sender: "@john:example.com", type: "m.test" };
const messageId = (index: number) => `m${index}`;

function requestWith(text: string) {
  const request = requestOf(from)(text);
  if (request._tag === "Left") throw new Error(JSON.stringify(request.left));
  return request.right;
}

const bodyOf = (messages: string) => `{"messages":${messages}}`;

describe("requestOf (promise 1)", () => {
  test("uses only the messages of the body", () => {
    const request = requestWith('{"sender":"@admin:example.com","type":"x","messages":{}}');
    expect(request).toEqual({ ...from, messages: new Map() });
  });
  const rows: ReadonlyArray<readonly [text: string, left: object, reason: string]> = [
    ["{", { _tag: "NotJson", position: 1, expected: "expected member name" }, "not JSON"],
    [
      '{"messages":{},"messages":{}}',
      { _tag: "NotStrict", position: 15, reason: "duplicate member name" },
      "a member twice",
    ],
    [
      bodyOf(`{"${alice}":{"A":{},"A":{}}}`),
      { _tag: "NotStrict", reason: "duplicate member name" },
      "a device twice",
    ],
    ['{"x":"\\ud800"}', { _tag: "NotStrict", reason: "lone surrogate" }, "a lone surrogate"],
    ["[]", { _tag: "NotValid", reasons: [{ path: [], line: "expected object" }] }, "an array"],
    [
      "{}",
      { _tag: "NotValid", reasons: [{ path: ["messages"], line: "messages: expected object" }] },
      "no messages",
    ],
    [
      bodyOf("[]"),
      { _tag: "NotValid", reasons: [{ path: ["messages"], line: "messages: expected object" }] },
      "an array of messages",
    ],
    [
      bodyOf(`{"${alice}":1}`),
      { _tag: "NotValid", reasons: [{ line: `messages["${alice}"]: expected object` }] },
      "devices that are not an object",
    ],
    [
      bodyOf(`{"${alice}":{"A":{},"B":[]}}`),
      { _tag: "NotValid", reasons: [{ line: `messages["${alice}"].B: expected object` }] },
      "contents that are not an object",
    ],
    [
      bodyOf('{"bob":{"A":{}}}'),
      {
        _tag: "NotValid",
        reasons: [{ line: "messages.bob: expected User ID (no @ at the start)" }],
      },
      "an invalid user ID",
    ],
    [
      bodyOf('{"@\\ud800:x":{"A":{}}}'),
      {
        _tag: "NotValid",
        reasons: [{ line: 'messages["@\\ud800:x"]: expected User ID (lone surrogate)' }],
      },
      "a lone surrogate in a user ID",
    ],
  ];
  test.each(rows.map(([text, left, reason]) => ({ text, left, reason })))(
    "rejects $reason",
    ({ text, left }) => {
      expect(requestOf(from)(text)).toMatchObject({ _tag: "Left", left });
    },
  );
  test("throws a TypeError for an invalid sender", () => {
    expect(() => requestOf({ ...from, sender: "john" })).toThrow(TypeError);
  });
});

describe("contents to send", () => {
  type Row = readonly [contents: string, canonical: string, reason: string];
  const rows: ReadonlyArray<Row> = [
    ['{"a":1,"b":"é"}', '{"a":1,"b":"é"}', "canonical JSON stays the same"],
    ['{ "b" : 1, "a" : 2 }', '{"a":2,"b":1}', "white space is removed, and members are sorted"],
    ['{"n":[1.0,1e2,-0,-0.0]}', '{"n":[1,100,0,0]}', "integers are written as integers"],
    ['{"s":"\\u00e9\\/\\u000b"}', '{"s":"é/\\u000b"}', "escapes are as short as possible"],
    [
      '{"\\ufb33":1,"\\ud83d\\ude00":2}',
      '{"\ufb33":1,"😀":2}',
      "members are in order of code points",
    ],
    ['{"n":9007199254740991}', '{"n":9007199254740991}', "the largest integer"],
  ];
  test.each(rows.map(([contents, canonical, reason]) => ({ contents, canonical, reason })))(
    "$reason",
    ({ contents, canonical }) => {
      const request = requestWith(bodyOf(`{"${alice}":{"A":${contents}}}`));
      const leaf = request.messages.get(alice as never)?.get("A" as never);
      expect(leaf).toEqual({
        _tag: "Canonical",
        text: canonical,
        bytes: Buffer.byteLength(canonical),
      });
      const [edu] = packEdus({ messageId })(request).right;
      expect(edu?.text).toContain(`{"A":${canonical}}`);
    },
  );
  type Fault = readonly [device: string, line: string, reason: string];
  const at = `messages["${alice}"]`;
  const faults: ReadonlyArray<Fault> = [
    ['"B":{"f":[1,0.5]}', `${at}.B.f[1]: expected integer`, "a float"],
    [
      '"B":{"n":9007199254740993}',
      `${at}.B.n: expected integer from -(2^53)+1 to 2^53-1`,
      "an integer beyond 2^53",
    ],
    ['"B":{"n":1e400}', `${at}.B.n: expected finite number`, "a number beyond a double"],
    ['"B":{"a":1,"a":1}', `${at}.B: expected no duplicate member names`, "a duplicate name"],
    ['"B":{"s":"\\ud800"}', `${at}.B: expected no lone surrogate`, "a lone surrogate"],
    [
      '"\\ud800":{}',
      `${at}["\\ud800"]: expected no lone surrogate`,
      "a lone surrogate in a device ID",
    ],
    [
      `"B":${'{"a":'.repeat(100)}{}${"}".repeat(100)}`,
      `${at}.B${".a".repeat(100)}: expected at most 100 levels`,
      "101 levels",
    ],
  ];
  test.each(faults.map(([device, line, reason]) => ({ device, line, reason })))(
    "$reason is returned, and does not stop the others",
    ({ device, line }) => {
      const request = requestWith(bodyOf(`{"${alice}":{"A":{"a":1},${device}}}`));
      const { left, right } = packEdus({ messageId })(request);
      expect(left).toMatchObject([{ _tag: "NotCanonicalJson", reason: { line } }]);
      expect(right.map(({ content }) => [...(content.messages.get(alice as never) ?? [])])).toEqual(
        [[["A", '{"a":1}']]],
      );
    },
  );
  test("contents that are too large are returned with their bytes", () => {
    const { left } = packEdus({ messageId, maxBytes: 200 })(
      requestWith(bodyOf(`{"${alice}":{"A":{"s":"${"é".repeat(100)}"}}}`)),
    );
    expect(left).toMatchObject([{ _tag: "TooLarge", deviceIds: ["A"], bytes: 356 }]);
  });
});

describe("EDUs and transactions", () => {
  const request = requestWith(
    bodyOf(
      `{"${bob}":{"Z":{},"*":{"n":1.0}},"${alice}":{"A":{"b":1,"a":2}},"@a:example.org":{"B":{}}}`,
    ),
  );
  const parts = splitByDestination(request);

  test("are canonical JSON within the limit", () => {
    expect([...parts.keys()]).toEqual(["elsewhere.example", "example.org"]);
    const texts = [...parts.values()].flatMap((part) =>
      packEdus({ messageId })(part).right.map(({ text }) => text),
    );
    expect(texts).toEqual([
      `{"content":{"message_id":"m0","messages":{"${bob}":{"*":{"n":1},"Z":{}}},"sender":"@john:example.com","type":"m.test"},"edu_type":"m.direct_to_device"}`,
      `{"content":{"message_id":"m0","messages":{"@a:example.org":{"B":{}},"${alice}":{"A":{"a":2,"b":1}}},"sender":"@john:example.com","type":"m.test"},"edu_type":"m.direct_to_device"}`,
    ]);
    const [body] = toTransactions({ origin: "example.com", origin_server_ts: 17 })(texts);
    if (body === undefined) throw new Error("expected a body");
    expect(canonicalJson({ numbers: "integers" })(body)).toEqual({ _tag: "Right", right: body });
    const receive = receiveTransaction({ origin: "example.com", isLocal: () => true });
    expect(receive(parse(body))).toMatchObject({ right: { left: [], right: { length: 2 } } });
  });
  test("are delivered on the host's own server without parsing", () => {
    const own = [...parts.values()].flatMap((part) => packEdus({ messageId })(part).right);
    const delivered = own.flatMap(({ content }) => deliver(() => ["A", "B"])(content).right);
    expect(
      delivered.map(({ userId, deviceId, event }) => [userId, deviceId, event]),
    ).toContainEqual([
      alice,
      "A",
      '{"content":{"a":2,"b":1},"sender":"@john:example.com","type":"m.test"}',
    ]);
  });
  test("there are at most 100 EDUs in a transaction, and no transaction without EDUs", () => {
    const bodies = toTransactions({ origin: "example.com", origin_server_ts: 17 });
    const texts = Array.from({ length: 101 }, () => "{}" as never);
    expect(bodies(texts).map((body) => Object(parse(body)).edus.length)).toEqual([100, 1]);
    expect(bodies([])).toEqual([]);
  });
  test("a type with a lone surrogate rejects everything", () => {
    const odd = requestOf({ ...from, type: "\ud800" })(bodyOf(`{"${alice}":{"A":{},"B":{}}}`));
    if (odd._tag === "Left") throw new Error("expected a request");
    const { left, right } = packEdus({ messageId })(odd.right);
    expect(left).toMatchObject([
      { reason: { line: "type: expected no lone surrogate" } },
      { reason: { line: "type: expected no lone surrogate" } },
    ]);
    expect(right).toEqual([]);
  });
});
