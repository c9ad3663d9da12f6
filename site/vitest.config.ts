import { defineConfig } from "vitest/config";
import { counts } from "../scripts/counts.js";

const source = (path: string) => new URL(`../src/${path}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // The first matching alias applies, so the longer name comes first.
    alias: {
      "matrix-send-to-device/text": source("text/index.ts"),
      "matrix-send-to-device": source("index.ts"),
    },
  },
  test: {
    // A browser has clocks and threads of its own: a second run decides.
    retry: 1,
    include: ["tests/**/*.test.ts"],
    reporters: ["default", counts],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
