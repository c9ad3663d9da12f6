import fc from "fast-check";
import { JsonText, parse } from "matrix-send-to-device/text";
import { describe, expect, test } from "vitest";
import {
  isNext,
  nextElement,
  nextName,
  openArray,
  openObject,
  raw,
  scan,
  skip,
  stringValue,
} from "../src/text/reader.js";
import {
  type Facts,
  include,
  newFacts,
  newScanner,
  notStrictOf,
  type Scanner,
} from "../src/text/scanner.js";
import { anyText, isJson, jsonText, truthOf } from "./json-arbitraries.js";
import { canonicalJson } from "./oracle.js";

/** Reads an object: `read` gets each name and reads the value. Skips any other value and returns `false`. */
function members(scanner: Scanner, facts: Facts, read: (name: string) => void): boolean {
  const names = openObject(scanner, facts);
  if (names === undefined) return false;
  let name = nextName(scanner, facts, names);
  while (name !== undefined) {
    read(name);
    name = nextName(scanner, facts, names);
  }
  return true;
}

/** Reads an array: `read` reads each element. Skips any other value and returns `false`. */
function elements(scanner: Scanner, facts: Facts, read: () => void): boolean {
  if (!openArray(scanner, facts)) return false;
  for (let isFirst = true; nextElement(scanner, facts, isFirst); isFirst = false) read();
  return true;
}

/** The facts about a JSON text. */
function factsOf(text: string): Facts {
  const facts = newFacts();
  const read = scan(text, facts, (scanner) => skip(scanner, facts));
  expect(read._tag, JSON.stringify(read)).toBe("Right");
  return facts;
}

describe("a text is JSON:", () => {
  const rows: ReadonlyArray<readonly [text: string, reason: string]> = [
    ["null", "null"],
    ["true", "true"],
    ["false", "false"],
    ["0", "zero"],
    ["-0", "negative zero"],
    ["-17", "a negative integer"],
    ["0.50", "a fraction"],
    ["10e0", "an exponent"],
    ["1.5E+10", "a fraction and an exponent with a sign"],
    ["1e-400", "a number too small for a double"],
    ["1e400", "a number too large for a double"],
    ["9".repeat(1000), "1,000 digits"],
    ['""', "an empty string"],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00Af"', "each escape"],
    ['"\u007f\u0080\u2028\uffff😀"', "characters that need no escape"],
    ['"\ud800"', "a lone surrogate, which is not strict"],
    ["[]", "an empty array"],
    ["[1,[2],{}]", "an array"],
    ["{}", "an empty object"],
    ['{"a":1,"a":2}', "a duplicate name, which is not strict"],
    [
      ' \t\n\r{ \t\n\r"a" \t\n\r: \t\n\r[ \t\n\r1 \t\n\r, \t\n\r2 \t\n\r] \t\n\r} \t\n\r',
      "white space everywhere",
    ],
    ['"//"', "a comment within a string"],
  ];
  test.each(rows.map(([text, reason]) => ({ text, reason })))("$reason", ({ text }) => {
    expect(isJson(text)).toBe(true);
    factsOf(text);
  });
});

