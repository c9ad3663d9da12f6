import { runInNewContext } from "node:vm";
import {
  deliver,
  excludedDevices,
  expandWildcards,
  type InvalidEdus,
  isUserOf,
  maxDepth,
  type Rejection,
  receiveEdus,
  receiveTransaction,
  ToDeviceMessage,
  type UserId,
} from "matrix-send-to-device";
import { describe, expect, test, vi } from "vitest";
import { contentWith, eduWith, nested, sharedGraph, specEdu, withProto } from "./support.js";

const isLocal = isUserOf("example.org");
const receive = receiveEdus({ origin: "example.com", isLocal });

const linesOf = (left: ReadonlyArray<Rejection | InvalidEdus>) =>
  left.flatMap(({ reasons }) => reasons.map(({ line }) => line));

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const at = (userId: string) => `content.messages["${userId}"]`;

/** An array with this number of levels. */
function lists(levels: number): ReadonlyArray<unknown> {
  let list: ReadonlyArray<unknown> = [];
  for (let level = 1; level < levels; level++) list = [list];
  return list;
}

describe("a valid EDU", () => {
  test("gives its content as the same reference, with unknown members", () => {
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
  ])("$reason is received", ({ edu }) => {
    const { left, right } = receive([edu]);
    expect(left).toEqual([]);
    expect(right[0]).toBe(edu.content);
  });
  test("without recipients gives a message", () => {
    expect(receive([eduWith({})])).toEqual({ left: [], right: [contentWith({})] });
  });
  test("of another type is ignored", () => {
    const presence = { edu_type: "m.presence", content: null };
    expect(receive([presence, { edu_type: "" }])).toEqual({ left: [], right: [] });
  });
  test("keeps its position", () => {
    const { left, right } = receive([null, specEdu, eduWith(5), specEdu]);
    expect(left).toMatchObject([{ index: 0 }, { index: 2 }]);
    expect(right).toEqual([specEdu.content, specEdu.content]);
  });
  test("keeps devices with the names of members of Object.prototype", () => {
    const devices = withProto({ a: 1 }, { constructor: {}, toString: {}, 0: {}, "": {} });
    const { left, right } = receive([eduWith({ [alice]: devices, [bob]: { A: null } })]);
    expect(left).toHaveLength(1);
    expect(Object.keys(right[0]?.messages[alice as UserId] ?? {})).toEqual(Object.keys(devices));
  });
});

describe("an EDU that is rejected as a whole (promise 1)", () => {
  const rows: ReadonlyArray<readonly [unknown, Rejection["_tag"], number, string, string]> = [
    [null, "InvalidEdu", 0, "expected object", "null"],
    [[], "InvalidEdu", 0, "expected object", "an array"],
    [{}, "InvalidEdu", 0, "edu_type: expected string", "no edu_type"],
    [
      { edu_type: 1 },
      "InvalidEdu",
      0,
      "edu_type: expected string",
      "an edu_type that is not a string",
    ],
    [{ edu_type: specEdu.edu_type }, "InvalidEdu", 0, "content: expected object", "no content"],
    [eduWith([]), "InvalidEdu", 0, "content.messages: expected object", "an array of messages"],
    [
      eduWith({ [alice]: { A: {}, B: {} }, [bob]: 1 }, { message_id: 35 }),
      "InvalidEdu",
      3,
      "content.message_id: expected string of at most 255 code points",
      "a number for the message ID, with three leaves",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { type: null }),
      "InvalidEdu",
      1,
      "content.type: expected string",
      "null for the type",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john" }),
      "InvalidEdu",
      1,
      "content.sender: expected User ID (no :)",
      "a sender without a server",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { trace: { n: Number.POSITIVE_INFINITY } }),
      "InvalidEdu",
      1,
      "content.trace.n: expected finite number",
      "an unknown member that could not be passed on",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { toJSON: () => "forged" }),
      "InvalidEdu",
      1,
      "content.toJSON: expected JSON value",
      "a member that would change the text",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john:evil.example" }),
      "ForeignSender",
      1,
      "content.sender: expected user of example.com",
      "a sender of another server",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john:example.com:8448" }),
      "ForeignSender",
      1,
      "content.sender: expected user of example.com",
      "a sender of the origin's name with a port, which is another server",
    ],
    [
      eduWith({ [alice]: { A: {} } }, { sender: "@john:EXAMPLE.com" }),
      "ForeignSender",
      1,
      "content.sender: expected user of example.com",
      "a sender of the origin's name in capitals, which is another server",
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
    const { left, right } = receive([edu]);
    expect(left).toMatchObject([{ _tag, index: 0, leaves }]);
    expect(linesOf(left)).toEqual([line]);
    expect(right).toEqual([]);
  });
});

