import { left } from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { PathReporter } from "io-ts/lib/PathReporter.js";
import { DirectToDeviceEdu, explain, Messages, UserId } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { eduWith, leftOf, linesOf } from "./support.js";

const alice = "@alice:example.org";

const anything = new t.Type<unknown>("Any", (_): _ is unknown => true, t.success, t.identity);

/** Wrappers of a union that add no key to a path. */
const wrappers: ReadonlyArray<readonly [name: string, wrap: (codec: t.Mixed) => t.Mixed]> = [
  ["nothing", (codec) => codec],
  ["t.readonly", (codec) => t.readonly(codec)],
  ["t.refinement", (codec) => t.refinement(codec, () => true)],
  ["t.brand", (codec) => t.brand(codec, (_): _ is t.Branded<unknown, t.Brand<"B">> => true, "B")],
  ["t.recursion", (codec) => t.recursion("R", () => codec)],
  ["pipe", (codec) => codec.pipe(anything)],
  ["two of them", (codec) => t.readonly(t.refinement(codec.pipe(anything), () => true))],
];

describe("a line", () => {
  const rows: ReadonlyArray<
    readonly [codec: t.Mixed, value: unknown, line: string, reason: string]
  > = [
    [
      DirectToDeviceEdu,
      eduWith({ [alice]: { ABC: 1 } }),
      `content.messages["${alice}"].ABC: expected object`,
      "names field, user and device",
    ],
    [Messages, null, "expected object", "has no path if the whole value is rejected"],
    [Messages, { [alice]: { "": 1 } }, `["${alice}"][""]: expected object`, "shows an empty key"],
    [
      Messages,
      { [alice]: { 12: 1 } },
      `["${alice}"][12]: expected object`,
      "shows a number as an index",
    ],
    [
      Messages,
      { [alice]: { "1a": 1 } },
      `["${alice}"]["1a"]: expected object`,
      "quotes a key that begins with a digit",
    ],
    [
      Messages,
      { [alice]: { "-1": 1 } },
      `["${alice}"]["-1"]: expected object`,
      "quotes a key that ends with a digit",
    ],
    [
      Messages,
      { [alice]: { "a b": 1 } },
      `["${alice}"]["a b"]: expected object`,
      "quotes a key that is not an identifier",
    ],
    [
      Messages,
      { [alice]: { '"\\': 1 } },
      `["${alice}"]["\\u0022\\u005c"]: expected object`,
      "escapes quotes and backslashes",
    ],
    [
      Messages,
      { [alice]: { "\u001b[31m\n": 1 } },
      `["${alice}"]["\\u001b[31m\\u000a"]: expected object`,
      "escapes control characters",
    ],
    [
      Messages,
      { [alice]: { "\u202e\u200b\ufeff": 1 } },
      `["${alice}"]["\\u202e\\u200b\\ufeff"]: expected object`,
      "escapes bidirectional and zero-width marks",
    ],
    [
      Messages,
      { [alice]: { "\ud800é😀": 1 } },
      `["${alice}"]["\\ud800\\u00e9\\ud83d\\ude00"]: expected object`,
      "escapes all but printable ASCII",
    ],
    [
      t.type({ edus: t.array(DirectToDeviceEdu) }),
      { edus: [eduWith({ [alice]: 1 })] },
      `edus[0].content.messages["${alice}"]: expected object`,
      "leads through codecs of the user",
    ],
    [
      t.type({ who: t.union([UserId, t.null]) }),
      { who: 1 },
      "who: expected User ID",
      "leaves out the branches of a union",
    ],
    [
      t.intersection([t.type({ a: UserId }), t.type({})]),
      { a: 1 },
      "a: expected User ID",
      "leaves out the parts of an intersection",
    ],
    [t.type({ a: t.string }), { a: 1 }, "a: expected string", "has the name of a user's codec"],
    ...wrappers.flatMap(
      ([name, wrap]): ReadonlyArray<readonly [t.Mixed, unknown, string, string]> => [
        [
          t.type({ a: wrap(t.union([UserId, t.null])) }),
          { a: 1 },
          "a: expected User ID",
          `leaves out the branches of a union inside ${name}`,
        ],
        [
          t.type({
            a: wrap(t.intersection([t.type({ b: t.union([UserId, t.null]) }), t.type({})])),
          }),
          { a: { b: 1 } },
          "a.b: expected User ID",
          `leaves out the parts of an intersection inside ${name}`,
        ],
        [
          wrap(t.array(wrap(t.union([t.string, t.null])))),
          ["a", 1],
          "[1]: expected string",
          `keeps the index of an array inside ${name}`,
        ],
      ],
    ),
    [
      t.exact(t.intersection([t.type({ a: UserId }), t.partial({ b: t.string })])),
      { a: 1 },
      "a: expected User ID",
      "leaves out the parts of an intersection inside t.exact",
    ],
    [
      t.readonlyArray(t.union([UserId, t.null])),
      [null, 1],
      "[1]: expected User ID",
      "leaves out the branches of a union inside t.readonlyArray",
    ],
    [
      t.tuple([t.string, t.union([UserId, t.null])]),
      ["a", 1],
      "[1]: expected User ID",
      "keeps the index of a tuple",
    ],
    [
      t.type({ list: t.array(t.union([t.type({ edu: DirectToDeviceEdu }), t.null])) }),
      { list: [{ edu: eduWith({ [alice]: { A: 1 } }) }] },
      `list[0].edu.content.messages["${alice}"].A: expected object`,
      "has the keys of the user's codecs and of the library's",
    ],
    [
      t.type({ a: t.literal("\n") }),
      { a: 1 },
      'a: expected "\\n"',
      "has the name of a literal as io-ts prints it",
    ],
    [
      new t.Type("\u0007é", t.any.is, t.failure, t.identity),
      1,
      "expected \\u0007\\u00e9",
      "escapes the name of a codec",
    ],
  ];
  test.each(rows.map(([codec, value, line, reason]) => ({ codec, value, line, reason })))(
    "$reason",
    ({ codec, value, line }) => {
      expect(linesOf(codec, value)[0]).toBe(line);
    },
  );
  test("has the key of a root that is validated in a context", () => {
    const context = [{ key: "config", type: UserId }];
    expect(explain(leftOf(UserId.validate(1, context)))).toEqual(["config: expected User ID"]);
  });
  test("is found for an error inside a recursive codec", () => {
    const endless: t.Mixed = t.recursion("Endless", (self) => self);
    const context = [
      { key: "", type: endless },
      { key: "a", type: endless },
    ];
    expect(explain([{ value: 1, context }])).toEqual(["a: expected Endless"]);
  });
  test("needs no context", () => {
    expect(explain([{ value: 1, context: [] }])).toEqual(["expected undefined"]);
  });
});

