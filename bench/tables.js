/** Prints the tables of docs/performance.md from `results/text.json`. */
import { readFileSync } from "node:fs";
import { figure } from "./chart.js";

const { engines, memory } = JSON.parse(
  readFileSync(new URL("results/text.json", import.meta.url), "utf8"),
);
const names = engines.map(({ name }) => name);

/** A row for each kind of input, a column for each engine. */
function print(title, part, ratioName) {
  const rows = Object.keys(engines[0][part]).map((kind) => [
    kind,
    ...engines.map((engine) => figure(engine[part][kind].ratios[ratioName])),
  ]);
  show(title, ["", ...names], rows);
}

function show(title, head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  console.log([`\n${title}\n`, line(head), line(rule), ...rows.map(line)].join("\n"));
}

for (const name of Object.keys(Object.values(engines[0].receiving)[0].ratios)) {
  print(`receiving: ${name}`, "receiving", name);
}
for (const part of ["whole", "sending", "decoding", "rejecting", "packing"]) {
  for (const name of Object.keys(Object.values(engines[0][part])[0].ratios)) {
    print(`${part}: ${name}`, part, name);
  }
}

const kinds = Object.keys(engines[0].ids);
for (const what of ["check", "read the units"]) {
  const rows = kinds.map((kind) => [kind, ...engines.map(({ ids }) => ids[kind].nanos[what])]);
  show(`User IDs: ${what}, ns`, ["", ...names], rows);
}

/** Ruma runs before and after the others; the mean of both is compared. */
for (const [way, theirs] of [
  ["text to messages", "messages"],
  ["text to inbox", "inbox"],
]) {
  const rows = Object.keys(engines[0].receiving).map((kind) => [
    kind,
    ...engines.map(({ receiving, ruma }) => {
      if (ruma === undefined) return "";
      const mean = (ruma.before[kind][theirs] + ruma.after[kind][theirs]) / 2;
      return figure(receiving[kind].micros[way] / mean);
    }),
  ]);
  show(`${way} / ruma`, ["", ...names], rows);
}

for (const what of ["allocated", "kept"]) {
  const inputs = Object.keys(memory);
  const ways = Object.keys(memory[inputs[0]]).filter((way) => way !== "text");
  show(
    `memory, ${what}, kB`,
    ["", ...inputs.map((input) => `${input} (text: ${kb(memory[input].text)})`)],
    ways.map((way) => [way, ...inputs.map((input) => kb(memory[input][way][what]))]),
  );
}

function kb(bytes) {
  return Math.round(bytes / 1000).toLocaleString("en");
}
