import {
  type AppserviceRejection,
  type AppserviceToDeviceEvent,
  DeviceId,
  deliver,
  SendToDeviceRequest,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bridge, startBridge } from "../bridge/bridge.js";

let bridge: Bridge;
let handed: Array<ReadonlyArray<AppserviceToDeviceEvent>>;
let rejected: Array<AppserviceRejection>;

beforeEach(async () => {
  handed = [];
  rejected = [];
  bridge = await startBridge({
    hsToken: "hs",
    onToDevice: (events) => {
      handed.push(events);
    },
    onRejected: (rejection) => {
      rejected.push(rejection);
    },
  });
});

afterEach(() => bridge.close());

async function send(txnId: string, transaction: object, token = "hs"): Promise<number> {
  const answer = await fetch(`${bridge.url}/_matrix/app/v1/transactions/${txnId}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(transaction),
  });
  return answer.status;
}

const devices = ["GHOST", "__proto__"].filter(DeviceId.is);

/** What the homeserver delivers to the devices of two users of the bridge. */
function deliveries(content: object) {
  const request = {
    sender: "@alice:one.example",
    type: "m.dummy",
    messages: { "@_bridge_a:one.example": { "*": content }, "@_bridge_b:one.example": {} },
  };
  if (!SendToDeviceRequest.is(request)) throw new TypeError("The request is wrong");
  return deliver(() => devices)(request).right;
}

test.each(["to_device", "de.sorunome.msc2409.to_device"] as const)(
  "each device gets its events, in order, from %s",
  async (member) => {
    const both = [...deliveries({ serial: 1 }), ...deliveries({ serial: 2 })];

    expect(await send("1", { events: [], ...writeAppserviceToDevice(member)(both) })).toBe(200);

    expect(
      handed.map((events) =>
        events.map(({ to_user_id, to_device_id, content }) => [
          to_user_id,
          to_device_id,
          content.serial,
        ]),
      ),
    ).toEqual([
      [
        ["@_bridge_a:one.example", "GHOST", 1],
        ["@_bridge_a:one.example", "GHOST", 2],
      ],
      [
        ["@_bridge_a:one.example", "__proto__", 1],
        ["@_bridge_a:one.example", "__proto__", 2],
      ],
    ]);
    expect(rejected).toEqual([]);
  },
);

test("a transaction that comes again is handed on once", async () => {
  const transaction = writeAppserviceToDevice("to_device")(deliveries({}));

  expect(await send("1", transaction)).toBe(200);
  expect(await send("1", transaction)).toBe(200);
  expect(handed.length).toBe(2);

  expect(await send("2", transaction)).toBe(200);
  expect(handed.length).toBe(4);
});

test("a wrong entry falls alone", async () => {
  const { to_device } = writeAppserviceToDevice("to_device")(deliveries({}));

  expect(await send("1", { to_device: [null, ...to_device, { type: "m.dummy" }] })).toBe(200);

  expect(handed.length).toBe(2);
  expect(rejected.map(({ index }) => index)).toEqual([0, 3]);
});

test("whoever has not the token of the homeserver is refused", async () => {
  const transaction = writeAppserviceToDevice("to_device")(deliveries({}));

  expect(await send("1", transaction, "other")).toBe(403);
  expect(handed).toEqual([]);
});
