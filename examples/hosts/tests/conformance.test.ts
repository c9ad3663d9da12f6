/** The homeserver over HTTP, held to the conformance corpus of the library. */
import type { ServerName } from "matrix-send-to-device";
import { conformance } from "matrix-send-to-device/testing";
import { afterEach, describe, expect, test } from "vitest";
import { type Client, login } from "../federation/client.js";
import { originStandIn } from "../homeserver/federation-api.js";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";

const { cases } = conformance;
const remote = "remote.example";

/** The JSON text of a case's input. */
function textOf(each: { readonly input: unknown } | { readonly inputText: string }): string {
  return "inputText" in each ? each.inputText : JSON.stringify(each.input);
}

let homeserver: Homeserver | undefined;

afterEach(() => homeserver?.close());

async function start(serverName: string): Promise<Homeserver> {
  homeserver = await startHomeserver({
    serverName: serverName as ServerName,
    addressOf: (destination) => `http://${destination}`,
  });
  return homeserver;
}

/** The status of the response to what another server or a client puts there. */
async function put(path: string, headers: Record<string, string>, body: string): Promise<number> {
  const answer = await fetch(`${homeserver?.url}/_matrix/${path}`, {
    method: "PUT",
    headers,
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

function putTransaction(body: string): Promise<number> {
  return put("federation/v1/send/1", { [originStandIn]: remote }, body);
}

describe("what another server sends reaches the devices that it must reach", () => {
  test.each(cases.filter((each) => each.kind === "delivery"))("$id", async (delivery) => {
    const { url } = await start(delivery.local);
    const clients: Array<Client> = [];
    for (const [userId, deviceIds] of Object.entries(delivery.devices)) {
      // Nobody can log in on one device twice here, or on one that is called "*".
      for (const deviceId of new Set(deviceIds.filter((id) => id !== "*"))) {
        clients.push(await login(() => url, userId, deviceId));
      }
    }
    const content = `{"sender":"@x:${remote}","type":"m.dummy","message_id":"1","messages":${textOf(delivery)}}`;
    const edu = `{"edu_type":"m.direct_to_device","content":${content}}`;
    const transaction = `{"origin":"${remote}","origin_server_ts":0,"pdus":[],"edus":[${edu}]}`;

    expect(await putTransaction(transaction)).toBe(200);

    for (const { userId, deviceId, read } of clients) {
      const due = delivery.deliveries.filter(
        ([user, device]) => user === userId && device === deviceId,
      );
      const contents = (await read()).map(({ content }) => content);
      expect(contents).toEqual(due.map(([, , contents]) => contents));
    }
  });
});

describe("a transaction is accepted or refused as a whole by its envelope", () => {
  test.each(cases.filter((each) => each.kind === "transaction"))("$id", async (transaction) => {
    await start("one.example");
    const status = await putTransaction(textOf(transaction));
    expect(status).toBe(transaction.verdict === "accept" ? 200 : 400);
  });
});

describe("a client may send what has a canonical form", () => {
  // What is no object is put into one, and then has a level more than it may.
  const values = cases.filter(
    (each) => each.kind === "canonicalJson" && each.id !== "size-100-levels",
  );

  test.each(values)("$id", async (value) => {
    const { url } = await start("one.example");
    const { accessToken } = await login(() => url, "@alice:one.example", "PHONE");
    const text = textOf(value);
    const contents = text.startsWith("{") ? text : `{"value":${text}}`;
    const body = `{"messages":{"@bob:two.example":{"*":${contents}}}}`;
    const status = await put(
      "client/v3/sendToDevice/m.dummy/1",
      { authorization: `Bearer ${accessToken}` },
      body,
    );
    expect(status).toBe(value.verdict === "accept" ? 200 : 400);
  });
});
