import fc from "fast-check";
import { canonicalJsonBytes } from "matrix-send-to-device";
import { canonicalJson, JsonText } from "matrix-send-to-device/text";
import { describe, expect, test } from "vitest";
import { compareCodePoints } from "../src/text/code-points.js";
import { anyText, isJson, truthOf } from "./json-arbitraries.js";
import { canonicalJson as canonicalJsonOf } from "./oracle.js";

const toSign = canonicalJson({ numbers: "integers" });
const toVerify = canonicalJson({ numbers: "asWritten" });

describe("canonical JSON of", () => {
  type Row = readonly [text: string, canonical: string, reason: string];
  const rows: ReadonlyArray<Row> = [
    ["{}", "{}", "the specification: an empty object"],
    ['{\n    "one": 1,\n    "two": "Two"\n}', '{"one":1,"two":"Two"}', "the specification: spaces"],
    ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}', "the specification: order"],
    [
      `{"auth": {"success": true, "mxid": "@john.doe:example.com", "profile": {"display_name": "John Doe",
        "three_pids": [{"medium": "email", "address": "john.doe@example.org"},
                       {"medium": "msisdn", "address": "123456789"}]}}}`,
      '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
      "the specification: order at each level",
    ],
    ['{ "a": "日本語" }', '{"a":"日本語"}', "the specification: characters that stay"],
    ['{ "本": 2, "日": 1 }', '{"日":1,"本":2}', "the specification: order of code points"],
    ['{ "a": "\\u65E5" }', '{"a":"日"}', "the specification: an unnecessary escape"],
    ['{ "a": null }', '{"a":null}', "the specification: null"],
    ['{ "a": -0, "b": 1e10 }', '{"a":0,"b":10000000000}', "the specification: numbers"],
    ['{"a": -0}', '{"a":0}', "MSC4458: negative zero"],
    [
      '{\n   "😀": "smiley face",\n   "\\uFB33": "dalet"\n}',
      '{"\ufb33":"dalet","😀":"smiley face"}',
      "MSC4458: characters of two units after those of one",
    ],
    ['"a \\ud83d\\ude00 b"', '"a 😀 b"', "MSC4458: an escaped pair"],
    [" null ", "null", "a word"],
    ["[ ]", "[]", "an empty array"],
    ["[ [ ] , { } , [ 3 , 1 , 2 ] ]", "[[],{},[3,1,2]]", "arrays, whose order stays"],
    [
      '{"b":{"d":0,"c":[{"f":0,"e":0}]},"a":0}',
      '{"a":0,"b":{"c":[{"e":0,"f":0}],"d":0}}',
      "order inside",
    ],
    ['{"a":1,"":2}', '{"":2,"a":1}', "an empty name"],
    ['{"aa":1,"a":2,"ab":3}', '{"a":2,"aa":1,"ab":3}', "names with a common beginning"],
    ['{"b":1,"__proto__":2}', '{"__proto__":2,"b":1}', "a name that is special in JavaScript"],
    ['{"10":1,"9":2}', '{"10":1,"9":2}', "names that are integers, whose order JSON.parse changes"],
    ['{"\\u0062":1,"a":2}', '{"a":2,"b":1}', "an escaped name"],
    ['{"a\\"":1,"a":2,"\\n":3}', '{"\\n":3,"a":2,"a\\"":1}', "names that need escapes"],
    [
      '"\\u0008\\u0009\\u000A\\u000C\\u000D\\u0022\\u005C\\u002F"',
      '"\\b\\t\\n\\f\\r\\"\\\\/"',
      "long escapes where there are short ones",
    ],
    ['"\\u0000\\u000B\\u001F"', '"\\u0000\\u000b\\u001f"', "escapes of other control characters"],
    ['"\\u007F\\u0080\\u2028"', '"\u007f\u0080\u2028"', "characters that are not escaped"],
    ["[1.0,-0,1e2,12.50e1,1e-400]", "[1,0,100,125,0]", "integers written in another way"],
    ["[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]", "the limits"],
  ];
  test.each(rows.map(([text, canonical, reason]) => ({ text, canonical, reason })))(
    "$reason",
    ({ text, canonical }) => {
      expect(toSign(text)).toEqual({ _tag: "Right", right: canonical });
      expect(toSign(canonical)).toEqual({ _tag: "Right", right: canonical });
      expect(toVerify(canonical)).toEqual({ _tag: "Right", right: canonical });
    },
  );
  test("numbers as written", () => {
    expect(toVerify('{ "b":[1.0,-0,1E+2,0.5], "a":9007199254740993 }')).toEqual({
      _tag: "Right",
      right: '{"a":9007199254740993,"b":[1.0,-0,1E+2,0.5]}',
    });
  });
});

