import { defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

/** Prints the counts of a run alone on a line. */
const counts: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = tests.filter((test) => test.result().state === "failed").length + broken;
    console.log(`\nTests: ${passed} passed, ${failed} failed`);
  },
};

const source = (path: string) => new URL(`../src/${path}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // The first alias that fits is taken: the longer name stands first.
    alias: {
      "matrix-send-to-device/text": source("text/index.ts"),
      "matrix-send-to-device": source("index.ts"),
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    reporters: ["default", counts],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
