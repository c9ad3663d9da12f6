/** Injects faults repeatedly while the servers work. */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { Postgres } from "../tests/postgres.js";
import type { Cluster, Site } from "./cluster.js";
import type { Worker } from "./worker.js";

export type Faults = ReturnType<typeof createFaults>;

export type FaultKind = "kill" | "cut" | "lose";

/** How often each fault has happened. */
export type FaultCounts = {
  /** Workers killed with SIGKILL, how many of them were sending to the other server, and their open transactions. */
  kills: number;
  killedSenders: number;
  killedTransactions: number;
  /** Database connections that were cut, and how many of them had an open transaction. */
  cuts: number;
  cutTransactions: number;
  /** Workers that failed to start because their connections were cut, and were restarted. */
  failedStarts: number;
};

const pausesMs: Record<FaultKind, number> = { kill: 700, cut: 400, lose: 150 };

/** The minimum number of faults of each kind, for slow machines. */
const minTimes = 2;

/** The name of connections outside the workers. */
const ownName = "faults";
const isWorker = `application_name <> '${ownName}'`;

/** A transaction that has written something. */
const isOpen = "backend_xid IS NOT NULL";

export function createFaults(postgres: Postgres, { sites, lines, clients }: Cluster) {
  const counts: FaultCounts = {
    kills: 0,
    killedSenders: 0,
    killedTransactions: 0,
    cuts: 0,
    cutTransactions: 0,
    failedStarts: 0,
  };

  /** Kills a worker in the middle of its transactions, and starts it again. `false` if no worker had any. */
  async function kill(site: Site, prefersSender: boolean): Promise<boolean> {
    const sender = await senderOf(site);
    const victim = await withInboxLocked(site, async () => {
      const found = await workerInTransaction(site, prefersSender ? sender : undefined);
      await found?.worker.kill();
      return found;
    });
    if (victim === undefined) return false;
    counts.kills += 1;
    counts.killedTransactions += victim.transactions;
    if (victim.label === sender) counts.killedSenders += 1;
    await startAgain(victim.worker);
    return true;
  }

  /** The lock stops every transaction after its idempotence keys: each has written something, and none can commit. */
  async function withInboxLocked<A>({ database }: Site, work: () => Promise<A>): Promise<A> {
    const client = new pg.Client({ connectionString: database, application_name: ownName });
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query("LOCK TABLE inbox IN SHARE MODE");
      return await work();
    } finally {
      await client.end();
    }
  }

  /** Waits until a worker has transactions that wait for the inbox. Prefers a given worker if it has some soon. */
  async function workerInTransaction(site: Site, wanted: string | undefined) {
    for (let attempt = 0; attempt < 200; attempt++) {
      const rows = await postgres.query<{ readonly label: string; readonly count: number }>(
        `SELECT application_name AS label, count(*)::int AS count FROM pg_stat_activity
         WHERE datname = $1 AND wait_event_type = 'Lock' AND backend_xid IS NOT NULL
         GROUP BY application_name ORDER BY random()`,
        [site.databaseName],
      );
      const row = rows.find(({ label }) => label === wanted || wanted === undefined);
      const found = attempt < 20 ? row : rows[0];
      const worker = site.workers.get(found?.label ?? "");
      if (found !== undefined && worker !== undefined) {
        return { label: found.label, worker, transactions: found.count };
      }
      await wait(5);
    }
    return undefined;
  }

  /** The worker that holds the lease of the queue for the other server. */
  async function senderOf({ databaseName }: Site): Promise<string | undefined> {
    const [row] = await postgres.query<{ readonly label: string }>(
      `SELECT application_name AS label FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE datname = $1 AND locktype = 'advisory' AND granted AND state = 'idle'`,
      [databaseName],
    );
    return row?.label;
  }

  async function startAgain(worker: Worker): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        await worker.start();
        return;
      } catch {
        counts.failedStarts += 1;
      }
    }
    throw new Error("A worker no longer starts");
  }

  /** Cuts connections with open transactions and some others, including those that hold leases and listen. */
  async function cut(): Promise<boolean> {
    for (const { database } of sites) {
      const open = await postgres.cutConnections(database, `${isWorker} AND ${isOpen}`);
      counts.cutTransactions += open;
      counts.cuts += open;
      counts.cuts += await postgres.cutConnections(database, `${isWorker} AND random() < 0.15`);
    }
    return true;
  }

  async function lose(): Promise<boolean> {
    lines[Math.floor(Math.random() * lines.length)]?.loseNext();
    return true;
  }

  /** The loop of each kind of fault. All loops run at the same time. */
  const faults: Record<FaultKind, ReadonlyArray<(times: number) => Promise<boolean>>> = {
    // Kills one worker of each server. Every second time, it is the worker that sends to the other server.
    kill: sites.map((site) => (times) => kill(site, times % 2 === 0)),
    cut: [cut],
    lose: [lose],
  };

  return {
    counts,

    /** Injects some kinds of faults for a time, and each at least a few times. Every worker runs when this ends. */
    happenFor: async (ms: number, kinds: ReadonlyArray<FaultKind>): Promise<void> => {
      const end = performance.now() + ms;
      clients.loseResponses(kinds.includes("lose") ? 0.05 : 0);
      await Promise.all(
        kinds.flatMap((kind) =>
          faults[kind].map(async (happen) => {
            let times = 0;
            while (times < minTimes || performance.now() < end) {
              if (await happen(times)) times += 1;
              await wait(pausesMs[kind]);
            }
          }),
        ),
      );
      clients.loseResponses(0);
    },
  };
}
