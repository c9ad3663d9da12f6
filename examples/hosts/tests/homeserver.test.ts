import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maxDepth, type ServerName } from "matrix-send-to-device";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, login, messagesTo } from "../federation/client.js";
import { createStrangers } from "../federation/strangers.js";
import {
  type Homeserver,
  type HomeserverOptions,
  startHomeserver,
} from "../homeserver/homeserver.js";

const running: Array<Homeserver> = [];
const strangers = createStrangers();

afterEach(async () => {
  for (const homeserver of running.splice(0)) await homeserver.close();
});

async function start(options: Partial<HomeserverOptions> = {}): Promise<Homeserver> {
  const homeserver = await startHomeserver({
    serverName: "one.example" as ServerName,
    addressOf: strangers.addressOf,
    fetch: strangers.fetch,
    ...options,
  });
  running.push(homeserver);
  return homeserver;
}

type Answer = { readonly status: number; readonly body: unknown };

async function request(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(`${running.at(-1)?.url}${path}`, init);
  return { status: answer.status, body: await answer.json() };
}

async function tokenOf(user: string, device: string): Promise<{ readonly authorization: string }> {
  const { accessToken } = await login(() => String(running.at(-1)?.url), user, device);
  return { authorization: `Bearer ${accessToken}` };
}

describe("PUT /sendToDevice", () => {
  const path = "/_matrix/client/v3/sendToDevice/m.dummy";
  let alice: { readonly authorization: string };
  let bob: Client;

  beforeEach(async () => {
    const { url } = await start();
    alice = await tokenOf("@alice:one.example", "PHONE");
    bob = await login(() => url, "@bob:one.example", "PHONE");
  });

  const put = (txnId: string, body: string, headers = alice) =>
    request(`${path}/${txnId}`, { method: "PUT", headers, body });

  const hello = JSON.stringify({ messages: { "@bob:one.example": { "*": { hello: "bob" } } } });

  test("a repeated request gets the first response, even if its body differs", async () => {
    expect((await put("again", hello)).status).toBe(200);
    expect(await put("again", '{"messages":{"@bob:one.example":{"A":{"float":0.5}}}}')).toEqual({
      status: 200,
      body: {},
    });
  });
  test("invalid UTF-8 is not JSON", async () => {
    const body = Buffer.concat([
      Buffer.from('{"messages":{"'),
      Buffer.from([0xff]),
      Buffer.from('":{}}}'),
    ]);
    const answer = await request(`${path}/utf8`, { method: "PUT", headers: alice, body });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_NOT_JSON" } });
  });
  test("another method gets 405, another path 404", async () => {
    const other = await request(`${path}/1`, { method: "POST", headers: alice, body: hello });
    expect(other).toMatchObject({ status: 405, body: { errcode: "M_UNRECOGNIZED" } });
    const unknown = await request(`${path}/1/2`, { method: "PUT", headers: alice, body: hello });
    expect(unknown).toMatchObject({ status: 404, body: { errcode: "M_UNRECOGNIZED" } });
  });
  test("the access token may be in the query", async () => {
    const token = alice.authorization.replace("Bearer ", "");
    const answer = await request(`${path}/query?access_token=${token}`, {
      method: "PUT",
      body: hello,
    });
    expect(answer.status).toBe(200);
  });

  test.each([
    ["not an object", "[]", "expected object"],
    ["missing messages", "{}", "messages: expected object"],
    [
      "an invalid user",
      '{"messages":{"bob":{}}}',
      "messages.bob: expected User ID (no @ at the start)",
    ],
    [
      "invalid contents: the error names their place, not their value",
      '{"messages":{"@bob:one.example":{"A":"secret","B":1}}}',
      'messages["@bob:one.example"].A: expected object; messages["@bob:one.example"].B: expected object',
    ],
    [
      "a float, even for a user of this server",
      '{"messages":{"@bob:one.example":{"A":{"n":1.5}}}}',
      'messages["@bob:one.example"].A.n: expected integer',
    ],
    [
      "contents too deep to serialise",
      `{"messages":{"@bob:one.example":{"A":${'{"a":'.repeat(50_000)}{}${"}".repeat(50_000)}}}}`,
      expect.stringMatching(`expected at most ${maxDepth} levels$`),
    ],
  ])("refuses %s", async (_what, body, error) => {
    expect(await put("1", body)).toEqual({ status: 400, body: { errcode: "M_BAD_JSON", error } });
    expect(await bob.read()).toEqual([]);
  });

  test("rejects a body that is not JSON, without quoting it", async () => {
    expect(await put("1", '{"secret')).toEqual({
      status: 400,
      body: { errcode: "M_NOT_JSON", error: "expected '\"' at 8" },
    });
  });

  test("rejects contents too large for an EDU, even for a user of this server", async () => {
    const body = JSON.stringify({
      messages: messagesTo(bob, { padding: "x".repeat(65_536) }),
    });

    expect(await put("1", body)).toMatchObject({ status: 413, body: { errcode: "M_TOO_LARGE" } });
    expect(await bob.read()).toEqual([]);
  });

  test("rejects a request without a token or with an unknown token", async () => {
    expect(await request(`${path}/1`, { method: "PUT", body: hello })).toMatchObject({
      status: 401,
      body: { errcode: "M_MISSING_TOKEN" },
    });
    expect(await put("1", hello, { authorization: "Bearer none" })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    });
  });

  test("processes a request once per device, event type and transaction ID", async () => {
    const laptop = await tokenOf("@alice:one.example", "LAPTOP");

    await put("1", hello);
    await put("1", hello);
    expect((await bob.read()).length).toBe(1);

    await put("2", hello);
    await put("1", hello, laptop);
    await request("/_matrix/client/v3/sendToDevice/m.other/1", {
      method: "PUT",
      headers: alice,
      body: hello,
    });
    expect((await bob.read()).length).toBe(3);

    // A new login on the same device has a new access token.
    const again = await tokenOf("@alice:one.example", "PHONE");
    expect((await put("1", hello, again)).status).toBe(200);
    expect((await bob.read()).length).toBe(0);
  });

  test("takes the sender from the access token, not from the body", async () => {
    const messages = JSON.parse(hello).messages;
    const forged = { sender: "@admin:one.example", type: "m.room_key", messages };

    expect((await put("1", JSON.stringify(forged))).status).toBe(200);

    expect(await bob.read()).toEqual([
      { sender: "@alice:one.example", type: "m.dummy", content: { hello: "bob" } },
    ]);
  });

  test("does not remember rejected requests", async () => {
    expect((await put("1", "{}")).status).toBe(400);
    expect((await put("1", hello)).status).toBe(200);
    expect((await bob.read()).length).toBe(1);
  });
});

