/** The results as Markdown. */
import { availableParallelism, cpus } from "node:os";
import { figure } from "./chart.js";
import { sizes } from "./growth.js";
import { peers } from "./peers.js";

export function report({
  cases,
  decoding,
  receiving,
  delivery,
  packing,
  deviceIds,
  ways,
  growth,
  memory,
  bundles,
  date,
}) {
  return `# Measurements

\`npm run bench\`, ${date}: Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0].model.trim()}. CPU time in
one process, every input parsed just before it is used; medians of rounds that take the candidates in turn. Before
that, all peers gave the same verdict on ${cases} good and bad values.

## Decoding an EDU

How many times as long as this library each peer took. More than 1: the library is faster.

${table(
  ["", ...decoding.map(({ name }) => name)],
  [
    ...peers.map(({ name }) => [name, ...decoding.map(({ ratios }) => figure(ratios[name]))]),
    ["*the library, µs*", ...decoding.map(({ micros }) => figure(micros))],
    ["*its share of `JSON.parse`*", ...decoding.map(({ shareOfParse }) => percent(shareOfParse))],
  ],
)}

![Ratios of the accepted workloads](decoding.svg)

Every peer makes the same checks: the grammar and the bytes of user IDs, the code points of message IDs, plain
objects, and no key is dropped. Where one does it in its own way:

${table(
  ["", "reasons of a rejection", "differs"],
  peers.map(({ name, reasons, differs = "" }) => [name, reasons, differs]),
)}

## Receiving

\`receiveEdus\` also checks the origin and walks all contents: their depth, their numbers, lone surrogates.

${table(
  ["share of `JSON.parse`", "decode", "receiveEdus"],
  receiving.map(({ name, ...shares }) => [
    name,
    percent(shares.decoding),
    percent(shares.receiving),
  ]),
)}

## Delivering

A visitor is called for each delivery and keeps no list; the library has none (docs/decisions.md).

${table(
  ["", "deliver, µs", "an eager loop / deliver", "a visitor / deliver"],
  delivery.map(({ name, micros, loop, visitor }) => [
    name,
    figure(micros),
    figure(loop),
    figure(visitor),
  ]),
)}

## Packing

\`packEdus\` finds the exact size of every body and builds the EDUs; compared with \`JSON.stringify\` of each body alone.
Sizing is \`canonicalJsonBytes\`, compared with \`JSON.stringify\` and the length in bytes.

${table(
  ["", "packEdus, µs", "stringify / packEdus", "stringify and count / size"],
  packing.map(({ name, micros, packing, sizing }) => [
    name,
    figure(micros),
    figure(packing),
    figure(sizing),
  ]),
)}

## Kinds of device IDs

An engine makes a shape for keys that it has not seen, which costs all peers the same, and keeps whole numbers apart.
Bodies are small where they are not Olm's.

${table(
  ["users x devices", "decode, ns a device", "guard / decode", "share of `JSON.parse`"],
  deviceIds.map(({ name, nanos, guard, shareOfParse }) => [
    name,
    figure(nanos),
    figure(guard),
    percent(shareOfParse),
  ]),
)}

## Other ways to do it

Time relative to the library's own way, the first of each.

${table(
  ["", "way", "ratio"],
  ways.flatMap(({ name, nanos, ratios }) =>
    Object.entries(ratios).map(([way, ratio], index) => [
      index === 0 ? `${name} (${figure(nanos)} ns)` : "",
      way,
      figure(ratio),
    ]),
  ),
)}

## From 10 to 1,000,000 devices

${table(
  ["µs", ...sizes.map((size) => size.toLocaleString("en")), "slope"],
  growth.map(({ name, micros, slope }) => [name, ...micros.map(figure), slope.toFixed(2)]),
)}

![Cost against size](growth.svg)

Users with five devices each. A slope of 1 is linear. Cache misses raise it above 1.

## Memory

One user with 1,000,000 devices: parsed ${megabytes(memory.parsed)}; decoding keeps
${megabytes(Math.max(0, memory.decoding))} and delivering ${megabytes(memory.delivering)},
${figure(memory.perDelivery)} bytes a delivery. The process, with the text, never held more than
${megabytes(memory.peak)}.

## Size

The check of an EDU, bundled and minified for a browser with all it needs, and what importing it costs Node.

${table(
  ["", "minified, kB", "gzip, kB", "import, ms"],
  bundles.map(({ name, minified, gzipped, importing }) => [
    name,
    (minified / 1000).toFixed(1),
    (gzipped / 1000).toFixed(1),
    figure(importing),
  ]),
)}
`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}

function percent(share) {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function megabytes(number) {
  return `${number.toFixed(0)} MB`;
}
