/** Queues for other servers and appservices, and destinations that reject transactions. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerName } from "matrix-send-to-device";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Client, login } from "../federation/client.js";
import type { Appservice } from "../homeserver/appservices.js";
import {
  type Homeserver,
  type HomeserverOptions,
  startHomeserver,
} from "../homeserver/homeserver.js";

const running: Array<Homeserver> = [];

afterEach(async () => {
  for (const homeserver of running.splice(0)) await homeserver.close();
});

async function start(options: Partial<HomeserverOptions>): Promise<Homeserver> {
  const homeserver = await startHomeserver({
    serverName: "one.example" as ServerName,
    addressOf: (destination) => `http://${destination}`,
    retryMs: 1,
    ...options,
  });
  running.push(homeserver);
  return homeserver;
}

/** One request to the other server: its transaction ID and its items. */
type Seen = { readonly txnId: string; readonly serials: ReadonlyArray<number> };

const json = (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });

/** A destination that responds by the items of a transaction. It records requests and accepted items. */
function destination(answer: (serials: ReadonlyArray<number>, request: number) => Response) {
  const seen: Array<Seen> = [];
  const accepted: Array<number> = [];
  return {
    seen,
    accepted,
    fetch: async (...[url, init]: Parameters<typeof fetch>) => {
      const txnId = String(url).split("/").at(-1) ?? "";
      const body = JSON.parse(String(init?.body));
      const contents = (edu: { content: { messages: object } }) =>
        Object.values(edu.content.messages).flatMap((devices: object) => Object.values(devices));
      const sent = body.edus?.flatMap(contents) ?? body["de.sorunome.msc2409.to_device"];
      const serials = sent.map((each: { serial?: number; content: { serial: number } }) => {
        return each.serial ?? each.content.serial;
      });
      seen.push({ txnId, serials });
      const response = answer(serials, seen.length);
      const isJson = response.headers.get("content-type") === "application/json";
      if (response.status === 200 && isJson) accepted.push(...serials);
      return response;
    },
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

const send = async (alice: Client, serials: ReadonlyArray<number>, to = "@bob:two.example") => {
  for (const serial of serials) {
    expect(await alice.send({ [to]: { PHONE: { serial } } })).toEqual([200]);
  }
};

/** Puts EDUs into the queue while the destination is down, and then lets it answer. */
async function sendAll(count: number, answer: (serials: ReadonlyArray<number>) => Response) {
  let isUp = false;
  const two = destination((serials) => {
    if (!isUp) throw new Error("down");
    return answer(serials);
  });
  const setAside: Array<string> = [];
  const observer = {
    setAside: (queue: string, reason: string) => setAside.push(`${queue} ${reason}`),
  };
  const { url, idle } = await start({ fetch: two.fetch, observer });
  await send(await login(() => url, "@alice:one.example", "PHONE"), range(0, count));
  isUp = true;
  return { ...two, setAside, idle };
}

describe("a rejected EDU does not stop the queue", () => {
  test.each([
    { status: 500, reason: "repeated 5xx" },
    { status: 400, reason: "4xx" },
    { status: 413, reason: "too large even alone" },
  ])("$status: $reason", async ({ status }) => {
    const refused = [3, 4, 71];
    const two = await sendAll(150, (serials) =>
      json(serials.some((serial) => refused.includes(serial)) ? status : 200),
    );
    await two.idle();

    const others = range(0, 150).filter((serial) => !refused.includes(serial));
    expect(two.accepted).toEqual(others);
    expect(two.setAside).toEqual(refused.map(() => `two.example answered ${status}`));
  });

  test("sets rejected EDUs aside one by one, but keeps the last: no accepted EDU follows it", async () => {
    const two = await sendAll(3, (serials) => json(serials.includes(2) ? 400 : 200));
    await vi.waitFor(() => expect(two.accepted).toEqual([0, 1]));
    await vi.waitFor(() =>
      expect(two.seen.filter(({ serials }) => serials[0] === 2).length).toBeGreaterThan(2),
    );
    expect(two.setAside).toEqual([]);
  });
});

describe("nothing is lost while a destination rejects everything", () => {
  test.each([
    { answer: () => json(500), requests: 30, reason: "500" },
    { answer: () => json(503), requests: 17, reason: "503, up to the second item" },
    { answer: () => json(400), requests: 30, reason: "400" },
    { answer: () => json(401), requests: 8, reason: "401" },
    { answer: () => json(404), requests: 30, reason: "404" },
    { answer: () => json(429, { retry_after_ms: 1 }), requests: 30, reason: "429" },
    {
      answer: () => new Response("<p>Hello", { status: 200 }),
      requests: 8,
      reason: "the page of a proxy",
    },
    { answer: () => Response.error(), requests: 8, reason: "no answer" },
  ])("$reason", async ({ answer, requests }) => {
    let request = 0;
    const two = await sendAll(20, () => (++request <= requests ? answer() : json(200)));
    await two.idle();
    expect(two.accepted.toSorted((a, b) => a - b)).toEqual(range(0, 20));
    expect(two.setAside).toEqual([]);
  });
});

describe("repetitions", () => {
  test("413 splits a transaction at once", async () => {
    const two = await sendAll(100, (serials) => json(serials.length > 30 ? 413 : 200));
    await two.idle();
    expect(two.accepted).toEqual(range(0, 100));
    expect(two.setAside).toEqual([]);
  });

  test("a retry has the same transaction ID, even after a restart; a new transaction has a new one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "queues-"));
    const database = join(folder, "one.db");
    try {
      const down = destination(() => json(503));
      const before = await start({ database, fetch: down.fetch, retryMs: 1000 });
      const alice = await login(() => before.url, "@alice:one.example", "PHONE");
      await send(alice, [1]);
      await vi.waitFor(() => expect(down.seen.length).toBe(1));
      await send(alice, [2]);
      await running.pop()?.close();

      const up = destination(() => json(200));
      await (await start({ database, fetch: up.fetch })).idle();
      expect(up.seen.map(({ serials }) => serials)).toEqual([[1], [2]]);
      expect(up.seen[0]).toEqual(down.seen[0]);
      expect(up.seen[1]?.txnId).not.toBe(up.seen[0]?.txnId);
    } finally {
      await running.pop()?.close();
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    { headers: { "retry-after": "1" }, body: {}, reason: "Retry-After in seconds" },
    { headers: {}, body: { retry_after_ms: 1000 }, reason: "retry_after_ms" },
  ])("wait as long as $reason says", async ({ headers, body }) => {
    const times: Array<number> = [];
    const two = destination((_serials, request) => {
      times.push(performance.now());
      return request === 1 ? json(429, body, headers) : json(200);
    });
    const { url, idle } = await start({ fetch: two.fetch });
    await send(await login(() => url, "@alice:one.example", "PHONE"), [1]);
    await idle();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
    expect(two.seen[1]).toEqual(two.seen[0]);
  });
});

describe("appservices", () => {
  const bridge: Appservice = {
    id: "bridge",
    url: "http://bridge",
    hsToken: "secret",
    isUser: (userId) => userId.startsWith("@_bridge_"),
  };

  test("get the events of their users, at most 100 at a time, in order, retried with the same ID", async () => {
    let isUp = false;
    const appservice = destination(() => json(isUp ? 200 : 502));
    const { url, idle } = await start({ fetch: appservice.fetch, appservices: [bridge] });
    const alice = await login(() => url, "@alice:one.example", "PHONE");
    const ghost = await login(() => url, "@_bridge_1:one.example", "PHONE");
    await send(alice, range(0, 150), ghost.userId);
    await send(alice, [150], alice.userId);
    isUp = true;
    await idle();

    expect(appservice.accepted).toEqual(range(0, 150));
    expect(appservice.seen.every(({ serials }) => serials.length <= 100)).toBe(true);
    const [first, second] = appservice.seen;
    expect(second).toEqual(first);
    // Each event is delivered once, and other users still get theirs by /sync.
    expect(await ghost.read()).toEqual([]);
    expect((await alice.read()).length).toBe(1);
  });
});
