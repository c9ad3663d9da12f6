import { type FastifyInstance, fastify } from "fastify";
import type { ServerName } from "matrix-send-to-device";
import { canonicalJson, type JsonText } from "matrix-send-to-device/text";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFederationClient } from "../homeserver/federation-client.js";
import { membersOf, objectOf } from "../homeserver/json-members.js";
import { authenticateServer } from "../homeserver/signing/authenticate-server.js";
import { fromBase64, toBase64 } from "../homeserver/signing/base64.js";
import { keyApi } from "../homeserver/signing/key-api.js";
import { createKeyRing } from "../homeserver/signing/key-ring.js";
import { signRequest, verifyRequest } from "../homeserver/signing/request-signature.js";
import { isSignedBy, signJson } from "../homeserver/signing/signed-json.js";
import {
  newSigningKey,
  type SigningKey,
  signingKeyOf,
  verifyKeyOf,
} from "../homeserver/signing/signing-key.js";
import { parseXMatrix, writeXMatrix } from "../homeserver/signing/x-matrix.js";
import { createApp } from "../http/app.js";

const one = "one.example" as ServerName;
const two = "two.example:8448" as ServerName;

/** The key of the specification's test vectors. */
const specKey = signingKeyOf({
  keyId: "ed25519:1",
  seed: "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1",
});

function canonical(text: string): JsonText {
  const result = canonicalJson({ numbers: "asWritten" })(text);
  if (result._tag === "Left") throw new TypeError(`No JSON: ${text}`);
  return result.right;
}

function verifyKey(signingKey: SigningKey) {
  const key = verifyKeyOf(signingKey.publicKey);
  if (key === undefined) throw new TypeError("No public key");
  return key;
}