describe("a text is not JSON:", () => {
  const rows: ReadonlyArray<
    readonly [text: string, position: number, expected: string, reason: string]
  > = [
    ["", 0, "value", "no text"],
    ["  ", 2, "value", "white space only"],
    ["\ufeff1", 0, "value", "a byte order mark"],
    ["\u00a01", 0, "value", "a space that is not JSON white space"],
    ["\v1", 0, "value", "a control character that is not white space"],
    ["tru", 0, "value", "a word cut off"],
    ["True", 0, "value", "a word in capitals"],
    ["nullx", 4, "end of text", "a word with a further letter"],
    ["1 2", 2, "end of text", "two values"],
    ["NaN", 0, "value", "NaN"],
    ["-Infinity", 1, "digit", "-Infinity"],
    ["+1", 0, "value", "a plus sign"],
    ["-", 1, "digit", "a minus sign only"],
    ["01", 1, "end of text", "a leading zero"],
    [".5", 0, "value", "no digit before the point"],
    ["1.", 2, "digit", "no digit after the point"],
    ["1.e1", 2, "digit", "an exponent after the point"],
    ["1e", 2, "digit", "no exponent"],
    ["1e+", 3, "digit", "an exponent of a sign"],
    ["0x10", 1, "end of text", "a hexadecimal number"],
    ["1_0", 1, "end of text", "a separator in a number"],
    ['"', 1, "'\"'", "an unterminated string"],
    ['"a\\"', 4, "'\"'", "a string whose last quote is escaped"],
    ['"\\', 2, "escape", "a text that ends after a backslash"],
    ['"\\x"', 2, "escape", "an unknown escape"],
    ['"\\U0041"', 2, "escape", "an escape in capitals"],
    ['"\\u12G4"', 3, "4 hexadecimal digits", "a digit that is not hexadecimal"],
    ['"\\u12"', 3, "4 hexadecimal digits", "too few hexadecimal digits"],
    ['"\\u 123"', 3, "4 hexadecimal digits", "a space among hexadecimal digits"],
    ['"a\nb"', 2, "escape of control character", "a line feed in a string"],
    ['"\u0000"', 1, "escape of control character", "NUL in a string"],
    ['"é\u001f"', 2, "escape of control character", "a control character after others"],
    ["'a'", 0, "value", "single quotes"],
    ["[", 1, "value", "an unterminated array"],
    ["[1", 2, "',' or ']'", "an unterminated array after a value"],
    ["[1,]", 3, "value", "a comma before the end of an array"],
    ["[,1]", 1, "value", "a leading comma"],
    ["[1 2]", 3, "',' or ']'", "no comma"],
    ["[1}", 2, "',' or ']'", "an array closed as an object"],
    ["{", 1, "member name", "an unterminated object"],
    ["{a:1}", 1, "member name", "a name without quotes"],
    ["{1:1}", 1, "member name", "a number for a name"],
    ['{"a"}', 4, "':'", "a name without value"],
    ['{"a" 1}', 5, "':'", "no colon"],
    ['{"a":}', 5, "value", "no value after the colon"],
    ['{"a":1', 6, "',' or '}'", "an unterminated object after a value"],
    ['{"a":1,}', 7, "member name", "a comma before the end of an object"],
    ['{"a":1]', 6, "',' or '}'", "an object closed as an array"],
    ["]", 0, "value", "a closing bracket without an opening one"],
    ["1]", 1, "end of text", "a closing bracket after the value"],
    ["1//", 1, "end of text", "a comment"],
    [`${"[".repeat(5000)}}`, 5000, "value", "a fault 5,000 levels deep"],
  ];
  test.each(
    rows.map(([text, position, expected, reason]) => ({ text, position, expected, reason })),
  )("$reason", ({ text, position, expected }) => {
    expect(isJson(text)).toBe(false);
    const facts = newFacts();
    expect(scan(text, facts, (scanner) => skip(scanner, facts))).toEqual({
      _tag: "Left",
      left: { _tag: "NotJson", position, expected: `expected ${expected}` },
    });
    expect(JsonText.is(text)).toBe(false);
  });
});

