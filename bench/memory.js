/**
 * The memory of decoding and delivering to one user with a million devices, in a process of its own (`node --expose-
 * gc memory.js`).
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as library from "./library.js";
import { deviceId, edu, range, userId } from "./workloads.js";

const file = fileURLToPath(import.meta.url);

/** @returns {{ parsed: number, decoding: number, delivering: number, peak: number }} in MB */
export function measureMemory() {
  const { stdout, status } = spawnSync(process.execPath, ["--expose-gc", file], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error("memory.js failed");
  return JSON.parse(stdout);
}

if (process.argv[1] === file) {
  const devices = range(1_000_000, deviceId);
  const one = JSON.parse(JSON.stringify(edu([userId(0)], devices, (seed) => ({ seed }))));
  const parsed = heldHeap();
  const decoded = library.DirectToDeviceEdu.decode(one);
  const afterDecoding = heldHeap();
  const delivered = library.deliver(() => devices)(decoded.right.content);
  const afterDelivering = heldHeap();
  const result = {
    parsed,
    decoding: afterDecoding - parsed,
    delivering: afterDelivering - afterDecoding,
    perDelivery: ((afterDelivering - afterDecoding) * 1e6) / delivered.right.length,
    peak: process.resourceUsage().maxRSS / 1000,
  };
  console.log(JSON.stringify(result));
}

/** The heap that is in use after a collection, in MB. */
function heldHeap() {
  globalThis.gc();
  return process.memoryUsage().heapUsed / 1e6;
}
