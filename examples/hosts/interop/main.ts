/**
 * Federates our homeserver with a real Synapse and a real Dendrite, and records the results.
 *
 *     tsx interop/main.ts [--peer synapse|dendrite] [--database sqlite|postgres] [--case TEXT] [--keep]
 */
import { parseArgs } from "node:util";
import { type Postgres, startPostgres } from "../tests/postgres.js";
import {
  type Built,
  buildDendrite,
  buildSynapse,
  dendriteVersion,
  synapseVersion,
} from "./build.js";
import type { Case } from "./case.js";
import type { PeerName } from "./expectations.js";
import { writePage } from "./page.js";
import { type Run, runCases } from "./run.js";

const { values } = parseArgs({
  options: {
    peer: { type: "string" },
    database: { type: "string" },
    case: { type: "string", default: "" },
    keep: { type: "boolean", default: false },
  },
});

const titles = { synapse: `Synapse ${synapseVersion}`, dendrite: `Dendrite ${dendriteVersion}` };

const builds: ReadonlyArray<readonly [PeerName, () => Promise<Built>]> = [
  ["synapse", buildSynapse],
  ["dendrite", buildDendrite],
];

const tell = (line: string) => console.log(line);

/** Returns `undefined` after reporting a skipped server. */
async function startDatabase(): Promise<Postgres | undefined> {
  if (values.database === "sqlite") return undefined;
  try {
    return await startPostgres();
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split("\n");
    tell(`skipped: postgres: ${reason}`);
    return undefined;
  }
}

async function runAll(postgres: Postgres | undefined): Promise<ReadonlyArray<Run>> {
  const runs: Array<Run> = [];
  for (const [peer, build] of builds) {
    if (values.peer !== undefined && values.peer !== peer) continue;
    const built = await build();
    if (built._tag === "Skipped") {
      tell(`skipped: ${peer}: ${built.reason}`);
      continue;
    }
    const { command, seconds } = built;
    const title = titles[peer];
    tell(`${title}: ${seconds < 0.1 ? "was built before" : `built in ${seconds.toFixed(0)} s`}`);
    const options = {
      ...{ peer, command, title, tell },
      isWanted: (each: Case) => `${each.group}: ${each.name}`.includes(values.case),
      keepFolder: values.keep,
    };
    if (values.database !== "postgres") {
      tell(`\n${title}, ours on SQLite`);
      runs.push(await runCases({ ...options, postgres: undefined }));
    }
    if (postgres !== undefined) {
      tell(`\n${title}, ours on PostgreSQL with two processes`);
      runs.push(await runCases({ ...options, postgres: await postgres.createDatabase() }));
    }
  }
  return runs;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const started = performance.now();
const postgres = await startDatabase();
const runs = await runAll(postgres).finally(() => postgres?.stop());

const results = runs.flatMap((each) => each.results);
let failed = results.filter(({ verdict }) => verdict._tag === "Failed").length;
failed += runs.filter(({ strays }) => strays.length > 0).length;
if (runs.length === 2 * builds.length && values.case === "" && failed === 0) {
  const isSame = writePage(runs, titles);
  tell(`\ndocs/interop-servers.md ${isSame ? "is up to date" : "has changed: commit it"}`);
}
tell(`\nTests: ${results.length - failed} passed, ${failed} failed`);
tell(`${((performance.now() - started) / 1000).toFixed(0)} s in all`);
process.exit(failed > 0 ? 1 : 0);
