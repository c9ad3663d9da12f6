/**
 * The bundle size and import time of one EDU check, with the same consumer for every peer.
 */
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { median } from "./measure.js";
import { range } from "./workloads.js";

const consumers = {
  "matrix-send-to-device": "./consumer.js",
  valibot: "./peers/valibot.js",
  "io-ts combinators": "./peers/io-ts.js",
  "zod/mini": "./peers/zod-mini.js",
  superstruct: "./peers/superstruct.js",
  "zod 4": "./peers/zod.js",
  "ajv, compiled": "./peers/ajv.js",
  "typebox, compiled": "./peers/typebox.js",
  "effect Schema": "./peers/effect.js",
  arktype: "./peers/arktype.js",
};

/**
 * @returns {Promise<Array<{ name: string, minified: number, gzipped: number, importing: number }>>} bytes and
 * milliseconds
 */
export function measureBundles() {
  return Promise.all(
    Object.entries(consumers).map(async ([name, file]) => {
      const { outputFiles } = await build({
        stdin: { contents: `export { accepts } from "${file}";`, resolveDir: import.meta.dirname },
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        // Both exist in Node only, and `checks.js` needs them for every peer.
        external: ["node:*"],
        write: false,
      });
      const [{ contents }] = outputFiles;
      return {
        name,
        minified: contents.length,
        gzipped: gzipSync(contents, { level: 9 }).length,
        importing: importTime(file),
      };
    }),
  );
}

/** The CPU milliseconds that Node takes to import the consumer, in a new process each. */
function importTime(file) {
  const url = new URL(file, import.meta.url);
  const script = `
    const start = process.cpuUsage();
    await import("${url}");
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1000);`;
  return median(
    range(9, () => {
      const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
      });
      return Number(stdout);
    }),
  );
}
