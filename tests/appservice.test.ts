import {
  AppserviceToDeviceEvent,
  deliver,
  readAppserviceToDevice,
  toAppserviceEvent,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { counted } from "./oracle.js";
import { linesOf, nested, requestWith } from "./support.js";

const unstable = "de.sorunome.msc2409.to_device";

const event = {
  type: "m.room.encrypted",
  sender: "@john:example.com",
  to_user_id: "@_bridge_alice:example.org",
  to_device_id: "GHOST",
  content: { ciphertext: "secret" },
};
const other = { ...event, to_device_id: "OTHER" };

describe("AppserviceToDeviceEvent", () => {
  test("accepts an event with unknown members", () => {
    expect(AppserviceToDeviceEvent.is({ ...event, more: 1 })).toBe(true);
  });
  test.each([
    { value: { ...event, to_device_id: "*" }, line: "to_device_id: expected Device ID" },
    {
      value: { ...event, to_user_id: "alice" },
      line: "to_user_id: expected User ID (no @ at the start)",
    },
    { value: { ...event, sender: undefined }, line: "sender: expected User ID" },
    { value: { ...event, type: 1 }, line: "type: expected string" },
    { value: { ...event, content: [] }, line: "content: expected object" },
  ])("rejects an event: $line", ({ value, line }) => {
    expect(linesOf(AppserviceToDeviceEvent, value)).toEqual([line]);
  });
});

describe("readAppserviceToDevice", () => {
  test.each([
    { transaction: { events: [] }, read: [], reason: "neither member" },
    { transaction: { to_device: [event] }, read: [event], reason: "the stable member" },
    { transaction: { [unstable]: [event] }, read: [event], reason: "the unstable member" },
    {
      transaction: { to_device: [], [unstable]: [event] },
      read: [event],
      reason: "an empty stable member next to the unstable one",
    },
    {
      transaction: { to_device: [event], [unstable]: [event] },
      read: [event],
      reason: "both members with the same event",
    },
    {
      transaction: { to_device: [event], [unstable]: [other] },
      read: [event, other],
      reason: "both members with different events",
    },
    {
      transaction: { to_device: [event, event], [unstable]: [event] },
      read: [event, event],
      reason: "an event that was sent twice",
    },
    {
      transaction: { to_device: [event], [unstable]: [event, event, other] },
      read: [event, event, other],
      reason: "an event that is twice in the unstable member",
    },
    {
      transaction: {
        to_device: [event],
        [unstable]: [Object.fromEntries(Object.entries(event).reverse())],
      },
      read: [event],
      reason: "the same event with its members in another order",
    },
  ])("reads $reason", ({ transaction, read }) => {
    expect(readAppserviceToDevice(transaction)).toEqual({ left: [], right: read });
  });

  const throwing = (key: string) =>
    Object.defineProperty({}, key, {
      enumerable: true,
      get: () => {
        throw new Error("secret");
      },
    });
  const rejection = (_tag: string, path: ReadonlyArray<string>, line: string, more = {}) => ({
    _tag,
    reasons: [{ path, line }],
    ...more,
  });
  const inEvent = (member: string, path: ReadonlyArray<string>, line: string) =>
    rejection("InvalidEvent", [member, "0", ...path], line, { member, index: 0 });
  test.each([
    {
      transaction: null,
      left: [rejection("InvalidTransaction", [], "expected object")],
      reason: "null",
    },
    {
      transaction: [],
      left: [rejection("InvalidTransaction", [], "expected object")],
      reason: "an array",
    },
    {
      transaction: { to_device: null },
      left: [
        rejection("InvalidMember", ["to_device"], "to_device: expected array", {
          member: "to_device",
        }),
      ],
      reason: "null for the member",
    },
    {
      transaction: { to_device: { length: 3_000_000 } },
      left: [
        rejection("InvalidMember", ["to_device"], "to_device: expected array", {
          member: "to_device",
        }),
      ],
      reason: "an object with a length",
    },
    {
      transaction: { [unstable]: [null] },
      left: [inEvent(unstable, [], `["${unstable}"][0]: expected object`)],
      reason: "an entry that is not an event",
    },
    {
      transaction: { [unstable]: [{ ...event, to_user_id: 1 }] },
      left: [inEvent(unstable, ["to_user_id"], `["${unstable}"][0].to_user_id: expected User ID`)],
      reason: "an entry without a recipient",
    },
    {
      transaction: { to_device: [{ ...event, content: { n: Number.POSITIVE_INFINITY } }] },
      left: [
        inEvent("to_device", ["content", "n"], "to_device[0].content.n: expected finite number"),
      ],
      reason: "an event that cannot be written as JSON text",
    },
    {
      transaction: { to_device: [{ ...event, content: { s: "\ud800" } }] },
      left: [
        inEvent(
          "to_device",
          ["content", "s"],
          "to_device[0].content.s: expected no lone surrogate",
        ),
      ],
      reason: "a lone surrogate",
    },
    {
      transaction: { to_device: [{ ...event, "\ud800": 1 }] },
      left: [
        inEvent("to_device", ["\ud800"], 'to_device[0]["\\ud800"]: expected no lone surrogate'),
      ],
      reason: "a lone surrogate in a name",
    },
    {
      transaction: throwing("to_device"),
      left: [
        rejection("InvalidMember", ["to_device"], "to_device: expected array", {
          member: "to_device",
        }),
      ],
      reason: "a getter that throws",
    },
    {
      transaction: { to_device: throwing("0") },
      left: [
        rejection("InvalidMember", ["to_device"], "to_device: expected array", {
          member: "to_device",
        }),
      ],
      reason: "an object with elements",
    },
    {
      transaction: { to_device: [{ ...event, ...{ more: throwing("a") } }] },
      left: [
        inEvent(
          "to_device",
          ["more", "a"],
          "to_device[0].more.a: expected a value that can be read",
        ),
      ],
      reason: "a getter inside an event",
    },
  ])("rejects $reason, and does not throw", ({ transaction, left }) => {
    expect(readAppserviceToDevice(transaction)).toEqual({ left, right: [] });
  });
  test("accepts contents of 100 levels, as federation does", () => {
    const deepest = { ...event, content: nested(100) };
    expect(readAppserviceToDevice({ to_device: [deepest] }).right).toEqual([deepest]);
  });
  test("rejects a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(readAppserviceToDevice(proxy)).toEqual({
      left: [rejection("InvalidTransaction", [], "expected object")],
      right: [],
    });
  });
  test("rejects an event if its keys can no longer be listed", () => {
    const odd = new Proxy(event, {
      ownKeys: () => {
        throw new Error("secret");
      },
    });
    expect(readAppserviceToDevice({ to_device: [odd] })).toEqual({
      left: [inEvent("to_device", [], "to_device[0]: expected a value that can be read")],
      right: [],
    });
  });
  test("rejects an invalid entry without the others, and mentions none of its values", () => {
    const bad = [
      { ...event, type: 5 },
      { ...event, content: nested(101) },
    ];
    const { left, right } = readAppserviceToDevice({ to_device: [bad[0], event, bad[1], other] });
    expect(right).toEqual([event, other]);
    expect(left).toMatchObject([{ index: 0 }, { index: 2 }]);
    expect(JSON.stringify(left)).not.toContain("secret");
  });
  test("reads no inherited members", () => {
    expect(readAppserviceToDevice(Object.create({ to_device: [event] })).right).toEqual([]);
  });
});

