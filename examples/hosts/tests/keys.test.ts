import type { ServerName } from "matrix-send-to-device";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createStrangers, type Strangers } from "../federation/strangers.js";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";
import {
  entriesOf,
  leavesOf,
  objectOfLeaves,
  toCanonicalJson,
} from "../homeserver/json-members.js";
import { type Postgres, startPostgres } from "./postgres.js";

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);

afterAll(() => postgres.stop(), 60_000);

const inMemory = async () => ":memory:";

/** Makes a new, empty database. */
let createDatabase = inMemory;

const engines: ReadonlyArray<readonly [string, () => Promise<string>]> = [
  ["PostgreSQL", () => postgres.createDatabase()],
  ["SQLite", inMemory],
];

const running: Array<Homeserver> = [];
let strangers: Strangers;
let urls: Map<string, string>;

beforeEach(() => {
  createDatabase = inMemory;
  strangers = createStrangers();
  urls = new Map();
});

afterEach(async () => {
  for (const homeserver of running.splice(0)) await homeserver.close();
});

async function start(name: string, fetchOf: typeof fetch = strangers.fetch): Promise<Homeserver> {
  const homeserver = await startHomeserver({
    serverName: name as ServerName,
    database: await createDatabase(),
    addressOf: (server) => urls.get(server) ?? strangers.addressOf(server),
    fetch: fetchOf,
  });
  urls.set(name, homeserver.url);
  running.push(homeserver);
  return homeserver;
}

type Answer = { readonly status: number; readonly text: string };

async function answerOf(response: Response): Promise<Answer> {
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  return { status: response.status, text: await response.text() };
}

