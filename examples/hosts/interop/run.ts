/** One run: all cases between one real server and our homeserver on one database. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as t from "io-ts";
import type { Case, Observation } from "./case.js";
import { clientCases } from "./cases/clients.js";
import { requestCases } from "./cases/requests.js";
import { transactionCases } from "./cases/transactions.js";
import { troubleCases } from "./cases/trouble.js";
import { makeCertificates } from "./certificates.js";
import { runDendrite } from "./dendrite.js";
import { deviations, type PeerName } from "./expectations.js";
import { judge, type Verdict } from "./judge.js";
import { runOurs } from "./ours.js";
import { startScripted } from "./scripted.js";
import type { Server } from "./server.js";
import { runSynapse } from "./synapse.js";
import { createWeb, type Web } from "./web.js";
import { createWorld } from "./world.js";

export const cases: ReadonlyArray<Case> = [
  ...requestCases("out"),
  ...requestCases("in"),
  ...transactionCases,
  ...troubleCases("out"),
  ...troubleCases("in"),
  ...clientCases,
];

export type RunOptions = {
  readonly peer: PeerName;
  /** The program of the real server. */
  readonly command: string;
  /** The name and version of the real server. */
  readonly title: string;
  /** The address of a PostgreSQL database, for two processes. Without it, one process runs on SQLite. */
  readonly postgres: string | undefined;
  readonly isWanted: (each: Case) => boolean;
  readonly keepFolder: boolean;
  readonly tell: (line: string) => void;
};

export type Run = {
  readonly peer: PeerName;
  readonly results: ReadonlyArray<Result>;
  /** Messages that were read in a later case than their own. */
  readonly strays: ReadonlyArray<string>;
  /** How many messages all devices have read. */
  readonly messages: number;
  readonly transactions: number;
  readonly seconds: number;
};

export type Result = {
  readonly case: Case;
  readonly verdict: Verdict;
  readonly observation: Observation | undefined;
};

export async function runCases(options: RunOptions): Promise<Run> {
  const { peer: peerName, command, title, postgres, isWanted, tell } = options;
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "matrix-send-to-device-interop-"));
  const certificates = makeCertificates(folder);
  const web = createWeb(certificates.ca);
  const site = { folder, certificates, web };
  const runPeer = peerName === "synapse" ? runSynapse : runDendrite;
  const peer = await runPeer(site, command);
  const ours = await runOurs(site, {
    database: postgres ?? join(folder, "ours.db"),
    processes: postgres === undefined ? 1 : 2,
  });
  const scripted = await startScripted(site);
  const results: Array<Result> = [];
  const strays: Array<string> = [];
  let messages = 0;
  try {
    await checkVersion(peer, title, web);
    const world = await createWorld({ ours, peer, scripted, web });
    const processes = postgres === undefined ? 1 : 2;
    for (const each of cases.filter((each) => isWanted(each) && each.processes <= processes)) {
      const caseStarted = performance.now();
      const deviation = deviations[peerName].find(
        ({ group, name }) => group === each.group && name === each.name,
      );
      const result = await resultOf(each, async () => {
        const observation = await each.run(world);
        return { observation, verdict: judge(each, deviation, observation) };
      });
      results.push(result);
      const seconds = ((performance.now() - caseStarted) / 1000).toFixed(1);
      tell(`${words[result.verdict._tag]} ${seconds.padStart(5)} s  ${each.group}: ${each.name}`);
      if (result.verdict._tag === "Failed") {
        for (const line of result.verdict.lines) tell(`         ${line}`);
      }
    }
    messages = world.read();
    for (const stray of world.strays) strays.push(stray);
    if (strays.length > 0) tell(`FAILED   read in a later case: ${strays.join("; ")}`);
  } finally {
    await scripted.close();
    await peer.stop();
    await ours.stop();
    await web.close();
    const isFailed = strays.length > 0 || results.some(({ verdict }) => verdict._tag === "Failed");
    if (options.keepFolder || isFailed) {
      for (const { name, gate } of [peer, ours]) {
        const file = join(folder, `exchanges-${name.replace(":", "-")}.json`);
        writeFileSync(file, JSON.stringify(gate.exchanges, undefined, 1));
      }
      tell(`logs: ${folder}`);
    } else rmSync(folder, { recursive: true });
  }
  const count = (tag: Verdict["_tag"]) =>
    results.filter(({ verdict }) => verdict._tag === tag).length;
  const done: Run = {
    peer: peerName,
    results,
    strays,
    messages,
    transactions: peer.gate.exchanges.length + ours.gate.exchanges.length,
    seconds: (performance.now() - started) / 1000,
  };
  tell(
    `${count("AsExpected")} as expected, ${count("KnownDeviation")} known deviations, ${count("Failed")} failed; ` +
      `${done.messages} messages read, ${done.transactions} requests, ${done.seconds.toFixed(0)} s`,
  );
  return done;
}

const Version = t.type({ server: t.type({ name: t.string, version: t.string }) });

/** Guards against a stale build or a wrong executable. */
async function checkVersion({ urls }: Server, title: string, web: Web): Promise<void> {
  const response = await web.fetch(`${urls[0]}/_matrix/federation/v1/version`);
  const body = Version.decode(await response.json());
  if (body._tag === "Left") throw new Error(`Expected ${title}, which does not report its version`);
  const { name, version } = body.right.server;
  // Within a repository, Synapse adds the branch to its version.
  const found = `${name} ${version.split(" ")[0]}`;
  if (found !== title) throw new Error(`Expected ${title}, started ${found}`);
}

const words: Record<Verdict["_tag"], string> = {
  AsExpected: "ok      ",
  KnownDeviation: "known   ",
  Failed: "FAILED  ",
};

/** The time limit of a case. */
const caseMs = 180_000;

async function resultOf(
  each: Case,
  work: () => Promise<Pick<Result, "verdict" | "observation">>,
): Promise<Result> {
  try {
    const late = wait(caseMs, undefined, { ref: false }).then(() => {
      throw new Error(`Timed out after ${caseMs / 1000} s`);
    });
    return { case: each, ...(await Promise.race([work(), late])) };
  } catch (error) {
    const line = error instanceof Error ? error.message : String(error);
    return { case: each, verdict: { _tag: "Failed", lines: [line] }, observation: undefined };
  }
}