describe("a text is not strict:", () => {
  const letters = [..."kajbicqxyz"];
  const many = letters.map((letter) => `"${letter}":0`).join(",");
  const rows: ReadonlyArray<readonly [text: string, position: number, reason: string]> = [
    ['{"a":1,"a":2}', 7, "a name twice in a row"],
    ['{"a":1,"b":2,"a":3}', 13, "a name twice, another one between"],
    ['{"":1,"":2}', 6, "an empty name twice"],
    ['{"apple":1,"appl\\u0065":2}', 11, "a name twice, once with an escape"],
    ['{"\\u0061":1,"\\u0061":2}', 12, "a name twice, with escapes"],
    ['{"b":0,"\\u0061":1,"a":2}', 18, "a name twice among names out of order, once with an escape"],
    ['[{"a":{"b":1,"b":2}}]', 13, "a name twice further inside"],
    [`{${many},"a":1}`, 1 + many.length + 1, "a name twice among many out of order"],
    [
      `{"\\u0061":1,${many}}`,
      `{"\\u0061":1,"k":0,`.length,
      "a name twice among many, once with an escape",
    ],
  ];
  const lone: ReadonlyArray<readonly [text: string, position: number, reason: string]> = [
    ['"\ud800"', 0, "a lone lead surrogate"],
    ['"\udc00"', 0, "a lone trail surrogate"],
    ['"\\ud800"', 0, "a lead surrogate as an escape"],
    ['"\\uDC00 \\ud83d\\ude00"', 0, "a trail surrogate as an escape, and then a pair"],
    ['"\\ude00\\ud83d"', 0, "surrogates in the wrong order"],
    ['"\ud83d\ufeff"', 0, "a lead surrogate before U+FEFF"],
    ['["é","\ud83d","\ude00"]', 5, "the halves of a pair in two strings"],
    ['{"a":1,"\ud800":2}', 7, "a lone surrogate in a name"],
    ['"\ud83d\\ude00"', 0, "a pair with one half as an escape: UTF-8 cannot encode the other half"],
    ['"a \\ud83d z"', 0, "the first example of MSC4458"],
    [
      '"a \ufffd\ufffd\ufffd\\ude00 b"',
      0,
      "the second example of MSC4458, whose bytes are not UTF-8",
    ],
  ];
  test.each(
    [
      ...rows.map((row) => ({ row, kind: "duplicate member name" })),
      ...lone.map((row) => ({ row, kind: "lone surrogate" })),
    ].map(({ row: [text, position, reason], kind }) => ({ text, position, reason, kind })),
  )("$reason", ({ text, position, kind }) => {
    expect(truthOf(text).isStrict).toBe(false);
    expect(notStrictOf(factsOf(text))).toEqual({ _tag: "NotStrict", position, reason: kind });
    expect(JsonText.is(text)).toBe(false);
  });
});

describe("a text is strict:", () => {
  const rows: ReadonlyArray<readonly [text: string, reason: string]> = [
    ['{"a":{"a":1},"b":{"a":1}}', "a name in several objects"],
    ['{"a":[{"a":1},{"a":1}]}', "a name in several elements"],
    ['{"a":1,"A":2}', "names that differ in case"],
    ['{"é":1,"e\u0301":2}', "names that differ in normalization"],
    ['{"__proto__":1,"constructor":2,"toString":3}', "names of inherited members"],
    ['{"\\u0062":1,"a":2}', "names out of order, one with an escape"],
    ['"😀\\ud83d\\ude00"', "pairs, unescaped and escaped"],
    ['"\ufdd0\uffff"', "unassigned characters"],
    ["1e400", "a number beyond a double"],
    ["[".repeat(100_000) + "]".repeat(100_000), "100,000 levels"],
  ];
  test.each(rows.map(([text, reason]) => ({ text, reason })))("$reason", ({ text }) => {
    expect(notStrictOf(factsOf(text))).toBeUndefined();
    const decoded = JsonText.decode(text);
    expect(decoded).toEqual({ _tag: "Right", right: text });
    if (decoded._tag === "Right" && text.length < 1000)
      expect(parse(decoded.right)).toEqual(JSON.parse(text));
  });
  test.each([undefined, null, 1, {}, ["{}"], Object("{}")])(
    "not %o, which is not a text",
    (value) => {
      expect(JsonText.is(value)).toBe(false);
    },
  );
});