describe("Base64", () => {
  test.each([
    ["", ""],
    ["f", "Zg"],
    ["fo", "Zm8"],
    ["foo", "Zm9v"],
    ["foobar", "Zm9vYmFy"],
  ])("%j is %j, with and without padding", (text, base64) => {
    expect(toBase64(Buffer.from(text))).toBe(base64);
    expect(fromBase64(base64)?.toString()).toBe(text);
    expect(fromBase64(Buffer.from(text).toString("base64"))?.toString()).toBe(text);
  });
  test.each(["Zg===", "Z g", "Zm8-", "Zm8_", "=Zg", "é"])("%j is not Base64", (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});

describe("signing keys", () => {
  test("a new key has a new ID and seed, and is restored from them", () => {
    const stored = newSigningKey();
    expect(stored.keyId).toMatch(/^ed25519:\w+$/);
    const other = newSigningKey();
    expect(other.keyId).not.toBe(stored.keyId);
    expect(other.seed).not.toBe(stored.seed);
    const signature = signingKeyOf(stored).sign("text");
    expect(verifyKey(signingKeyOf(stored))("text", signature)).toBe(true);
    expect(verifyKey(signingKeyOf(stored))("Text", signature)).toBe(false);
    expect(verifyKey(signingKeyOf(other))("text", signature)).toBe(false);
  });
  test.each(["", "YJDB", "no base64", `${specKey.publicKey}AAAA`])(
    "%j is neither a seed nor a public key",
    (text) => {
      expect(() => signingKeyOf({ keyId: "ed25519:1", seed: text })).toThrow(TypeError);
      expect(verifyKeyOf(text)).toBeUndefined();
    },
  );
  test.each(["", "AAAA", "no base64", "A".repeat(86)])("%j is not a signature", (signature) => {
    expect(verifyKey(specKey)("text", signature)).toBe(false);
  });
});

describe("members of a JSON object", () => {
  test.each([
    "{}",
    '{"":""}',
    '{"a":1.0,"b":-0.0,"c":1e-7}',
    '{"a":[1,[2,{"b":"]"}],"}"],"c":{"d":{},"e":[]},"f":null}',
    '{"\\"":"\\\\","a,b":"a:b","__proto__":{"a":"\\""},"é":"😀"}',
  ])("%s is split and joined", (text) => {
    const members = membersOf(canonical(text));
    expect(
      Object.fromEntries([...(members ?? [])].map(([name, value]) => [name, JSON.parse(value)])),
    ).toEqual(JSON.parse(text));
    expect(objectOf(members ?? [])).toBe(canonical(text));
  });
  test.each(["[]", '"{}"', "1", "null"])("%s is not an object", (text) => {
    expect(membersOf(canonical(text))).toBeUndefined();
  });
  test("members are in the order of their code points", () => {
    const value = canonical("1");
    expect(
      objectOf([
        ["\u{10000}", value],
        ["\uffff", value],
        ["b", value],
        ["B", value],
      ]),
    ).toBe('{"B":1,"b":1,"\uffff":1,"\u{10000}":1}');
  });
});

describe("signed JSON", () => {
  const name = "domain";
  const signature =
    "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw";
  const signed = `{"one":1,"signatures":{"domain":{"ed25519:1":"${signature}"}},"two":"Two"}`;

  test.each([
    [
      "the empty object of the specification",
      {},
      '{"signatures":{"domain":{"ed25519:1":"K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"}}}',
    ],
    ["the data values of the specification", { two: "Two", one: 1 }, signed],
    [
      "members that no signature covers",
      { one: 1, two: "Two", signatures: { other: { "ed25519:2": "x" } }, unsigned: { age: 1 } },
      `{"one":1,"signatures":{"domain":{"ed25519:1":"${signature}"},"other":{"ed25519:2":"x"}},"two":"Two","unsigned":{"age":1}}`,
    ],
    [
      "another signature of the same name",
      { one: 1, two: "Two", signatures: { domain: { "ed25519:2": "x" } } },
      `{"one":1,"signatures":{"domain":{"ed25519:1":"${signature}","ed25519:2":"x"}},"two":"Two"}`,
    ],
  ])("signs %s", (_what, object, expected) => {
    const text = signJson({ name, signingKey: specKey }, object);
    expect(text).toBe(expected);
    expect(isSignedBy({ name, keyId: "ed25519:1", verifyKey: verifyKey(specKey) }, text)).toBe(
      true,
    );
  });
  test("does not sign a value that is not canonical JSON", () => {
    expect(() => signJson({ name, signingKey: specKey }, { float: 0.5 })).toThrow(TypeError);
  });
  test("numbers are verified as written", () => {
    const rest = '"a":1.0,"b":-0.0,"c":1e-7,"d":100000000000000000000000000001';
    const text = `{${rest},"signatures":{"domain":{"ed25519:1":"${specKey.sign(`{${rest}}`)}"}}}`;
    const verifier = { name, keyId: "ed25519:1", verifyKey: verifyKey(specKey) };
    expect(isSignedBy(verifier, canonical(text))).toBe(true);
    expect(isSignedBy(verifier, canonical(text.replace("1.0", "1")))).toBe(false);
  });
  test.each([
    ["another value", signed.replace("Two", "two")],
    ["another member", signed.replace('"two"', '"three":3,"two"')],
    ["another name", signed.replace("domain", "other")],
    ["another key", signed.replace("ed25519:1", "ed25519:2")],
    ["no signatures", '{"one":1,"two":"Two"}'],
    ["signatures that are not an object", '{"one":1,"signatures":[],"two":"Two"}'],
    ["a name that every object inherits", signed.replace("domain", "__proto__")],
    ["not an object", "[]"],
  ])("is not valid with %s", (_what, text) => {
    const verifier = { name, keyId: "ed25519:1", verifyKey: verifyKey(specKey) };
    expect(isSignedBy(verifier, canonical(text))).toBe(false);
  });
});

describe("the X-Matrix header", () => {
  const signature = specKey.sign("");
  const read = { origin: one, destination: two, keyId: "ed25519:1", signature };

  test("is written as older servers read it", () => {
    expect(writeXMatrix(read)).toBe(
      `X-Matrix origin="one.example",destination="two.example:8448",key="ed25519:1",sig="${signature}"`,
    );
    expect(parseXMatrix(writeXMatrix(read))).toEqual(read);
  });

  const sig = `sig="${signature}"`;
  test.each([
    [
      "any order",
      `X-Matrix ${sig},key="ed25519:1",destination="two.example:8448",origin="one.example"`,
    ],
    [
      "other cases",
      `x-mATRIX Origin="one.example",DESTINATION="two.example:8448",KEY="ed25519:1",S${sig.slice(1)}`,
    ],
    [
      "white space",
      `X-Matrix   origin = "one.example" ,\tdestination="two.example:8448"\t, key="ed25519:1" , ${sig}  `,
    ],
    [
      "empty elements",
      `X-Matrix ,, origin="one.example",,destination="two.example:8448", ,key="ed25519:1",${sig},`,
    ],
    [
      "tokens, with colons",
      `X-Matrix origin=one.example,destination=two.example:8448,key=ed25519:1,${sig}`,
    ],
    [
      "escapes",
      `X-Matrix origin="one\\.ex\\ample",destination="two.example\\:8448",key="\\ed25519:1",${sig}`,
    ],
    [
      "unknown parameters",
      `X-Matrix realm="a\\"b, c=\\\\",origin="one.example",x=y,destination="two.example:8448",key="ed25519:1",${sig}`,
    ],
  ])("is read with %s", (_what, header) => {
    expect(parseXMatrix(header)).toEqual(read);
  });
  test("is read without a destination", () => {
    expect(parseXMatrix(`X-Matrix origin="one.example",key="ed25519:1",${sig}`)).toEqual({
      ...read,
      destination: undefined,
    });
  });

  const rest = `destination="two.example:8448",key="ed25519:1",${sig}`;
  test.each([
    ["a missing header", undefined],
    ["an empty header", ""],
    ["no parameters", "X-Matrix"],
    ["no parameters after a space", "X-Matrix "],
    ["another scheme", `Bearer origin="one.example",${rest}`],
    ["a longer scheme", `X-Matrixx origin="one.example",${rest}`],
    ["no origin", `X-Matrix ${rest}`],
    ["no key", `X-Matrix origin="one.example",${sig}`],
    ["no signature", 'X-Matrix origin="one.example",key="ed25519:1"'],
    ["an origin that is not a server name", `X-Matrix origin="one_example",${rest}`],
    ["an empty origin", `X-Matrix origin="",${rest}`],
    ["a duplicate parameter", `X-Matrix origin="one.example",Origin="two.example",${rest}`],
    ["no comma", `X-Matrix origin="one.example" ${rest}`],
    ["an open string", `X-Matrix ${rest},origin="one.example`],
    ["an escape at the end", `X-Matrix ${rest},origin="one.example\\`],
    ["no value", `X-Matrix origin,${rest}`],
    ["an empty value that is not quoted", `X-Matrix origin=,${rest}`],
    ["a name with a space", `X-Matrix ori gin="one.example",${rest}`],
    ["text after a value", `X-Matrix origin="one.example"x,${rest}`],
    ["a token of 68", "X-Matrix b25lLmV4YW1wbGU="],
    ["a name of Object.prototype", `X-Matrix __proto__="one.example",${rest}`],
  ])("is refused with %s", (_what, header) => {
    expect(parseXMatrix(header)).toBeUndefined();
  });

  // Quadratic time would be minutes at this length.
  test.each(["\\", '\\"', " ", ",", "=", "a=", 'a="', "a", '"', "a=b ", "\t,"])(
    "is rejected in linear time with many %j",
    (part) => {
      const many = part.repeat(2_000_000 / part.length);
      for (const start of ["", "X-Matrix ", "X-Matrix a=", 'X-Matrix a="', 'X-Matrix a="b" ']) {
        expect(parseXMatrix(start + many)).toBeUndefined();
      }
    },
  );
});

describe("the signature of a request", () => {
  const key = signingKeyOf(newSigningKey());
  const keyRing = {
    find: async (_server: ServerName, keyId: string) =>
      keyId === key.keyId
        ? ({ _tag: "Found", verifyKey: verifyKey(key) } as const)
        : ({ _tag: "UnknownKey" } as const),
  };
  const request = {
    method: "PUT",
    uri: "/_matrix/federation/v1/send/1%20?a=b",
    destination: two,
    content: canonical('{"b":1.0,"a":"é"}'),
  };
  const verify = (changed: Partial<typeof request>, header = {}) => {
    const read = parseXMatrix(signRequest({ origin: one, signingKey: key }, request));
    if (read === undefined) throw new TypeError("No header");
    return verifyRequest(keyRing, { ...read, ...header }, { ...request, ...changed });
  };

  test("of another implementation: seed, name and signature of a request without a body", () => {
    const signingKey = signingKeyOf({
      keyId: "ed25519:0",
      seed: "1QblgjFeL3IxoY4DKOR7p5mL5sQTC0ChmeMJlqb4d5M",
    });
    const header = signRequest(
      { origin: "synapse.local.kamax.io" as ServerName, signingKey },
      {
        method: "GET",
        uri: "/_matrix/federation/v1/query/directory?room_alias=%23a%3Amxhsd.local.kamax.io%3A8447",
        destination: "mxhsd.local.kamax.io:8447" as ServerName,
      },
    );
    expect(parseXMatrix(header)?.signature).toBe(
      "SEMGSOJEsoalrBfHqPO2QrSlbLaUYLHLk4e3q4IJ2JbgvCynT1onp7QF1U4Sl3G3NzybrgdnVvpqcaEgV0WPCw",
    );
  });
  test("is valid for the signed request", async () => {
    expect(await verify({})).toEqual({ _tag: "Valid", origin: one });
  });
  test.each([
    ["another method", { method: "POST" }],
    ["another path", { uri: "/_matrix/federation/v1/send/2" }],
    ["a path that means the same", { uri: "/_matrix/federation/v1/send/1+?a=b" }],
    ["another destination", { destination: one }],
    ["another content", { content: canonical('{"b":1.0,"a":"e"}') }],
    ["a number that is written in another way", { content: canonical('{"b":1,"a":"é"}') }],
  ])("is not valid for %s", async (_what, changed) => {
    expect(await verify(changed)).toEqual({ _tag: "BadSignature" });
  });
  test("is not valid without the content", async () => {
    const { content: _, ...withoutContent } = request;
    const read = parseXMatrix(signRequest({ origin: one, signingKey: key }, request));
    expect(read && (await verifyRequest(keyRing, read, withoutContent))).toEqual({
      _tag: "BadSignature",
    });
  });
  test("is not valid for another origin", async () => {
    expect(await verify({}, { origin: two })).toEqual({ _tag: "BadSignature" });
  });
  test("is not valid with an unknown key", async () => {
    expect(await verify({}, { keyId: "ed25519:x" })).toEqual({ _tag: "UnknownKey" });
  });
});

describe("the keys of other servers", () => {
  const signingKey = signingKeyOf(newSigningKey());
  const day = 24 * 3_600_000;
  let time: number;
  let answers: Array<() => Response | Promise<Response>>;
  let asked: Array<string>;

  beforeEach(() => {
    time = 1_000_000;
    answers = [];
    asked = [];
  });

  const keyRing = () =>
    createKeyRing({
      addressOf: (name) => `http://${name}/of`,
      now: () => time,
      fetch: async (url) => {
        asked.push(String(url));
        const answer = answers[asked.length - 1] ?? answers.at(-1);
        if (answer === undefined) throw new Error("No response configured");
        return answer();
      },
    });

  const published = (key: SigningKey = signingKey, changed = {}) =>
    signJson(
      { name: two, signingKey: key },
      {
        server_name: two,
        valid_until_ts: time + day,
        verify_keys: { [key.keyId]: { key: key.publicKey } },
        ...changed,
      },
    );

  test("are fetched once, even for concurrent requests", async () => {
    answers = [() => new Response(published())];
    const ring = keyRing();
    const found = await Promise.all(
      Array.from({ length: 9 }, () => ring.find(two, signingKey.keyId)),
    );
    expect(found.map(({ _tag }) => _tag)).toEqual(Array(9).fill("Found"));
    expect(asked).toEqual(["http://two.example:8448/of/_matrix/key/v2/server"]);
  });
  test("check signatures", async () => {
    answers = [() => new Response(published())];
    const found = await keyRing().find(two, signingKey.keyId);
    expect(found._tag === "Found" && found.verifyKey("a", signingKey.sign("a"))).toBe(true);
    expect(found._tag === "Found" && found.verifyKey("b", signingKey.sign("a"))).toBe(false);
  });
  test("are fetched again when they expire", async () => {
    answers = [() => new Response(published())];
    const ring = keyRing();
    await ring.find(two, signingKey.keyId);
    time += day - 1;
    await ring.find(two, signingKey.keyId);
    expect(asked.length).toBe(1);
    time += 1;
    expect((await ring.find(two, signingKey.keyId))._tag).toBe("Found");
    expect(asked.length).toBe(2);
  });
  test("are cached for 7 days at most", async () => {
    answers = [() => new Response(published(signingKey, { valid_until_ts: time + 1000 * day }))];
    const ring = keyRing();
    await ring.find(two, signingKey.keyId);
    time += 7 * day - 1;
    await ring.find(two, signingKey.keyId);
    expect(asked.length).toBe(1);
    time += 1;
    await ring.find(two, signingKey.keyId);
    expect(asked.length).toBe(2);
  });
  test("a new key is fetched at once, an unknown one once a minute", async () => {
    const newKey = signingKeyOf(newSigningKey());
    answers = [() => new Response(published()), () => new Response(published(newKey))];
    const ring = keyRing();
    expect((await ring.find(two, signingKey.keyId))._tag).toBe("Found");
    expect((await ring.find(two, newKey.keyId))._tag).toBe("Found");
    expect(asked.length).toBe(2);
    for (let request = 0; request < 9; request++) {
      expect((await ring.find(two, `ed25519:${request}`))._tag).toBe("UnknownKey");
    }
    expect(asked.length).toBe(2);
    time += 60_000;
    expect((await ring.find(two, "ed25519:other"))._tag).toBe("UnknownKey");
    expect((await ring.find(two, "ed25519:other"))._tag).toBe("UnknownKey");
    expect(asked.length).toBe(3);
    expect((await ring.find(two, newKey.keyId))._tag).toBe("Found");
  });
  test("stay cached while the server does not respond", async () => {
    answers = [() => new Response(published()), () => new Response("", { status: 502 })];
    const ring = keyRing();
    expect((await ring.find(two, signingKey.keyId))._tag).toBe("Found");
    expect((await ring.find(two, "ed25519:other"))._tag).toBe("UnknownKey");
    expect((await ring.find(two, signingKey.keyId))._tag).toBe("Found");
    expect(asked.length).toBe(2);
  });
  test("of an unresponsive server are fetched again after 5 seconds", async () => {
    const ring = keyRing();
    expect(await ring.find(two, signingKey.keyId)).toEqual({ _tag: "KeyUnavailable" });
    answers = [() => new Response(published())];
    time += 4999;
    expect(await ring.find(two, signingKey.keyId)).toEqual({ _tag: "KeyUnavailable" });
    expect(asked.length).toBe(1);
    time += 1;
    expect((await ring.find(two, signingKey.keyId))._tag).toBe("Found");
  });
  test("closing the ring aborts a request in flight", async () => {
    const ring = createKeyRing({
      addressOf: String,
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("Aborted")));
        }),
    });
    const found = ring.find(two, signingKey.keyId);
    ring.close();
    expect(await found).toEqual({ _tag: "KeyUnavailable" });
  });

  const numbers = `"a":1.0,"server_name":"${two}","valid_until_ts":2e15,"verify_keys":{"${signingKey.keyId}":{"key":"${signingKey.publicKey}"}}`;
  test("a document is verified with numbers as written, in any order of members", async () => {
    const signature = signingKey.sign(`{${numbers}}`);
    const signatures = `"signatures" : { "${two}" : { "${signingKey.keyId}" : "${signature}" } }`;
    answers = [() => new Response(`{ ${signatures} , ${numbers} }`)];
    expect((await keyRing().find(two, signingKey.keyId))._tag).toBe("Found");
  });
  test("a key of another algorithm, or of another length, is skipped", async () => {
    const others = { "ed448:1": { key: signingKey.publicKey }, "ed25519:short": { key: "AAAA" } };
    const verify_keys = { ...others, [signingKey.keyId]: { key: signingKey.publicKey } };
    answers = [() => new Response(published(signingKey, { verify_keys }))];
    const ring = keyRing();
    expect((await ring.find(two, signingKey.keyId))._tag).toBe("Found");
    expect((await ring.find(two, "ed448:1"))._tag).toBe("UnknownKey");
    expect((await ring.find(two, "ed25519:short"))._tag).toBe("UnknownKey");
  });
  test("an old key verifies no request", async () => {
    const old = signingKeyOf(newSigningKey());
    const old_verify_keys = { [old.keyId]: { key: old.publicKey, expired_ts: time - 1 } };
    answers = [() => new Response(published(signingKey, { old_verify_keys }))];
    expect((await keyRing().find(two, old.keyId))._tag).toBe("UnknownKey");
  });

  const other = signingKeyOf(newSigningKey());
  test.each<readonly [string, () => Response]>([
    ["another status", () => new Response(published(), { status: 404 })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "http://x" } })],
    ["no JSON", () => new Response("{")],
    ["invalid UTF-8", () => new Response(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ["a duplicate name", () => new Response(published().replace("{", '{"server_name":"x",'))],
    ["no object", () => new Response("[]")],
    ["no keys", () => new Response(published(signingKey, { verify_keys: {} }))],
    ["keys of another form", () => new Response(published(signingKey, { verify_keys: { a: 1 } }))],
    ["another server's name", () => new Response(published(signingKey, { server_name: one }))],
    ["a time that is past", () => new Response(published(signingKey, { valid_until_ts: time }))],
    ["no time", () => new Response(published(signingKey, { valid_until_ts: "1" }))],
    [
      "a value that was not signed",
      () => new Response(published().replace(`${time + day}`, `${time + day + 1}`)),
    ],
    [
      "a signature of a key outside the document",
      () =>
        new Response(
          published(other, { verify_keys: { [signingKey.keyId]: { key: signingKey.publicKey } } }),
        ),
    ],
    ["no signature", () => new Response(`{${numbers}}`)],
    ["more than 65,536 bytes", () => new Response(published() + " ".repeat(65_536))],
    [
      "a body without an end",
      () =>
        new Response(
          new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(4096)) }),
        ),
    ],
  ])("a document with %s gives no key", async (_what, answer) => {
    answers = [answer];
    expect(await keyRing().find(two, signingKey.keyId)).toEqual({ _tag: "KeyUnavailable" });
  });
});