describe("GET /sync", () => {
  let bob: { readonly authorization: string };
  let alice: Client;

  beforeEach(async () => {
    const { url } = await start();
    bob = await tokenOf("@bob:one.example", "PHONE");
    alice = await login(() => url, "@alice:one.example", "PHONE");
  });

  const sync = async (query = "") => {
    const { body } = await request(`/_matrix/client/v3/sync${query}`, { headers: bob });
    const { next_batch, to_device } = Object(body);
    return { next: next_batch, serials: to_device.events.map(Object).map(serialOf) };
  };
  const serialOf = ({ content }: { content: { serial: number } }) => content.serial;
  const send = (serial: number) => alice.send({ "@bob:one.example": { PHONE: { serial } } });
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => from + index);

  test("returns 100 events at a time, in order, and repeats them until the next since", async () => {
    for (const serial of range(0, 150)) await send(serial);

    const first = await sync();
    expect(first.serials).toEqual(range(0, 100));
    expect(await sync()).toEqual(first);

    const second = await sync(`?since=${first.next}`);
    expect(second.serials).toEqual(range(100, 150));
    expect(await sync(`?since=${first.next}`)).toEqual(second);
    // Events that the since has acknowledged are deleted.
    expect((await sync()).serials).toEqual(range(100, 150));

    const third = await sync(`?since=${second.next}`);
    expect(third).toEqual({ next: second.next, serials: [] });
  });

  test("waits for an event up to the timeout", async () => {
    const { next } = await sync();
    const waiting = sync(`?since=${next}&timeout=20000`);
    await send(7);
    expect((await waiting).serials).toEqual([7]);
  });

  test("rejects an unknown since token", async () => {
    const path = "/_matrix/client/v3/sync?since=yesterday";
    expect(await request(path, { headers: bob })).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PARAM" },
    });
  });
});

