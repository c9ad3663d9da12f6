/** What goes wrong, again and again, while the servers work. */
import { setTimeout as wait } from "node:timers/promises";
import type { Postgres } from "../tests/postgres.js";
import type { Cluster, Site } from "./cluster.js";
import type { Worker } from "./worker.js";

export type Faults = ReturnType<typeof createFaults>;

export type FaultKind = "kill" | "cut" | "lose";

/** How often each has happened. */
export type FaultCounts = {
  /** Workers killed with SIGKILL, those among them that were sending to the other server, and their open transactions. */
  kills: number;
  killedSenders: number;
  killedTransactions: number;
  /** Connections to the databases that were cut, and those among them with an open transaction. */
  cuts: number;
  cutTransactions: number;
  /** Workers that did not start, because their connections were cut, and were started again. */
  failedStarts: number;
};

const pausesMs: Record<FaultKind, number> = { kill: 700, cut: 400, lose: 150 };

/** A transaction of a worker that has written, and waits for its worker's next statement. */
const isOpen = "state = 'idle in transaction' AND backend_xid IS NOT NULL";

export function createFaults(postgres: Postgres, { sites, lines, clients }: Cluster) {
  const counts: FaultCounts = {
    kills: 0,
    killedSenders: 0,
    killedTransactions: 0,
    cuts: 0,
    cutTransactions: 0,
    failedStarts: 0,
  };
  let turn = 0;

  /** Kills a worker at a moment when it has open transactions, and starts it again. */
  async function kill(): Promise<void> {
    turn += 1;
    const site = sites[turn % sites.length];
    if (site === undefined) return;
    const sender = await senderOf(site);
    const labels = [...site.workers.keys()];
    // Every second time, the one that sends to the other server.
    const isSender = sender !== undefined && turn % 4 < 2;
    const label = isSender ? sender : labels[Math.floor(Math.random() * labels.length)];
    const worker = site.workers.get(label ?? "");
    if (label === undefined || worker === undefined) return;
    const open = await freezeInTransaction(site, label, worker);
    await worker.kill();
    counts.kills += 1;
    counts.killedTransactions += open;
    if (label === sender) counts.killedSenders += 1;
    await startAgain(worker);
  }

  /** Freezes a worker when it has open transactions, and says how many. It gives up if there are none for a while. */
  async function freezeInTransaction(site: Site, label: string, worker: Worker): Promise<number> {
    for (let attempt = 0; attempt < 100; attempt++) {
      worker.freeze();
      const [row] = await postgres.query<{ readonly count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity
         WHERE datname = $1 AND application_name = $2 AND ${isOpen}`,
        [site.databaseName, label],
      );
      if (row !== undefined && row.count > 0) return row.count;
      worker.thaw();
      await wait(3);
    }
    return 0;
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
    throw new Error("A worker does not start any more");
  }

  /** Cuts connections with open transactions, and some others: among them those that hold leases and listen. */
  async function cut(): Promise<void> {
    for (const { database } of sites) {
      const open = await postgres.cutConnections(database, isOpen);
      counts.cutTransactions += open;
      counts.cuts += open + (await postgres.cutConnections(database, "random() < 0.15"));
    }
  }

  async function lose(): Promise<void> {
    lines[Math.floor(Math.random() * lines.length)]?.loseNext();
  }

  const faults: Record<FaultKind, () => Promise<void>> = { kill, cut, lose };

  return {
    counts,

    /** Makes some kinds of faults as long as a condition holds. Then every worker runs. */
    happenWhile: async (
      condition: () => boolean,
      kinds: ReadonlyArray<FaultKind>,
    ): Promise<void> => {
      clients.loseResponses(kinds.includes("lose") ? 0.05 : 0);
      await Promise.all(
        kinds.map(async (kind) => {
          while (condition()) {
            await faults[kind]();
            await wait(pausesMs[kind]);
          }
        }),
      );
      clients.loseResponses(0);
    },
  };
}
