/**
 * Compares the verdicts of the built library on every engine: `npm run engines`, or `npm run engines -- node-26 node-18`.
 *
 * Also loads the package by `import` and `require` on each, and compiles a consumer with old and new TypeScript.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { bundle, lowered } from "./bundle.mjs";
import { compile } from "./compilers.mjs";
import { engines } from "./list.mjs";
import { consumerIn, loadFaults } from "./smoke.mjs";

/** Fewer engines than these prove little. */
const leastEngines = 5;

const temp = new URL("temp", import.meta.url).pathname;
rmSync(temp, { recursive: true, force: true });
mkdirSync(temp);
consumerIn(temp);

const script = bundle();
const scripts = { false: lowered(script), true: script };

/** The answer of the runner on an engine, or why there is none. */
function ask({ name, command, args, loadsPackages }, question) {
  const file = `${temp}/${name}.mjs`;
  writeFileSync(
    file,
    `globalThis.engineRun = ${JSON.stringify(question)};\n${scripts[loadsPackages]}`,
  );
  const { status, stdout, stderr, error } = spawnSync(command, [...args, file], {
    cwd: temp,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: temp, DENO_DIR: `${temp}/deno`, NO_COLOR: "1" },
    maxBuffer: 1 << 28,
    timeout: 180_000,
  });
  if (error === undefined && status === 0) return JSON.parse(stdout);
  // Hermes quotes the line, which can be the whole script.
  const lines = `${error ?? ""}\n${stderr}`.split("\n").map((line) => line.slice(0, 200));
  return {
    fault: lines
      .filter((line) => line.trim() !== "")
      .slice(0, 6)
      .join("\n  "),
  };
}

/** The first input of a group for which two engines have different outcomes, and the outcomes from shortly before the difference. */
function firstDifference(one, other, group) {
  const [ofOne, ofOther] = [one, other].map((engine) => ask(engine, { group }));
  const differs = (digest, at) => digest !== ofOther[at];
  const index = ofOne.findIndex(differs);
  if (index === -1)
    return `${group}: ${other.name} or ${one.name} gives other verdicts when asked again`;
  const [here, there] = [one, other].map((engine) => ask(engine, { group, index }));
  let at = 0;
  while (at < here.outcome.length && here.outcome[at] === there.outcome[at]) at++;
  const shown = (text, from = 0) =>
    (from > 100 ? "..." : "") + text.slice(Math.max(0, from - 100)).slice(0, 800);
  return [
    `${group}: ${other.name} differs from ${one.name} on ${ofOne.filter(differs).length} of ${ofOne.length} inputs, first on ${index}`,
    `  input: ${shown(here.input)}`,
    `  ${one.name}: ${shown(here.outcome, at)}`,
    `  ${other.name}: ${shown(there.outcome, at)}`,
  ].join("\n");
}

/** Runs an engine and compares it with the first one. */
function examine(engine, reference) {
  const start = performance.now();
  const answer = ask(engine, {});
  const seconds = (performance.now() - start) / 1000;
  const loading = engine.loadsPackages ? loadFaults(engine, temp) : [];
  if (answer.fault !== undefined) {
    const faults = [`${engine.name}: does not run\n  ${answer.fault}`, ...loading];
    return { engine, seconds, faults };
  }
  const differing = reference
    ? answer.groups.filter(({ digest }, index) => digest !== reference.answer.groups[index].digest)
    : [];
  const failing = answer.failures.length;
  const faults = [
    ...loading,
    ...(failing === 0
      ? []
      : [`${engine.name}: ${failing} cases of the corpus fail: ${answer.failures.slice(0, 5)}`]),
    ...answer.groups
      .filter(({ thrown }) => thrown > 0)
      .map(({ name, thrown }) => `${engine.name}: ${name}: ${thrown} inputs throw`),
    ...differing.map(({ name }) => firstDifference(reference.engine, engine, name)),
  ];
  return { engine, answer, seconds, differing, faults };
}

const row = (cells) =>
  cells.map((cell, index) => String(cell).padEnd([12, 10, 10, 10, 9, 0][index])).join("");

function report({ engine, answer, seconds, differing, faults }) {
  const sum = (groups) => groups.reduce((total, { count }) => total + count, 0);
  const [corpus, ...seeded] = answer?.groups ?? [];
  return row([
    engine.name,
    engine.version,
    corpus ? `${corpus.count - answer.failures.length}/${corpus.count}` : "-",
    corpus ? sum(seeded) : "-",
    seconds.toFixed(1),
    differing?.length
      ? `different: ${differing.map(({ name }) => name).join(", ")}`
      : faults.length > 0
        ? "failed"
        : "same",
  ]);
}

const names = process.argv.slice(2);
const chosen = engines.filter(({ name }) => names.length === 0 || names.includes(name));
const unknown = names.filter((name) => !engines.some((engine) => engine.name === name));
if (unknown.length > 0) {
  const known = engines.map(({ name }) => name);
  throw new Error(`unknown engines: ${unknown.join(", ")}; there are ${known.join(", ")}`);
}
const results = [];
console.log(row(["engine", "version", "corpus", "seeded", "seconds", "verdicts"]));
for (const engine of chosen) {
  if (engine.version === undefined) {
    console.log(`skipped: ${engine.name} is not installed; npm has it for Linux on x64`);
    continue;
  }
  const result = examine(
    engine,
    results.find(({ answer }) => answer !== undefined),
  );
  results.push(result);
  console.log(report(result));
}

console.log();
const compilations = compile(temp);
for (const { compiler, setting, lines } of compilations) {
  const verdict = lines.length === 0 ? "compiles" : lines.slice(0, 8).join("\n  ");
  console.log(`${compiler}, ${setting}: ${verdict}`);
}

const faults = results.flatMap((result) => result.faults);
for (const fault of faults) console.log(`\n${fault}`);

const failed =
  results.filter((result) => result.faults.length > 0).length +
  compilations.filter(({ lines }) => lines.length > 0).length;
const passed = results.length + compilations.length - failed;
const tooFew = names.length === 0 && results.length < leastEngines;
if (tooFew) console.log(`\nOnly ${results.length} engines ran; at least ${leastEngines} must.`);
console.log(
  `\nEngines: ${passed} passed, ${failed} failed, ${chosen.length - results.length} skipped`,
);
process.exitCode = failed > 0 || tooFew ? 1 : 0;
