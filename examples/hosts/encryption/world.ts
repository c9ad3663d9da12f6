/** Two homeservers with a disturbed connection, and clients with real encryption. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rejection, ServerName } from "matrix-send-to-device";
import { startHomeserver } from "../homeserver/homeserver.js";
import { newSigningKey, signingKeyOf } from "../homeserver/signing/signing-key.js";
import { openStore } from "../homeserver/store/store.js";
import { createLedger } from "./ledger.js";
import { createOlmClient, type OlmClient } from "./olm-client.js";
import { createTrouble } from "./trouble.js";

export type World = Awaited<ReturnType<typeof createWorld>>;

/** So small that the keys for one user's devices do not fit into one EDU. */
export const maxEduBytes = 3000;

export async function createWorld() {
  const folder = mkdtempSync(join(tmpdir(), "matrix-encryption-"));
  const ledger = createLedger();
  const clients: Array<OlmClient> = [];
  const rejections: Array<Rejection["_tag"]> = [];
  const undeliverable: Array<string> = [];
  const addresses = new Map<string, string>();
  const one = await start("one.example" as ServerName);
  const two = await start("two.example" as ServerName);
  const servers = [one, two];

  async function start(serverName: ServerName) {
    const database = join(folder, `${serverName}.db`);
    const stored = newSigningKey();
    // The disturbed connection signs changed requests, so it needs the key.
    const store = await openStore(database, Date.now);
    await store.settings.get("signing key", () => JSON.stringify(stored));
    await store.database.close();
    const trouble = createTrouble(serverName, signingKeyOf(stored));
    const homeserver = await startHomeserver({
      serverName,
      database,
      addressOf: (name) => addresses.get(name) ?? "http://127.0.0.1:9",
      fetch: trouble.fetch,
      retryMs: 5,
      maxEduBytes,
      observer: {
        rejected: (_origin, { _tag }) => rejections.push(_tag),
        undeliverable: ({ reason }) => undeliverable.push(reason),
      },
    });
    addresses.set(serverName, homeserver.url);
    return { ...homeserver, serverName, trouble };
  }

  /** Tells every device that keys of users have changed. Servers with rooms do that in `/sync`. */
  async function changed(...users: ReadonlyArray<string>): Promise<void> {
    for (const client of clients) await client.devicesChanged(users);
  }

  return {
    servers,
    one,
    two,
    clients,
    ledger,
    rejections,
    undeliverable,
    changed,

    /** A new device of a user, with its keys published. */
    client: async (server: typeof one, name: string, device: string): Promise<OlmClient> => {
      const user = `@${name}:${server.serverName}`;
      const client = await createOlmClient({ address: server.url, user, device, ledger });
      // No device tracks a new user yet.
      const isNewUser = clients.every((other) => other.user !== user);
      ledger.knows(user, device);
      clients.push(client);
      await client.flush();
      if (!isNewUser) await changed(user);
      return client;
    },

    /** Makes every device track all users. */
    meet: async (): Promise<void> => {
      const users = new Set(clients.map(({ user }) => user));
      for (const client of clients) await client.track([...users]);
    },

    /** Resolves when nothing is in flight and no machine has a request. */
    settle: async (): Promise<void> => {
      for (let isMoving = true; isMoving; ) {
        isMoving = false;
        for (const client of clients) isMoving = (await client.flush()) || isMoving;
        for (const { idle } of servers) await idle();
        for (const client of clients) isMoving = (await client.receive()) || isMoving;
      }
      ledger.check();
    },

    close: async (): Promise<void> => {
      for (const client of clients) client.machine.close();
      for (const server of servers) await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
