import { runInNewContext } from "node:vm";
import {
  maxDepth,
  type Rejection,
  receiveEdus,
  serverNameOf,
  ToDeviceMessage,
  type UserId,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import {
  contentWith,
  eduWith,
  nested,
  server,
  sharedGraph,
  specEdu,
  withProto,
} from "./support.js";

const isLocal = (userId: UserId) => serverNameOf(userId) === "example.org";
const receive = receiveEdus({ origin: server("example.com"), isLocal });

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const at = (userId: string) => `content.messages["${userId}"]`;

/** An array of so many levels. */
function lists(levels: number): ReadonlyArray<unknown> {
  let list: ReadonlyArray<unknown> = [];
  for (let level = 1; level < levels; level++) list = [list];
  return list;
}

describe("an EDU that is right", () => {
  test("comes out as the same reference, with its unknown members", () => {
    const { left, right } = receive([specEdu]);
    expect(left).toEqual([]);
    expect(right[0]).toBe(specEdu.content);
  });
  test.each([
    { edu: Object.assign(Object.create(null), specEdu), reason: "without a prototype" },
    {
      edu: runInNewContext("JSON.parse(text)", { text: JSON.stringify(specEdu) }),
      reason: "of another realm",
    },
  ])("$reason is received alike", ({ edu }) => {
    const { left, right } = receive([edu]);
    expect(left).toEqual([]);
    expect(right[0]).toBe(edu.content);
  });
  test("without recipients is a message all the same", () => {
    expect(receive([eduWith({})])).toEqual({ left: [], right: [contentWith({})] });
  });
  test("of another type is nobody's business here", () => {
    const presence = { edu_type: "m.presence", content: null };
    expect(receive([presence, { edu_type: "" }])).toEqual({ left: [], right: [] });
  });
  test("keeps its place among others", () => {
    const { left, right } = receive([null, specEdu, eduWith(5), specEdu]);
    expect(left.map(({ index }) => index)).toEqual([0, 2]);
    expect(right).toEqual([specEdu.content, specEdu.content]);
  });
  test("with devices named like members of Object.prototype keeps them", () => {
    const devices = withProto({ a: 1 }, { constructor: {}, toString: {}, 0: {}, "": {} });
    const { left, right } = receive([eduWith({ [alice]: devices, [bob]: { A: null } })]);
    expect(left).toHaveLength(1);
    expect(Object.keys(right[0]?.messages[alice as UserId] ?? {})).toEqual(Object.keys(devices));
  });
});

describe("an EDU that falls as a whole (promise 1)", () => {
  const rows: ReadonlyArray<readonly [unknown, Rejection["_tag"], number, string, string]> = [
    [null, "Malformed", 0, "expected object", "null"],
    [[], "Malformed", 0, "expected object", "an array"],
    [{}, "Malformed", 0, "edu_type: expected string", "no edu_type"],
    [{ edu_type: 1 }, "Malformed", 0, "edu_type: expected string", "an edu_type that is no string"],
    [{ edu_type: specEdu.edu_type }, "Malformed", 0, "content: expected object", "no content"],
    [eduWith([]), "Malformed", 0, "content.messages: expected object", "an array of messages"],
    [
      eduWith({ [alice]: { A: {}, B: {} }, [bob]: 1 }, { message_id: 35 }),
      "Malformed",
      3,
      "content.message_id: expected string of at most 32 code points",
      "a number for the message ID, its three contents counted",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { type: null }),
      "Malformed",
      1,
      "content.type: expected string",
      "null for the type",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john" }),
      "Malformed",
      1,
      "content.sender: expected User ID",
      "a sender without a server",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { trace: { n: Number.POSITIVE_INFINITY } }),
      "Malformed",
      1,
      "content.trace.n: expected finite number",
      "an unknown member that could not be passed on",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { toJSON: () => "forged" }),
      "Malformed",
      1,
      "content.toJSON: expected JSON value",
      "a member that would change the text",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john:evil.example" }),
      "ForeignSender",
      1,
      "content.sender: expected user of the origin",
      "a sender of another server",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john:example.com:8448" }),
      "ForeignSender",
      1,
      "content.sender: expected user of the origin",
      "a sender of the origin's name with a port: another server",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john:EXAMPLE.com" }),
      "ForeignSender",
      1,
      "content.sender: expected user of the origin",
      "a sender of the origin's name in capitals: another server",
    ],
  ];
  const named = rows.map(([edu, _tag, leaves, line, reason]) => ({
    edu,
    _tag,
    leaves,
    line,
    reason,
  }));
  test.each(named)("$reason", ({ edu, _tag, leaves, line }) => {
    expect(receive([edu])).toEqual({
      left: [{ _tag, index: 0, leaves, reasons: [line] }],
      right: [],
    });
  });
});

