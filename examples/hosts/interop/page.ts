/** The documentation page: the input, the behaviour of the servers, and the specified behaviour. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Case, Facts } from "./case.js";
import { type Deviation, deviations, type PeerName } from "./expectations.js";
import { cases, type Run } from "./run.js";

const file = fileURLToPath(new URL("../../../docs/interop-servers.md", import.meta.url));

/** The line that changes with each run. */
const measured = /^Measured on .*$/m;

export type Titles = Record<PeerName, string>;

const peers: ReadonlyArray<PeerName> = ["synapse", "dendrite"];

/** Writes the page after a run without failures. Returns whether it is unchanged, apart from time and counts. */
export function writePage(runs: ReadonlyArray<Run>, titles: Titles): boolean {
  const page = pageOf(runs, titles);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const isSame = before.replace(measured, "") === page.replace(measured, "");
  if (!isSame) writeFileSync(file, page);
  return isSame;
}

function pageOf(runs: ReadonlyArray<Run>, titles: Titles): string {
  const groups = [...new Set(cases.map(({ group }) => group))];
  return [
    ...head(runs, titles),
    ...known(titles),
    ...groups.flatMap((group) => [
      `## ${group}`,
      "",
      ...cases
        .filter((each) => each.group === group)
        .flatMap((each) => section(each, runs, titles)),
    ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function head(runs: ReadonlyArray<Run>, titles: Titles): ReadonlyArray<string> {
  const sum = (count: (run: Run) => number) =>
    runs.reduce((all, run) => all + count(run), 0).toLocaleString("en");
  const date = new Date().toISOString().slice(0, 10);
  return [
    "# Federation with real servers",
    "",
    "<!-- Written by `npm run interop:servers`. Do not edit. -->",
    "",
    `The example homeserver of this repository federates with ${titles.synapse} and ${titles.dendrite} over TLS, with signed`,
    "requests, on the loopback interface. Both use SQLite. Ours runs once on SQLite, and once as two processes on PostgreSQL.",
    "A proxy in front of each server records the transactions. It also injects the errors below and drops the lost answers.",
    "",
    "`npm run interop:servers` builds the two servers at pinned versions, runs all cases, and writes this page. It fails if our",
    "homeserver deviates, if another server deviates in a way that is not listed here, or if a listed deviation no longer occurs.",
    "",
    `Measured on ${date}: ${sum(({ results }) => results.length)} cases in ${runs.length} runs, ${sum(({ messages }) => messages)} messages read in ${sum(({ transactions }) => transactions)} requests, ${sum(({ seconds }) => Math.round(seconds))} s.`,
    "",
    "Each user has two devices, PHONE and TABLET. The expected results follow the specification or, where it is silent, the",
    "decisions of this project ([decisions.md](decisions.md)). ✓ means as expected.",
    "",
  ];
}

/** The deviations of both servers. */
function known(titles: Titles): ReadonlyArray<string> {
  return [
    "## Where the servers differ",
    "",
    ...peers.flatMap((peer) => [
      `### ${titles[peer]}`,
      "",
      ...[...byReason(deviations[peer])].map(
        ([reason, cases]) => `- ${cases.map(named).join("; ")}: ${reason}`,
      ),
      "",
    ]),
  ];
}

/** Groups deviations by reason. */
function byReason(all: ReadonlyArray<Deviation>): ReadonlyMap<string, ReadonlyArray<Deviation>> {
  const groups = new Map<string, ReadonlyArray<Deviation>>();
  for (const each of all) groups.set(each.reason, [...(groups.get(each.reason) ?? []), each]);
  return groups;
}

function named({ group, name, sometimes }: Deviation): string {
  const when = sometimes === undefined ? "" : ", not in every run";
  return `**${name}** (${group.charAt(0).toLowerCase()}${group.slice(1)}${when})`;
}

function section(each: Case, runs: ReadonlyArray<Run>, titles: Titles): ReadonlyArray<string> {
  const { expected, name, sent, specification } = each;
  const seen = peers.map((peer) => ({
    deviation: deviations[peer].find((known) => known.group === each.group && known.name === name),
    facts: factsOf(each, runs, peer),
  }));
  const facts = Object.entries(expected.peer);
  const rows = facts.map(([what, right]) => {
    const cells = seen.map(({ deviation, facts }) => cell(what, right, deviation, facts));
    return `| ${what} | ${right} | ${cells.join(" | ")} |`;
  });
  const ours = Object.entries(expected.ours);
  // A third server sends the same transactions to both.
  const isShared = JSON.stringify(expected.ours) === JSON.stringify(expected.peer);
  return [
    `### ${name}`,
    "",
    `Sent: ${sent}`,
    "",
    `Specification: ${specification}`,
    "",
    ...(facts.length > 0
      ? [
          `| | expected | ${peers.map((peer) => titles[peer]).join(" | ")} |`,
          "| --- | --- | --- | --- |",
          ...rows,
          "",
        ]
      : []),
    isShared
      ? "Ours: as expected."
      : `Ours: ${ours.map(([what, right]) => `${what}: ${right}`).join("; ")}.`,
    "",
  ];
}

function cell(
  what: string,
  right: string,
  deviation: Deviation | undefined,
  seen: Facts | undefined,
): string {
  if (deviation?.sometimes !== undefined && Object.hasOwn(deviation.facts, what)) {
    return `✓, or ${deviation.sometimes}`;
  }
  const value = seen?.[what] ?? "";
  return value === right ? "✓" : `**${value}**`;
}

/** The observed facts of a server in its first run. */
function factsOf(each: Case, runs: ReadonlyArray<Run>, peer: PeerName): Facts | undefined {
  const results = runs.filter((run) => run.peer === peer).flatMap((run) => run.results);
  return results.find((result) => result.case === each)?.observation?.peer;
}
