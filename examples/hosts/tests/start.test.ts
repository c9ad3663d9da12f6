import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ServerName, UserId } from "matrix-send-to-device";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { OptionsError, readOptions } from "../homeserver/options.js";
import { createPeers } from "../homeserver/peers.js";

const folder = mkdtempSync(join(tmpdir(), "start-"));
const cert = join(folder, "cert.pem");
const key = join(folder, "key.pem");
const noPem = join(folder, "no.pem");
const registration = join(folder, "registration.json");

beforeAll(() => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", key, "-out", cert];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...kind, ...subject, ...files], {
    stdio: "ignore",
  });
  writeFileSync(noPem, "no PEM");
  const users = [{ exclusive: true, regex: "@_bridge_.*" }];
  const body = { id: "bridge", url: "http://x/", hs_token: "secret", namespaces: { users } };
  writeFileSync(registration, JSON.stringify(body));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("options", () => {
  test("have defaults", () => {
    expect(readOptions([])).toEqual({
      name: "localhost",
      port: 0,
      database: ":memory:",
      peers: new Map(),
      tls: undefined,
      ca: undefined,
      retryMs: undefined,
      appservices: [],
    });
  });
  test("are read", () => {
    const options = readOptions(
      `--name one.example:8448 --port 8001 --database postgres://x/y --retry-ms 50
       --peer two.example=http://127.0.0.1:8002 --peer two.example=https://[::1]:8003/a/
       --peer [::1]:1=http://127.0.0.1:8004 --tls-cert ${cert} --tls-key ${key} --ca ${cert}
       --appservice ${registration}`.split(/\s+/),
    );
    const pem = expect.stringContaining("-----BEGIN CERTIFICATE-----");
    expect(options).toEqual({
      name: "one.example:8448",
      port: 8001,
      database: "postgres://x/y",
      peers: new Map([
        ["two.example", ["http://127.0.0.1:8002", "https://[::1]:8003/a"]],
        ["[::1]:1", ["http://127.0.0.1:8004"]],
      ]),
      tls: { cert: pem, key: expect.stringContaining("PRIVATE KEY-----") },
      ca: pem,
      retryMs: 50,
      appservices: [
        { id: "bridge", url: "http://x", hsToken: "secret", isUser: expect.any(Function) },
      ],
    });
    const isUser = ([appservice]: typeof options.appservices, userId: string) =>
      UserId.is(userId) && appservice?.isUser(userId);
    expect(isUser(options.appservices, "@_bridge_1:one.example:8448")).toBe(true);
    expect(isUser(options.appservices, "@alice_@_bridge_1:one.example:8448")).toBe(false);
  });
  test.each([
    ["--nmae one.example", "Unknown option '--nmae'"],
    ["one.example", "Unexpected argument 'one.example'"],
    ["--name", "argument missing"],
    ["--name one_example", "--name: expected a server name"],
    ["--port x", "--port: expected an integer from 0 to 65535"],
    ["--port 65536", "--port: expected an integer from 0 to 65535"],
    ["--port=-1", "--port: expected an integer from 0 to 65535"],
    ["--retry-ms 0", "--retry-ms: expected an integer from 1 to 3600000"],
    ["--peer two.example", "--peer NAME=URL: expected a server name"],
    ["--peer =http://x", "--peer NAME=URL: expected a server name"],
    ["--peer two.example=", "--peer NAME=URL: expected an http or https URL"],
    ["--peer two.example=127.0.0.1:1", "--peer NAME=URL: expected an http or https URL"],
    ["--peer two.example=http://x?y", "--peer NAME=URL: expected an http or https URL"],
    ["--tls-cert x", "--tls-cert and --tls-key must come together"],
    ["--tls-key x", "--tls-cert and --tls-key must come together"],
    ["--ca /no/file", "--ca: cannot read /no/file"],
    [`--ca ${noPem}`, "--ca: expected a certificate in PEM"],
    ["--appservice /no/file", "--appservice: cannot read /no/file"],
    [`--appservice ${noPem}`, "--appservice: expected the registration of an appservice in JSON"],
    [`--tls-cert ${noPem} --tls-key ${key}`, "--tls-cert: expected a certificate in PEM"],
    [`--tls-cert ${cert} --tls-key ${noPem}`, "--tls-key: expected the private key"],
  ])("%s is refused", (args, message) => {
    const read = () => readOptions(args.split(" "));
    expect(read).toThrow(OptionsError);
    expect(read).toThrow(message);
  });
});