describe("there is no canonical JSON of", () => {
  type Row = readonly [text: string, line: string, reason: string];
  const rows: ReadonlyArray<Row> = [
    ["1.5", "expected integer", "MSC4458: a fraction"],
    [
      "9007199254740992",
      "expected integer from -(2^53)+1 to 2^53-1",
      "an integer that a double cannot distinguish from the next one",
    ],
    ["-1e400", "expected finite number", "a number beyond a double"],
    [
      '{"b":[0,[{},0.5]],"a":1.5}',
      "b[1][1]: expected integer",
      "two fractions: the first is reported",
    ],
    [
      '{"a":{"b c":{},"d":[[],"x",1e300]}}',
      "a.d[2]: expected integer from -(2^53)+1 to 2^53-1",
      "an integer after valid ones",
    ],
    ['{"\\u0061":0.5}', "a: expected integer", "a member whose name is escaped"],
    [
      `{"${"x".repeat(1000)}":0.5}`,
      `["${"x".repeat(48)}...${"x".repeat(48)}"]: expected integer`,
      "a member whose name is long",
    ],
  ];
  test.each(rows.map(([text, line, reason]) => ({ text, line, reason })))(
    "$reason",
    ({ text, line }) => {
      const result = toSign(text);
      expect(result).toMatchObject({ _tag: "Left", left: { _tag: "NotCanonicalJson", line } });
      if (result._tag === "Left" && result.left._tag === "NotCanonicalJson")
        for (const key of result.left.path) expect(key.length).toBeLessThanOrEqual(256);
      expect(toVerify(text)._tag).toBe("Right");
    },
  );
  test("the path of a number leads to it", () => {
    expect(toSign('[{"a":1},{"a":[true,0.5]}]')).toEqual({
      _tag: "Left",
      left: {
        _tag: "NotCanonicalJson",
        path: ["1", "a", "1"],
        line: "[1].a[1]: expected integer",
      },
    });
  });
  test.each([
    [
      "a duplicate name",
      '{"a": 1, "a": 2}',
      { _tag: "NotStrict", position: 9, reason: "duplicate member name" },
    ],
    [
      "a lone surrogate",
      '"a \\ud83d z"',
      { _tag: "NotStrict", position: 0, reason: "lone surrogate" },
    ],
    [
      "a text that is not JSON",
      "[1,]",
      { _tag: "NotJson", position: 3, expected: "expected value" },
    ],
    [
      "a text that is neither strict nor JSON",
      '{"a":1,"a":2',
      { _tag: "NotJson", position: 12, expected: "expected ',' or '}'" },
    ],
    [
      "a text that is not strict and has a fraction",
      '[0.5,"\\ud83d"]',
      { _tag: "NotStrict", position: 5, reason: "lone surrogate" },
    ],
  ])("%s", (_, text, left) => {
    expect(toSign(text)).toEqual({ _tag: "Left", left });
    expect(toVerify(text)).toEqual({ _tag: "Left", left });
  });
});

