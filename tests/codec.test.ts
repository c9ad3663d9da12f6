import { runInNewContext } from "node:vm";
import * as t from "io-ts";
import { UserId } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { array, brick, record, struct, tagged } from "../src/internal/codec.js";
import { leftOf, linesOf } from "./support.js";

const Even = brick<number>("Even", "expected even number", (value) => Number(value) % 2 === 0);

describe("array", () => {
  const Evens = array("Evens", Even, 3);
  test("accepts elements up to its length, and returns the same reference", () => {
    const value = [0, 2, 4];
    const decoded = Evens.decode(value);
    expect(decoded._tag === "Right" && decoded.right).toBe(value);
  });
  test.each([
    { value: [0, 1, 2], lines: ["[1]: expected even number"], reason: "an element" },
    {
      value: [1, 2, 3],
      lines: ["[0]: expected even number", "[2]: expected even number"],
      reason: "two elements",
    },
    { value: [0, 0, 0, 0], lines: ["expected array of at most 3"], reason: "the length" },
    { value: { length: 0 }, lines: ["expected array of at most 3"], reason: "no array" },
  ])("rejects $reason", ({ value, lines }) => {
    expect(Evens.is(value)).toBe(false);
    expect(linesOf(Evens, value)).toEqual(lines);
  });
  test("does not mention a length without a limit", () => {
    expect(linesOf(array("Evens", Even), null)).toEqual(["expected array"]);
  });
  test("has at most 100 errors for a million invalid elements, and reads few of them", () => {
    let looks = 0;
    const Bad = brick<never>("Bad", "expected nothing", () => {
      looks += 1;
      return false;
    });
    const value = Array.from({ length: 1_000_000 }, () => 1);
    expect(leftOf(array("InvalidElements", Bad).decode(value))).toHaveLength(100);
    expect(looks).toBe(101);
    expect(array("InvalidElements", Bad).is(value)).toBe(false);
    expect(looks).toBe(2 * 101);
  });
});

describe("struct", () => {
  const Pair = struct("Pair", { a: Even }, { b: Even, c: UserId });
  test.each([
    { value: { a: 2 }, lines: [], reason: "optional members may be absent" },
    { value: { a: 2, b: 4, more: 1 }, lines: [], reason: "unknown members are accepted" },
    { value: {}, lines: ["a: expected even number"], reason: "required members must be present" },
    {
      value: { a: 1, b: 1, c: 1 },
      lines: ["a: expected even number", "b: expected even number", "c: expected User ID"],
      reason: "all members are checked",
    },
  ])("$reason", ({ value, lines }) => {
    expect(linesOf(Pair, value)).toEqual(lines);
  });
  test("undefined and null are not absent", () => {
    expect(linesOf(Pair, { a: 2, c: undefined })).toEqual(["c: expected User ID"]);
    expect(linesOf(Pair, { a: 2, c: null })).toEqual(["c: expected User ID"]);
  });
});

describe("codecs of io-ts as members", () => {
  const Mixed = struct("Mixed", { list: array("List", t.union([t.string, t.null])) });
  test("accept or reject as a whole", () => {
    expect(Mixed.is({ list: ["a", null] })).toBe(true);
    expect(linesOf(Mixed, { list: ["a", 1] })).toEqual(["list[1]: expected (string | null)"]);
  });
});

describe("a walk", () => {
  /** How often the own members of an object, and of the objects in it, are read. */
  function counted(value: object): { readonly proxy: object; readonly reads: Map<string, number> } {
    const reads = new Map<string, number>();
    const watch = (target: object, path: string): object =>
      new Proxy(target, {
        get(object, key) {
          const at = `${path}/${String(key)}`;
          reads.set(at, (reads.get(at) ?? 0) + 1);
          const member: unknown = Reflect.get(object, key);
          return typeof member === "object" && member !== null ? watch(member, at) : member;
        },
      });
    return { proxy: watch(value, ""), reads };
  }
  const Users = record("Users", record("Devices", Even), UserId);
  const users = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [
      `@u${n}:x`,
      Object.fromEntries(Array.from({ length: 20 }, (_, d) => [`D${d}`, 2 * d])),
    ]),
  );
  test("reads each entry once, whether it accepts or rejects", () => {
    const good = counted(users);
    expect(Users.decode(good.proxy)._tag).toBe("Right");
    const bad = counted({ ...users, "@bad:x": { A: 1 } });
    expect(Users.decode(bad.proxy)._tag).toBe("Left");
    for (const { reads } of [good, bad]) expect([...new Set(reads.values())]).toEqual([1]);
    expect(good.reads.size).toBe(100 + 100 * 20);
    expect(bad.reads.size).toBe(101 + 100 * 20 + 1);
  });
});

describe("tagged", () => {
  const Shape = tagged("Shape", "kind", { even: struct("EvenShape", { size: Even }) });
  test.each([
    { value: { kind: "even", size: 2 }, lines: [], reason: "the tag chooses the branch" },
    {
      value: { kind: "even", size: 1 },
      lines: ["size: expected even number"],
      reason: "the branch checks the rest",
    },
    { value: { kind: "odd" }, lines: ['kind: expected "even"'], reason: "an unknown tag" },
    { value: {}, lines: ['kind: expected "even"'], reason: "no tag" },
    { value: null, lines: ["expected object"], reason: "not an object" },
    {
      value: Object.setPrototypeOf({ size: 2 }, null),
      lines: ['kind: expected "even"'],
      reason: "no tag in an object without a prototype",
    },
  ])("$reason", ({ value, lines }) => {
    expect(linesOf(Shape, value)).toEqual(lines);
  });
  test("an inherited tag chooses no branch, also in an object of another realm", () => {
    const value = runInNewContext("Object.prototype.kind = 'even'; ({ size: 2 })");
    expect(linesOf(Shape, value)).toEqual(['kind: expected "even"']);
  });
});

describe("values that cannot be read", () => {
  const line = "expected a value that can be read";
  const throwing = (target: object, key: string | number) =>
    Object.defineProperty(target, key, {
      enumerable: true,
      get: () => {
        throw new Error("secret");
      },
    });
  const keyless = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("secret");
      },
    },
  );
  test.each([
    {
      codec: struct("Struct", { a: t.unknown }),
      value: throwing({}, "a"),
      lines: [`a: ${line}`],
      reason: "a member, even if its codec accepts any value",
    },
    {
      codec: record("Record", t.unknown),
      value: throwing({}, "a"),
      lines: [`a: ${line}`],
      reason: "a value in a map",
    },
    {
      codec: array("Array", t.unknown),
      value: throwing([0], 0),
      lines: [`[0]: ${line}`],
      reason: "an element",
    },
    {
      codec: record("Record", t.unknown),
      value: keyless,
      lines: ["expected object"],
      reason: "a map whose keys cannot be listed",
    },
  ])("$reason", ({ codec, value, lines }) => {
    expect(codec.is(value)).toBe(false);
    expect(linesOf(codec, value)).toEqual(lines);
  });
});