describe("peers", () => {
  const running: Array<Server> = [];
  const closing: Array<() => Promise<void>> = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    for (const server of running.splice(0)) server.close();
  });

  async function listen(server: Server): Promise<number> {
    running.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  const process_ = async (listener: RequestListener) =>
    `http://127.0.0.1:${await listen(createServer(listener))}`;

  function peersOf(options: Parameters<typeof createPeers>[0]) {
    const peers = createPeers(options);
    closing.push(peers.close);
    return async (name: string, path: string, init?: RequestInit): Promise<string> =>
      (await peers.fetch(`${peers.addressOf(name as ServerName)}${path}`, init)).text();
  }

  const answering =
    (text: string): RequestListener =>
    (request, response) => {
      request.resume().on("end", () => response.end(`${text} ${request.method} ${request.url}`));
    };

  test("requests take the addresses in turn", async () => {
    const addresses = [await process_(answering("1")), await process_(answering("2"))];
    const get = peersOf({ peers: new Map([["two.example", addresses]]) });
    const answers = [];
    for (let request = 0; request < 4; request++)
      answers.push(await get("two.example", "/a?b=%20"));
    expect(answers).toEqual(["1", "2", "1", "2"].map((text) => `${text} GET /a?b=%20`));
  });
  test("requests skip an unresponsive process and keep their method and body", async () => {
    let hung = 0;
    let cut = 0;
    const hangs = await process_(() => {
      hung += 1;
    });
    const cuts = await process_((request) => {
      cut += 1;
      request.socket.destroy();
    });
    const bodies: Array<string> = [];
    const answers = await process_(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      response.end("answer");
    });
    const addresses = ["http://127.0.0.1:1", hangs, cuts, answers];
    const put = peersOf({ peers: new Map([["two.example", addresses]]), answerMs: 50 });
    const init = { method: "PUT", body: '{"a":1}' };
    for (let request = 0; request < 8; request++) {
      expect(await put("two.example", "/", init)).toBe("answer");
    }
    expect(bodies).toEqual(Array(8).fill(init.body));
    // Unresponsive processes are not tried again for a while.
    expect({ hung, cut }).toEqual({ hung: 1, cut: 1 });
  });
  test("an unresponsive process is tried again after a while, or if no other responds", async () => {
    let requests = 0;
    const recovers = await process_((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else response.end("recovered");
    });
    const addresses = [recovers, "http://127.0.0.1:1"];
    const get = peersOf({ peers: new Map([["two.example", addresses]]) });
    await expect(get("two.example", "/")).rejects.toThrow();
    expect(await get("two.example", "/")).toBe("recovered");
  });
  test("an error status counts as a response", async () => {
    const addresses = [
      await process_((_request, response) => response.writeHead(503).end("1")),
      await process_(answering("2")),
    ];
    const get = peersOf({ peers: new Map([["two.example", addresses]]) });
    expect(await get("two.example", "/")).toBe("1");
  });
  test("the caller's signal ends the attempts", async () => {
    let asked = 0;
    const hang = async () =>
      process_(() => {
        asked += 1;
        stop.abort(new Error("Stopped"));
      });
    const stop = new AbortController();
    const get = peersOf({ peers: new Map([["two.example", [await hang(), await hang()]]]) });
    await expect(get("two.example", "/", { signal: stop.signal })).rejects.toThrow("Stopped");
    expect(asked).toBe(1);
  });
  test("the time limit applies to the start of a response, not to its body", async () => {
    const slow = await process_((_request, response) => {
      response.write("begin ");
      setTimeout(() => response.end("end"), 100);
    });
    const get = peersOf({ peers: new Map([["two.example", [slow, slow]]]), answerMs: 50 });
    expect(await get("two.example", "/")).toBe("begin end");
  });
  test("a name with a port is reached over TLS and checked against the authority", async () => {
    const tls = readOptions(["--tls-cert", cert, "--tls-key", key, "--ca", cert]);
    const port = await listen(createTlsServer(tls.tls ?? {}, answering("tls")));
    const trusting = peersOf({ peers: new Map(), ca: tls.ca });
    expect(await trusting(`localhost:${port}`, "/x")).toBe("tls GET /x");
    const others = peersOf({ peers: new Map() });
    await expect(others(`localhost:${port}`, "/x")).rejects.toThrow("fetch failed");
    // The certificate is for another name.
    await expect(trusting(`127.0.0.1:${port}`, "/x")).rejects.toThrow("fetch failed");
  });
  test("other URLs are fetched unchanged", async () => {
    const address = await process_(answering("plain"));
    const peers = createPeers({ peers: new Map() });
    closing.push(peers.close);
    expect(await (await peers.fetch(`${address}/x`)).text()).toBe("plain GET /x");
    expect(await (await peers.fetch(new URL(`${address}/y`))).text()).toBe("plain GET /y");
  });
});

