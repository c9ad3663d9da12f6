import {
  canonicalJsonBytes,
  DirectToDeviceEdu,
  maxEduBytes,
  packEdus,
  type Unsendable,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { nested, requestWith, sharedGraph, withProto } from "./support.js";

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const messageId = (index: number) => `m${index}`;
const pack = packEdus({ messageId });

const linesOf = (left: ReadonlyArray<Unsendable>) =>
  left.flatMap((lost) => (lost._tag === "NotCanonicalJson" ? [lost.reason.line] : []));

/** Packs into EDUs with `room` bytes for recipients. */
function packInto(room: number, messages: object) {
  const request = requestWith(messages);
  const empty = {
    edu_type: "m.direct_to_device",
    content: { ...request, message_id: "m0", messages: {} },
  };
  return packEdus({ messageId, maxBytes: bytesOf(empty) + room })(request);
}

/** The size of a value. The order of members does not change it. */
function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

function messagesOf(edus: ReadonlyArray<DirectToDeviceEdu>): ReadonlyArray<object> {
  return edus.map(({ content }) => content.messages);
}

/** Contents with this size as canonical JSON. */
const body = (bytes: number) => ({ a: "x".repeat(bytes - bytesOf({ a: "" })) });

describe("a request that fits in one EDU", () => {
  test("becomes one EDU, which its codec accepts", () => {
    const request = requestWith({ [alice]: { A: { a: 1 }, "*": {} }, [bob]: { B: {} } });
    const { left, right } = pack(request);
    expect(left).toEqual([]);
    expect(right).toEqual([
      { edu_type: "m.direct_to_device", content: { ...request, message_id: "m0" } },
    ]);
    expect(right.every(DirectToDeviceEdu.is)).toBe(true);
  });
  test("shares the maps of users that were not split, and copies the others", () => {
    const request = requestWith({ [alice]: { A: {} }, [bob]: { A: {}, B: { f: 0.5 } } });
    const [edu] = pack(request).right;
    expect(edu?.content.messages[alice]).toBe(request.messages[alice]);
    expect(edu?.content.messages[bob]).toEqual({ A: {} });
    expect(request.messages[bob]).toEqual({ A: {}, B: { f: 0.5 } });
  });
  test("keeps devices with the names of members of Object.prototype", () => {
    const devices = withProto({ a: 1 }, { constructor: {}, 0: {}, "": {} });
    const { right } = pack(requestWith({ [alice]: { ...devices, "": { f: 0.5 } } }));
    expect(Object.keys(Object.values(right[0]?.content.messages ?? {})[0] ?? {})).toEqual([
      "0",
      "__proto__",
      "constructor",
    ]);
  });
  test("becomes an EDU with the four members of the specification and no other member of the body", () => {
    const forged = { message_id: "old", edu_type: "x", "org.example.trace": 1 };
    const { right } = pack(requestWith({ [alice]: { A: {} } }, forged));
    expect(right[0]).toEqual({
      edu_type: "m.direct_to_device",
      content: {
        sender: "@john:example.com",
        type: "m.test",
        message_id: "m0",
        messages: { [alice]: { A: {} } },
      },
    });
  });
  test.each([
    { messages: {}, reason: "nobody" },
    { messages: { [alice]: {} }, reason: "a user without devices" },
  ])("without EDU: $reason", ({ messages }) => {
    expect(pack(requestWith(messages))).toEqual({ left: [], right: [] });
  });
});

describe("the limit (promise 10)", () => {
  test("is 65,536 bytes, including envelope and message ID", () => {
    const around = 105 + "m0".length + "@john:example.com".length + "m.test".length;
    const free = maxEduBytes - around - alice.length - "A".length;
    const { left, right } = pack(requestWith({ [alice]: { A: body(free) } }));
    expect(left).toEqual([]);
    expect(canonicalJsonBytes(right[0])).toEqual({ _tag: "Right", right: 65_536 });
    expect(bytesOf(right[0])).toBe(65_536);
    expect(pack(requestWith({ [alice]: { A: body(free + 1) } }))).toEqual({
      left: [{ _tag: "TooLarge", userId: alice, deviceIds: ["A"], bytes: 65_537 }],
      right: [],
    });
  });
  test("counts escaped UTF-8, not characters", () => {
    const devices = Object.fromEntries(
      ["é", "€", "😀", '"', "\\", "\n", "\u0001", "\u007f"].map((key) => [key, { [key]: key }]),
    );
    const request = requestWith({ [alice]: devices });
    const bytes = bytesOf(pack(request).right[0]);
    expect(packEdus({ messageId, maxBytes: bytes })(request).right).toHaveLength(1);
    expect(packEdus({ messageId, maxBytes: bytes - 1 })(request).right).toHaveLength(2);
  });
  test("can be set, and must be positive", () => {
    for (const maxBytes of [0, -1, Number.NaN]) {
      const pack = () => packEdus({ messageId, maxBytes });
      expect(pack).toThrow(new TypeError("maxBytes must be positive"));
    }
    const everything = packEdus({ messageId, maxBytes: 1 })(requestWith({ [alice]: { A: {} } }));
    expect(everything.left).toMatchObject([{ _tag: "TooLarge" }]);
  });
});

describe("where to split (promise 4)", () => {
  const entry = (id: string, contents: object) => bytesOf({ [id]: contents }) - 2 + ",".length;
  const alone = (id: string, devices: object) => bytesOf({ [id]: devices }) - 2;
  type Row = readonly [room: number, messages: object, edus: ReadonlyArray<object>, reason: string];
  const A = body(50);
  const two = { A, B: A };
  const rows: ReadonlyArray<Row> = [
    [
      alone(alice, two),
      { [alice]: two },
      [{ [alice]: two }],
      "devices that exactly fit stay together",
    ],
    [
      alone(alice, two) - 1,
      { [alice]: two },
      [{ [alice]: { A } }, { [alice]: { B: A } }],
      "with one byte less they are split by device",
    ],
    [
      alone(alice, two),
      { [alice]: two, [bob]: { A } },
      [{ [alice]: two }, { [bob]: { A } }],
      "the next user goes to the next EDU",
    ],
    [
      alone(alice, { A }) + ",".length + alone(bob, { A }),
      { [alice]: { A }, [bob]: { A } },
      [{ [alice]: { A }, [bob]: { A } }],
      "a second user may fill the rest exactly",
    ],
    [
      alone(alice, { A }) + alone(bob, { A }),
      { [alice]: { A }, [bob]: { A } },
      [{ [alice]: { A } }, { [bob]: { A } }],
      "a second user must not exceed the rest by one byte",
    ],
    [
      alone(alice, two),
      { [alice]: { A }, [bob]: two },
      [{ [alice]: { A } }, { [bob]: two }],
      "a user that fits in one EDU is not split",
    ],
    [
      alone(alice, two) + entry("C", A),
      { [alice]: { A }, [bob]: { A, B: A, C: A, D: A } },
      [{ [alice]: { A }, [bob]: { A } }, { [bob]: { B: A, C: A, D: A } }],
      "a user that fits in no EDU begins in the last EDU",
    ],
    [
      alone(alice, two),
      { [alice]: { A, "*": A }, [bob]: { A } },
      [{ [alice]: { A, "*": A } }, { [bob]: { A } }],
      "* and the devices named next to it stay together",
    ],
  ];
  test.each(rows.map(([room, messages, edus, reason]) => ({ room, messages, edus, reason })))(
    "$reason",
    ({ room, messages, edus }) => {
      const packed = packInto(room, messages);
      expect(packed.left).toEqual([]);
      expect(messagesOf(packed.right)).toEqual(edus);
      expect(packed.right.map(({ content }) => content.message_id)).toEqual(
        edus.map((_, index) => `m${index}`),
      );
    },
  );
  const bad = { f: 0.5 };
  test.each([
    {
      room: alone(alice, { A }) + ",".length + alone(bob, two),
      messages: { [alice]: { A }, [bob]: { A, bad, B: A } },
      edus: [{ [alice]: { A }, [bob]: two }],
      reason: "fill the rest exactly",
    },
    {
      room: alone(bob, { ...two, C: A }),
      messages: { [alice]: { A }, [bob]: { A, bad, B: A, C: A } },
      edus: [{ [alice]: { A } }, { [bob]: { ...two, C: A } }],
      reason: "are not split if they fit in one EDU",
    },
    {
      room: alone(alice, two) + entry("C", A),
      messages: { [alice]: { A }, [bob]: { A, bad, B: A, C: A, D: A } },
      edus: [{ [alice]: { A }, [bob]: { A } }, { [bob]: { B: A, C: A, D: A } }],
      reason: "begin in the last EDU if they fit in none",
    },
  ])("the remaining contents of a user $reason", ({ room, messages, edus }) => {
    const { left, right } = packInto(room, messages);
    expect(left).toMatchObject([{ _tag: "NotCanonicalJson", userId: bob, deviceIds: ["bad"] }]);
    expect(messagesOf(right)).toEqual(edus);
  });
  test("a user without sendable contents takes no room and closes no EDU", () => {
    const longName = `@${"x".repeat(90)}:example.org`;
    const messages = { [alice]: { A }, [longName]: { bad }, [bob]: { A } };
    const { left, right } = packInto(
      alone(alice, { A }) + ",".length + alone(bob, { A }),
      messages,
    );
    expect(left).toMatchObject([{ _tag: "NotCanonicalJson", userId: longName }]);
    expect(messagesOf(right)).toEqual([{ [alice]: { A }, [bob]: { A } }]);
  });
  test("a * and the devices named next to it are rejected together if they are too large", () => {
    const { left, right } = packInto(alone(alice, two), {
      [alice]: { "*": A, A, B: A },
      [bob]: { A },
    });
    expect(left).toMatchObject([{ _tag: "TooLarge", userId: alice, deviceIds: ["*", "A", "B"] }]);
    expect(messagesOf(right)).toEqual([{ [bob]: { A } }]);
  });
  test("contents that are too large neither stop the others nor begin an EDU", () => {
    const { left, right } = packInto(alone(alice, two), { [alice]: { A, B: body(500), C: A } });
    expect(left).toMatchObject([{ _tag: "TooLarge", deviceIds: ["B"] }]);
    expect(messagesOf(right)).toEqual([{ [alice]: { A, C: A } }]);
  });
});

describe("contents without canonical JSON (promise 10)", () => {
  class Odd extends Array<number> {
    toJSON = () => "forged";
  }
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const throwing = Object.defineProperty({}, "a", {
    enumerable: true,
    get: () => {
      throw new Error("secret");
    },
  });
  const at = `messages["${alice}"]`;
  const rows: ReadonlyArray<readonly [body: object, where: string | RegExp, reason: string]> = [
    [{ f: [1, 0.5] }, `${at}.B.f[1]: expected integer`, "a float"],
    [
      { n: 2 ** 53 },
      `${at}.B.n: expected integer from -(2^53)+1 to 2^53-1`,
      "an integer over 2^53-1",
    ],
    [
      { n: -(2 ** 53) },
      `${at}.B.n: expected integer from -(2^53)+1 to 2^53-1`,
      "an integer under -(2^53)+1",
    ],
    [{ n: Number.NaN }, `${at}.B.n: expected finite number`, "NaN"],
    [{ s: "a\ud800" }, `${at}.B.s: expected no lone surrogate`, "a lone surrogate in a string"],
    [
      { "\udc00": 1 },
      `${at}.B["\\udc00"]: expected no lone surrogate`,
      "a lone surrogate in a key",
    ],
    [{ u: undefined }, `${at}.B.u: expected JSON value`, "undefined"],
    [{ d: new Date(0) }, `${at}.B.d: expected JSON value`, "a Date"],
    [nested(101), /: expected at most 100 levels$/, "101 levels"],
    [cycle, /: expected at most 100 levels$/, "a cycle"],
    [
      sharedGraph(),
      /: expected at most 65536 values that share objects$/,
      "2^90 values in 90 objects",
    ],
    [
      { list: Object.assign([1], { toJSON: () => "forged" }) },
      `${at}.B.list: expected JSON value`,
      "an array with toJSON, whose text would be another value",
    ],
    [{ list: new Odd() }, `${at}.B.list: expected JSON value`, "an array of a subclass"],
    [throwing, `${at}.B.a: expected a value that can be read`, "a getter that throws"],
    [
      { list: new Proxy([], { get: (_, key) => (key === "length" ? "zz" : 0) }) },
      `${at}.B.list: expected JSON value`,
      "an array whose length is not a number",
    ],
  ];
  test.each(rows.map(([body, where, reason]) => ({ body, where, reason })))(
    "$reason",
    ({ body, where }) => {
      const { left, right } = pack(requestWith({ [alice]: { A: {}, B: body } }));
      expect(left).toMatchObject([{ _tag: "NotCanonicalJson", userId: alice, deviceIds: ["B"] }]);
      if (typeof where === "string") expect(linesOf(left)).toEqual([where]);
      else expect(linesOf(left)[0]).toMatch(where);
      expect(messagesOf(right)).toEqual([{ [alice]: { A: {} } }]);
    },
  );
  test("a lone surrogate in a device ID", () => {
    const { left } = pack(requestWith({ [alice]: { "\ud800": {} } }));
    expect(linesOf(left)).toEqual([`${at}["\\ud800"]: expected no lone surrogate`]);
  });
  test("contents that are not an object, in spite of their type", () => {
    const request = { ...requestWith({}), messages: { [alice]: { A: [] as never } } };
    expect(linesOf(pack(request).left)).toEqual([`${at}.A: expected object`]);
  });
  test("a * is rejected with all devices named next to it: the rest would reach the wrong device", () => {
    const { left, right } = pack(
      requestWith({ [alice]: { "*": {}, A: { f: 0.5 } }, [bob]: { B: {} } }),
    );
    expect(left).toMatchObject([{ userId: alice, deviceIds: ["*", "A"] }]);
    expect(messagesOf(right)).toEqual([{ [bob]: { B: {} } }]);
  });
  test("a lone surrogate in the type rejects everything", () => {
    const messages = { [alice]: { A: {}, B: {} }, [bob]: { "*": {} } };
    const line = "type: expected no lone surrogate";
    const reason = { path: ["type"], line };
    expect(pack(requestWith(messages, { type: "\ud800" }))).toEqual({
      left: [
        { _tag: "NotCanonicalJson", userId: alice, deviceIds: ["A"], reason },
        { _tag: "NotCanonicalJson", userId: alice, deviceIds: ["B"], reason },
        { _tag: "NotCanonicalJson", userId: bob, deviceIds: ["*"], reason },
      ],
      right: [],
    });
  });
  test("-0 is accepted: its JSON text is 0", () => {
    expect(pack(requestWith({ [alice]: { A: { n: -0 } } })).left).toEqual([]);
  });
});

describe("message IDs", () => {
  const devices = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`D${n}`, body(30_000)]));
  const request = requestWith({ [alice]: devices });
  test("are requested once per EDU, with its number", () => {
    const asked: Array<number> = [];
    const { right } = packEdus({
      messageId: (index) => {
        asked.push(index);
        return `id-${index}`;
      },
    })(request);
    expect(asked).toEqual([0, 1, 2, 3, 4]);
    expect(right.map(({ content }) => content.message_id)).toEqual(
      asked.map((index) => `id-${index}`),
    );
  });
  test("are requested only if an ID of one byte would fit", () => {
    const one = requestWith({ [alice]: { A: {} } });
    const least = bytesOf(packEdus({ messageId: () => "x" })(one).right[0]);
    const asked: Array<number> = [];
    for (const maxBytes of [least - 1, least]) {
      packEdus({ maxBytes, messageId: (index) => String(asked.push(index)) })(one);
    }
    expect(asked).toEqual([0]);
    expect(packEdus({ messageId, maxBytes: least })(one).left).toEqual([
      { _tag: "TooLarge", userId: alice, deviceIds: ["A"], bytes: least + 1 },
    ]);
  });
  test("are not requested if nothing can be sent", () => {
    const pack = packEdus({
      messageId: () => {
        throw new Error("asked");
      },
    });
    expect(pack(requestWith({ [alice]: { A: { f: 0.5 }, B: body(70_000) } })).right).toEqual([]);
  });
  test("count with their own sizes, which may differ", () => {
    const long = "\u0001".repeat(32);
    const packed = packEdus({ messageId: (index) => (index === 0 ? long : "m1"), maxBytes: 400 })(
      requestWith({ [alice]: { A: body(200), B: body(50), C: body(50) } }),
    );
    expect(packed.left).toEqual([
      { _tag: "TooLarge", userId: alice, deviceIds: ["A"], bytes: expect.any(Number) },
    ]);
    expect(packed.right.map(bytesOf).every((bytes) => bytes <= 400)).toBe(true);
    expect(packed.right[0]?.content.message_id).toBe(long);
  });
  test("that do not fit are kept for the next EDU", () => {
    const asked: Array<number> = [];
    const ids = (index: number) => {
      asked.push(index);
      return `id-${index}`.padEnd(20, "x");
    };
    const A = body(200);
    const least = bytesOf(pack(requestWith({ [alice]: { A } })).right[0]);
    // With an ID of one byte the first two devices would fit together. With one of 20 bytes they do not.
    const maxBytes = least + A.a.length + 18;
    const messages = { [alice]: { A, B: A, C: A } };
    const { left, right } = packEdus({ messageId: ids, maxBytes })(requestWith(messages));
    expect(left).toEqual([]);
    expect(right.map(({ content }) => content.message_id)).toEqual(
      asked.map((index) => ids(index)),
    );
  });
  test("may stay unused only if they were requested last", () => {
    const asked: Array<number> = [];
    const one = requestWith({ [alice]: { A: {} }, [bob]: { B: {} } });
    const least = bytesOf(
      packEdus({ messageId: () => "x" })(requestWith({ [bob]: { B: {} } })).right[0],
    );
    const { left } = packEdus({
      maxBytes: least + 5,
      messageId: (index) => String(asked.push(index)).padStart(32, "0"),
    })(one);
    expect(left).toHaveLength(2);
    expect(asked).toEqual([0]);
  });
  const form =
    "messageId must return 1 to 32 code points without lone surrogates. A UUID is too long with its hyphens: " +
    'write crypto.randomUUID().replace(/-/g, ""), or a prefix per request and the index';
  test.each([
    { id: () => "", message: form, reason: "empty" },
    { id: (index: number) => `${"x".repeat(32)}${index}`, message: form, reason: "too long" },
    { id: () => crypto.randomUUID(), message: form, reason: "a UUID with hyphens" },
    { id: (index: number) => `\ud800${index}`, message: form, reason: "not UTF-8" },
    { id: (index: number) => index as never, message: form, reason: "not a string" },
    {
      id: () => "same",
      message:
        "messageId must not return the same ID for two EDUs: write a prefix per request and the index",
      reason: "repeated",
    },
  ])("that are $reason are a TypeError", ({ id, message }) => {
    expect(() => packEdus({ messageId: id })(request)).toThrow(new TypeError(message));
  });
  test("may be a UUID without hyphens", () => {
    const id = () => crypto.randomUUID().replace(/-/g, "");
    expect(packEdus({ messageId: id })(request).right).toHaveLength(5);
  });
});