describe("the facts about", () => {
  const facts = newFacts();
  const rows: ReadonlyArray<readonly [text: string, facts: Partial<Facts>, reason: string]> = [
    ["1", {}, "a scalar"],
    ["[]", { depth: 1 }, "an empty array"],
    ['{"a":[{}],"b":[]}', { depth: 3 }, "the deepest of several values"],
    ["[[[]],[[[]]],[]]", { depth: 4 }, "values of varying depth"],
    [" 1", { isTidy: false }, "white space before the value"],
    ["1\n", { isTidy: false }, "white space after the value"],
    ['{"a": 1}', { depth: 1, isTidy: false }, "white space within"],
    ['{"b":1,"a":2}', { depth: 1, isTidy: false }, "members out of order"],
    ['{"a":1,"aa":2,"b":3}', { depth: 1 }, "members in order, one of which is a prefix of another"],
    ['{"aa":1,"a":2}', { depth: 1, isTidy: false }, "a name before its prefix"],
    ['{"\ufb33":1,"😀":2}', { depth: 1, extraBytes: 4 }, "members in the order of code points"],
    [
      '{"😀":1,"\ufb33":2}',
      { depth: 1, extraBytes: 4, isTidy: false },
      "members in the order of UTF-16",
    ],
    ['{"\\n":1,"\\"":2,"a":3}', { depth: 1 }, "members in order, some with escapes"],
    ['{"\\"":1,"\\n":2}', { depth: 1, isTidy: false }, "members out of order, all with escapes"],
    [
      '"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u0007\\u000b\\u000e\\u000f\\u0010\\u001f"',
      {},
      "the escapes of canonical JSON",
    ],
    ['"\\/"', { isTidy: false }, "an escaped slash"],
    ['"\\u0061"', { isTidy: false }, "an escaped letter"],
    ['"\\u000B"', { isTidy: false }, "an escape with a capital"],
    ['"\\u0008"', { isTidy: false }, "a long escape instead of the short one"],
    ['"\\u007f"', { isTidy: false }, "an unnecessary escape"],
    ['"\\ud83d\\ude00"', { isTidy: false }, "an escaped pair"],
    ['"\u007f"', {}, "DEL, which is not escaped"],
    ['"é\u07ff"', { extraBytes: 2 }, "characters of two bytes"],
    ['"\u0800日\uffff"', { extraBytes: 6 }, "characters of three bytes"],
    ['"😀"', { extraBytes: 2 }, "a character of four bytes"],
    ["1.0", { hasUntidyNumber: true }, "an integer with a fraction"],
    ["1e2", { hasUntidyNumber: true }, "an integer with an exponent"],
    ["-0", { hasUntidyNumber: true }, "negative zero"],
    ["1e-400", { hasUntidyNumber: true }, "a number that becomes zero as a double"],
    ["9007199254740991", {}, "the largest safe integer"],
    ["-9007199254740991", {}, "the smallest safe integer"],
    ["9007199254740992", { hasUnsafeNumber: true }, "an integer above the largest safe one"],
    ["0.5", { hasUnsafeNumber: true }, "a fraction"],
    ["1e400", { hasUnsafeNumber: true, hasInfiniteNumber: true }, "a number beyond a double"],
    [
      "-1e400",
      { hasUnsafeNumber: true, hasInfiniteNumber: true },
      "a number beyond a negative double",
    ],
    ["9".repeat(400), { hasUnsafeNumber: true, hasInfiniteNumber: true }, "400 digits"],
  ];
  test.each(rows.map(([text, found, reason]) => ({ text, found, reason })))(
    "$reason",
    ({ text, found }) => {
      expect(factsOf(text)).toEqual({ ...facts, ...found });
    },
  );
  test("a value exclude the white space around it", () => {
    const around = newFacts();
    const found: Array<Facts> = [];
    const apart = (scanner: Scanner) => {
      const facts = newFacts();
      raw(scanner, facts);
      found.push(facts);
    };
    scan(" 1 ", around, apart);
    scan('{"a": 1 , "b" : [] }', around, (scanner) =>
      members(scanner, around, () => apart(scanner)),
    );
    scan("[ 1 , [] ]", around, (scanner) => elements(scanner, around, () => apart(scanner)));
    const list = { ...facts, depth: 1 };
    expect(found).toEqual([facts, facts, list, facts, list]);
    expect(around).toEqual({ ...facts, isTidy: false });
  });
  test("a value exclude its neighbours", () => {
    const apart = newFacts();
    const around = newFacts();
    const read = scan('[ 1.0,{"a":1},"é",{"b":1,"a":1e400}]', around, (scanner) => {
      elements(scanner, around, () => {
        if (isNext(scanner, around, "{")) skip(scanner, apart);
        else skip(scanner, around);
      });
    });
    expect(read._tag).toBe("Right");
    expect(apart).toEqual({
      ...facts,
      depth: 1,
      isTidy: false,
      hasUnsafeNumber: true,
      hasInfiniteNumber: true,
    });
    expect(around).toEqual({ ...facts, isTidy: false, hasUntidyNumber: true, extraBytes: 1 });
  });
});