describe("rejected without the rest of the EDU (promise 2)", () => {
  const good = { A: { a: 1 } };
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const rows: ReadonlyArray<readonly [object, Rejection["_tag"], number, string, string]> = [
    [
      { "bob:example.org": good },
      "InvalidRecipients",
      1,
      `${at("bob:example.org")}: expected User ID (no @ at the start)`,
      "a key that is not a user ID",
    ],
    [
      { "@x:exa mple": { A: {}, B: {} } },
      "InvalidRecipients",
      2,
      `${at("@x:exa mple")}: expected User ID (invalid server name)`,
      "a user of an invalid server, with all its devices",
    ],
    [
      withProto({ A: {} }),
      "InvalidRecipients",
      1,
      "content.messages.__proto__: expected User ID (no @ at the start)",
      "a user named __proto__",
    ],
    [
      { [bob]: null },
      "InvalidRecipients",
      1,
      `${at(bob)}: expected object`,
      "null for the devices",
    ],
    [{ [bob]: [{}] }, "InvalidRecipients", 1, `${at(bob)}: expected object`, "an array of devices"],
    [
      { [bob]: { B: null } },
      "InvalidContents",
      1,
      `${at(bob)}.B: expected object`,
      "null for the contents",
    ],
    [
      { [bob]: { "*": "x" } },
      "InvalidContents",
      1,
      `${at(bob)}["*"]: expected object`,
      "a string for the contents of all devices",
    ],
    [
      { [bob]: { B: { n: Number.NaN } } },
      "InvalidContents",
      1,
      `${at(bob)}.B.n: expected finite number`,
      "NaN",
    ],
    [
      { [bob]: { B: JSON.parse('{"n":[1e400]}') } },
      "InvalidContents",
      1,
      `${at(bob)}.B.n[0]: expected finite number`,
      "a number too large for a double",
    ],
    [
      { [bob]: { B: { f: () => 1 } } },
      "InvalidContents",
      1,
      `${at(bob)}.B.f: expected JSON value`,
      "a function",
    ],
    [
      { [bob]: { B: { u: undefined } } },
      "InvalidContents",
      1,
      `${at(bob)}.B.u: expected JSON value`,
      "undefined, which would be lost in text",
    ],
    [
      { [bob]: { B: { list: Object.assign([], { length: 1 }) } } },
      "InvalidContents",
      1,
      `${at(bob)}.B.list[0]: expected JSON value`,
      "a hole in an array, which would become null in text",
    ],
    [
      { [bob]: { B: { d: new Date(0) } } },
      "InvalidContents",
      1,
      `${at(bob)}.B.d: expected JSON value`,
      "a Date, which would become a string in text",
    ],
    [
      { [bob]: { B: { n: 1n } } },
      "InvalidContents",
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
      "a user of another server with invalid contents",
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
    const { left, right } = receive([eduWith(messages, { more: [1] })]);
    expect(left).toMatchObject([{ _tag, index: 0, leaves, message_id: "1" }]);
    expect(linesOf(left)).toEqual([line]);
    expect(right).toEqual([contentWith({ [alice]: good }, { more: [1] })]);
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
    expect(left).toMatchObject([{ _tag: "InvalidContents", leaves: 1 }]);
    expect(linesOf(left)[0]).toMatch(line);
    expect(right).toEqual([contentWith({ [alice]: { A: {} } })]);
  });
  test("an EDU with an invalid and a remote recipient gives two rejections", () => {
    const messages = { x: good, "@y:example.net": good, [alice]: good };
    const { left, right } = receive([eduWith(messages)]);
    expect(left.map(({ _tag }) => _tag)).toEqual(["InvalidRecipients", "RecipientsNotLocal"]);
    expect(right).toEqual([contentWith({ [alice]: good })]);
  });
  test("the device maps of other users stay the same references", () => {
    const devices = { A: {} };
    const { right } = receive([eduWith({ [alice]: devices, [bob]: { B: null, C: {} } })]);
    expect(right[0]?.messages[alice]).toBe(devices);
  });
  test("there is no message if no recipient remains", () => {
    expect(receive([eduWith({ [alice]: { A: 1, B: 2 } })])).toMatchObject({
      left: [{ _tag: "InvalidContents", leaves: 2 }],
      right: [],
    });
  });
});