describe("what falls alone (promise 2)", () => {
  const good = { A: { a: 1 } };
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const rows: ReadonlyArray<readonly [object, Rejection["_tag"], number, string, string]> = [
    [
      { "bob:example.org": good },
      "RecipientsRefused",
      1,
      `${at("bob:example.org")}: expected User ID`,
      "a key that is no user ID",
    ],
    [
      { "@x:exa mple": { A: {}, B: {} } },
      "RecipientsRefused",
      2,
      `${at("@x:exa mple")}: expected User ID`,
      "a user of an impossible server, with all its devices",
    ],
    [
      withProto({ A: {} }),
      "RecipientsRefused",
      1,
      "content.messages.__proto__: expected User ID",
      "a user named __proto__",
    ],
    [
      { [bob]: null },
      "RecipientsRefused",
      1,
      `${at(bob)}: expected object`,
      "null for the devices",
    ],
    [{ [bob]: [{}] }, "RecipientsRefused", 1, `${at(bob)}: expected object`, "an array of devices"],
    [
      { [bob]: { B: null } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B: expected object`,
      "null for the contents",
    ],
    [
      { [bob]: { "*": "x" } },
      "RecipientsRefused",
      1,
      `${at(bob)}["*"]: expected object`,
      "a string for the contents of all devices",
    ],
    [
      { [bob]: { B: { n: Number.NaN } } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.n: expected finite number`,
      "NaN",
    ],
    [
      { [bob]: { B: JSON.parse('{"n":[1e400]}') } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.n[0]: expected finite number`,
      "a number too large for a double",
    ],
    [
      { [bob]: { B: { f: () => 1 } } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.f: expected JSON value`,
      "a function",
    ],
    [
      { [bob]: { B: { u: undefined } } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.u: expected JSON value`,
      "undefined, which text would lose",
    ],
    [
      { [bob]: { B: { list: Object.assign([], { length: 1 }) } } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.list[0]: expected JSON value`,
      "a hole in an array, which text would fill",
    ],
    [
      { [bob]: { B: { d: new Date(0) } } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.d: expected JSON value`,
      "a Date, which text would change",
    ],
    [
      { [bob]: { B: { n: 1n } } },
      "RecipientsRefused",
      1,
      `${at(bob)}.B.n: expected JSON value`,
      "a bigint",
    ],
    [
      { "@bob:example.net": { A: {}, B: {} } },
      "RecipientsNotLocal",
      2,
      `${at("@bob:example.net")}: expected local user`,
      "a user of another server",
    ],
    [
      { "@bob:example.org:1": null },
      "RecipientsNotLocal",
      1,
      `${at("@bob:example.org:1")}: expected local user`,
      "a user of another server, whatever it gets",
    ],
    [
      { "@bob:example.net": {} },
      "RecipientsNotLocal",
      0,
      `${at("@bob:example.net")}: expected local user`,
      "a user of another server without devices",
    ],
  ];
  const named = rows.map(([bad, _tag, leaves, line, reason]) => ({
    bad,
    _tag,
    leaves,
    line,
    reason,
  }));
  test.each(named)("$reason", ({ bad, _tag, leaves, line }) => {
    const messages = Object.fromEntries([[alice, good], ...Object.entries(bad)]);
    expect(receive([eduWith(messages, { more: [1] })])).toEqual({
      left: [{ _tag, index: 0, leaves, reasons: [line] }],
      right: [contentWith({ [alice]: good }, { more: [1] })],
    });
  });
  test.each([
    { body: nested(maxDepth + 1), line: /: expected at most 100 levels$/, reason: "101 levels" },
    {
      body: { a: lists(100) },
      line: /: expected at most 100 levels$/,
      reason: "101 levels of arrays",
    },
    { body: nested(100_000), line: /: expected at most 100 levels$/, reason: "100,000 levels" },
    { body: cycle, line: /: expected at most 100 levels$/, reason: "a cycle" },
    {
      body: sharedGraph(),
      line: /: expected at most 65536 values that share objects$/,
      reason: "2^90 values in 90 objects",
    },
  ])("$reason", ({ body, line }) => {
    const { left, right } = receive([eduWith({ [alice]: { B: body, A: {} } })]);
    expect(left).toMatchObject([{ _tag: "RecipientsRefused", leaves: 1, reasons: [line] }]);
    expect(right).toEqual([contentWith({ [alice]: { A: {} } })]);
  });
  test("has an EDU with a bad and a remote recipient on the left twice", () => {
    const messages = { x: good, "@y:example.net": good, [alice]: good };
    const { left, right } = receive([eduWith(messages)]);
    expect(left.map(({ _tag }) => _tag)).toEqual(["RecipientsRefused", "RecipientsNotLocal"]);
    expect(right).toEqual([contentWith({ [alice]: good })]);
  });
  test("leaves no message where nobody is left", () => {
    expect(receive([eduWith({ [alice]: { A: 1, B: 2 } })])).toMatchObject({
      left: [{ _tag: "RecipientsRefused", leaves: 2 }],
      right: [],
    });
  });
});

describe("what passes", () => {
  test.each([
    { body: nested(maxDepth), reason: "100 levels" },
    { body: { a: lists(99) }, reason: "100 levels, most of them arrays" },
    { body: { n: [0.5, 2 ** 60, 1e300] }, reason: "numbers that canonical JSON does not have" },
    { body: { s: "\ud800", "\udc00": null }, reason: "lone surrogates" },
    { body: withProto({ polluted: true }), reason: "a member __proto__" },
    {
      body: { list: Array.from({ length: 70_000 }, () => ({})) },
      reason: "many values that are not shared",
    },
  ])("$reason", ({ body }) => {
    const { left, right } = receive([eduWith({ [alice]: { A: body } })]);
    expect(left).toEqual([]);
    expect(JSON.parse(JSON.stringify(right))).toEqual(right);
    expect(right[0]?.messages[alice as UserId]?.["A" as never]).toBe(body);
    expect(right.every(ToDeviceMessage.is)).toBe(true);
  });
});

test("promise 8: what someone put into Object.prototype is in no contents", () => {
  const edus = [eduWith({ [alice]: { A: { a: {} } } })];
  Object.assign(Object.prototype, { polluted: () => 1 });
  try {
    expect(receive(edus)).toEqual({
      left: [],
      right: [contentWith({ [alice]: { A: { a: {} } } })],
    });
  } finally {
    delete (Object.prototype as { polluted?: unknown }).polluted;
  }
});

describe("bounds (promises 5 and 7)", () => {
  test("100,000 bad contents are counted, and at most 100 reasons given", () => {
    const devices = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`D${n}`, n]));
    const { left } = receive([eduWith({ [alice]: devices })]);
    expect(left).toMatchObject([{ leaves: 100_000 }]);
    expect(left[0]?.reasons).toHaveLength(100);
    expect(left[0]?.reasons.at(-1)).toBe("there are more errors, which are not listed");
    expect(JSON.stringify(left).length).toBeLessThan(65_536);
  });
  test("a value under a bad key is in no reason", () => {
    const secret = "sEcReT";
    const { left } = receive([
      eduWith({ [alice]: { A: secret, B: { n: [secret, Number.NaN] } } }, { message_id: 1 }),
      eduWith({ [alice]: { A: secret } }, { sender: `@${secret}:evil` }),
      secret,
    ]);
    expect(JSON.stringify(left)).not.toContain(secret);
  });
});

describe("hostile values in memory (promise 6)", () => {
  const throwing = (key: string) =>
    Object.defineProperty({ A: {} }, key, {
      enumerable: true,
      get: () => {
        throw new Error("secret");
      },
    });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  test("a getter or proxy that throws falls where it stands", () => {
    expect(receive([eduWith({ [alice]: throwing("B") })])).toMatchObject({
      left: [{ reasons: [`${at(alice)}.B: expected a value that can be read`] }],
      right: [contentWith({ [alice]: { A: {} } })],
    });
    expect(receive([eduWith({ [alice]: { A: {}, B: throwing("C") } })])).toMatchObject({
      left: [{ reasons: [`${at(alice)}.B: expected a value that can be read`] }],
      right: [contentWith({ [alice]: { A: {} } })],
    });
    expect(receive([eduWith({ [alice]: { A: {} }, [bob]: revoked.proxy })])).toMatchObject({
      left: [{ leaves: 1, reasons: [`${at(bob)}: expected object`] }],
      right: [contentWith({ [alice]: { A: {} } })],
    });
    expect(receive([eduWith({ [alice]: { A: {} } }, { trace: throwing("B") })])).toMatchObject({
      left: [{ reasons: ["content.trace: expected a value that can be read"] }],
      right: [],
    });
    expect(receive([revoked.proxy, eduWith(revoked.proxy)])).toMatchObject({
      left: [{ _tag: "Malformed" }, { _tag: "Malformed" }],
      right: [],
    });
  });
  test("a proxy that changes between two looks is Malformed at worst", () => {
    for (let looks = 0; looks < 40; looks++) {
      let left = looks;
      const changing = new Proxy(eduWith({ [alice]: { A: {} } }), {
        get: (target, key) => (left-- > 0 ? Reflect.get(target, key) : null),
        getPrototypeOf: (target) => {
          if (left-- <= 0) throw new Error("secret");
          return Reflect.getPrototypeOf(target);
        },
      });
      const { left: refused, right } = receive([changing]);
      // Its edu_type may become another: then it is nobody's business.
      expect(refused.length + right.length).toBeLessThanOrEqual(1);
      expect(refused.every(({ _tag }) => _tag === "Malformed")).toBe(true);
    }
  });
  test("what the host's own function throws is the host's", () => {
    const broken = receiveEdus({
      origin: server("example.com"),
      isLocal: () => {
        throw new RangeError("the host's");
      },
    });
    expect(() => broken([specEdu])).toThrow("the host's");
  });
  test("the verdict on depth is the same on any call stack", () => {
    const edus = [eduWith({ [alice]: { A: nested(maxDepth), B: nested(maxDepth + 1) } })];
    const expected = JSON.stringify(receive(edus));
    const outcomes = new Set<string>();
    const dive = (calls: number): void => {
      try {
        dive(calls + 1);
      } catch {
        // The deepest calls have no room for a verdict.
      }
      if (calls % 50 !== 0) return;
      try {
        outcomes.add(JSON.stringify(receive(edus)));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    };
    dive(0);
    expect(outcomes).toEqual(new Set([expected]));
  });
});