describe("PUT /send", () => {
  const origin = "two.example";
  const stranger = "@stranger:two.example";

  /** An EDU for Bob, and perhaps for others. */
  const eduOf = (message_id: string, devices: object, others: object = {}, sender = stranger) => {
    const messages = { "@bob:one.example": devices, ...others };
    return {
      edu_type: "m.direct_to_device",
      content: { sender, type: "m.dummy", message_id, messages },
    };
  };
  const transactionOf = (...edus: ReadonlyArray<unknown>) => ({
    origin,
    origin_server_ts: 0,
    pdus: [],
    edus,
  });
  const put = async (body: unknown, from = origin): Promise<Answer> => {
    const target = { name: "one.example", url: String(running.at(-1)?.url) };
    const answer = await strangers.put(from, target, "1", JSON.stringify(body));
    return { status: answer.status, body: await answer.json() };
  };

  test("rejects a request that does not authenticate its server", async () => {
    await start();
    const transaction = { origin: "two.example", origin_server_ts: 0, pdus: [] };
    const path = "/_matrix/federation/v1/send/1";
    const body = JSON.stringify(transaction);
    const send = (headers: Record<string, string>) =>
      request(path, { method: "PUT", headers, body });
    const unauthorized = { status: 401, body: { errcode: "M_UNAUTHORIZED" } };
    expect(await send({})).toMatchObject(unauthorized);
    const forOther = strangers.authorization(origin, "three.example", path, body);
    expect(await send({ authorization: forOther })).toMatchObject(unauthorized);
    const ofOther = strangers.authorization(origin, "one.example", path, "{}");
    expect(await send({ authorization: ofOther })).toMatchObject(unauthorized);
    expect((await put(transaction)).status).toBe(200);
  });

  test("rejects an invalid transaction, and reports the place", async () => {
    await start();
    expect(await put({ origin: "two.example" })).toEqual({
      status: 400,
      body: {
        errcode: "M_BAD_JSON",
        error: "origin_server_ts: expected integer; pdus: expected array of at most 50",
      },
    });
  });

  test("delivers an EDU once per origin and message ID of up to 255 code points", async () => {
    const { url } = await start();
    const bob = await login(() => url, "@bob:one.example", "PHONE");
    const long = "\u{1f600}".repeat(254);
    const ids = [`${long}a`, `${long}b`, "", "5c9b2f0e-3d4a-4c1b-9e57-0a6f1d2b8c34"];
    const transaction = transactionOf(...ids.map((id) => eduOf(id, { PHONE: { id } })));

    expect((await put(transaction)).status).toBe(200);
    expect((await put(transaction)).status).toBe(200);
    expect((await bob.read()).map(({ content }) => content.id)).toEqual(ids);

    const other = eduOf(ids[0] ?? "", { PHONE: {} }, {}, "@stranger:three.example");
    expect((await put(transactionOf(other), "three.example")).status).toBe(200);
    expect((await bob.read()).length).toBe(1);
  });

  test("if a device's own contents are rejected, it gets nothing, and the others get those of *", async () => {
    const { url } = await start();
    const phone = await login(() => url, "@bob:one.example", "PHONE");
    const laptop = await login(() => url, "@bob:one.example", "LAPTOP");
    const edu = eduOf("1", { "*": { for: "others" }, PHONE: null });

    expect((await put(transactionOf(edu))).status).toBe(200);

    expect(await phone.read()).toEqual([]);
    expect((await laptop.read()).map(({ content }) => content)).toEqual([{ for: "others" }]);
  });

  test("reports rejections to the observer: the message ID, and lines without values", async () => {
    const rejections: Array<unknown> = [];
    await start({
      observer: {
        rejected: (from, { _tag, message_id, reasons }) => {
          rejections.push([from, _tag, message_id, ...reasons.map(({ line }) => line)]);
        },
      },
    });
    const edus = [
      eduOf("foreign", { PHONE: {} }, {}, "@alice:one.example"),
      eduOf("contents", { PHONE: "secret" }, { bob: {} }),
      eduOf("m".repeat(256), { PHONE: {} }),
    ];

    expect((await put(transactionOf(...edus))).status).toBe(200);

    expect(rejections).toEqual([
      [origin, "ForeignSender", "foreign", "content.sender: expected user of two.example"],
      [
        origin,
        "InvalidContents",
        "contents",
        'content.messages["@bob:one.example"].PHONE: expected object',
      ],
      [
        origin,
        "InvalidRecipients",
        "contents",
        "content.messages.bob: expected User ID (no @ at the start)",
      ],
      [
        origin,
        "InvalidEdu",
        undefined,
        "content.message_id: expected string of at most 255 code points (too long)",
      ],
    ]);
  });
});

describe("the queue for other servers", () => {
  /** A connection whose first requests fail. It records all requests. */
  function failing(failures: number) {
    const requests: Array<{ readonly url: string; readonly edus: ReadonlyArray<unknown> }> = [];
    const notedFetch: typeof fetch = async (url, init) => {
      requests.push({ url: String(url), edus: JSON.parse(String(init?.body)).edus });
      return new Response("{}", { status: requests.length <= failures ? 503 : 200 });
    };
    return { requests, fetch: notedFetch };
  }

  const bob = { "@bob:two.example": { "*": {} } };

  test("repeats a transaction unchanged, with at most 100 EDUs", async () => {
    const line = failing(2);
    const homeserver = await start({ fetch: line.fetch, retryMs: 100 });
    const alice = await login(() => homeserver.url, "@alice:one.example", "PHONE");
    for (let count = 0; count < 151; count++) await alice.send(bob);
    await homeserver.idle();

    const [first, second, third, ...others] = line.requests;
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(others.map(({ edus }) => edus.length).every((length) => length <= 100)).toBe(true);
    const sent = [third, ...others].flatMap((sending) => sending?.edus ?? []);
    const ids = sent.map((edu) => Object(edu).content.message_id);
    expect(ids.length).toBe(151);
    expect(new Set(ids).size).toBe(151);
  });

  test("survives a restart if the database is a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "homeserver-"));
    const database = join(folder, "one.db");
    try {
      const before = await start({ database, fetch: failing(1000).fetch, retryMs: 1000 });
      const alice = await login(() => before.url, "@alice:one.example", "PHONE");
      await alice.send(bob);
      await running.pop()?.close();

      const line = failing(0);
      await (await start({ database, fetch: line.fetch })).idle();
      expect(line.requests.map(({ edus }) => edus.length)).toEqual([1]);
    } finally {
      await running.pop()?.close();
      rmSync(folder, { recursive: true });
    }
  });
});