describe("accepted contents", () => {
  test.each([
    { body: nested(maxDepth), reason: "100 levels" },
    { body: { a: lists(99) }, reason: "100 levels, most of them arrays" },
    { body: { n: [0.5, 2 ** 60, 1e300] }, reason: "numbers without canonical JSON" },
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

test("promise 8: members of a polluted Object.prototype are in no contents", () => {
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
  test("100,000 invalid contents are counted, with at most 100 reasons", () => {
    const devices = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`D${n}`, n]));
    const { left } = receive([eduWith({ [alice]: devices })]);
    expect(left).toMatchObject([{ leaves: 100_000 }]);
    expect(linesOf(left)).toHaveLength(97);
    expect(linesOf(left).at(-1)).toBe("there are more errors, which are not listed");
    expect(JSON.stringify(left).length).toBeLessThan(65_536);
  });
  test("a value under an invalid key is in no reason", () => {
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
  test("a getter or proxy that throws is rejected at its place", () => {
    expect(receive([eduWith({ [alice]: throwing("B") })])).toMatchObject({
      left: [{ reasons: [{ line: `${at(alice)}.B: expected a value that can be read` }] }],
      right: [contentWith({ [alice]: { A: {} } })],
    });
    expect(receive([eduWith({ [alice]: { A: {}, B: throwing("C") } })])).toMatchObject({
      left: [{ reasons: [{ line: `${at(alice)}.B.C: expected a value that can be read` }] }],
      right: [contentWith({ [alice]: { A: {} } })],
    });
    expect(receive([eduWith({ [alice]: { A: {} }, [bob]: revoked.proxy })])).toMatchObject({
      left: [{ leaves: 1, reasons: [{ line: `${at(bob)}: expected object` }] }],
      right: [contentWith({ [alice]: { A: {} } })],
    });
    expect(receive([eduWith({ [alice]: { A: {} } }, { trace: throwing("B") })])).toMatchObject({
      left: [{ reasons: [{ line: "content.trace.B: expected a value that can be read" }] }],
      right: [],
    });
    const withoutKeys = new Proxy(
      { [alice]: { A: {} } },
      {
        ownKeys: () => {
          throw new Error("secret");
        },
      },
    );
    expect(receive([eduWith(withoutKeys)])).toMatchObject({
      left: [
        { _tag: "InvalidEdu", reasons: [{ line: "content: expected a value that can be read" }] },
      ],
      right: [],
    });
    expect(receive([revoked.proxy, eduWith(revoked.proxy)])).toMatchObject({
      left: [{ _tag: "InvalidEdu" }, { _tag: "InvalidEdu" }],
      right: [],
    });
  });
  test("a proxy that changes between two reads is rejected at worst", () => {
    let changed = 0;
    for (let looks = 0; looks < 40; looks++) {
      let left = looks;
      const changing = new Proxy(eduWith({ [alice]: { A: {} } }), {
        get: (target, key) => (left-- > 0 ? Reflect.get(target, key) : null),
        getPrototypeOf: (target) => {
          if (left-- <= 0) throw new Error("secret");
          return Reflect.getPrototypeOf(target);
        },
      });
      const { left: rejected, right } = receive([changing]);
      const lines = linesOf(rejected);
      if (lines.some((line) => line.includes("that can be read"))) {
        expect(lines).toEqual(["content: expected a value that can be read"]);
        changed += 1;
      }
      // Its edu_type may change. Then the EDU is ignored.
      expect(rejected.length + right.length).toBeLessThanOrEqual(1);
      expect(rejected.every(({ _tag }) => _tag === "InvalidEdu")).toBe(true);
    }
    expect(changed).toBeGreaterThan(0);
  });
  test("an EDU that is valid only on the second read is received as it is then", () => {
    let looks = 0;
    const edu = Object.defineProperty({ ...specEdu }, "edu_type", {
      get: () => (looks++ === 0 ? null : specEdu.edu_type),
    });
    expect(receive([edu])).toEqual({ left: [], right: [specEdu.content] });
  });
  test("a message keeps its known members if its unknown members can no longer be listed", () => {
    let lists = 0;
    const content = new Proxy(contentWith({ [alice]: { A: {}, B: null } }, { more: 1 }), {
      ownKeys: (target) => {
        lists += 1;
        if (lists > 1) throw new Error("secret");
        return Reflect.ownKeys(target);
      },
    });
    const { right } = receive([{ edu_type: specEdu.edu_type, content }]);
    expect(right).toEqual([contentWith({ [alice]: { A: {} } })]);
  });
  test("an exception of the host's function is passed on", () => {
    const broken = receiveEdus({
      origin: "example.com",
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
        // Only the deepest calls throw.
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

describe("a device whose own contents are rejected (promises 3 and 4)", () => {
  const everyone = { k: 1 };
  const devices = new Map([[alice, ["PHONE", "LAPTOP", "TABLET"]]]);
  const got = (deliveries: ReadonlyArray<{ readonly deviceId: string }>) =>
    deliveries.map(({ deviceId }) => deviceId).sort();
  const rows: ReadonlyArray<readonly [contents: unknown, reason: string]> = [
    [null, "null"],
    ["text", "a string"],
    [JSON.parse('{"n":1e400}'), "a number beyond a double"],
    [nested(maxDepth + 1), "101 levels"],
    [{ s: "\ud800" }, "a lone surrogate"],
  ];
  test.each(rows.map(([contents, reason]) => ({ contents, reason })))(
    "does not receive the contents of * instead: $reason",
    ({ contents }) => {
      const edu = eduWith({
        [alice]: { "*": everyone, PHONE: contents },
        [bob]: { "*": everyone },
      });
      const { left, right } = receive([edu]);
      expect(left).toMatchObject([{ _tag: "InvalidContents", leaves: 1 }]);
      const [message] = right;
      if (message === undefined) throw new Error("expected a message");
      expect(excludedDevices(message)).toEqual(new Map([[alice, new Set(["PHONE"])]]));
      const delivered = deliver(devices)(message);
      expect(got(delivered.right)).toEqual(["LAPTOP", "TABLET"]);
      expect(delivered.left).toMatchObject([{ userId: bob, reason: "NoDevices" }]);
      const expanded = expandWildcards(devices)(message);
      expect(expanded.messages).toEqual({
        [alice]: { LAPTOP: everyone, TABLET: everyone },
        [bob]: { "*": everyone },
      });
      // The rest of the message still has the list.
      expect(got(deliver(devices)(expanded).right)).toEqual(["LAPTOP", "TABLET"]);
    },
  );
  test("is excluded even if its ID has a lone surrogate", () => {
    const { left, right } = receive([eduWith({ [alice]: { "*": everyone, "\udc00": everyone } })]);
    expect(left).toMatchObject([{ _tag: "InvalidRecipients", leaves: 1 }]);
    expect(right.map((message) => excludedDevices(message).get(alice as UserId))).toEqual([
      new Set(["\udc00"]),
    ]);
  });
  test("leaves * without devices if it is the only known device", () => {
    const { right } = receive([eduWith({ [alice]: { "*": everyone, PHONE: null } })]);
    const only = new Map([[alice, ["PHONE"]]]);
    expect(right.map(deliver(only))).toMatchObject([
      { left: [{ deviceId: "*", reason: "NoOtherDevices" }], right: [] },
    ]);
    expect(right.map(expandWildcards(only))).toMatchObject([{ messages: {} }]);
  });
  test.each([
    { messages: { [alice]: { A: {}, B: null } }, reason: "without a *" },
    { messages: { [alice]: { "*": null, A: {} } }, reason: "if the contents of * were rejected" },
    { messages: { [alice]: { "*": {}, A: {} } }, reason: "if nothing was rejected" },
  ])("nothing is excluded $reason", ({ messages }) => {
    expect(receive([eduWith(messages)]).right.map(excludedDevices)).toEqual([new Map()]);
  });
  test("no member of a message can replace the list", () => {
    const excluded = Symbol.for("matrix-send-to-device.excluded");
    const forged = { [excluded]: new Map([[alice, new Set(["PHONE"])]]), excluded: ["PHONE"] };
    expect(receive([eduWith({ [alice]: { "*": {} } }, forged)])).toMatchObject({
      left: [
        {
          _tag: "InvalidEdu",
          reasons: [{ path: ["content"], line: "content: expected JSON value" }],
        },
      ],
      right: [],
    });
  });
  test("the list stays when a message is copied", () => {
    const { right } = receive([eduWith({ [alice]: { "*": {}, PHONE: null } })]);
    const copies = right.map((message) => ({ ...message, note: "copied" }));
    expect(copies.map((copy) => got(deliver(devices)(copy).right))).toEqual([["LAPTOP", "TABLET"]]);
  });
});

describe("message IDs on receipt", () => {
  const rows: ReadonlyArray<readonly [id: string, accepted: boolean, reason: string]> = [
    ["", true, "an empty ID"],
    ["a".repeat(33), true, "33 characters, which deployed servers send"],
    ["a".repeat(255), true, "255 characters"],
    ["\u{1f600}".repeat(255), true, "255 code points of two units each"],
    ["a".repeat(256), false, "256 characters"],
    ["\u{1f600}".repeat(256), false, "256 code points of two units each"],
    ["a\ud800", false, "a lone surrogate"],
  ];
  test.each(rows.map(([id, accepted, reason]) => ({ id, accepted, reason })))(
    "$reason: accepted $accepted",
    ({ id, accepted }) => {
      const edu = eduWith({ [alice]: { A: {} } }, { message_id: id });
      const { left, right } = receive([edu]);
      expect(right.map(({ message_id }) => message_id)).toEqual(accepted ? [id] : []);
      expect(left.map(({ _tag }) => _tag)).toEqual(accepted ? [] : ["InvalidEdu"]);
    },
  );
  test("are in a rejection if they are valid", () => {
    const bad = { [alice]: { A: null } };
    const { left } = receive([
      eduWith(bad, { message_id: "m17" }),
      eduWith(bad, { message_id: 35 }),
      eduWith(bad, { message_id: "m18", type: 1 }),
      eduWith(bad, { message_id: "m19", sender: "@a:evil" }),
      null,
    ]);
    expect(left).toMatchObject([
      { message_id: "m17" },
      { message_id: undefined },
      { message_id: "m18" },
      { message_id: "m19" },
      { message_id: undefined },
    ]);
    expect(left.every((rejection) => Object.hasOwn(rejection, "message_id"))).toBe(true);
    expect(linesOf(left).join()).not.toMatch(/m1[789]/);
  });
  test("have a reason if they are invalid", () => {
    const edus = ["x".repeat(600), "\ud800"].map((message_id) => eduWith({}, { message_id }));
    expect(linesOf(receive(edus).left)).toEqual([
      "content.message_id: expected string of at most 255 code points (too long)",
      "content.message_id: expected string of at most 255 code points (lone surrogate)",
    ]);
  });
});

describe("lone surrogates (MSC4458)", () => {
  const good = { A: {} };
  const rows: ReadonlyArray<readonly [edu: object, tag: string, line: string, reason: string]> = [
    [
      eduWith({ [alice]: { ...good, B: { s: ["a\ud800"] } } }),
      "InvalidContents",
      `${at(alice)}.B.s[0]: expected no lone surrogate`,
      "in contents reject these contents",
    ],
    [
      eduWith({ [alice]: { ...good, B: { "\udc00": 1 } } }),
      "InvalidContents",
      `${at(alice)}.B["\\udc00"]: expected no lone surrogate`,
      "in a name inside contents reject these contents",
    ],
    [
      eduWith({ [alice]: { ...good, "\udfff": {} } }),
      "InvalidRecipients",
      `${at(alice)}["\\udfff"]: expected Device ID (lone surrogate)`,
      "in a device ID reject that device",
    ],
    [
      eduWith({ [alice]: good, "@a\ud800:example.org": good }),
      "InvalidRecipients",
      `content.messages["@a\\ud800:example.org"]: expected User ID (lone surrogate)`,
      "in a user ID reject that recipient",
    ],
    [
      eduWith({ [alice]: good }, { type: "m.\ud800" }),
      "InvalidEdu",
      "content.type: expected no lone surrogate",
      "in the type reject the EDU",
    ],
    [
      eduWith({ [alice]: good }, { trace: { id: "\ud800" } }),
      "InvalidEdu",
      "content.trace.id: expected no lone surrogate",
      "in an unknown member reject the EDU",
    ],
    [
      eduWith({ [alice]: good }, { "\ud800": 1 }),
      "InvalidEdu",
      'content["\\ud800"]: expected no lone surrogate',
      "in the name of an unknown member reject the EDU",
    ],
  ];
  test.each(rows.map(([edu, tag, line, reason]) => ({ edu, tag, line, reason })))(
    "$reason",
    ({ edu, tag, line }) => {
      const { left, right } = receive([edu]);
      expect(left).toMatchObject([{ _tag: tag, leaves: 1 }]);
      expect(linesOf(left)).toEqual([line]);
      expect(right).toHaveLength(tag === "InvalidEdu" ? 0 : 1);
    },
  );
});

describe("a value in place of an array of EDUs", () => {
  test("undefined, for a missing member, gives nothing", () => {
    expect(receive(undefined)).toEqual({ left: [], right: [] });
  });
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  class Edus extends Array<unknown> {}
  test.each([
    { edus: null, reason: "null" },
    { edus: { length: 3_000_000 }, reason: "an object with a length" },
    { edus: "edus", reason: "a string" },
    { edus: new Edus(), reason: "a subclass of Array" },
    { edus: revoked.proxy, reason: "a revoked proxy" },
  ])("$reason gives one rejection", ({ edus }) => {
    expect(receive(edus)).toEqual({
      left: [{ _tag: "InvalidEdus", reasons: [{ path: [], line: "expected array" }] }],
      right: [],
    });
  });
  test("a getter on an element rejects that EDU", () => {
    const edus = Object.defineProperty([specEdu, specEdu], 0, {
      get: () => {
        throw new Error("secret");
      },
    });
    const { left, right } = receive(edus);
    expect(left).toMatchObject([{ _tag: "InvalidEdu", index: 0 }]);
    expect(right).toEqual([specEdu.content]);
  });
});

describe("receiveTransaction", () => {
  const receiveBody = receiveTransaction({ origin: "example.com", isLocal });
  const transaction = { origin: "example.com", origin_server_ts: 1, pdus: [], edus: [specEdu, 1] };
  test("receives the EDUs of a body", () => {
    const received = receiveBody(transaction);
    expect(received).toMatchObject({ _tag: "Right", right: { left: [{ index: 1 }] } });
    expect(received._tag === "Right" && received.right.right[0]).toBe(specEdu.content);
  });
  test("returns nothing for a body without EDUs", () => {
    const { edus, ...body } = transaction;
    expect(receiveBody(body)).toEqual({ _tag: "Right", right: { left: [], right: [] } });
  });
  test.each([
    { body: null, reason: "null" },
    { body: { ...transaction, edus: { length: 1 } }, reason: "edus that are not an array" },
    { body: { ...transaction, edus: Array(101).fill(specEdu) }, reason: "101 EDUs" },
    { body: { ...transaction, pdus: undefined }, reason: "no pdus" },
  ])("rejects $reason as a whole", ({ body }) => {
    expect(receiveBody(body)._tag).toBe("Left");
  });
});

describe("the host's configuration", () => {
  test.each([
    { origin: "", reason: "(empty)" },
    { origin: "exa mple", reason: "(invalid host name)" },
    { origin: "a:123456", reason: "(invalid port)" },
    { origin: "[::1", reason: "(invalid IPv6 address)" },
    { origin: "a".repeat(300), reason: "(too long)" },
  ])("an invalid origin throws a TypeError: $reason", ({ origin, reason }) => {
    const error = new TypeError(`origin must be a valid Server Name ${reason}`);
    expect(() => receiveEdus({ origin, isLocal })).toThrow(error);
    expect(() => receiveTransaction({ origin, isLocal })).toThrow(error);
  });
});

describe("reasons (promise 7)", () => {
  test("have their path as keys, and long keys are shortened", () => {
    const long = "D".repeat(1000);
    const { left } = receive([eduWith({ [alice]: { A: { n: [Number.NaN] }, [long]: null } })]);
    expect(left.map(({ reasons }) => reasons.map(({ path }) => path))).toEqual([
      [
        ["content", "messages", alice, "A", "n", "0"],
        ["content", "messages", alice, `${"D".repeat(126)}...${"D".repeat(126)}`],
      ],
    ]);
  });
  const hostile = (count: number, unit: string) => {
    const devices = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${n}${unit.repeat(400)}`, { s: "\ud800" }]),
    );
    const users = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${n}${unit.repeat(400)}`, devices]),
    );
    const remote = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`@${n}:remote.example`, {}]),
    );
    return eduWith({ [alice]: devices, ...users, ...remote });
  };
  test.each(["D", "\u0001", "\u20ac", '"', "\ud800"].map((unit) => ({ unit })))(
    "of one EDU are at most 100 in 64 kB for all its rejections: $unit",
    ({ unit }) => {
      const { left } = receive([hostile(200, unit)]);
      expect(left.length).toBeGreaterThan(1);
      expect(linesOf(left).length).toBeLessThanOrEqual(100);
      expect(linesOf(left).length).toBeGreaterThan(20);
      const leaves = left.map((rejection) => ("leaves" in rejection ? rejection.leaves : 0));
      expect(leaves.reduce((sum, count) => sum + count)).toBe(200 + 200 * 200);
      const bytes = new TextEncoder().encode(JSON.stringify(left)).length;
      expect(bytes).toBeLessThan(65_536);
    },
  );
  test("are listed on engines whose JSON.stringify does not escape lone surrogates", () => {
    const edus = [eduWith({ [alice]: { "D\ud800": {}, D: { s: "\ud800" } } })];
    const lines = linesOf(receive(edus).left);
    const { stringify } = JSON;
    const spy = vi
      .spyOn(JSON, "stringify")
      .mockImplementation((value, ...rest) =>
        stringify(value, ...rest)?.replace(/(?<!\\)\\u(d[89a-f]..)/gi, (_, hex) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        ),
      );
    try {
      expect(linesOf(receive(edus).left)).toEqual(lines);
    } finally {
      spy.mockRestore();
    }
  });
  test("that are not listed for one EDU take no room from the next EDUs", () => {
    const devices = Array.from({ length: 100 }, (_, n) => [`${n}${"\u0001".repeat(256)}`, null]);
    const edu = eduWith({ [alice]: Object.fromEntries(devices) });
    const { left } = receive(Array.from({ length: 8 }, () => edu));
    const listed = left.map(({ reasons }) => reasons.length);
    // 8 EDUs with 64 kB each.
    expect(listed).toEqual(listed.map(() => listed[0]));
    expect(listed[0]).toBeGreaterThan(10);
  });
  test("of a call are at most 1,000 in 512 kB, and a notice for each rejection", () => {
    const { left } = receive(Array.from({ length: 100 }, () => hostile(200, "x")));
    expect(left).toHaveLength(300);
    const notice = "there are more errors, which are not listed";
    const lines = linesOf(left);
    expect(lines.filter((line) => line !== notice).length).toBeLessThanOrEqual(1000);
    expect(lines.filter((line) => line !== notice).length).toBeGreaterThan(500);
    expect(left.every(({ reasons }) => reasons.length > 0)).toBe(true);
    expect(JSON.stringify(left).length).toBeLessThan(600_000);
  });
});
