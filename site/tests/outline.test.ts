/** Tests the positions in a JSON text. */
import { describe, expect, test } from "vitest";
import { outlineOf } from "../report/outline.ts";

describe("locate finds", () => {
  const text = ' {"a" : [1, {"b\\n": "x\\"]"}, []] , "c":{"":null,"d":-1.5e3}} ';
  const outline = outlineOf(text);
  for (const [path, found] of [
    [[], '{"a" : [1, {"b\\n": "x\\"]"}, []] , "c":{"":null,"d":-1.5e3}}'],
    [["a"], '[1, {"b\\n": "x\\"]"}, []]'],
    [["a", "0"], "1"],
    [["a", "1", "b\n"], '"x\\"]"'],
    [["a", "2"], "[]"],
    [["c", ""], "null"],
    [["c", "d"], "-1.5e3"],
  ] as const) {
    test(`the value at ${JSON.stringify(path)}`, () => {
      const place = outline.locate(path);
      expect(place.isFound).toBe(true);
      expect(outline.slice(place.value)).toBe(found);
    });
  }
  test("the object in which a member is missing", () => {
    const place = outline.locate(["c", "e", "f"]);
    expect(place.isFound).toBe(false);
    expect(outline.slice(place.value)).toBe('{"":null,"d":-1.5e3}');
  });
  test("the name of a member", () => {
    expect(outline.slice(outline.locate(["a", "1", "b\n"]).name)).toBe('"b\\n"');
  });
});

test("the last of several members of a name counts", () => {
  const outline = outlineOf('{"a":1,"\\u0061":2}');
  expect(outline.slice(outline.locate(["a"]).value)).toBe("2");
});

test("a key whose middle the library omits is found", () => {
  const name = "k".repeat(200) + "l".repeat(200);
  const outline = outlineOf(JSON.stringify({ other: 0, [name]: 7 }));
  const clipped = `${name.slice(0, 126)}...${name.slice(-126)}`;
  expect(outline.slice(outline.locate([clipped]).value)).toBe("7");
});

test("backslashes before a quote are counted", () => {
  const outline = outlineOf('{"a":"\\\\","b":"\\\\\\"}","c":1}');
  expect(outline.members(outline.root).map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("depth is counted in levels, and does not exhaust the stack", () => {
  const deep = outlineOf(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
  expect(deep.depth(deep.root)).toBe(200_000);
  const flat = outlineOf('"[["');
  expect(flat.depth(flat.root)).toBe(0);
});

test("every path of a value leads to its text", () => {
  const value = {
    list: [true, { "": "{" }, []],
    "a:b": { deep: { deeper: ["\u00e9", "\ud83d\ude00", null] } },
  };
  for (const indent of [0, 2]) {
    const outline = outlineOf(JSON.stringify(value, undefined, indent));
    const visit = (path: ReadonlyArray<string>, part: unknown): number => {
      expect(JSON.parse(outline.slice(outline.locate(path).value))).toEqual(part);
      if (typeof part !== "object" || part === null) return 1;
      return Object.entries(part).reduce(
        (sum, [key, each]) => sum + visit([...path, key], each),
        1,
      );
    };
    expect(visit([], value)).toBe(12);
  }
});