describe("a reader", () => {
  const around = newFacts();
  const reading = <A>(text: string, read: (scanner: Scanner) => A) => scan(text, around, read);

  test("reads members by their decoded names, and their values as text", () => {
    const found = new Map<string, string>();
    const read = reading(' { "\\u0061" : [ 1 ] , "b":"\\n"} ', (scanner) =>
      members(scanner, around, (name) => found.set(name, raw(scanner, around))),
    );
    expect(read._tag).toBe("Right");
    expect([...found]).toEqual([
      ["a", "[ 1 ]"],
      ["b", '"\\n"'],
    ]);
  });
  test("reads elements and strings", () => {
    const found: Array<string> = [];
    reading('["a", "\\u0062\\n" ,"é"]', (scanner) =>
      elements(scanner, around, () => found.push(stringValue(scanner, around) ?? "none")),
    );
    expect(found).toEqual(["a", "b\n", "é"]);
  });
  test("detects duplicate names of the members that it reads", () => {
    const facts = newFacts();
    scan('{"a":1,"b":{},"\\u0061":3}', facts, (scanner) =>
      members(scanner, facts, () => skip(scanner, newFacts())),
    );
    expect(facts).toEqual({ ...newFacts(), isTidy: false, duplicateName: 14 });
  });
  test.each([
    ["object", members, false],
    ["array", elements, false],
    ["string", stringValue, undefined],
  ] as const)("for %s skips other values", (kind, read, nothing) => {
    const found: Array<unknown> = [];
    const facts = newFacts();
    const text = '[null,[1.0],{"b":{},"a":1e400},"\\ud800"]'.replace(
      kind === "object" ? /\{.*\}/ : kind === "array" ? "[1.0]" : /"[^"]*"(?=\])/,
      "0",
    );
    const all = scan(text, facts, (scanner) =>
      elements(scanner, facts, () =>
        found.push(read(scanner, facts, () => expect.unreachable("no such value"))),
      ),
    );
    expect(all).toEqual({ _tag: "Right", right: true });
    expect(found).toEqual([nothing, nothing, nothing, nothing]);
    const skipped = factsOf(text);
    expect(facts).toEqual({ ...skipped, depth: skipped.depth - 1 });
  });
  test.each([
    ["object", members],
    ["array", elements],
    ["string", stringValue],
  ] as const)("for %s fails if there is no value", (_, read) => {
    const facts = newFacts();
    expect(scan<unknown>("x", facts, (scanner) => read(scanner, facts, () => undefined))).toEqual({
      _tag: "Left",
      left: { _tag: "NotJson", position: 0, expected: "expected value" },
    });
  });
  test("adds facts to other facts", () => {
    const texts = ['{"b":"é","a":[[1.0]]}', '["\\ud800",1e400]', '{"a":1,"a":[-0]}', "1.5"];
    const sum = newFacts();
    for (const text of texts) include(sum, factsOf(text));
    expect(sum).toEqual({
      duplicateName: 7,
      loneSurrogate: 1,
      depth: 3,
      isTidy: false,
      hasUntidyNumber: true,
      hasUnsafeNumber: true,
      hasInfiniteNumber: true,
      extraBytes: 1,
    });
    const same = factsOf(texts[0] ?? "");
    include(same, newFacts());
    expect(same).toEqual(factsOf(texts[0] ?? ""));
  });
  test("that throws: its error is passed on", () => {
    const failure = new Error("a bug in the calling code");
    const failing = () => {
      throw failure;
    };
    expect(() => scan("1", newFacts(), failing)).toThrow(failure);
    expect(() =>
      scan("x", newFacts(), (scanner) => {
        try {
          skip(scanner, newFacts());
        } catch {
          throw failure;
        }
      }),
    ).toThrow(failure);
  });
  test("that throws undefined: it is passed on", () => {
    expect(() =>
      scan("1", newFacts(), () => {
        throw undefined;
      }),
    ).toThrow();
  });
});

