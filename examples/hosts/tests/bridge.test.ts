import {
  type AppserviceRejection,
  DeviceId,
  deliver,
  explain,
  SendToDeviceRequest,
  type ServerName,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { fixtures } from "matrix-send-to-device/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Arrival, type Bridge, startBridge } from "../bridge/bridge.js";
import { login, messagesTo } from "../federation/client.js";
import { startHomeserver } from "../homeserver/homeserver.js";

let bridge: Bridge;
let arrivals: Array<Arrival>;
let rejected: Array<AppserviceRejection>;

beforeEach(async () => {
  arrivals = [];
  rejected = [];
  bridge = await startBridge({
    hsToken: "hs",
    onToDevice: (arrival) => {
      arrivals.push(arrival);
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

/** Events that the homeserver delivers to the devices of a bridge user. */
function deliveries(content: object, type = "m.dummy") {
  const request = {
    sender: "@alice:one.example",
    type,
    messages: { "@_bridge_bob:one.example": { "*": content } },
  };
  if (!SendToDeviceRequest.is(request)) throw new TypeError("The request is wrong");
  return deliver(() => devices)(request).right;
}

const write = writeAppserviceToDevice("to_device");

test.each(["to_device", "de.sorunome.msc2409.to_device"] as const)(
  "each device gets its events, in order, from %s",
  async (member) => {
    const both = [...deliveries({ serial: 1 }), ...deliveries({ serial: 2 })];

    expect(await send("1", { events: [], ...writeAppserviceToDevice(member)(both) })).toBe(200);

    const serials = arrivals.map(({ userId, deviceId, events }) => [
      userId,
      deviceId,
      ...events.map(({ event }) => Object(event.content).serial),
    ]);
    expect(serials).toEqual([
      ["@_bridge_bob:one.example", "GHOST", 1, 2],
      ["@_bridge_bob:one.example", "__proto__", 1, 2],
    ]);
    expect(rejected).toEqual([]);
  },
);

test("contents of known types are typed, and invalid ones are reported as such", async () => {
  const cancellation = {
    action: "request_cancellation",
    request_id: "1",
    requesting_device_id: "PHONE",
  };
  const all = [
    ...deliveries(cancellation, "m.room_key_request"),
    ...deliveries({ ...cancellation, action: "none" }, "m.room_key_request"),
    ...deliveries({ any: "thing" }, "org.example.unknown"),
  ];

  expect(await send("1", write(all))).toBe(200);

  const [known, invalid, unknown] = arrivals[0]?.events ?? [];
  expect(
    known?._tag === "Known" &&
      known.event.type === "m.room_key_request" &&
      known.event.content.requesting_device_id,
  ).toBe("PHONE");
  expect(invalid?._tag === "Invalid" && explain(invalid.errors)).toEqual([
    expect.stringMatching(/^content\.action: expected /),
  ]);
  expect(unknown).toMatchObject({ _tag: "Unknown", event: { content: { any: "thing" } } });
});

test("an unencrypted room key and an unknown algorithm differ from valid and invalid contents", async () => {
  const { "m.room_key": roomKey = {}, "m.room.encrypted": encrypted = {} } = fixtures.contents;
  const all = [
    ...deliveries(encrypted, "m.room.encrypted"),
    ...deliveries(roomKey, "m.room_key"),
    ...deliveries({ ...encrypted, algorithm: "org.example.new" }, "m.room.encrypted"),
    ...deliveries({ ...encrypted, ciphertext: 1 }, "m.room.encrypted"),
  ];

  expect(await send("1", write(all))).toBe(200);

  expect(arrivals[0]?.events.map(({ _tag }) => _tag)).toEqual([
    "Known",
    "MustBeEncrypted",
    "UnknownAlgorithm",
    "Invalid",
  ]);
});

test("a repeated transaction is handled once", async () => {
  expect(await send("1", write(deliveries({})))).toBe(200);
  expect(await send("1", write(deliveries({})))).toBe(200);
  expect(arrivals.length).toBe(2);

  expect(await send("2", write(deliveries({})))).toBe(200);
  expect(arrivals.length).toBe(4);
});

test("an invalid entry is rejected; the others are delivered", async () => {
  const { to_device } = write(deliveries({}));

  expect(await send("1", { to_device: [null, ...to_device, { type: "m.dummy" }] })).toBe(200);

  expect(arrivals.length).toBe(2);
  expect(rejected).toMatchObject([
    { _tag: "InvalidEvent", member: "to_device", index: 0 },
    { _tag: "InvalidEvent", member: "to_device", index: 3 },
  ]);
});

test("rejects a request without the token of the homeserver", async () => {
  expect(await send("1", write(deliveries({})), "other")).toBe(403);
  expect(arrivals).toEqual([]);
});

test("a homeserver pushes events for bridge users, with unparsed contents", async () => {
  const homeserver = await startHomeserver({
    serverName: "one.example" as ServerName,
    addressOf: (name) => `http://${name}`,
    appservices: [
      {
        id: "bridge",
        url: bridge.url,
        hsToken: "hs",
        isUser: (userId) => userId.startsWith("@_bridge_"),
      },
    ],
  });
  try {
    const alice = await login(() => homeserver.url, "@alice:one.example", "PHONE");
    const ghost = await login(() => homeserver.url, "@_bridge_bob:one.example", "GHOST");
    await alice.send(messagesTo(ghost, { serial: 1 }));
    await alice.send(messagesTo(ghost, { serial: 2 }));
    await alice.send(messagesTo(ghost, { secret: "plain", request_id: "1" }), {
      type: "m.secret.send",
    });
    await homeserver.idle();

    const events = arrivals.flatMap(({ userId, deviceId, events }) =>
      events.map(({ _tag, event }) => [userId, deviceId, _tag, Object(event).content.serial]),
    );
    expect(events).toEqual([
      [ghost.userId, "GHOST", "Known", 1],
      [ghost.userId, "GHOST", "Known", 2],
      // An unencrypted secret is a forgery, and the bridge reports it.
      [ghost.userId, "GHOST", "MustBeEncrypted", undefined],
    ]);
    expect(rejected).toEqual([]);
  } finally {
    await homeserver.close();
  }
});
