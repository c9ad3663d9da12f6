import {
  AppserviceToDeviceEvent,
  deliver,
  readAppserviceToDevice,
  toAppserviceEvent,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
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
    { value: { ...event, to_user_id: "alice" }, line: "to_user_id: expected User ID" },
    { value: { ...event, sender: undefined }, line: "sender: expected User ID" },
    { value: { ...event, type: 1 }, line: "type: expected string" },
    { value: { ...event, content: [] }, line: "content: expected object" },
  ])("refuses one with $line", ({ value, line }) => {
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
      reason: "an empty stable member beside the unstable one",
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
      reason: "an event that only the unstable member has twice",
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

  const fault = "expected a value that can be read";
  test.each([
    { transaction: null, left: [{ reasons: ["expected object"] }], reason: "null" },
    { transaction: [], left: [{ reasons: ["expected object"] }], reason: "an array" },
    {
      transaction: { to_device: null },
      left: [{ member: "to_device", reasons: ["to_device: expected array"] }],
      reason: "null for the member",
    },
    {
      transaction: { to_device: {} },
      left: [{ member: "to_device", reasons: ["to_device: expected array"] }],
      reason: "an object for the member",
    },
    {
      transaction: { [unstable]: [null, { ...event, to_user_id: 1 }] },
      left: [
        { member: unstable, index: 0, reasons: [`["${unstable}"][0]: expected object`] },
        {
          member: unstable,
          index: 1,
          reasons: [`["${unstable}"][1].to_user_id: expected User ID`],
        },
      ],
      reason: "entries that are no event",
    },
    {
      transaction: { to_device: [{ ...event, content: { n: Number.POSITIVE_INFINITY } }] },
      left: [
        {
          member: "to_device",
          index: 0,
          reasons: ["to_device[0].content.n: expected finite number"],
        },
      ],
      reason: "an event that text could not carry",
    },
    {
      transaction: {
        get to_device() {
          throw new Error("secret");
        },
      },
      left: [{ member: "to_device", reasons: [`to_device: ${fault}`] }],
      reason: "a getter that throws",
    },
  ])("refuses $reason, and does not throw", ({ transaction, left }) => {
    expect(readAppserviceToDevice(transaction)).toEqual({ left, right: [] });
  });
  test("refuses a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(readAppserviceToDevice(proxy)).toEqual({
      left: [{ reasons: ["expected object"] }],
      right: [],
    });
  });
  test("lets a bad entry fall alone, and says nothing of its values", () => {
    const bad = [
      { ...event, type: 5 },
      { ...event, deep: nested(101) },
    ];
    const { left, right } = readAppserviceToDevice({ to_device: [bad[0], event, bad[1], other] });
    expect(right).toEqual([event, other]);
    expect(left.map(({ index }) => index)).toEqual([0, 2]);
    expect(JSON.stringify(left)).not.toContain("secret");
  });
  test("reads no inherited member", () => {
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
  test("toAppserviceEvent names user and device", () => {
    expect(right.map(toAppserviceEvent)).toStrictEqual(events);
  });
  test.each(["to_device", unstable] as const)("%s is written and read", (member) => {
    const transaction = writeAppserviceToDevice(member)(right);
    expect(transaction).toStrictEqual({ [member]: events });
    expect(readAppserviceToDevice(transaction)).toEqual({ left: [], right: events });
  });
});
