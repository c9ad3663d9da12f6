import { expandWildcards, recipients } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { messageWith, withProto } from "./support.js";

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const named = { for: "named" };
const all = { for: "all" };

describe("expandWildcards (promise 3)", () => {
  type Row = readonly [
    messages: object,
    devices: ReadonlyArray<string>,
    expanded: object,
    reason: string,
  ];
  const rows: ReadonlyArray<Row> = [
    [
      { [alice]: { "*": all } },
      ["A", "B"],
      { [alice]: { A: all, B: all } },
      "every known device receives the contents",
    ],
    [
      { [alice]: { "*": all, A: named } },
      ["A", "B"],
      { [alice]: { A: named, B: all } },
      "a device named next to * keeps its own contents",
    ],
    [
      { [alice]: { A: named, "*": all } },
      ["A"],
      { [alice]: { A: named } },
      "nothing remains for * if all devices are named",
    ],
    [
      { [alice]: { "*": all, X: named } },
      ["A"],
      { [alice]: { X: named, A: all } },
      "a named device stays, even if it is unknown",
    ],
    [{ [alice]: { "*": all } }, [], {}, "a user without devices is left out"],
    [
      { [alice]: { "*": all }, [bob]: { B: named } },
      [],
      { [bob]: { B: named } },
      "the * of one user does not affect another",
    ],
    [
      { [alice]: { "*": all, X: named } },
      [],
      { [alice]: { X: named } },
      "a named device stays if no device is known",
    ],
    [
      { [alice]: { "*": all } },
      ["A", "A", "*"],
      { [alice]: { A: all } },
      "the host's list may contain a device twice, and *",
    ],
    [
      { [alice]: { "**": named, "*A": named } },
      ["A"],
      { [alice]: { "**": named, "*A": named } },
      "only exactly * is the wildcard",
    ],
    [
      { [alice]: { "*": all } },
      ["__proto__", "0", "", "toString"],
      { [alice]: withProto(all, { 0: all, "": all, toString: all }) },
      "any device ID may be known",
    ],
    [
      { [alice]: withProto(named, { "*": all }) },
      ["__proto__", "A"],
      { [alice]: withProto(named, { A: all }) },
      "a device named __proto__ keeps its own contents",
    ],
    [
      { [alice]: { "*": all } },
      ["constructor"],
      { [alice]: Object.fromEntries([["constructor", all]]) },
      "a device named constructor is not named by Object.prototype",
    ],
    [
      { [alice]: {}, [bob]: { "*": all } },
      ["A"],
      { [alice]: {}, [bob]: { A: all } },
      "a user with an empty map stays",
    ],
  ];
  test.each(
    rows.map(([messages, devices, expanded, reason]) => ({ messages, devices, expanded, reason })),
  )("$reason", ({ messages, devices, expanded }) => {
    const message = messageWith(messages);
    const result = expandWildcards(() => devices)(message);
    expect(result).toEqual({ ...message, messages: expanded });
    expect(Object.values(result.messages).some((own) => Object.hasOwn(own, "*"))).toBe(false);
  });
  test("returns a message without * unchanged, and looks up nobody", () => {
    const message = messageWith({ [alice]: { A: named } });
    const asked: Array<string> = [];
    const expand = expandWildcards((userId) => {
      asked.push(userId);
      return [];
    });
    expect(expand(message)).toBe(message);
    expect(asked).toEqual([]);
  });
  test("looks up each user with a * once, and shares the contents", () => {
    const asked: Array<string> = [];
    const message = messageWith({ [alice]: { "*": all }, [bob]: { "*": all, B: named } });
    const { messages } = expandWildcards((userId) => {
      asked.push(userId);
      return ["A", "B"];
    })(message);
    expect(asked).toEqual([alice, bob]);
    expect(Object.values(messages).map((devices) => Object.values(devices))).toEqual([
      [all, all],
      [named, all],
    ]);
    expect(Object.values(Object.values(messages)[0] ?? {})[1]).toBe(all);
  });
  test("keeps unknown members of the message", () => {
    const message = { ...messageWith({ [alice]: { "*": all } }), more: 1 };
    expect(expandWildcards(() => ["A"])(message)).toMatchObject({ more: 1 });
  });
});

describe("recipients", () => {
  const message = messageWith({ [alice]: { "*": all }, [bob]: { "**": all }, "@c:d": {} });
  test("are all users of the message", () => {
    expect(recipients(message)).toEqual([alice, bob, "@c:d"]);
  });
  test("a message without users has no recipients", () => {
    expect(recipients(messageWith({}))).toEqual([]);
  });
});

describe("a look-up", () => {
  const message = messageWith({ [alice]: { "*": all, B: named }, [bob]: { "*": all } });
  test("may be a map: the * of an unknown user stays", () => {
    const { messages } = expandWildcards(new Map([[alice, ["A", "B"]]]))(message);
    expect(messages).toEqual({ [alice]: { B: named, A: all }, [bob]: { "*": all } });
  });
  test("may return undefined for a user that it does not know", () => {
    const { messages } = expandWildcards((userId) => (userId === bob ? ["C"] : undefined))(message);
    expect(messages).toEqual({ [alice]: { "*": all, B: named }, [bob]: { C: all } });
  });
  test("that knows no user returns the same message", () => {
    expect(expandWildcards(new Map())(message)).toBe(message);
  });
  test("distinguishes a user without devices from an unknown user", () => {
    const { messages } = expandWildcards(new Map([[alice, []]]))(message);
    expect(messages).toEqual({ [alice]: { B: named }, [bob]: { "*": all } });
  });
});
