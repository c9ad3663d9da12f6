/**
 * Runs `text.js` on every engine of `engines/`, and ruma if cargo has built it, one at a time, and writes
 * `results/`. Memory is measured on the first engine.
 *
 * `node engines.js [rounds] [micros] [directory of engines]`
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { engineChart } from "./chart.js";

const [rounds = "9", micros = "10000", directory = "../engines/node_modules"] =
  process.argv.slice(2);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const engines = ["node-20/bin/node", "node-22/bin/node", "node-24/bin/node", "node-26/bin/node"]
  .concat("bun-1.4/bin/bun")
  .map((name) => `${directory.startsWith("/") ? directory : path(directory)}/${name}`)
  .filter(existsSync);
if (engines.length === 0) throw new Error("install the engines first: npm run engines");

const built = spawnSync("cargo", ["build", "--release", "--locked", "-j1"], {
  cwd: path("ruma"),
  stdio: "inherit",
});
const ruma = built.status === 0 ? path("ruma/target/release/ruma-bench") : undefined;
if (ruma === undefined) console.log("ruma is skipped: no cargo, or no build");

const results = {
  date: new Date().toISOString().slice(0, 10),
  ruma:
    ruma &&
    /name = "ruma"\nversion = "(.*)"/.exec(readFileSync(path("ruma/Cargo.lock"), "utf8"))[1],
  engines: engines.map((engine) => {
    const { engine: name, ...rest } = run(engine, [
      "text.js",
      rounds,
      micros,
      ...(ruma ? [ruma] : []),
    ]);
    console.log(`${name}: done`);
    return { name, ...rest };
  }),
  memory: run(engines[0], [
    "--expose-gc",
    "--min-semi-space-size=512",
    "--max-semi-space-size=512",
    "heap.js",
  ]),
};
mkdirSync(path("results"), { recursive: true });
writeFileSync(path("results/text.json"), `${JSON.stringify(results, undefined, 1)}\n`);
writeFileSync(path("results/text.svg"), engineChart(results.engines));

function run(engine, args) {
  const { stdout, stderr, status } = spawnSync(engine, args, {
    cwd: path("."),
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(`${engine} ${args.join(" ")}: ${stderr}`);
  return JSON.parse(stdout);
}
