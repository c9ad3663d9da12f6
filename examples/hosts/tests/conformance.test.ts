/** Runs the conformance corpus of the library against the homeserver, over HTTP. */
import type { ServerName } from "matrix-send-to-device";
import { conformance, fixtures } from "matrix-send-to-device/testing";
import { JsonText } from "matrix-send-to-device/text";
import { afterEach, describe, expect, test } from "vitest";
import { type Client, login } from "../federation/client.js";
import { createStrangers } from "../federation/strangers.js";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";

const { cases } = conformance;
const remote = "remote.example";

/** The JSON text of a case's input. */
function textOf(each: { readonly input: unknown } | { readonly inputText: string }): string {
  return "inputText" in each ? each.inputText : JSON.stringify(each.input);
}

const strangers = createStrangers();
let homeserver: Homeserver | undefined;
let name = "";

afterEach(() => homeserver?.close());

async function start(serverName: string): Promise<Homeserver> {
  name = serverName;
  homeserver = await startHomeserver({
    serverName: serverName as ServerName,
    addressOf: strangers.addressOf,
    fetch: strangers.fetch,
  });
  return homeserver;
}

/** The status of the response to a client's request. */
async function put(path: string, headers: Record<string, string>, body: string): Promise<number> {
  const answer = await fetch(`${homeserver?.url}/_matrix/${path}`, {
    method: "PUT",
    headers,
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** The status of the response to another server's request. */
async function putTransaction(body: string, origin = remote): Promise<number> {
  const answer = await strangers.put(origin, { name, url: String(homeserver?.url) }, "1", body);
  await answer.arrayBuffer();
  return answer.status;
}

/** A transaction with one EDU, as text. */
function transactionOf(edu: string): string {
  return `{"origin":"${remote}","origin_server_ts":0,"pdus":[],"edus":[${edu}]}`;
}

/** Logs in on each device once. A device cannot be called "*". */
async function loginAll(
  { url }: Homeserver,
  devices: Iterable<readonly [userId: string, deviceIds: ReadonlyArray<string>]>,
): Promise<ReadonlyArray<Client>> {
  const clients: Array<Client> = [];
  for (const [userId, deviceIds] of devices) {
    for (const deviceId of new Set(deviceIds.filter((id) => id !== "*"))) {
      clients.push(await login(() => url, userId, deviceId));
    }
  }
  return clients;
}

type Deliveries = ReadonlyArray<readonly [userId: string, deviceId: string, contents: unknown]>;

/** Each device finds exactly the contents of its deliveries, and there is a device for each delivery. */
async function expectDeliveries(clients: ReadonlyArray<Client>, deliveries: Deliveries) {
  let found = 0;
  for (const { userId, deviceId, read } of clients) {
    const due = deliveries.filter(([user, device]) => user === userId && device === deviceId);
    const contents = (await read()).map(({ content }) => content);
    expect(contents).toEqual(due.map(([, , contents]) => contents));
    found += contents.length;
  }
  expect(found).toBe(deliveries.length);
}

/** A body that is not strict JSON has no verifiable signature, so the whole transaction is rejected. */
async function expectOutcome(
  body: string,
  origin: string,
  clients: ReadonlyArray<Client>,
  deliveries: Deliveries,
) {
  const isStrict = JsonText.is(body);
  expect(await putTransaction(body, origin)).toBe(isStrict ? 200 : 400);
  await expectDeliveries(clients, isStrict ? deliveries : []);
}

describe("EDUs of another server reach the right devices", () => {
  test.each(cases.filter((each) => each.kind === "delivery"))("$id", async (delivery) => {
    const clients = await loginAll(await start(delivery.local), Object.entries(delivery.devices));
    const content = `{"sender":"@x:${remote}","type":"m.dummy","message_id":"1","messages":${textOf(delivery)}}`;
    const edu = `{"edu_type":"m.direct_to_device","content":${content}}`;

    await expectOutcome(transactionOf(edu), remote, clients, delivery.deliveries);
  });
});

describe("an EDU of another server is delivered or rejected as a whole", () => {
  test.each(cases.filter((each) => each.kind === "receipt"))("$id", async (receipt) => {
    const edu = JSON.parse(textOf(receipt));
    const sent = Object.entries<object>(edu.content.messages);
    const homeserver = await start(receipt.local);
    const clients = await loginAll(
      homeserver,
      sent.map(([userId, devices]) => [userId, Object.keys(devices)] as const),
    );

    const all = sent.flatMap(([userId, devices]) =>
      Object.entries(devices).map(([deviceId, contents]) => [userId, deviceId, contents] as const),
    );
    const body = transactionOf(textOf(receipt));
    await expectOutcome(body, receipt.origin, clients, receipt.verdict === "accept" ? all : []);
  });
});

describe("a hostile EDU does not affect other recipients or other EDUs", () => {
  const { hostileTransactions, deviceDirectory } = fixtures;

  test.each(Object.entries(hostileTransactions))("%s", async (_name, { body, deliveries }) => {
    const local = [...deviceDirectory].filter(([userId]) => userId.endsWith(":example.org"));
    const clients = await loginAll(await start("example.org"), local);

    await expectOutcome(body, "example.com", clients, deliveries);
  });
});

describe("a transaction is accepted or rejected as a whole by its envelope", () => {
  test.each(cases.filter((each) => each.kind === "transaction"))("$id", async (transaction) => {
    await start("one.example");
    const status = await putTransaction(textOf(transaction));
    expect(status).toBe(transaction.verdict === "accept" ? 200 : 400);
  });
});

describe("a client may send values with a canonical form", () => {
  // A value that is not an object is wrapped in one, which may exceed the maximum depth by one level.
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
