/** Tests servers of several processes under all kinds of faults, and measures what each added process costs. */
import { deepStrictEqual, equal } from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { createLedger, type Ledger, type Row } from "../federation/ledger.js";
import { type Postgres, startPostgres } from "../tests/postgres.js";
import { type Cluster, createCluster } from "./cluster.js";
import { type Costs, createCosts } from "./costs.js";
import { createFaults, type FaultCounts, type FaultKind } from "./faults.js";
import { createTraffic } from "./traffic.js";

export type Account = {
  readonly workersEach: number;
  readonly devices: number;
  /** Messages sent and delivered, by the faults that were injected meanwhile. */
  readonly rows: ReadonlyArray<Row>;
  readonly faults: FaultCounts;
  /** Responses that were lost between the servers, and between clients and servers. */
  readonly lostResponses: { readonly servers: number; readonly clients: number };
  /** Requests that clients have repeated after no response or a 5xx. */
  readonly repeated: number;
  readonly throughputs: ReadonlyArray<Throughput>;
};

export type Throughput = {
  readonly workersEach: number;
  /** Send requests of clients, and the events that devices have read. */
  readonly requests: number;
  readonly events: number;
  /** From the first request until the last event was read. */
  readonly seconds: number;
  readonly costs: Costs;
};

export type ScenarioOptions = {
  /** How long each kind of fault happens. */
  readonly faultMs: number;
  /** How long each number of workers is measured. 0 skips the measurement. */
  readonly measureMs: number;
};

type Step = { readonly title: string; readonly kinds: ReadonlyArray<FaultKind> };

export const steps: ReadonlyArray<Step> = [
  { title: "nothing goes wrong", kinds: [] },
  { title: "workers are killed", kinds: ["kill"] },
  { title: "connections to the databases are cut", kinds: ["cut"] },
  { title: "responses are lost", kinds: ["lose"] },
  { title: "all of it at once", kinds: ["kill", "cut", "lose"] },
];

const workersEach = 3;
const usersEach = 8;

/** How many client requests warm up a process before the measurement, if there is time. */
const warmUpRequests = 300;

/** How long it may take until everything that was sent is read. */
const settleMs = 60_000;

/** Throws unless each device has read each of its messages exactly once, in the order of each sender. */
export async function runScenario(options: ScenarioOptions): Promise<Account> {
  const postgres = await startPostgres();
  try {
    const account = await survive(postgres, options.faultMs);
    const throughputs: Array<Throughput> = [];
    if (options.measureMs > 0) {
      for (const workers of [1, 2, 3]) {
        throughputs.push(await measure(postgres, workers, options.measureMs));
      }
    }
    return { ...account, throughputs };
  } finally {
    await postgres.stop();
  }
}

/** Injects all faults, and checks that no message is lost, duplicated or out of order. */
async function survive(postgres: Postgres, faultMs: number): Promise<Omit<Account, "throughputs">> {
  const cluster = await createCluster(postgres, workersEach);
  try {
    await cluster.start();
    const ledger = createLedger();
    const traffic = await createTraffic({ cluster, ledger, users: usersEach });
    const faults = createFaults(postgres, cluster);
    for (const { title, kinds } of steps) {
      ledger.begin(title);
      // Users send until the last fault is over and the last killed worker has restarted.
      const happening = Promise.all([faults.happenFor(faultMs, kinds), wait(faultMs)]);
      await traffic.sendUntil(happening);
    }
    await settled(cluster);
    await ledger.readAll(traffic.readers);
    check(ledger);
    for (const { name, workers } of cluster.sites) {
      for (const [label, worker] of workers) equal(worker.crashes(), 0, `${name}, ${label}`);
    }
    const serversLost = cluster.lines.reduce((sum, line) => sum + line.lost(), 0);
    return {
      workersEach,
      devices: traffic.readers.length,
      rows: ledger.rows,
      faults: faults.counts,
      lostResponses: { servers: serversLost, clients: cluster.clients.lost() },
      repeated: cluster.clients.repeated(),
    };
  } finally {
    await cluster.stop();
  }
}

/** Measures servers with this number of processes, without faults. */
async function measure(postgres: Postgres, workers: number, ms: number): Promise<Throughput> {
  const cluster = await createCluster(postgres, workers);
  try {
    await cluster.start();
    const ledger = createLedger();
    const traffic = await createTraffic({ cluster, ledger, users: usersEach });
    const due = () => ledger.rows.reduce((sum, row) => sum + row.due.delivered, 0);
    const read = () => traffic.readers.reduce((sum, reader) => sum + reader.count(), 0);
    const sendAndRead = async (title: string, end: Promise<void>) => {
      ledger.begin(title);
      await traffic.sendUntil(end);
      while (read() < due()) await wait(5);
    };
    // A process is several times as fast when its code is compiled.
    const enough = workers * cluster.sites.length * warmUpRequests;
    await sendAndRead(
      "warm up",
      until(() => traffic.requests() >= enough, ms),
    );
    const [requests, events] = [traffic.requests(), due()];
    const costs = await createCosts(postgres, cluster);
    const start = performance.now();
    await sendAndRead("measured", wait(ms));
    const seconds = (performance.now() - start) / 1000;
    const measured = await costs.end();
    await ledger.readAll(traffic.readers);
    check(ledger);
    return {
      workersEach: workers,
      requests: traffic.requests() - requests,
      events: due() - events,
      seconds,
      costs: measured,
    };
  } finally {
    await cluster.stop();
  }
}

/** Resolves when a condition holds or the time is over. */
async function until(condition: () => boolean, ms: number): Promise<void> {
  const isOver = timer(ms);
  while (!condition() && !isOver()) await wait(10);
}

function timer(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() >= end;
}

/** Waits until nothing is in flight between the servers. Throws if a server has set an EDU aside. */
async function settled({ sites }: Cluster): Promise<void> {
  const isOver = timer(settleMs);
  for (const { name, database } of sites) {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    const count = async (table: string): Promise<number> =>
      (await client.query(`SELECT count(*)::int AS count FROM ${table}`)).rows[0].count;
    while ((await count("outbox")) > 0) {
      if (isOver()) throw new Error(`${name} has not sent everything`);
      await wait(20);
    }
    equal(await count("set_aside"), 0, `${name} has set EDUs aside`);
    await client.end();
  }
}

function check({ rows }: Ledger): void {
  for (const { title, due, found } of rows) deepStrictEqual(found, due, title);
}