describe("the length of a line", () => {
  const long = (unit: string) => unit.repeat(10_000_000);
  const keys = [long("a"), long("\u0001"), `@${"b".repeat(200)}: ${"c".repeat(50)}`];
  test.each(keys.map((key) => ({ key })))("is at most 512 for any key", ({ key }) => {
    for (const messages of [{ [key]: {} }, { [alice]: { [key]: 1 } }]) {
      const [line = ""] = linesOf(DirectToDeviceEdu, eduWith(messages));
      expect(line.length).toBeLessThanOrEqual(512);
      expect(line).toMatch(/^content\.messages\[".*"\](\[".*"\])?: expected/);
    }
  });
  test("keeps field, user and device of a longer path", () => {
    const user = `@${"u".repeat(230)}:example.org`;
    const deep = t.record(t.string, t.record(t.string, t.record(t.string, t.string)));
    const body = { ["k".repeat(300)]: { ["l".repeat(300)]: { ["m".repeat(300)]: 1 } } };
    const codec = t.type({
      content: t.type({ messages: t.record(t.string, t.record(t.string, deep)) }),
    });
    const [line = ""] = linesOf(codec, {
      content: { messages: { [user]: { ["D".repeat(200)]: body } } },
    });
    expect(line.length).toBeLessThanOrEqual(512);
    expect(line).toMatch(
      /^content\.messages\["@uuu.*\.\.\..*:example\.org"\]\["DDD.*D"\].*mmm"\]: expected string$/,
    );
  });
  test("is at most 512 for any depth", () => {
    const chain = Array.from({ length: 1000 }, (_, n) => ({ key: `k${n}`, type: UserId }));
    const [line = ""] = explain([{ value: 1, context: chain }]);
    expect(line.length).toBeLessThanOrEqual(512);
    expect(line).toMatch(/^k0\.k1\..*\.\.\.\.k\d+.*\.k999: expected User ID$/);
  });
});

describe("errors contain no values (promise 5)", () => {
  const secret = "sEcReT";
  const value = eduWith(
    { [alice]: { A: secret, B: [secret] } },
    { sender: secret, type: { secret }, message_id: [secret] },
  );
  const errors = leftOf(DirectToDeviceEdu.decode(value));
  test("in any printer", () => {
    expect(errors).toHaveLength(5);
    expect(JSON.stringify(errors)).not.toContain(secret);
    expect(PathReporter.report(left(errors)).join()).not.toContain(secret);
    expect(explain(errors).join()).not.toContain(secret);
    for (const { value, context } of errors) {
      expect(value).toBeUndefined();
      expect(context.map(({ actual }) => actual)).toEqual(context.map(() => undefined));
    }
  });
  test("inside a user's codec: explain reads none of the values that io-ts stores", () => {
    const outer = t.type({ list: t.array(t.union([DirectToDeviceEdu, t.number])) });
    const lines = explain(leftOf(outer.decode({ list: [value, secret] })));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.join()).not.toContain(secret);
  });
  test("explain reads neither value nor message", () => {
    const traps = {
      get: () => {
        throw new Error("read");
      },
    };
    const error = { context: [{ key: "a", type: UserId }] } as unknown as t.ValidationError;
    Object.defineProperties(error, { value: traps, message: traps });
    expect(explain([error])).toEqual(["a: expected User ID"]);
  });
  test("PathReporter prints the same lines", () => {
    expect(PathReporter.report(left(errors))).toEqual(explain(errors));
  });
});

