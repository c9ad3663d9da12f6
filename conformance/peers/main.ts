/**
 * `npm run interop:corpus`: the conformance corpus and seeded mutations on other implementations.
 *
 * Builds missing harnesses, runs all, prints a summary and writes `docs/interop.md`. If arguments name peers, it runs
 * only those and does not write the page.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { conformance } from "matrix-send-to-device/testing";
import { type Prepared, prepare, type Toolchain } from "./build.js";
import { ask } from "./harness.js";
import { mutations } from "./mutations.js";
import { objects, peers } from "./peers.js";
import { questionOf } from "./protocol.js";
import { report } from "./report.js";
import { countOf, type Result, resultOf } from "./results.js";
import { shortened } from "./text.js";

/** How many harnesses run concurrently. */
const width = 2;

const mutants = mutations();
const questions = [...conformance.cases.map(questionOf), ...mutants];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !peers.some((peer) => peer.name === name));
if (unknown.length > 0) throw new TypeError(`unknown peers: ${unknown.join(", ")}`);
const chosen = peers.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const prepared = new Map<Toolchain, Prepared>();
for (const { toolchain } of chosen) {
  if (toolchain !== undefined && !prepared.has(toolchain)) {
    const state = await prepare(toolchain);
    prepared.set(toolchain, state);
    if (state._tag === "Ready" && state.built) {
      console.log(`built ${toolchain.name} in ${state.seconds.toFixed(0)} s`);
    }
  }
}

const running = chosen.filter(({ name, toolchain }) => {
  const state = toolchain && prepared.get(toolchain);
  if (state?._tag !== "Skipped") return true;
  console.log(`skipped: ${name}: ${state.reason}`);
  return false;
});

const started = performance.now();
const library = await ask(objects.command, questions);
if ("verdict" in library) throw new Error(`this library: ${library.reason}`);

const results: Array<Result> = [];
const silent: Array<string> = [];
const queue = [...running];
const work = Array.from({ length: width }, async () => {
  for (let peer = queue.shift(); peer !== undefined; peer = queue.shift()) {
    const outcome = peer === objects ? library : await ask(peer.command, questions);
    if ("verdict" in outcome) silent.push(`${peer.name}: inconclusive: ${outcome.reason}`);
    else results.push(resultOf(peer, outcome, library, mutants));
  }
});
await Promise.all(work);
results.sort((a, b) => peers.indexOf(a.peer) - peers.indexOf(b.peer));
const seconds = (performance.now() - started) / 1000;

for (const result of results) print(result);
for (const line of silent) console.log(`\n${line}`);
console.log(
  `\n${conformance.cases.length} cases and ${mutants.length} mutations on ${results.length} implementations in ${seconds.toFixed(1)} s`,
);

const failed = silent.length > 0 || results.some(({ failures }) => failures.length > 0);
if (running.every(({ toolchain }) => toolchain === undefined)) {
  console.log("skipped: all other implementations; only this library has run");
} else if (failed || running.length < peers.length) {
  console.log("docs/interop.md is unchanged");
} else {
  writeReport();
}
if (failed) process.exitCode = 1;

function print(result: Result): void {
  const { peer, outcome, mutations, failures } = result;
  const { versions } = outcome.hello;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const differing = [...mutations.classes.values()].flat().length;
  console.log(`\n${peer.name} (${named.join(", ")}), ${outcome.seconds.toFixed(1)} s`);
  console.log(
    `  corpus: ${countOf(result, "Agrees")} agree, ${countOf(result, "Disagrees")} disagree, ${countOf(result, "Inconclusive")} inconclusive, ${countOf(result, "Unsupported")} not supported`,
  );
  console.log(
    `  mutations: ${mutations.asked} asked, ${differing} differ, in ${mutations.classes.size} classes`,
  );
  for (const failure of failures) console.log(`  ${failure}${exampleOf(result, failure)}`);
}

/** Input and answers side by side, for a disagreement that is not listed. */
function exampleOf({ peer, outcome, judgements, mutations }: Result, failure: string): string {
  const what = failure.replace(/^not listed: /, "");
  const judgement = judgements.get(what);
  const question = questions.find(({ id }) => id === what) ?? mutations.classes.get(what)?.[0];
  if (question === undefined) return "";
  const answer = outcome.answers.get(question.id);
  const theirs = judgement?._tag === "Disagrees" ? judgement.actual : (answer?.verdict ?? "");
  const lines = [
    shortened(question.text),
    ...(judgement?._tag === "Disagrees" ? [`corpus: ${shortened(judgement.expected)}`] : []),
    `${peer.name}: ${shortened(theirs)} ${shortened(answer?.reason ?? "")}`,
  ];
  return lines.map((line) => `\n    ${line}`).join("");
}

/** A report that differs only in its date is not rewritten. */
function writeReport(): void {
  const file = new URL("../../docs/interop.md", import.meta.url);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const after = report(results, new Date().toISOString().slice(0, 10));
  const withoutDate = (text: string) => text.replace(/\d{4}-\d{2}-\d{2}/, "");
  if (withoutDate(before) === withoutDate(after)) {
    console.log("docs/interop.md is up to date");
  } else {
    writeFileSync(file, after);
    console.log("docs/interop.md is written");
  }
}
