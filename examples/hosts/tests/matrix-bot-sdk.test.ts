import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Appservice, LogService, MatrixClient } from "matrix-bot-sdk";
import {
  type AppserviceMember,
  type Delivery,
  type Messages,
  type ServerName,
  type ToDeviceEvent,
  toAppserviceEvent,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import { type Client, login } from "../federation/client.js";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";

let homeserver: Homeserver;
let bob: Client;

beforeEach(async () => {
  LogService.muteModule("MatrixHttpClient");
  LogService.muteModule("Appservice");
  homeserver = await startHomeserver({
    serverName: "one.example" as ServerName,
    addressOf: (destination) => `http://${destination}`,
  });
  bob = await login(() => homeserver.url, "@bob:one.example", "PHONE");
});

afterEach(() => homeserver.close());

async function clientOf(user: string): Promise<MatrixClient> {
  const { accessToken } = await login(() => homeserver.url, user, "PHONE");
  return new MatrixClient(homeserver.url, accessToken);
}

test("matrix-bot-sdk sends to devices", async () => {
  const alice = await clientOf("@alice:one.example");

  await alice.sendToDevices("m.dummy", { [bob.userId]: { "*": { hello: "bob" } } });

  expect(await bob.read()).toEqual([
    { sender: "@alice:one.example", type: "m.dummy", content: { hello: "bob" } },
  ]);
});

test("matrix-bot-sdk reports a rejected request with its errcode", async () => {
  const alice = await clientOf("@alice:one.example");

  await expect(alice.sendToDevices("m.dummy", { bob: { "*": {} } })).rejects.toMatchObject({
    statusCode: 400,
    errcode: "M_BAD_JSON",
  });
});

test("the library's types are assignable to those of matrix-bot-sdk", () => {
  expectTypeOf<Messages>().toExtend<Parameters<MatrixClient["sendToDevices"]>[1]>();
});

/** The events that matrix-bot-sdk emits for a transaction with a delivery under the given member name. */
async function readByBotSdk(member: AppserviceMember, delivery: Delivery) {
  const appservice = new Appservice({
    port: 0,
    bindAddress: "127.0.0.1",
    homeserverName: "one.example",
    homeserverUrl: homeserver.url,
    registration: {
      as_token: "as",
      hs_token: "hs",
      sender_localpart: "_bridge",
      namespaces: {
        users: [{ exclusive: true, regex: "@_bridge_.*:one.example" }],
        rooms: [],
        aliases: [],
      },
    },
  });
  const events: Array<unknown> = [];
  appservice.on("ephemeral.event", (event: unknown) => events.push(event));
  const server: Server = appservice.expressAppInstance.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/transactions/1`, {
      method: "PUT",
      headers: { authorization: "Bearer hs", "content-type": "application/json" },
      body: JSON.stringify({ events: [], ...writeAppserviceToDevice(member)([delivery]) }),
    });
    expect(response.status).toBe(200);
    return events;
  } finally {
    server.close();
  }
}

test("an appservice of matrix-bot-sdk reads the unstable name only", async () => {
  const event: ToDeviceEvent = { sender: bob.userId, type: "m.dummy", content: { hello: "ghost" } };
  const delivery: Delivery = { userId: bob.userId, deviceId: bob.deviceId, event };

  expect(await readByBotSdk("de.sorunome.msc2409.to_device", delivery)).toEqual([
    expect.objectContaining(toAppserviceEvent(delivery)),
  ]);
  expect(await readByBotSdk("to_device", delivery)).toEqual([]);
});
