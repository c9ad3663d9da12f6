/** Measures everything, and writes `results/`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { measureBundles } from "./bundle.js";
import { growthChart, ratioChart } from "./chart.js";
import { measureDeviceIds, measureWays } from "./cliffs.js";
import { measureDecoding } from "./decode.js";
import { measureGrowth, sizes } from "./growth.js";
import { measureMemory } from "./memory.js";
import { measureDelivery, measurePacking, measureReceiving } from "./operations.js";
import { report } from "./report.js";
import { verifyVerdicts } from "./verdicts.js";

const results = {
  date: new Date().toISOString().slice(0, 10),
  cases: verifyVerdicts(),
  decoding: show("decoding", measureDecoding()),
  receiving: show("receiving, shares of JSON.parse", measureReceiving()),
  delivery: show("delivering", measureDelivery()),
  packing: show("packing", measurePacking()),
  growth: show("growth", measureGrowth()),
  memory: show("memory, MB", measureMemory()),
  bundles: show("bundles", await measureBundles()),
  // Last, because thousands of object shapes affect all later measurements.
  deviceIds: show("decoding, by the kind of device IDs", measureDeviceIds()),
  ways: show("other ways", measureWays()),
};

mkdirSync(new URL("results/", import.meta.url), { recursive: true });
write("README.md", report(results));
write("decoding.svg", ratioChart(results.decoding.filter(({ accepted }) => accepted)));
write("growth.svg", growthChart(sizes, results.growth));

function write(name, text) {
  writeFileSync(new URL(`results/${name}`, import.meta.url), text);
}

/** Prints each finished part. */
function show(title, part) {
  console.log(`\n${title}`);
  console.table(
    Array.isArray(part) ? part.map(({ ratios, ...rest }) => ({ ...rest, ...ratios })) : [part],
  );
  return part;
}
