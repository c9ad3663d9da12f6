/** Users of two servers who send to each other's devices all the time, and devices that sync all the time. */
import { deepStrictEqual } from "node:assert/strict";
import type { ToDeviceEvent } from "matrix-send-to-device";
import { type Client, type Messages, messagesTo } from "../federation/client.js";
import { olmSized } from "../federation/contents.js";
import type { Ledger } from "../federation/ledger.js";
import type { Cluster } from "./cluster.js";

export type Traffic = Awaited<ReturnType<typeof createTraffic>>;

export type TrafficOptions = {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  /** On each server. */
  readonly users: number;
};

const deviceIds = ["PHONE", "LAPTOP"];

/** How long a `/sync` waits. */
const syncTimeoutMs = 30_000;

type User = { readonly sender: Client; readonly devices: ReadonlyArray<Client> };

export async function createTraffic({ cluster, ledger, users: usersEach }: TrafficOptions) {
  const users: Array<User> = [];
  for (const site of cluster.sites) {
    for (let index = 0; index < usersEach; index++) {
      const devices = await Promise.all(
        deviceIds.map((id) => cluster.clients.login(site, `user${index}`, id)),
      );
      const [sender] = devices;
      if (sender !== undefined) users.push({ sender, devices });
    }
  }
  const readers = users.flatMap(({ devices }) => devices).map(createReader);
  let requests = 0;

  async function send(sender: Client): Promise<void> {
    const messages = messagesOf(sender);
    requests += 1;
    deepStrictEqual(await sender.send(messages), [200]);
  }

  function messagesOf(sender: Client): Messages {
    const kind = Math.random();
    const contentsFor = (devices: ReadonlyArray<Client>) =>
      ledger.contentsFor(sender, devices, olmSized);
    if (kind < 0.5) {
      const device = anyOf(anyOf(users).devices);
      return messagesTo(device, contentsFor([device]));
    }
    if (kind < 0.8) {
      const { sender: user, devices } = anyOf(users);
      return { [user.userId]: { "*": contentsFor(devices) } };
    }
    // All devices of three neighbours. Some neighbours are on the other server.
    const first = Math.floor(Math.random() * users.length);
    return Object.fromEntries(
      [0, 1, 2].map((offset) => {
        const { sender: user, devices } = users[(first + offset) % users.length] ?? anyOf(users);
        return [
          user.userId,
          Object.fromEntries(devices.map((device) => [device.deviceId, contentsFor([device])])),
        ];
      }),
    );
  }

  return {
    readers,
    requests: (): number => requests,

    /** Lets every user send, one request at a time, until another task has ended. */
    sendUntil: async (ending: Promise<unknown>): Promise<void> => {
      let isOver = false;
      const ended = ending.finally(() => {
        isOver = true;
      });
      const sending = users.map(async ({ sender }) => {
        while (!isOver) await send(sender);
      });
      await Promise.all([ended, ...sending]);
    },
  };
}

export type Reader = ReturnType<typeof createReader>;

/** A device that syncs all the time. */
function createReader(device: Client) {
  const events: Array<ToDeviceEvent> = [];
  let since: string | undefined;
  const stop = new AbortController();

  async function syncOnce(timeoutMs: number, signal?: AbortSignal): Promise<number> {
    const { next_batch, to_device } = await device.sync(since, timeoutMs, signal);
    since = next_batch;
    events.push(...to_device.events);
    return to_device.events.length;
  }

  const reading = (async () => {
    while (!stop.signal.aborted) await syncOnce(syncTimeoutMs, stop.signal);
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  // `read` reports it.
  reading.catch(() => undefined);

  return {
    userId: device.userId,
    deviceId: device.deviceId,
    count: (): number => events.length,
    /** Reads the remaining events, and returns everything that was read. */
    read: async (): Promise<ReadonlyArray<ToDeviceEvent>> => {
      stop.abort();
      await reading;
      while ((await syncOnce(0)) > 0);
      return events;
    },
  };
}

function anyOf<A>(list: ReadonlyArray<A>): A {
  const any = list[Math.floor(Math.random() * list.length)];
  if (any === undefined) throw new Error("The list is empty");
  return any;
}