describe("a request that was not decoded", () => {
  test("with an invalid sender is a TypeError", () => {
    const forged = { ...requestWith({}), sender: "john" as never };
    expect(() => pack(forged)).toThrow(
      new TypeError("sender must be a valid User ID (no @ at the start)"),
    );
  });
});

describe("bounds", () => {
  test("contents that 50,000 devices share are walked once", () => {
    let reads = 0;
    const shared = {
      get a() {
        reads += 1;
        return 1;
      },
    };
    const devices = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`D${n}`, shared]));
    const { right } = pack(requestWith({ [alice]: devices }));
    expect(reads).toBe(1);
    const sent = right.flatMap(({ content }) =>
      Object.values(content.messages).flatMap(Object.keys),
    );
    expect(new Set(sent).size).toBe(50_000);
    expect(sent).toHaveLength(50_000);
  });
  test("200,000 contents that are too large are returned one by one", () => {
    const shared = body(70_000);
    const devices = Object.fromEntries(
      Array.from({ length: 200_000 }, (_, n) => [`D${n}`, shared]),
    );
    expect(pack(requestWith({ [alice]: devices })).left).toHaveLength(200_000);
  });
  test("100,000 faults have at most 1,000 reasons, in 512 kB", () => {
    const devices = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, n) => [`D${n}${"x".repeat(200)}`, { f: 0.5 }]),
    );
    const { left } = pack(requestWith({ [alice]: devices }));
    expect(left).toHaveLength(100_000);
    expect(new Set(left.flatMap(({ deviceIds }) => deviceIds)).size).toBe(100_000);
    const lines = linesOf(left).filter(
      (line) => line !== "there are more errors, which are not listed",
    );
    expect(lines.length).toBeGreaterThan(500);
    expect(lines.length).toBeLessThanOrEqual(1000);
    expect(lines.join().length).toBeLessThan(512_000);
    expect(left.every((lost) => lost._tag === "NotCanonicalJson" && lost.reason.line !== "")).toBe(
      true,
    );
  });
});
