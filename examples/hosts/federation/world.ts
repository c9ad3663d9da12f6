/** Two homeservers, the connection between them, some users, and the ledger of their messages. */
import { deepStrictEqual } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rejection } from "matrix-send-to-device/text";
import { type Client, login, type Messages } from "./client.js";
import { createLedger } from "./ledger.js";
import { createSite, type Site } from "./site.js";
import { createStrangers } from "./strangers.js";

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld() {
  const folder = mkdtempSync(join(tmpdir(), "matrix-send-to-device-"));
  const ledger = createLedger();
  const rejections: Array<Rejection> = [];
  const devices: Array<Client> = [];
  const strangers = createStrangers();
  const one = site("one.example");
  const two = site("two.example");
  const sites = () => [one, two];

  function site(name: string): Site {
    return createSite({
      name,
      folder,
      addressOf: (destination) =>
        sites()
          .find(({ name }) => name === destination)
          ?.address() ?? strangers.addressOf(destination),
      fetch: strangers.fetch,
      observer: {
        rejected: (_origin, rejection) => {
          rejections.push(rejection);
          ledger.foundRefused(rejection.leaves);
        },
        undeliverable: ledger.foundUndeliverable,
      },
    });
  }

  /** A new device of a user of a server. */
  async function device(server: Site, user: string, deviceId: string): Promise<Client> {
    const client = await login(server.address, `@${user}:${server.name}`, deviceId);
    devices.push(client);
    return client;
  }

  await one.start();
  await two.start();
  return {
    one,
    two,
    strangers,
    ledger,
    rejections,
    devices,
    device,
    people: {
      alice: await device(one, "alice", "PHONE"),
      aliceLaptop: await device(one, "alice", "LAPTOP"),
      anna: await device(one, "anna", "TABLET"),
      bob: await device(two, "bob", "PHONE"),
      bobLaptop: await device(two, "bob", "LAPTOP"),
      // A device ID like any other.
      ben: await device(two, "ben", "__proto__"),
    },

    /** Sends a request that must be accepted, several times if responses should count as lost. */
    send: async (from: Client, messages: Messages, times = 1): Promise<void> => {
      deepStrictEqual(await from.send(messages, { times }), Array(times).fill(200));
    },

    /** Sends a request that must be rejected as a whole, with this status. */
    sendRefused: async (from: Client, messages: Messages, status: number): Promise<void> => {
      deepStrictEqual(await from.send(messages), [status]);
      for (const contents of Object.values(messages)) {
        ledger.foundRefused(Object.keys(contents).length);
      }
    },

    /** Resolves when nothing is in flight between the servers. */
    settled: async (): Promise<void> => {
      await one.idle();
      await two.idle();
    },

    close: async (): Promise<void> => {
      await one.stop();
      await two.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