describe("errors are compatible with io-ts", () => {
  test("they have the exact context: keys and codecs", () => {
    const [error] = leftOf(DirectToDeviceEdu.decode(eduWith({ [alice]: { A: 1 } })));
    expect(error?.context.map(({ key, type }) => [key, type.name])).toEqual([
      ["", "DirectToDeviceEdu"],
      ["content", "ToDeviceMessage"],
      ["messages", "Messages"],
      [alice, "DeviceMessages"],
      ["A", "DeviceMessageContents"],
    ]);
    expect(error?.context[0]?.type).toBe(DirectToDeviceEdu);
  });
  test("an invalid key has the codec of the keys", () => {
    const [error] = leftOf(Messages.decode({ bad: {} }));
    expect(error?.context.at(-1)).toMatchObject({ key: "bad", type: UserId });
  });
});

describe("errors are bounded (promise 7)", () => {
  const many = (count: number, key: (n: number) => string) =>
    eduWith({ [alice]: Object.fromEntries(Array.from({ length: count }, (_, n) => [key(n), n])) });
  const rows: ReadonlyArray<readonly [edu: object, count: number, reason: string]> = [
    [many(99, (n) => `D${n}`), 99, "99 invalid entries have 99 errors"],
    [many(100, (n) => `D${n}`), 100, "100 invalid entries have 100 errors"],
  ];
  test.each(rows.map(([edu, count, reason]) => ({ edu, count, reason })))(
    "$reason",
    ({ edu, count }) => {
      const lines = linesOf(DirectToDeviceEdu, edu);
      expect(lines).toHaveLength(count);
      expect(new Set(lines).size).toBe(count);
      expect(lines.at(-1)).toMatch(/\.D\d+: expected object$/);
    },
  );
  test.each([
    { edu: many(101, (n) => `D${n}`), reason: "101 invalid entries" },
    { edu: many(100_000, (n) => `D${n}`), reason: "100,000 invalid entries" },
    {
      edu: many(1000, (n) => `${"\u0001".repeat(1000)}${n}`),
      reason: "long keys with control characters",
    },
    { edu: many(1000, (n) => `${"€".repeat(1000)}${n}`), reason: "long keys outside ASCII" },
    { edu: many(1000, (n) => `${n}${'"'.repeat(1000)}`), reason: "long keys of quotes" },
    {
      edu: {
        ...many(1, String),
        content: {
          messages: Object.fromEntries(
            Array.from({ length: 500 }, (_, n) => [`${n}`.repeat(400), 1]),
          ),
        },
      },
      reason: "invalid members and keys",
    },
  ])("$reason: at most 100 errors and 64 kB, and the last one is a notice", ({ edu }) => {
    const errors = leftOf(DirectToDeviceEdu.decode(edu));
    expect(errors.length).toBeLessThanOrEqual(100);
    expect(errors.length).toBeGreaterThan(9);
    expect(new TextEncoder().encode(JSON.stringify(errors)).length).toBeLessThan(65_536);
    expect(explain(errors).at(-1)).toBe("there are more errors, which are not listed");
    expect(explain(errors).slice(0, -1).join()).not.toContain("there are more");
  });
  test("errors of other codecs have at most 100 lines", () => {
    const numbers = (count: number) => leftOf(t.array(t.string).decode(Array(count).fill(1)));
    expect(explain(numbers(100))).toHaveLength(100);
    expect(explain(numbers(100)).at(-1)).toBe("[99]: expected string");
    expect(explain(numbers(100_000))).toHaveLength(100);
    expect(explain(numbers(101)).at(-1)).toBe("there are more errors, which are not listed");
    expect(explain(numbers(101)).at(-2)).toBe("[98]: expected string");
  });
  test("the notice needs no context", () => {
    const errors = leftOf(
      DirectToDeviceEdu.validate(
        many(101, (n) => `D${n}`),
        [],
      ),
    );
    expect(explain(errors).at(-1)).toBe("there are more errors, which are not listed");
  });
  test("inside a user's codec the notice has the place of the library's notice", () => {
    const lines = linesOf(t.type({ edus: t.array(DirectToDeviceEdu) }), {
      edus: [many(101, (n) => `D${n}`)],
    });
    expect(lines.at(-1)).toBe("edus[0]: there are more errors, which are not listed");
  });
});
