/** Requests of another server, and the order of error responses. */
import type { ServerName } from "matrix-send-to-device";
import { maxEduBytes } from "matrix-send-to-device";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { login } from "../federation/client.js";
import { createStrangers } from "../federation/strangers.js";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";
import { rememberMs } from "../homeserver/store/idempotence.js";

const strangers = createStrangers(() => time);
const name = "one.example";
const origin = "two.example";
const day = 24 * 3_600_000;
let homeserver: Homeserver;
let time: number;

beforeEach(async () => {
  time = Date.now();
  homeserver = await startHomeserver({
    serverName: name as ServerName,
    addressOf: strangers.addressOf,
    fetch: strangers.fetch,
    now: () => time,
  });
});
afterEach(() => homeserver.close());

const bodyOf = (edus: string, more = "") =>
  `{"edus":[${edus}],"origin":"${origin}","origin_server_ts":1,"pdus":[]${more}}`;

const eduOf = (id: string, contents: string, device = "PHONE") =>
  `{"content":{"message_id":"${id}","messages":{"@bob:${name}":{"${device}":${contents}}},"sender":"@alice:${origin}","type":"m.test"},"edu_type":"m.direct_to_device"}`;

async function put(body: string, path = "1", from = origin) {
  const answer = await strangers.put(from, { name, url: homeserver.url }, path, body);
  return answer.status === 200 ? 200 : `${answer.status} ${Object(await answer.json()).errcode}`;
}

