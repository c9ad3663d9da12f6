/**
 * Lets our homeserver federate with a real Synapse and a real Dendrite, and writes down what happens.
 *
 *     tsx interop/main.ts [--peer synapse|dendrite] [--database sqlite|postgres] [--case TEXT] [--keep]
 */
import { parseArgs } from "node:util";
import { startPostgres } from "../tests/postgres.js";
import {
  type Built,
  buildDendrite,
  buildSynapse,
  dendriteVersion,
  synapseVersion,
} from "./build.js";
import type { PeerName } from "./expectations.js";
import { writePage } from "./page.js";
import { type Run, run } from "./run.js";

const { values } = parseArgs({
  options: {
    peer: { type: "string" },
    database: { type: "string" },
    case: { type: "string", default: "" },
    keep: { type: "boolean", default: false },
  },
});

const titles = { synapse: `Synapse ${synapseVersion}`, dendrite: `Dendrite ${dendriteVersion}` };

const peers: ReadonlyArray<{
  readonly name: PeerName;
  readonly build: () => Promise<Built>;
}> = [
  { name: "synapse", build: buildSynapse },
  { name: "dendrite", build: buildDendrite },
];

const started = performance.now();
const tell = (line: string) => console.log(line);
const runs: Array<Run> = [];
let isComplete = true;

async function skippable<A>(name: string, start: () => Promise<A>): Promise<A | undefined> {
  try {
    return await start();
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split("\n");
    tell(`skipped: ${name}: ${reason}`);
    isComplete = false;
    return undefined;
  }
}

const postgres =
  values.database === "sqlite" ? undefined : await skippable("postgres", startPostgres);
try {
  for (const { name, build } of peers) {
    const title = titles[name];
    if (values.peer !== undefined && values.peer !== name) continue;
    const built = await build();
    if (built._tag === "Skipped") {
      tell(`skipped: ${name}: ${built.reason}`);
      isComplete = false;
      continue;
    }
    tell(
      `${title}: ${built.seconds < 0.1 ? "was built before" : `built in ${built.seconds.toFixed(0)} s`}`,
    );
    for (const database of ["sqlite", "postgres"] as const) {
      if (values.database !== undefined && values.database !== database) continue;
      if (database === "postgres" && postgres === undefined) continue;
      const oursTitle = database === "sqlite" ? "SQLite" : "PostgreSQL, two processes";
      tell(`\n${title}, ours on ${oursTitle}`);
      const done = await run({
        peer: name,
        command: built.command,
        peerTitle: title,
        oursTitle,
        postgres: database === "postgres" ? await postgres?.createDatabase() : undefined,
        isWanted: (each) => `${each.group}: ${each.name}`.includes(values.case),
        keepFolder: values.keep,
        tell,
      });
      runs.push(done);
      const count = (tag: string) =>
        done.results.filter(({ verdict }) => verdict._tag === tag).length;
      tell(
        `${count("AsExpected")} as expected, ${count("KnownDeviation")} known deviations, ${count("Failed")} failed; ` +
          `${done.messages} messages read, ${done.transactions} transactions, ${done.seconds.toFixed(0)} s`,
      );
    }
  }
} finally {
  await postgres?.stop();
}

const results = runs.flatMap((each) => each.results);
const strays = runs.filter((each) => each.strays.length > 0).length;
const failed = results.filter(({ verdict }) => verdict._tag === "Failed").length + strays;
const isWhole = isComplete && Object.keys(values).every((name) => ["case", "keep"].includes(name));
if (isWhole && values.case === "" && failed === 0) {
  tell(writePage(runs, titles));
}
tell(`\n${results.length - failed} passed, ${failed} failed`);
tell(`${((performance.now() - started) / 1000).toFixed(0)} s in all`);
process.exit(failed > 0 ? 1 : 0);
