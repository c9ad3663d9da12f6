/** Measures CPU time, if the operating system reports it. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Postgres } from "../tests/postgres.js";
import type { Cluster } from "./cluster.js";

export type Costs = {
  /** The share of this machine's CPU time that all programs used. */
  readonly busyShare: number;
  /** CPU time in seconds; `undefined` if the platform is not Linux. */
  readonly workerSeconds: number | undefined;
  readonly postgresSeconds: number | undefined;
  /** This process: the clients, and the connections between the servers. */
  readonly clientSeconds: number;
};

export async function createCosts(postgres: Postgres, { sites }: Cluster) {
  const workers = sites.flatMap((site) =>
    [...site.workers.values()].flatMap((worker) => worker.pid() ?? []),
  );
  // Each connection has a PostgreSQL process, which ends some time after its pool closes it. Times of ended ones are lost.
  const before = await look();

  async function look() {
    const processes = await postgres.query<{ readonly pid: number }>(
      "SELECT pid FROM pg_stat_activity",
    );
    const { user, system } = process.cpuUsage();
    return {
      machine: machineTimes(),
      workers: workers.map(secondsOf),
      postgres: new Map(processes.map(({ pid }) => [pid, secondsOf(pid)])),
      clients: (user + system) / 1_000_000,
    };
  }

  return {
    end: async (): Promise<Costs> => {
      const after = await look();
      const busy = after.machine.busy - before.machine.busy;
      const all = after.machine.all - before.machine.all;
      return {
        busyShare: all > 0 ? busy / all : 0,
        workerSeconds: sum(after.workers.map((now, index) => since(before.workers[index], now))),
        postgresSeconds: sum(
          [...after.postgres].map(([pid, now]) =>
            since(before.postgres.has(pid) ? before.postgres.get(pid) : 0, now),
          ),
        ),
        clientSeconds: after.clients - before.clients,
      };
    },
  };
}

function machineTimes(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    busy += times.user + times.nice + times.sys + times.irq;
  }
  return { busy, all: busy + idle };
}

/** The CPU time that a process has used so far. */
function secondsOf(pid: number): number | undefined {
  try {
    // The name of the program, in parentheses, may contain spaces. The fields follow it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return undefined;
  }
}

/** Clock ticks per second in `/proc`, on every Linux platform that Node supports. */
const ticksPerSecond = 100;

function since(before: number | undefined, now: number | undefined): number | undefined {
  return before === undefined || now === undefined ? undefined : now - before;
}

function sum(values: ReadonlyArray<number | undefined>): number | undefined {
  let all = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    all += value;
  }
  return all;
}