describe("a process", () => {
  const hosts = fileURLToPath(new URL("..", import.meta.url));
  const tsx = fileURLToPath(new URL("../../../node_modules/tsx/dist/cli.mjs", import.meta.url));

  type Running = {
    readonly child: ChildProcess;
    /** Resolves with the first line of output. */
    readonly said: Promise<void>;
    readonly ended: Promise<Ended>;
  };

  type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

  function run(args: ReadonlyArray<string>): Running {
    const child = spawn(process.execPath, [tsx, "homeserver/main.ts", ...args], { cwd: hosts });
    let out = "";
    let err = "";
    const said = new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk) => {
        out += chunk;
        if (out.includes("\n")) resolve();
      });
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const ended = new Promise<Ended>((resolve) =>
      child.on("close", (code) => resolve({ code, out, err })),
    );
    return { child, said, ended };
  }

  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  test.each<NodeJS.Signals>(["SIGTERM", "SIGINT"])(
    "prints its address, and exits on %s",
    async (signal) => {
      const { child, said, ended } = run(["--name", "one.example"]);
      await said;
      child.kill(signal);
      const { code, out, err } = await ended;
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toMatch(/^one\.example listens on http:\/\/127\.0\.0\.1:\d+\n$/);
    },
  );
  test.each([
    ["a wrong option", ["--peer", "x"], /^homeserver: --peer NAME=URL: .+\n$/],
    ["a database that cannot be opened", ["--database", "/no/folder/x.db"], /^homeserver: .+\n$/],
    [
      "an unresponsive database",
      ["--database", "postgres://nobody@127.0.0.1:9/hosts"],
      /^homeserver: .*ECONNREFUSED.*\n$/,
    ],
    ["a port that is taken", [], /^homeserver: .*EADDRINUSE.*\n$/],
  ])("ends with one line for %s", async (_what, args, line) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, out, err } = await run([...args, "--port", String(port)]).ended;
    taken.close();
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(line);
  });

  test("two servers whose names have ports reach each other over TLS, without other options", async () => {
    const [one, two] = [await freePort(), await freePort()];
    const { ca } = readOptions(["--ca", cert]);
    const { fetch, close } = createPeers({ peers: new Map(), ca });
    const servers = [one, two].map((port) =>
      run([
        ...["--name", `localhost:${port}`, "--port", String(port)],
        ...["--tls-cert", cert, "--tls-key", key, "--ca", cert],
      ]),
    );
    await Promise.all(servers.map(({ said }) => said));
    const login = async (port: number) => {
      const path = `https://localhost:${port}/_matrix/client/v3`;
      const user = `@user:localhost:${port}`;
      const body = JSON.stringify({ identifier: { user }, device_id: "PHONE" });
      const answer = await fetch(`${path}/login`, { method: "POST", body });
      const { access_token } = Object(await answer.json());
      return { path, user, headers: { authorization: `Bearer ${access_token}` } };
    };
    const [sender, recipient] = [await login(one), await login(two)];
    const messages = { [recipient.user]: { PHONE: { hello: "you" } } };
    const sent = await fetch(`${sender.path}/sendToDevice/m.dummy/1`, {
      method: "PUT",
      headers: sender.headers,
      body: JSON.stringify({ messages }),
    });
    expect(sent.status).toBe(200);
    const sync = await fetch(`${recipient.path}/sync?timeout=20000`, {
      headers: recipient.headers,
    });
    expect(Object(await sync.json()).to_device).toEqual({
      events: [{ type: "m.dummy", sender: sender.user, content: { hello: "you" } }],
    });
    await close();
    for (const { child } of servers) child.kill("SIGTERM");
    for (const [index, { ended }] of servers.entries()) {
      const port = [one, two][index];
      const out = `localhost:${port} listens on https://127.0.0.1:${port}\n`;
      expect(await ended).toEqual({ code: 0, out, err: "" });
    }
  });
});