/** Sends requests as a device. */
async function login({ url }: Homeserver, user: string, device: string) {
  const post = async (path: string, body: unknown, headers = {}): Promise<Answer> =>
    answerOf(
      await fetch(`${url}/_matrix/client/v3/${path}`, {
        method: "POST",
        headers,
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  const { text } = await post("login", { identifier: { user }, device_id: device });
  const headers = { authorization: `Bearer ${JSON.parse(text).access_token}` };
  return (path: string, body: unknown) => post(path, body, headers);
}

const alice = "@alice:one.example";
const bob = "@bob:two.example";

function deviceKeys(user: string, device: string, more = {}) {
  return {
    user_id: user,
    device_id: device,
    algorithms: [],
    keys: { [`ed25519:${device}`]: "key" },
    signatures: { [user]: { [`ed25519:${device}`]: "own" } },
    ...more,
  };
}

function ok({ status, text }: Answer): unknown {
  expect({ status, text }).toMatchObject({ status: 200 });
  return JSON.parse(text);
}

describe("objects of objects as text", () => {
  test("are split and joined", () => {
    const text = toCanonicalJson({ a: { b: 1, __proto__: {} }, c: {}, d: 1 });
    expect(leavesOf(text).map(([names]) => names)).toEqual([["a", "b"]]);
    expect(entriesOf(text).map(([name]) => name)).toEqual(["a", "c", "d"]);
    expect(entriesOf(undefined)).toEqual([]);
    expect(objectOfLeaves(["c", "a"], leavesOf(text))).toBe('{"a":{"b":1},"c":{}}');
  });
  test("a value without canonical JSON is an error of the caller", () => {
    expect(() => toCanonicalJson(0.5)).toThrow(TypeError);
  });
});

describe.each(engines)("%s", (_engine, create) => {
  beforeEach(() => {
    createDatabase = create;
  });

  describe("one-time keys", () => {
    test("are claimed once each, in order", async () => {
      const [one, two] = [await start("one.example"), await start("two.example")];
      const phone = await login(one, alice, "PHONE");
      const one_time_keys = Object.fromEntries([1, 2, 3, 4].map((n) => [`a:${n}`, { key: n }]));
      expect(ok(await phone("keys/upload", { one_time_keys }))).toEqual({
        one_time_key_counts: { a: 4 },
      });
      const claim = { one_time_keys: { [alice]: { PHONE: "a" } } };
      const readers = [await login(two, bob, "PHONE"), phone, await login(two, bob, "TABLET")];
      const answers = await Promise.all(
        [...readers, ...readers].map((read) => read("keys/claim", claim)),
      );
      const claimed = answers.flatMap((answer) =>
        entriesOf(toCanonicalJson(JSON.parse(answer.text))).flatMap(([, users]) =>
          leavesOf(users).flatMap(([, keys]) => entriesOf(keys)),
        ),
      );
      expect(claimed.map(([keyId]) => keyId).sort()).toEqual(["a:1", "a:2", "a:3", "a:4"]);
      expect(claimed.map(([keyId, key]) => JSON.parse(key).key === Number(keyId.slice(2)))).toEqual(
        Array(4).fill(true),
      );
      expect(ok(await phone("keys/upload", {}))).toEqual({ one_time_key_counts: {} });
    });
    test("a fallback key is claimed repeatedly when no one-time key is left, until it is replaced", async () => {
      const one = await start("one.example");
      const phone = await login(one, alice, "PHONE");
      const claim = async () => {
        const wanted = { one_time_keys: { [alice]: { PHONE: "a" } } };
        return ok(await phone("keys/claim", wanted));
      };
      const claimed = (keyId: string) => ({
        one_time_keys: { [alice]: { PHONE: { [keyId]: { fallback: keyId !== "a:1" } } } },
      });
      await phone("keys/upload", {
        one_time_keys: { "a:1": { fallback: false }, "b:1": {} },
        fallback_keys: { "a:old": { fallback: true } },
      });
      expect(await claim()).toEqual(claimed("a:1"));
      expect(await claim()).toEqual(claimed("a:old"));
      expect(await claim()).toEqual(claimed("a:old"));
      await phone("keys/upload", { fallback_keys: { "a:new": { fallback: true } } });
      expect(await claim()).toEqual(claimed("a:new"));
      expect(ok(await phone("keys/upload", {}))).toEqual({ one_time_key_counts: { b: 1 } });
    });
    test("a repeated upload stores a key once", async () => {
      const one = await start("one.example");
      const phone = await login(one, alice, "PHONE");
      for (let upload = 0; upload < 2; upload++) {
        const answer = await phone("keys/upload", { one_time_keys: { "a:1": {} } });
        expect(ok(answer)).toEqual({ one_time_key_counts: { a: 1 } });
      }
    });
    test("and the other keys are deleted with their device", async () => {
      const one = await start("one.example");
      const phone = await login(one, alice, "PHONE");
      const tablet = await login(one, alice, "TABLET");
      const one_time_keys = { "a:1": {} };
      ok(await phone("keys/upload", { device_keys: deviceKeys(alice, "PHONE"), one_time_keys }));
      ok(await phone("logout", {}));
      expect(ok(await tablet("keys/query", { device_keys: { [alice]: [] } }))).toEqual({
        device_keys: {},
      });
      const wanted = { one_time_keys: { [alice]: { PHONE: "a" } } };
      expect(ok(await tablet("keys/claim", wanted))).toEqual({ one_time_keys: {} });
    });
  });

  describe("cross-signing keys", () => {
    const master = { user_id: alice, usage: ["master"], keys: { "ed25519:M": "M" } };
    const selfSigning = { user_id: alice, usage: ["self_signing"], keys: { "ed25519:S": "S" } };
    const userSigning = { user_id: alice, usage: ["user_signing"], keys: { "ed25519:U": "U" } };

    test("with signatures, are visible to the users that they concern", async () => {
      const [one, two] = [await start("one.example"), await start("two.example")];
      const phone = await login(one, alice, "PHONE");
      const anna = await login(one, "@anna:one.example", "PHONE");
      const bobPhone = await login(two, bob, "PHONE");
      ok(await phone("keys/upload", { device_keys: deviceKeys(alice, "PHONE") }));
      ok(
        await phone("keys/device_signing/upload", {
          master_key: master,
          self_signing_key: selfSigning,
          user_signing_key: userSigning,
        }),
      );
      // The user signs its device; others sign its master key.
      const signedBy = (user: string, key: string) => ({
        signatures: { [user]: { [key]: "signed" } },
      });
      const signedDevice = { ...deviceKeys(alice, "PHONE"), ...signedBy(alice, "ed25519:S") };
      ok(await phone("keys/signatures/upload", { [alice]: { PHONE: signedDevice } }));
      for (const [name, sign] of [
        ["@anna:one.example", anna],
        [bob, bobPhone],
      ] as const) {
        const signedMaster = { ...master, ...signedBy(name, "ed25519:V") };
        // A user cannot sign for another user.
        const signatures = {
          ...signedMaster.signatures,
          "@mallory:one.example": { "ed25519:X": "x" },
        };
        expect(
          ok(
            await sign("keys/signatures/upload", {
              [alice]: { M: { ...signedMaster, signatures } },
            }),
          ),
        ).toEqual({ failures: {} });
      }

      const seen = (signatures: object, more = {}) => ({
        device_keys: {
          [alice]: {
            PHONE: deviceKeys(alice, "PHONE", {
              signatures: { [alice]: { "ed25519:PHONE": "own", "ed25519:S": "signed" } },
              unsigned: {},
            }),
          },
        },
        master_keys: { [alice]: { ...master, ...signatures } },
        self_signing_keys: { [alice]: selfSigning },
        ...more,
      });
      const query = { device_keys: { [alice]: [] } };
      expect(ok(await phone("keys/query", query))).toEqual(
        seen({}, { user_signing_keys: { [alice]: userSigning } }),
      );
      expect(ok(await anna("keys/query", query))).toEqual(
        seen(signedBy("@anna:one.example", "ed25519:V")),
      );
      expect(ok(await bobPhone("keys/query", query))).toEqual(seen(signedBy(bob, "ed25519:V")));
    });
  });
});

describe("keys of devices", () => {
  test("are published, and read by users of the same server and of another one", async () => {
    const [one, two] = [await start("one.example"), await start("two.example")];
    const phone = await login(one, alice, "PHONE");
    const keys = deviceKeys(alice, "PHONE", { unsigned: { name: "Phone" } });
    expect(ok(await phone("keys/upload", { device_keys: keys }))).toEqual({
      one_time_key_counts: {},
    });
    for (const reader of [phone, await login(two, bob, "PHONE")]) {
      expect(ok(await reader("keys/query", { device_keys: { [alice]: [] } }))).toEqual({
        device_keys: { [alice]: { PHONE: keys } },
      });
    }
  });
  test("numbers and members keep their text", async () => {
    const one = await start("one.example");
    const phone = await login(one, alice, "PHONE");
    const text = `{"device_id":"PHONE","n":1.0,"unsigned":{},"user_id":"${alice}"}`;
    await phone("keys/upload", `{"device_keys":${text}}`);
    const answer = await phone("keys/query", { device_keys: { [alice]: [] } });
    expect(answer.text).toBe(`{"device_keys":{"${alice}":{"PHONE":${text}}}}`);
  });
  test("the response contains only the requested keys", async () => {
    const one = await start("one.example");
    for (const device of ["PHONE", "__proto__", "TABLET"]) {
      const upload = await login(one, alice, device);
      ok(await upload("keys/upload", { device_keys: deviceKeys(alice, device) }));
    }
    const anna = await login(one, "@anna:one.example", "PHONE");
    const device_keys = {
      [alice]: ["__proto__", "PHONE", "GONE"],
      "@gone:one.example": [],
      no: [],
    };
    const { text } = await anna("keys/query", { device_keys });
    const found = entriesOf(toCanonicalJson(JSON.parse(text))).flatMap(([, users]) =>
      leavesOf(users).map(([names]) => names),
    );
    expect(found).toEqual([
      [alice, "PHONE"],
      [alice, "__proto__"],
    ]);
  });
  test.each([
    ["keys of another device", "keys/upload", { device_keys: deviceKeys(alice, "TABLET") }],
    ["keys of another user", "keys/upload", { device_keys: deviceKeys(bob, "PHONE") }],
    ["keys that are not an object", "keys/upload", { device_keys: "keys" }],
    ["an array", "keys/upload", []],
    ["a duplicate name", "keys/upload", '{"one_time_keys":{"a:1":{},"a\\u003a1":{}}}'],
    ["missing users", "keys/query", {}],
    [
      "an algorithm that is not a string",
      "keys/claim",
      { one_time_keys: { [alice]: { PHONE: 1 } } },
    ],
    ["a key that is not an object", "keys/device_signing/upload", { master_key: "key" }],
    [
      "a signed value that is not an object",
      "keys/signatures/upload",
      { [alice]: { PHONE: "signature" } },
    ],
  ])("%s is refused", async (_what, path, body) => {
    const one = await start("one.example");
    const phone = await login(one, alice, "PHONE");
    const { status } = await phone(path, body);
    expect(status).toBe(400);
  });
  test("a request without an access token is rejected", async () => {
    const { url } = await start("one.example");
    for (const path of ["upload", "query", "claim", "device_signing/upload", "signatures/upload"]) {
      const answer = await fetch(`${url}/_matrix/client/v3/keys/${path}`, {
        method: "POST",
        body: "{}",
      });
      expect((await answerOf(answer)).status).toBe(401);
    }
  });
});

describe("between servers", () => {
  test("an unresponsive server is listed as a failure, next to the keys of the others", async () => {
    const one = await start("one.example");
    const phone = await login(one, alice, "PHONE");
    ok(await phone("keys/upload", { device_keys: deviceKeys(alice, "PHONE") }));
    const device_keys = { [alice]: [], [bob]: [] };
    expect(ok(await phone("keys/query", { device_keys }))).toEqual({
      // The client has sent no `unsigned`.
      device_keys: { [alice]: { PHONE: deviceKeys(alice, "PHONE", { unsigned: {} }) } },
      failures: { "two.example": {} },
    });
    const one_time_keys = { [bob]: { PHONE: "a" } };
    expect(ok(await phone("keys/claim", { one_time_keys }))).toEqual({
      one_time_keys: {},
      failures: { "two.example": {} },
    });
  });
  test("a server returns keys of its own users only", async () => {
    const carol = "@carol:three.example";
    const answer = {
      device_keys: {
        [carol]: { PHONE: {} },
        [bob]: { PHONE: deviceKeys(bob, "PHONE"), NONE: 1 },
      },
      master_keys: { [carol]: {}, [bob]: {} },
      user_signing_keys: { [bob]: {} },
      one_time_keys: { [carol]: { PHONE: {} }, [bob]: { PHONE: { "a:1": {} }, TABLET: {} } },
    };
    const one = await start("one.example", async (input) =>
      String(input).includes("two.example")
        ? Response.json(answer)
        : Response.json({}, { status: 502 }),
    );
    const phone = await login(one, alice, "PHONE");
    expect(ok(await phone("keys/query", { device_keys: { [bob]: [], [carol]: [] } }))).toEqual({
      device_keys: { [bob]: { PHONE: deviceKeys(bob, "PHONE") } },
      master_keys: { [bob]: {} },
      failures: { "three.example": {} },
    });
    const one_time_keys = { [bob]: { PHONE: "a" }, [carol]: { PHONE: "a" } };
    expect(ok(await phone("keys/claim", { one_time_keys }))).toEqual({
      one_time_keys: { [bob]: { PHONE: { "a:1": {} } } },
      failures: { "three.example": {} },
    });
  });

  const userKeys = "/_matrix/federation/v1/user";
  const asked = async (
    { url }: Homeserver,
    method: string,
    path: string,
    body: string | undefined,
    authorization?: string,
  ) =>
    answerOf(
      await fetch(`${url}${userKeys}${path}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(body !== undefined && { body }),
      }),
    );

  const signed = (method: string, uri: string, body: string | undefined) =>
    strangers.authorization("two.example", "one.example", uri, body, method);

  test.each([
    ["POST", "/keys/query", '{"device_keys":{}}'],
    ["POST", "/keys/claim", '{"one_time_keys":{}}'],
    ["GET", `/devices/${alice}`, undefined],
  ])("%s %s needs a signature", async (method, path, body) => {
    const one = await start("one.example");
    expect(await asked(one, method, path, body)).toMatchObject({ status: 401 });
    const header = signed(method, userKeys + path, body);
    expect(await asked(one, method, path, body, header)).toMatchObject({ status: 200 });
    const other = signed(method, `${userKeys}/`, body);
    expect(await asked(one, method, path, body, other)).toMatchObject({ status: 401 });
  });
  test("the devices of a user are a list", async () => {
    const one = await start("one.example");
    const phone = await login(one, alice, "PHONE");
    ok(await phone("keys/upload", { device_keys: deviceKeys(alice, "PHONE") }));
    const master_key = { keys: { "ed25519:M": "M" } };
    ok(await phone("keys/device_signing/upload", { master_key, user_signing_key: {} }));
    const get = (user: string) => {
      const path = `/devices/${encodeURIComponent(user)}`;
      return asked(one, "GET", path, undefined, signed("GET", userKeys + path, undefined));
    };
    expect(ok(await get(alice))).toEqual({
      user_id: alice,
      stream_id: 0,
      devices: [{ device_id: "PHONE", keys: deviceKeys(alice, "PHONE", { unsigned: {} }) }],
      master_key,
    });
    expect(ok(await get("@nobody:one.example"))).toMatchObject({ devices: [] });
    expect(await get(bob)).toMatchObject({ status: 404 });
  });
  test("another server gets no keys of a third server's users", async () => {
    const one = await start("one.example");
    const phone = await login(one, alice, "PHONE");
    ok(await phone("keys/upload", { one_time_keys: { "a:1": {} } }));
    const body = JSON.stringify({
      one_time_keys: { [alice]: { PHONE: "a" }, [bob]: { PHONE: "a" } },
    });
    const header = signed("POST", `${userKeys}/keys/claim`, body);
    expect(ok(await asked(one, "POST", "/keys/claim", body, header))).toEqual({
      one_time_keys: { [alice]: { PHONE: { "a:1": {} } } },
    });
  });
});