describe("work is linear in the length of the text:", () => {
  const size = 100_000;
  const times = (text: string, per = text.length) => text.repeat(size / per);
  const rows: ReadonlyArray<readonly [text: string, reason: string]> = [
    [`"${times("\\\\")}"`, "backslashes"],
    [`"${times('\\"')}"`, "escaped quotes"],
    [`"${times("\\u00e9")}"`, "escapes of letters"],
    [`["${times('\\ud83d","')}"]`, "lone surrogates"],
    [times('"'), "quotes"],
    [times("["), "brackets"],
    [times('{"":'), "braces"],
    [`${"[".repeat(size / 2)}${"]".repeat(size / 2)}`, "brackets that are closed"],
    [`"${times("a")}"`, "one string"],
    [`"${times("é")}"`, "one string that is not ASCII"],
    [`"${times("a")}`, "one string without end"],
    [times("9"), "digits"],
    [`${times(" ")}1`, "spaces"],
    [`[${times(" \n1,")}1]`, "spaces between elements"],
    [`[${times('"a",\n')}1]`, "lines"],
    [`[${times('"é",')}1]`, "strings that are not ASCII"],
    [`[${times('"\\n",')}1]`, "strings with an escape"],
    [`{${times('"a":1,')}"a":1}`, "a name that is repeated"],
    [
      `{${Array.from({ length: size / 10 }, (_, index) => `"${index}":{}`).join()}}`,
      "empty objects",
    ],
  ];
  test.each(rows.map(([text, reason]) => ({ text, reason })))("$reason", ({ text }) => {
    const counted = new CountedText(text);
    const scanner = newScanner(counted as unknown as string);
    try {
      skip(scanner, newFacts());
    } catch (fault) {
      expect(fault).toBe(scanner.fault);
    }
    expect(counted.looks).toBeLessThan(20 * text.length);
  });
  test("100,000 members out of order", () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `"${(index * 7919) % 100_003}":0`);
    expect(factsOf(`{${names.join()}}`).duplicateName).toBeUndefined();
    expect(factsOf(`{${names.join()},"7919":0}`).duplicateName).toBeDefined();
  });
});

/** A text that counts reads of its units. The sticky pattern reads the text itself. */
class CountedText extends String {
  looks = 0;
  override charCodeAt(index: number): number {
    this.looks++;
    return super.charCodeAt(index);
  }
  override indexOf(search: string, start = 0): number {
    const index = super.indexOf(search, start);
    this.looks += (index === -1 ? this.length : index) - start + 1;
    return index;
  }
  override slice(start: number, end: number): string {
    this.looks += end - start;
    return super.slice(start, end);
  }
}

describe("for any text", () => {
  const runs = { numRuns: 20_000 };
  test("a text is JSON if JSON.parse accepts it, and a JsonText if it is also strict", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const facts = newFacts();
        const read = scan(text, facts, (scanner) => raw(scanner, facts));
        expect(read._tag).toBe(isJson(text) ? "Right" : "Left");
        if (read._tag === "Left") return;
        const { isStrict, depth, numbers } = truthOf(text);
        expect(read.right).toBe(text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, ""));
        expect(notStrictOf(facts) === undefined).toBe(isStrict);
        expect(JsonText.is(text)).toBe(isStrict);
        expect(facts.depth).toBe(depth);
        const values = numbers.map(Number);
        expect(facts.hasInfiniteNumber).toBe(!values.every(Number.isFinite));
        expect(facts.hasUnsafeNumber).toBe(!values.every(Number.isSafeInteger));
        const isTidyNumber = (number: string) =>
          !Number.isSafeInteger(Number(number)) || String(Number(number)) === number;
        expect(facts.hasUntidyNumber).toBe(!numbers.every(isTidyNumber));
        if (!isStrict) return;
        expect(facts.extraBytes).toBe(Buffer.byteLength(text) - text.length);
        if (!facts.hasUnsafeNumber && !facts.hasUntidyNumber)
          expect(facts.isTidy).toBe(canonicalJson(JSON.parse(text)) === text);
      }),
      runs,
    );
  });
  test("members and elements read the same values as skip", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const skipped = newFacts();
        scan(text, skipped, (scanner) => skip(scanner, skipped));
        const facts = newFacts();
        const walk = (scanner: Scanner): void => {
          if (isNext(scanner, facts, "{")) members(scanner, facts, () => walk(scanner));
          else if (isNext(scanner, facts, "[")) elements(scanner, facts, () => walk(scanner));
          else if (isNext(scanner, facts, '"')) stringValue(scanner, facts);
          else skip(scanner, facts);
        };
        expect(scan(text, facts, walk)._tag).toBe("Right");
        expect({ ...facts, depth: 0 }).toEqual({ ...skipped, depth: 0 });
      }),
    );
  });
});
