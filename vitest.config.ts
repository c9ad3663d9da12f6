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

const source = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // The tests, the examples and the documentation import the package by its name.
    // The first alias that fits is taken: the longer name stands first.
    alias: {
      "matrix-send-to-device/text": source("src/text/index.ts"),
      "matrix-send-to-device/testing": source("src/testing/index.ts"),
      "matrix-send-to-device/json-schema": source("src/json-schema.ts"),
      "matrix-send-to-device": source("src/index.ts"),
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    // A machine that does other work too is no fault of the library.
    testTimeout: 60_000,
    reporters: ["default", counts],
    // The names of tests are whole sentences.
    chaiConfig: { truncateThreshold: 0 },
    coverage: {
      include: ["src/**"],
      thresholds: { statements: 100, branches: 100, functions: 100, lines: 100 },
    },
  },
});