describe("from server to server", () => {
  const signingKey = signingKeyOf(newSigningKey());
  const running: Array<FastifyInstance> = [];

  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });

  async function listen(app: FastifyInstance): Promise<string> {
    running.push(app);
    return app.listen({ host: "127.0.0.1", port: 0 });
  }

  /** A server that reports the origin of a request, and another one whose keys it can fetch. */
  async function start({ knowsOrigin = true } = {}) {
    const origin = createApp();
    keyApi(origin, { serverName: one, signingKey });
    const originUrl = await listen(origin);
    const keyRing = createKeyRing({
      addressOf: () => (knowsOrigin ? originUrl : "http://127.0.0.1:1"),
      fetch,
    });
    const app = createApp();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      "*",
      { parseAs: "string" },
      async (_request: unknown, body: string) => body,
    );
    app.all("/_matrix/who/:id", async (request) => {
      const content = typeof request.body === "string" ? canonical(request.body) : undefined;
      return { origin: await authenticateServer({ serverName: two, keyRing }, request, content) };
    });
    const url = await listen(app);
    return { url, originUrl };
  }

  const client = (url: string, origin = one, key = signingKey) =>
    createFederationClient({ origin, signingKey: key, addressOf: () => url, fetch });

  async function answerOf(response: Response) {
    return { status: response.status, body: await response.json() };
  }

  const accepted = { status: 200, body: { origin: one } };
  const unauthorized = { status: 401, body: { errcode: "M_UNAUTHORIZED" } };
  const request = { destination: two, method: "PUT", uri: "/_matrix/who/%C3%A9%2F?a=%20&b" };

  test("a signed request is from its origin, with a body and without", async () => {
    const { url } = await start();
    const content = canonical('{"a":1.0,"b":-0.0,"c":1e-7,"d":"é"}');
    expect(await answerOf(await client(url).request({ ...request, content }))).toEqual(accepted);
    expect(await answerOf(await client(url).request({ ...request, method: "GET" }))).toEqual(
      accepted,
    );
  });
  test("accepts a body of 6 MB", async () => {
    const { url } = await start();
    const content = canonical(JSON.stringify({ edus: Array(100).fill({ a: "é".repeat(30_000) }) }));
    expect(Buffer.byteLength(content)).toBeGreaterThan(6_000_000);
    expect(await answerOf(await client(url).request({ ...request, content }))).toEqual(accepted);
  });
  test("the key document is public and signed", async () => {
    const { originUrl } = await start();
    const response = await fetch(`${originUrl}/_matrix/key/v2/server`);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const text = await response.text();
    const body = JSON.parse(text);
    expect(body).toMatchObject({
      server_name: one,
      verify_keys: { [signingKey.keyId]: { key: signingKey.publicKey } },
      old_verify_keys: {},
    });
    expect(body.valid_until_ts).toBeGreaterThan(Date.now());
    const verifier = { name: one, keyId: signingKey.keyId, verifyKey: verifyKey(signingKey) };
    expect(isSignedBy(verifier, canonical(text))).toBe(true);
  });
  test("another server's key is not valid for this one", async () => {
    const { url } = await start();
    const mallory = signingKeyOf({ ...newSigningKey(), keyId: signingKey.keyId });
    expect(await answerOf(await client(url, one, mallory).request(request))).toMatchObject(
      unauthorized,
    );
  });
  test("an unknown key is rejected", async () => {
    const { url } = await start();
    const unknown = signingKeyOf(newSigningKey());
    expect(await answerOf(await client(url, one, unknown).request(request))).toMatchObject(
      unauthorized,
    );
  });
  test("a server whose keys are unavailable is rejected", async () => {
    const { url } = await start({ knowsOrigin: false });
    expect(await answerOf(await client(url).request(request))).toMatchObject({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED", error: "The keys of the origin are not available" },
    });
  });
  test("a server cannot speak for another one", async () => {
    const { url } = await start();
    // It publishes its own keys. The claimed name resolves to the same address here.
    const answer = await client(url, "three.example" as ServerName).request(request);
    expect(await answerOf(answer)).toMatchObject(unauthorized);
  });
  test("a request for another destination is rejected, even with a valid signature", async () => {
    const { url } = await start();
    const answer = await client(url).request({ ...request, destination: one });
    expect(await answerOf(answer)).toMatchObject(unauthorized);
  });
  test("a request without a header is rejected", async () => {
    const { url } = await start();
    expect(await answerOf(await fetch(`${url}/_matrix/who/1`))).toMatchObject(unauthorized);
  });
  test("a header without a destination is accepted", async () => {
    const { url } = await start();
    const signed = signRequest({ origin: one, signingKey }, { ...request, method: "GET" });
    const authorization = signed.replace(/destination="[^"]*",/, "");
    expect(authorization).not.toContain("destination");
    const answer = await fetch(`${url}${request.uri}`, { headers: { authorization } });
    expect(await answerOf(answer)).toEqual(accepted);
  });
  test("a redirect is returned, not followed", async () => {
    const app = fastify();
    let elsewhere = 0;
    app.put("/here", async (_request, reply) => reply.redirect("/there", 307));
    app.put("/there", async () => ({ elsewhere: ++elsewhere }));
    const url = await listen(app);
    const answer = await client(url).request({ ...request, uri: "/here" });
    expect(answer.status).toBe(307);
    expect(elsewhere).toBe(0);
  });
  test("a request ends at its time limit, or when the caller aborts it", async () => {
    const app = fastify();
    app.get("/never", () => new Promise(() => undefined));
    const url = await listen(app);
    const timed = createFederationClient({
      origin: one,
      signingKey,
      addressOf: () => url,
      fetch,
      timeoutMs: 20,
    });
    const never = { destination: two, method: "GET", uri: "/never" };
    await expect(timed.request(never)).rejects.toThrow("timeout");
    const stop = new AbortController();
    const stopped = client(url).request({ ...never, signal: stop.signal });
    stop.abort(new Error("The caller ends"));
    await expect(stopped).rejects.toThrow("The caller ends");
    app.server.closeAllConnections();
  });
});
