import { canonicalJsonBytes, maxDepth } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { nested, sharedGraph, withProto } from "./support.js";

describe("the size of", () => {
  const rows: ReadonlyArray<readonly [value: unknown, bytes: number, reason: string]> = [
    [null, 4, "null"],
    [true, 4, "true"],
    [false, 5, "false"],
    [0, 1, "0"],
    [-0, 1, "-0, which is written as 0"],
    [-17, 3, "a negative integer"],
    [2 ** 53 - 1, 16, "the largest integer"],
    [-(2 ** 53) + 1, 17, "the smallest integer"],
    ["", 2, "an empty string"],
    ["abc", 5, "ASCII"],
    ['"\\', 6, "a quote and a backslash"],
    ["\b\t\n\f\r", 12, "control characters with a short escape"],
    ["\u0000\u0007\u000b\u000e\u001f", 32, "control characters without a short escape"],
    ["\u007f", 3, "DEL, which is not escaped"],
    ["\u0080\u07ff", 6, "characters of two bytes"],
    ["\u0800€\ud7ff\ue000\uffff", 17, "characters of three bytes"],
    ["😀\u{10ffff}", 10, "characters of four bytes"],
    ["é ! é", 9, "a space between other characters"],
    ["\u2028/", 6, "a line separator and a slash, which are not escaped"],
    [[], 2, "an empty array"],
    [[1, 2, 3], 7, "an array"],
    [{}, 2, "an empty object"],
    [{ a: 1, é: [] }, 15, "an object"],
    [withProto({}), 16, "an object with a member __proto__"],
  ];
  test.each(rows.map(([value, bytes, reason]) => ({ value, bytes, reason })))(
    "$reason",
    ({ value, bytes }) => {
      expect(canonicalJsonBytes(value)).toEqual({ _tag: "Right", right: bytes });
      expect(new TextEncoder().encode(JSON.stringify(value))).toHaveLength(bytes);
    },
  );
  test.each(
    ["a", '"', "\\", "\n", "\u0001", "\u001f", " ", "~", "\u007f", "é", "例", "😀"].flatMap((odd) =>
      [96, 97, 98, 99, 100, 101, 500].map((length) => ({ odd, length })),
    ),
  )("$length letters with $odd among them", ({ odd, length }) => {
    for (const text of [odd + "a".repeat(length), "a".repeat(length) + odd]) {
      expect(canonicalJsonBytes(text)).toEqual({
        _tag: "Right",
        right: new TextEncoder().encode(JSON.stringify(text)).length,
      });
    }
  });
  test("a string of 20 MB", () => {
    expect(canonicalJsonBytes("é".repeat(10_000_000))).toEqual({
      _tag: "Right",
      right: 20_000_002,
    });
  });
});

describe("there is no canonical JSON of", () => {
  const lengthless = new Proxy([], { get: (_, key) => (key === "length" ? "zz" : 0) });
  const rows: ReadonlyArray<readonly [value: unknown, line: string, reason: string]> = [
    [0.5, "expected integer", "a float"],
    [
      { a: [0, 1e300] },
      "a[1]: expected integer from -(2^53)+1 to 2^53-1",
      "an integer that a double cannot distinguish from the next one",
    ],
    [-(2 ** 53), "expected integer from -(2^53)+1 to 2^53-1", "an integer below the smallest"],
    [Number.NaN, "expected finite number", "NaN"],
    [JSON.parse("1e400"), "expected finite number", "a number that is too large"],
    [
      { a: { "b c": ["\ud800"] } },
      'a["b c"][0]: expected no lone surrogate',
      "a lone high surrogate",
    ],
    ["\ud800é", "expected no lone surrogate", "a lone surrogate before a character below it"],
    ["\udc00\ud800", "expected no lone surrogate", "surrogates in the wrong order"],
    [{ "\udfff": 1 }, '["\\udfff"]: expected no lone surrogate', "a lone surrogate in a key"],
    [undefined, "expected JSON value", "undefined"],
    [Object.assign([], { length: 1 }), "[0]: expected JSON value", "a hole in an array"],
    [{ a: Symbol("a") }, "a: expected JSON value", "a symbol"],
    [new Map(), "expected JSON value", "a Map"],
    [Object("boxed"), "expected JSON value", "a boxed string"],
    [Object.create({ a: 1 }), "expected JSON value", "inherited members"],
    [lengthless, "expected JSON value", "a proxy of an array whose length is not a number"],
    [
      { a: new Proxy({}, { ownKeys: () => [1] as never }) },
      "a: expected a value that can be read",
      "a proxy whose keys cannot be listed",
    ],
    [sharedGraph(), `${"a.".repeat(73)}`, "2^90 values in 90 objects"],
  ];
  test.each(rows.map(([value, line, reason]) => ({ value, line, reason })))(
    "$reason",
    ({ value, line }) => {
      const result = canonicalJsonBytes(value);
      expect(result._tag === "Left" && result.left.slice(0, line.length)).toBe(line);
    },
  );
});

describe("depth", () => {
  test("is at most 100 levels of objects and arrays, including the outermost", () => {
    expect(maxDepth).toBe(100);
    expect(canonicalJsonBytes(nested(100))._tag).toBe("Right");
    expect(canonicalJsonBytes(nested(101))._tag).toBe("Left");
    expect(canonicalJsonBytes([nested(100)])._tag).toBe("Left");
    expect(canonicalJsonBytes(nested(100_000))).toEqual({
      _tag: "Left",
      left: `${"a.".repeat(99)}a: expected at most 100 levels`,
    });
  });
});

test("many values that share few objects have a size", () => {
  const shared = { a: 1 };
  const list = Array.from({ length: 20_000 }, () => shared);
  expect(canonicalJsonBytes(list)).toEqual({ _tag: "Right", right: 20_000 * 8 + 1 });
});

describe("values that share objects", () => {
  // The walk counts values, and remembers objects after 65,536 of them.
  const listOf = (others: number, shared: object) => [
    ...Array.from({ length: others }, () => 0),
    shared,
    shared,
  ];
  test("are accepted if an object is met again within 65,536 values", () => {
    expect(canonicalJsonBytes(listOf(65_533, {}))._tag).toBe("Right");
    expect(canonicalJsonBytes(listOf(65_534, {}))._tag).toBe("Right");
  });
  test("are rejected after more values", () => {
    expect(canonicalJsonBytes(listOf(65_535, {}))).toEqual({
      _tag: "Left",
      left: "[65536]: expected at most 65536 values that share objects",
    });
  });
});