describe("options", () => {
  test.each([
    {},
    { numbers: "reject" },
    { numbers: undefined },
    Object.create({ numbers: "integers" }),
  ])("%o throw a TypeError: numbers is missing or invalid", (options) => {
    expect(() => canonicalJson(options)).toThrow(
      new TypeError('canonicalJson: numbers must be "asWritten" or "integers"'),
    );
  });
});

describe("of any depth and size", () => {
  const depth = 100_000;
  test("100,000 levels that are already canonical", () => {
    const text = `${'{"a":['.repeat(depth / 2)}${"]}".repeat(depth / 2)}`;
    expect(toSign(text)).toEqual({ _tag: "Right", right: text });
  });
  test("100,000 levels, each out of order", () => {
    const text = `${'{"b":'.repeat(depth)}0${' ,"a":1}'.repeat(depth)}`;
    const right = `${'{"a":1,"b":'.repeat(depth)}0${"}".repeat(depth)}`;
    expect(toSign(text)).toEqual({ _tag: "Right", right });
  });
  test("a fraction 100,000 levels deep", () => {
    const result = toSign(`${"[".repeat(depth)}0.5${"]".repeat(depth)}`);
    expect(result).toMatchObject({ _tag: "Left", left: { path: { length: depth } } });
    expect(
      result._tag === "Left" && "line" in result.left && result.left.line.length,
    ).toBeLessThanOrEqual(512);
  });
  test("100,000 members out of order", () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `"${(index * 7919) % 100_003}":[]`);
    const sorted = [...names].sort((a, b) => (a.slice(0, -3) < b.slice(0, -3) ? -1 : 1));
    // Every digit follows a quote, as at the end of a name.
    expect(toSign(`{${names.join()}}`)).toEqual({ _tag: "Right", right: `{${sorted.join()}}` });
  });
});

/** The expected canonical JSON of a text, with numbers as integers. */
function verdictOf(text: string): string {
  if (!isJson(text)) return "NotJson";
  const { isStrict, numbers } = truthOf(text);
  if (!isStrict) return "NotStrict";
  const areIntegers = numbers.every((number) => Number.isSafeInteger(Number(number)));
  return areIntegers ? "Right" : "NotCanonicalJson";
}

describe("for any text", () => {
  test("it equals the output of an independent writer for the parsed value", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = toSign(text);
        expect(result._tag === "Left" ? result.left._tag : "Right").toBe(verdictOf(text));
        if (result._tag === "Right") expect(result.right).toBe(canonicalJsonOf(JSON.parse(text)));
      }),
      { numRuns: 20_000 },
    );
  });
  test("its size and its reasons are those of the main entry", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = toSign(text);
        if (result._tag === "Left" && result.left._tag !== "NotCanonicalJson") return;
        const size = canonicalJsonBytes(JSON.parse(text));
        if (result._tag === "Right")
          expect(size).toEqual({ _tag: "Right", right: Buffer.byteLength(result.right) });
        else expect(size._tag).toBe("Left");
      }),
      { numRuns: 2_000 },
    );
  });
  test("it is a JsonText of the same value, and canonical", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = toVerify(text);
        expect(result._tag === "Right").toBe(JsonText.is(text));
        if (result._tag === "Left") return;
        expect(JsonText.is(result.right)).toBe(true);
        expect(JSON.parse(result.right)).toEqual(JSON.parse(text));
        expect(toVerify(result.right)).toEqual(result);
        expect([...truthOf(result.right).numbers].sort()).toEqual(
          [...truthOf(text).numbers].sort(),
        );
      }),
      { numRuns: 5_000 },
    );
  });
  test("names are in the order of their UTF-8", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "é", "\ud7ff", "\ue000", "\uffff", "😀", "\u{10ffff}"),
    });
    fc.assert(
      fc.property(name, name, (a, b) => {
        const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareCodePoints(a, b))).toBe(order);
      }),
    );
  });
});
