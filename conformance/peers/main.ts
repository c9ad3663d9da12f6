/**
 * `npm run interop:corpus`: the conformance corpus and seeded mutations on other implementations.
 *
 * Builds what is missing, runs all, prints an account and writes `docs/interop.md`. Names of peers as arguments run
 * only those, and write nothing.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { conformance } from "matrix-send-to-device/testing";
import { type Prepared, prepare, type Toolchain } from "./build.js";
import { differences, type Expectations, expectationsOf } from "./expectations.js";
import { ask, type Outcome } from "./harness.js";
import { differenceOf, mutations } from "./mutations.js";
import { objects, type Peer, peers } from "./peers.js";
import { type Inconclusive, type Question, questionOf } from "./protocol.js";
import { report, shortened } from "./report.js";
import { type Judgement, judge } from "./verdicts.js";

/** What came of a peer. */
export type Result = {
  readonly peer: Peer;
  readonly outcome: Outcome;
  readonly expectations: Expectations;
  /** By the ID of the case. */
  readonly judgements: ReadonlyMap<string, Judgement>;
  /** Classes of differences on mutations, each with its questions. */
  readonly classes: ReadonlyMap<string, ReadonlyArray<Question>>;
  /** How many mutations it has a function for. */
  readonly mutations: number;
  /** What makes the run fail. */
  readonly failures: ReadonlyArray<string>;
};

/** How many harnesses run at a time. */
const width = 2;

const corpus = conformance.cases.map(questionOf);
const mutants = mutations();
const questions = [...corpus, ...mutants];

const wanted = process.argv.slice(2);
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

const skipped: Array<string> = [];
const running = chosen.filter(({ name, toolchain }) => {
  const state = toolchain && prepared.get(toolchain);
  if (state?._tag !== "Skipped") return true;
  skipped.push(name);
  console.log(`skipped: ${name}: ${state.reason}`);
  return false;
});

const started = performance.now();
const reference = await ask(objects.command, questions);
if ("verdict" in reference) throw new Error(`this library: ${reference.reason}`);
const results: Array<Result> = [];
const fatal: Array<string> = [];

async function runNext(queue: Array<Peer>): Promise<void> {
  for (let peer = queue.shift(); peer !== undefined; peer = queue.shift()) {
    const outcome = peer === objects ? reference : await ask(peer.command, questions);
    if ("verdict" in outcome) fatal.push(`${peer.name}: ${outcome.reason}`);
    else results.push(resultOf(peer, outcome, reference));
  }
}

const queue = [...running];
await Promise.all(Array.from({ length: width }, () => runNext(queue)));
results.sort((a, b) => peers.indexOf(a.peer) - peers.indexOf(b.peer));
const seconds = (performance.now() - started) / 1000;

function resultOf(peer: Peer, outcome: Outcome, reference: Outcome): Result {
  const silent: Inconclusive = { verdict: "inconclusive", reason: "no answer" };
  const answerOf = (from: Outcome, id: string) => from.answers.get(id) ?? silent;
  const expectations = expectationsOf(peer.file);
  const judgements = new Map(
    conformance.cases.map((each) => [each.id, judge(each, answerOf(outcome, each.id))]),
  );
  const classes = new Map<string, Array<Question>>();
  let supported = 0;
  const inconclusive = new Map<string, string>();
  for (const [id, judgement] of judgements) {
    if (judgement._tag === "Inconclusive") inconclusive.set(id, judgement.reason);
  }
  for (const question of mutants) {
    const theirs = answerOf(outcome, question.id);
    if (theirs.verdict === "unsupported") continue;
    supported++;
    if (theirs.verdict === "inconclusive") inconclusive.set(question.id, theirs.reason);
    const difference = differenceOf(question, answerOf(reference, question.id), theirs);
    if (difference === undefined) continue;
    classes.set(difference, [...(classes.get(difference) ?? []), question]);
  }
  const disagreeing = [...judgements].flatMap(([id, { _tag }]) => (_tag === "Disagrees" ? [id] : []));
  const failures = [
    ...differences(
      expectations.disagreements.flatMap(({ cases }) => cases),
      disagreeing,
    ),
    ...differences(
      expectations.mutations.flatMap((each) => each.classes),
      [...classes.keys()],
    ),
    ...[...inconclusive].map(([id, reason]) => `inconclusive: ${id}: ${reason}`),
  ];
  return { peer, outcome, expectations, judgements, classes, mutations: supported, failures };
}

for (const result of results) print(result);
for (const failure of fatal) console.log(`\n${failure}`);

function print({ peer, outcome, judgements, classes, mutations, failures }: Result): void {
  const count = (tag: Judgement["_tag"]) =>
    [...judgements.values()].filter(({ _tag }) => _tag === tag).length;
  const versions = Object.entries(outcome.hello.versions).map(([name, version]) => `${name} ${version}`);
  console.log(`\n${peer.name} (${versions.join(", ")}), ${outcome.seconds.toFixed(1)} s`);
  console.log(
    `  corpus: ${count("Agrees")} agree, ${count("Disagrees")} disagree, ${count("Inconclusive")} inconclusive, ${count("Unsupported")} not supported`,
  );
  const different = [...classes.values()].reduce((sum, each) => sum + each.length, 0);
  console.log(
    `  mutations: ${mutations} asked, ${different} differ, in ${classes.size} classes`,
  );
  for (const failure of failures) console.log(`  ${failure}${example(failure)}`);

  function example(failure: string): string {
    const what = failure.replace(/^not listed: /, "");
    const judgement = judgements.get(what);
    const each = conformance.cases.find(({ id }) => id === what);
    if (judgement?._tag === "Disagrees" && each !== undefined) {
      const reason = outcome.answers.get(what)?.reason ?? "";
      const input = shortened(questionOf(each).text);
      return `\n    ${input}\n    corpus: ${shortened(judgement.expected)}\n    ${peer.name}: ${shortened(judgement.actual)} ${shortened(reason)}`;
    }
    const [question] = classes.get(what) ?? [];
    if (question === undefined) return "";
    const answer = outcome.answers.get(question.id);
    return `\n    such as ${shortened(question.text)}\n    ${peer.name}: ${answer?.verdict} ${shortened(answer?.reason ?? "")}`;
  }
}

const failed = results.some(({ failures }) => failures.length > 0) || fatal.length > 0;
const file = new URL("../../docs/interop.md", import.meta.url);
console.log(
  `\n${conformance.cases.length} cases and ${mutants.length} mutations on ${results.length} implementations in ${seconds.toFixed(1)} s`,
);
if (running.every(({ toolchain }) => toolchain === undefined)) {
  console.log("skipped: all other implementations; only this library has run");
} else if (failed || skipped.length > 0 || wanted.length > 0) {
  console.log("docs/interop.md is left as it was");
} else {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const after = report(results, new Date().toISOString().slice(0, 10));
  const withoutDate = (text: string) => text.replace(/\d{4}-\d{2}-\d{2}/, "");
  if (withoutDate(before) === withoutDate(after)) console.log("docs/interop.md is up to date");
  else {
    writeFileSync(file, after);
    console.log(`${fileURLToPath(file)} is written`);
  }
}
if (failed) process.exitCode = 1;
