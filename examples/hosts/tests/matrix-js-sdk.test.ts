import {
  ClientEvent,
  createClient,
  type MatrixClient,
  type MatrixEvent,
  MemoryStore,
  ToDeviceMessageId,
} from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import type { ServerName } from "matrix-send-to-device";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";

let homeserver: Homeserver;
let clients: Array<MatrixClient>;

beforeEach(async () => {
  if ("setLevel" in logger && typeof logger.setLevel === "function") logger.setLevel("silent");
  clients = [];
  homeserver = await startHomeserver({
    serverName: "one.example" as ServerName,
    addressOf: (destination) => `http://${destination}`,
  });
});

afterEach(async () => {
  for (const client of clients) client.stopClient();
  await homeserver.close();
});

async function clientOf(userId: string, deviceId: string): Promise<MatrixClient> {
  const baseUrl = homeserver.url;
  const { access_token: accessToken } = await createClient({ baseUrl }).loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user: userId },
    device_id: deviceId,
  });
  const store = new MemoryStore();
  const client = createClient({ baseUrl, accessToken, userId, deviceId, store });
  clients.push(client);
  return client;
}

/** The to-device events from a client's syncs, as the SDK parses them. */
function eventsOf(client: MatrixClient, count: number): Promise<ReadonlyArray<MatrixEvent>> {
  return new Promise((resolve) => {
    const events: Array<MatrixEvent> = [];
    client.on(ClientEvent.ToDeviceEvent, (event) => {
      events.push(event);
      if (events.length === count) resolve(events);
    });
  });
}

test("matrix-js-sdk sends to devices, and reads the events from its own sync", async () => {
  const alice = await clientOf("@alice:one.example", "PHONE");
  const bobPhone = await clientOf("@bob:one.example", "PHONE");
  const bobLaptop = await clientOf("@bob:one.example", "LAPTOP");
  const received = [eventsOf(bobPhone, 2), eventsOf(bobLaptop, 1)];
  await bobPhone.startClient();
  await bobLaptop.startClient();

  await alice.sendToDevice(
    "m.room_key_request",
    new Map([
      [
        "@bob:one.example",
        new Map([
          ["PHONE", { request_id: "for the phone" }],
          ["*", { request_id: "for the others" }],
        ]),
      ],
    ]),
  );
  await alice.sendToDevice(
    "m.dummy",
    new Map([["@bob:one.example", new Map([["PHONE", { last: true }]])]]),
  );

  const [phone, laptop] = (await Promise.all(received)).map((events) =>
    events.map((event) => [event.getSender(), event.getType(), event.getContent()]),
  );
  expect(phone).toEqual([
    [
      "@alice:one.example",
      "m.room_key_request",
      expect.objectContaining({ request_id: "for the phone" }),
    ],
    ["@alice:one.example", "m.dummy", expect.objectContaining({ last: true })],
  ]);
  expect(laptop).toEqual([
    [
      "@alice:one.example",
      "m.room_key_request",
      expect.objectContaining({ request_id: "for the others" }),
    ],
  ]);
});

test("the queue of matrix-js-sdk sends, and the message ID that it puts into contents arrives", async () => {
  const alice = await clientOf("@alice:one.example", "PHONE");
  const bob = await clientOf("@bob:one.example", "PHONE");
  const received = eventsOf(bob, 1);
  await alice.startClient();
  await bob.startClient();

  await alice.queueToDevice({
    eventType: "m.dummy",
    batch: [
      {
        userId: "@bob:one.example",
        deviceId: "PHONE",
        payload: { hello: "bob", [ToDeviceMessageId]: "17" },
      },
    ],
  });

  const [event] = await received;
  expect(event?.getContent()).toEqual({ hello: "bob", "org.matrix.msgid": "17" });
});

test("matrix-js-sdk reports a rejected request with its errcode", async () => {
  const alice = await clientOf("@alice:one.example", "PHONE");
  const large = new Map([
    ["@bob:one.example", new Map([["PHONE", { padding: "x".repeat(65_536) }]])],
  ]);

  await expect(alice.sendToDevice("m.dummy", large)).rejects.toMatchObject({
    errcode: "M_TOO_LARGE",
    httpStatus: 413,
  });
});