/** The text of the events of a `/sync`. */
async function syncText(token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${homeserver.url}/_matrix/client/v3/sync`, { headers })).text();
}

describe("the order of error responses", () => {
  const notUtf8 = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  test.each([
    { body: "{", answer: "400 M_NOT_JSON", reason: "not JSON, checked before the signature" },
    { body: notUtf8, answer: "400 M_NOT_JSON", reason: "invalid UTF-8" },
    { body: '\u{feff}{"pdus":[]}', answer: "400 M_NOT_JSON", reason: "a byte order mark" },
    { body: '{"a":1,"\\u0061":2}', answer: "400 M_BAD_JSON", reason: "a duplicate name" },
    { body: '{"a":"\\ud800"}', answer: "400 M_BAD_JSON", reason: "a lone surrogate" },
    { body: "{}", answer: "401 M_UNAUTHORIZED", reason: "no signature, before the envelope" },
  ])("without a signature: $reason", async ({ body, answer }) => {
    const url = `${homeserver.url}/_matrix/federation/v1/send/1`;
    const response = await fetch(url, { method: "PUT", body });
    expect(`${response.status} ${Object(await response.json()).errcode}`).toBe(answer);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  });

  test.each([
    { body: "{}", answer: "400 M_BAD_JSON", reason: "signed, but not a transaction" },
    { body: bodyOf("null"), answer: 200, reason: "an EDU that is not an object" },
    {
      body: bodyOf(eduOf("1", '{"a":1,"a":2}')),
      answer: "400 M_BAD_JSON",
      reason: "a duplicate name in contents",
    },
    {
      body: bodyOf(eduOf("1", '{"a":"\\udc00"}')),
      answer: "400 M_BAD_JSON",
      reason: "a lone surrogate in contents",
    },
    {
      body: bodyOf("", ',"origin":"x"'),
      answer: "400 M_BAD_JSON",
      reason: "a duplicate member of the body",
    },
    {
      body: bodyOf(eduOf("1", `${'{"a":'.repeat(200)}1${"}".repeat(200)}`)),
      answer: 200,
      reason: "200 levels",
    },
    { body: bodyOf(eduOf("1", '{"a":1e400}')), answer: 200, reason: "a number beyond a double" },
  ])("with a signature: $reason", async ({ body, answer }) => {
    expect(await put(body)).toBe(answer);
  });

  test("a changed body, an unknown key and a server with unavailable keys get 401", async () => {
    const uri = "/_matrix/federation/v1/send/1";
    const body = bodyOf("");
    const header = strangers.authorization(origin, name, uri, body);
    const send = async (authorization: string, text = body) => {
      const init = { method: "PUT", headers: { authorization }, body: text };
      return (await fetch(`${homeserver.url}${uri}`, init)).status;
    };
    expect(await send(header)).toBe(200);
    expect(await send(header, bodyOf("1"))).toBe(401);
    expect(await send(header.replace("ed25519:", "ed25519:other"))).toBe(401);
    expect(await send(header.replace(origin, "three.example"))).toBe(401);
  });
});

describe("numbers keep their text, signed and delivered", () => {
  test.each([
    { number: "1.0", reason: "a float that JavaScript writes as an integer" },
    { number: "-0.0", reason: "a negative zero" },
    { number: "-0", reason: "an integer that JavaScript writes as 0" },
    { number: "1e-7", reason: "an exponent" },
    { number: "1E16", reason: "a capital exponent" },
    { number: "9007199254740993", reason: "2^53 + 1" },
    { number: "123456789012345678901234567890", reason: "30 digits" },
  ])("$number: $reason", async ({ number }) => {
    const bob = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
    expect(await put(bodyOf(eduOf("1", `{"n":${number}}`)))).toBe(200);
    expect(await syncText(bob.accessToken)).toContain(`"content":{"n":${number}},`);
  });
});

test("a body that is not canonical is verified by its canonical JSON, and delivered as written", async () => {
  const bob = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
  const body = bodyOf(eduOf("1", '{ "b" : "\\u00e9", "a" : 1 }')).replace(
    '"pdus":[]',
    ' "pdus" : [ ]',
  );
  expect(await put(body)).toBe(200);
  expect(await syncText(bob.accessToken)).toContain('"content":{ "b" : "\\u00e9", "a" : 1 },');
});

test("a trailing slash is accepted", async () => {
  const bob = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
  const body = bodyOf(eduOf("1", "{}"));
  expect(await put(body, "1")).toBe(200);
  expect(await put(body, "1/")).toBe(200);
  expect((await bob.read()).length).toBe(1);
});

test("accepts a full transaction of 6 MB and an EDU above the sending limit", async () => {
  const bob = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
  // Synapse sends EDUs of 65,752 bytes.
  const padding = "x".repeat(maxEduBytes);
  const edus = Array.from({ length: 100 }, (_, id) =>
    eduOf(String(id), `{"padding":"${padding}"}`),
  );
  expect(await put(bodyOf(edus.join()))).toBe(200);
  expect((await bob.read()).length).toBe(100);
});

test("the version is public", async () => {
  const answer = await fetch(`${homeserver.url}/_matrix/federation/v1/version`);
  expect(await answer.json()).toEqual({
    server: { name: "matrix-send-to-device", version: expect.any(String) },
  });
});

describe("message IDs are remembered for 7 days", () => {
  test("an EDU is delivered again only after that", async () => {
    const bob = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
    const body = bodyOf(eduOf("1", "{}"));
    await put(body);
    time += rememberMs - day;
    await homeserver.expire();
    await put(body);
    expect((await bob.read()).length).toBe(1);
    time += 2 * day;
    await homeserver.expire();
    await put(body);
    expect((await bob.read()).length).toBe(1);
  });
});

describe("a removed device", () => {
  test.each([
    { path: "logout", method: "POST", reason: "logged out" },
    { path: "devices/PHONE", method: "DELETE", reason: "deleted" },
  ])("$reason: its inbox goes with it", async ({ path, method }) => {
    const bob = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
    await put(bodyOf(eduOf("1", '{"n":1}')));
    const headers = { authorization: `Bearer ${bob.accessToken}` };
    const url = `${homeserver.url}/_matrix/client/v3/${path}`;
    expect((await fetch(url, { method, headers })).status).toBe(200);
    expect((await fetch(url, { method, headers })).status).toBe(401);

    await put(bodyOf(eduOf("2", '{"n":2}', "*")));
    const again = await login(() => homeserver.url, `@bob:${name}`, "PHONE");
    await put(bodyOf(eduOf("3", '{"n":3}', "*")));
    expect((await again.read()).map(({ content }) => content)).toEqual([{ n: 3 }]);
  });
});
