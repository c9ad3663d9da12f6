import { deliver, type Undeliverable } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { requestWith, withProto } from "./support.js";

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const named = { for: "named" };
const all = { for: "all" };

type Delivered = ReadonlyArray<readonly [device: string, contents: object]>;
type Lost = ReadonlyArray<readonly [device: string, Undeliverable["reason"]]>;

describe("deliver (promises 2 and 3)", () => {
  type Row = readonly [
    devices: object,
    known: ReadonlyArray<string>,
    Delivered,
    Lost,
    reason: string,
  ];
  const rows: ReadonlyArray<Row> = [
    [
      { A: named },
      ["A", "B"],
      [["A", named]],
      [],
      "a named device receives its contents, and other devices nothing",
    ],
    [
      { "*": all },
      ["A", "B"],
      [
        ["A", all],
        ["B", all],
      ],
      [],
      "* reaches every known device",
    ],
    [
      { "*": all, A: named },
      ["A", "B"],
      [
        ["B", all],
        ["A", named],
      ],
      [],
      "a device named next to * receives its own event only",
    ],
    [{ A: named }, ["B"], [], [["A", "UnknownDevice"]], "a device that the host does not know"],
    [{ A: named }, [], [], [["A", "UnknownDevice"]], "a named device of a user without devices"],
    [{ "*": all }, [], [], [["*", "NoDevices"]], "* of a user without devices"],
    [
      { "*": all, A: named },
      ["A"],
      [["A", named]],
      [["*", "NoOtherDevices"]],
      "* of a user whose devices are all named",
    ],
    [
      { "*": all, X: named },
      ["A"],
      [["A", all]],
      [["X", "UnknownDevice"]],
      "an unknown device next to * is undeliverable, and the rest is delivered",
    ],
    [
      { "*": all, X: named },
      [],
      [],
      [
        ["*", "NoDevices"],
        ["X", "UnknownDevice"],
      ],
      "no known devices",
    ],
    [
      { "*": all },
      ["A", "A"],
      [["A", all]],
      [],
      "a device that the host lists twice receives one event",
    ],
    [{ "*": all }, ["*", "A"], [["A", all]], [], "a * in the host's list is not a device"],
    [{ "*": all }, ["*"], [], [["*", "NoDevices"]], "a list with nothing but * has no devices"],
    [
      { A: named },
      ["*"],
      [],
      [["A", "UnknownDevice"]],
      "a * in the host's list does not make a device known",
    ],
    [{ "**": named }, ["A", "**"], [["**", named]], [], "** is a device"],
    [
      { toString: named, constructor: named },
      [],
      [],
      [
        ["toString", "UnknownDevice"],
        ["constructor", "UnknownDevice"],
      ],
      "members of Object.prototype are not known devices",
    ],
    [
      withProto(named, { "*": all }),
      ["__proto__", "0"],
      [
        ["__proto__", named],
        ["0", all],
      ],
      [],
      "__proto__ is an ordinary device",
    ],
    [{ "": named }, [""], [["", named]], [], "the empty device ID"],
    [{}, ["A"], [], [], "no devices named"],
  ];
  test.each(
    rows.map(([devices, known, delivered, lost, reason]) => ({
      devices,
      known,
      delivered,
      lost,
      reason,
    })),
  )("$reason", ({ devices, known, delivered, lost }) => {
    const { left, right } = deliver(() => known)(requestWith({ [alice]: devices }));
    const event = { type: "m.test", sender: "@john:example.com" };
    const byDevice = (a: { deviceId: string }, b: { deviceId: string }) =>
      a.deviceId < b.deviceId ? -1 : 1;
    expect([...right].sort(byDevice)).toEqual(
      delivered
        .map(([deviceId, content]) => ({ userId: alice, deviceId, event: { ...event, content } }))
        .sort(byDevice),
    );
    expect(left.map(({ deviceId, reason }) => [deviceId, reason])).toEqual(lost);
  });
  test("an event has type, sender and content, and nothing else of the message", () => {
    const message = requestWith({ [alice]: { A: named } }, { message_id: "1", more: 1 });
    const { right } = deliver(() => ["A"])(message);
    expect(right).toStrictEqual([
      {
        userId: alice,
        deviceId: "A",
        event: { type: "m.test", sender: "@john:example.com", content: named },
      },
    ]);
    expect(right[0]?.event.content).toBe(named);
  });
  test("an undeliverable has its event", () => {
    const { left } = deliver(() => [])(requestWith({ [alice]: { "*": all } }));
    expect(left).toMatchObject([{ userId: alice, event: { content: all } }]);
  });
  test("looks up each recipient once, in the order of the message", () => {
    const asked: Array<string> = [];
    deliver((userId) => {
      asked.push(userId);
      return [];
    })(requestWith({ [bob]: { "*": all, A: named }, [alice]: {} }));
    expect(asked).toEqual([bob, alice]);
  });
  test("deliveries of one * share their event", () => {
    const { right } = deliver(() => ["A", "B"])(requestWith({ [alice]: { "*": all } }));
    expect(right[0]?.event).toBe(right[1]?.event);
  });
});

describe("a look-up", () => {
  test("may be a map; a user that is not in it has no devices", () => {
    const request = requestWith({ [alice]: { "*": all }, [bob]: { "*": all } });
    const { left, right } = deliver(new Map([[alice, ["A"]]]))(request);
    expect(right).toMatchObject([{ userId: alice, deviceId: "A" }]);
    expect(left).toMatchObject([{ userId: bob, reason: "NoDevices" }]);
  });
  test("may return undefined, which counts as no devices", () => {
    const { left } = deliver(() => undefined)(requestWith({ [alice]: { A: named } }));
    expect(left).toMatchObject([{ deviceId: "A", reason: "UnknownDevice" }]);
  });
});
