/** Two homeservers, each of several processes on one PostgreSQL database, and the connections between them. */
import { setTimeout as wait } from "node:timers/promises";
import { type Client, login } from "../federation/client.js";
import { createPeers } from "../homeserver/peers.js";
import { databaseOf, type Postgres } from "../tests/postgres.js";
import { createLossyLine, type LossyLine } from "./lossy-line.js";
import { freePorts } from "./ports.js";
import { createWorker, type Worker } from "./worker.js";

export type Cluster = Awaited<ReturnType<typeof createCluster>>;

export type Site = {
  readonly name: string;
  /** The address of its database, and its name. */
  readonly database: string;
  readonly databaseName: string;
  readonly workers: ReadonlyMap<string, Worker>;
};

const names = ["one.example", "two.example"];

export async function createCluster(postgres: Postgres, workersEach: number) {
  const databases = new Map<string, string>();
  const ports = new Map<string, ReadonlyArray<number>>();
  const lines = new Map<string, ReadonlyArray<LossyLine>>();
  for (const name of names) {
    const own = await freePorts(workersEach);
    ports.set(name, own);
    databases.set(name, await postgres.createDatabase());
    lines.set(name, await Promise.all(own.map(createLossyLine)));
  }
  const log: Array<string> = [];
  const sites = names.map(siteOf);
  const clients = clientsOf(
    new Map(names.map((name) => [name, (ports.get(name) ?? []).map(addressOf)])),
  );

  function siteOf(name: string): Site {
    const database = databases.get(name) ?? "";
    const peers = names
      .filter((other) => other !== name)
      .flatMap((other) => (lines.get(other) ?? []).map(({ address }) => `${other}=${address}`));
    const workers = (ports.get(name) ?? []).map((port, index) => {
      const label = `worker ${index + 1}`;
      const address = new URL(database);
      // Distinguishes its connections from those of the other workers.
      address.searchParams.set("application_name", label);
      const args = ["--name", name, "--port", `${port}`, "--database", address.href];
      const options = [...args, "--retry-ms", "50", ...peers.flatMap((peer) => ["--peer", peer])];
      const worker = createWorker(options, (line) => log.push(`${name}, ${label}: ${line}`));
      return [label, worker] as const;
    });
    return { name, database, databaseName: databaseOf(database), workers: new Map(workers) };
  }

  return {
    sites,
    lines: [...lines.values()].flat(),
    clients,
    /** What the workers have logged. */
    log,

    start: async (): Promise<void> => {
      await Promise.all(
        sites.flatMap(({ workers }) => [...workers.values()].map((worker) => worker.start())),
      );
    },

    stop: async (): Promise<void> => {
      for (const { workers } of sites) {
        await Promise.all([...workers.values()].map((worker) => worker.stop()));
      }
      for (const line of [...lines.values()].flat()) await line.close();
      await clients.close();
    },
  };
}

function addressOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Clients that take the workers in turn and repeat each request until they get a response. */
function clientsOf(addresses: ReadonlyMap<string, ReadonlyArray<string>>) {
  const peers = createPeers({ peers: addresses, avoidMs: 200 });
  let lossRate = 0;
  let repeated = 0;
  let lost = 0;

  async function request(...args: Parameters<typeof fetch>): Promise<Response> {
    for (;;) {
      try {
        const response = await peers.fetch(...args);
        const isLost = Math.random() < lossRate;
        if (response.status < 500 && !isLost) return response;
        if (isLost) lost += 1;
        await response.arrayBuffer();
      } catch (error) {
        if (args[1]?.signal?.aborted) throw error;
        // The worker may or may not have processed the request.
      }
      repeated += 1;
      await wait(20);
    }
  }

  return {
    login: (site: Site, user: string, device: string): Promise<Client> => {
      // `peers` finds the server's workers.
      const address = `matrix-server://${site.name}`;
      return login(() => address, `@${user}:${site.name}`, device, request);
    },
    /** Loses a share of the responses. */
    loseResponses: (share: number): void => {
      lossRate = share;
    },
    lost: (): number => lost,
    repeated: (): number => repeated,
    close: peers.close,
  };
}