describe("from deliveries to the appservice and back", () => {
  const { right } = deliver(() => ["A", "B"])(
    requestWith({ "@alice:example.org": { "*": { a: 1 } } }),
  );
  const events = [
    {
      type: "m.test",
      sender: "@john:example.com",
      content: { a: 1 },
      to_user_id: "@alice:example.org",
      to_device_id: "A",
    },
    {
      type: "m.test",
      sender: "@john:example.com",
      content: { a: 1 },
      to_user_id: "@alice:example.org",
      to_device_id: "B",
    },
  ];
  test("toAppserviceEvent adds user and device", () => {
    expect(right.map(toAppserviceEvent)).toStrictEqual(events);
  });
  test.each(["to_device", unstable] as const)("%s is written and read", (member) => {
    const transaction = writeAppserviceToDevice(member)(right);
    expect(transaction).toStrictEqual({ [member]: events });
    expect(readAppserviceToDevice(transaction)).toEqual({ left: [], right: events });
  });
  test("the unstable name is the default: some appservices read only that", () => {
    expect(writeAppserviceToDevice()(right)).toStrictEqual({ [unstable]: events });
  });
});

describe("events in both members", () => {
  const entry = (content: unknown) => ({ ...event, content });
  const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse());
  type Row = readonly [
    stable: ReadonlyArray<unknown>,
    unstable: ReadonlyArray<unknown>,
    count: number,
    reason: string,
  ];
  const rows: ReadonlyArray<Row> = [
    [[entry({ a: 1 }), entry({ b: 1 })], [entry({ b: 1 }), entry({ a: 1 })], 2, "in another order"],
    [
      [entry({ a: 1, b: [{}] })],
      [reversed(entry({ b: [{}], a: 1 }))],
      1,
      "members in another order",
    ],
    [[other, entry({ a: 1, b: 2 })], [entry({ b: 2, a: 1 })], 2, "both orders differ"],
    [[entry({ a: "1" })], [entry({ a: 1 })], 2, "a string is not a number"],
    [[entry({ a: "s0" }), other], [entry({ a: ["s0"] }), other], 3, "an array is not its element"],
    [[entry({ a: [] })], [entry({ a: {} })], 2, "an array is not an object"],
    [[entry({ a: null })], [entry({ a: {} })], 2, "null is not an object"],
    [[entry({ a: [1, 2] })], [entry({ a: [2, 1] })], 2, "the order of an array counts"],
    [[entry({ a: [1, 2] }), other], [other, entry({ a: [2, 1] })], 3, "also at other positions"],
    [[entry({ a: 1 })], [entry({ b: 1 })], 2, "another name"],
    [[entry({ a: "[s0]" }), other], [other, entry({ a: ["s0"] })], 3, "a text like an identity"],
    [[entry({ a: -0 })], [entry({ a: 0 })], 1, "negative zero has the same text"],
    [[], [event, event], 2, "only one member"],
    [[event, other], [event], 2, "the other member has more"],
    [[other, event], [event, event], 3, "the larger count is returned"],
  ];
  test.each(rows.map(([stable, twin, count, reason]) => ({ stable, twin, count, reason })))(
    "$reason: $count events",
    ({ stable, twin, count }) => {
      for (const [first, second] of [
        [stable, twin],
        [twin, stable],
      ]) {
        const { left, right } = readAppserviceToDevice({ to_device: first, [unstable]: second });
        expect(left).toEqual([]);
        expect(right).toHaveLength(count);
      }
    },
  );
  test("are compared with linear work, at the same and at other positions", () => {
    const reads = (size: number, shift: number) => {
      const events = Array.from({ length: size }, (_, index) => entry({ list: [index, "text"] }));
      const { value, counts } = counted(events);
      const twins = [...events.slice(shift), ...events.slice(0, shift)];
      const { right } = readAppserviceToDevice({ to_device: value, [unstable]: twins });
      expect(right).toHaveLength(size);
      return counts.read;
    };
    for (const shift of [0, 1]) expect(reads(2000, shift)).toBeLessThan(2.1 * reads(1000, shift));
  });
  test("are compared even if their text would exceed the limit for strings", () => {
    // Escaped, 100 million control characters take 600 MB.
    const large = entry({ text: "\u0001".repeat(100_000_000) });
    const { right } = readAppserviceToDevice({ to_device: [other, large], [unstable]: [large] });
    expect(right).toHaveLength(2);
  });
});

describe("reasons of a call", () => {
  test("are at most 1,000 in 512 kB, and every entry is rejected", () => {
    const { left } = readAppserviceToDevice({ to_device: Array(100_000).fill({ type: 1 }) });
    expect(left).toHaveLength(100_000);
    const notice = "there are more errors, which are not listed";
    const lines = left.flatMap(({ reasons }) => reasons.map(({ line }) => line));
    const listed = lines.filter((line) => line !== notice);
    expect(listed.length).toBe(1000);
    expect(listed.join().length).toBeLessThan(512_000);
    expect(left.every(({ reasons }) => reasons.length > 0)).toBe(true);
  });
});
