import { defineConfig, mergeConfig } from "vitest/config";
import config from "./vitest.config.js";

/** The tests that read the sources as text would read mutants, so they are left out. */
export default mergeConfig(
  config,
  defineConfig({
    // Instrumented code is slower.
    test: {
      // The law between the entries runs with each mutant.
      env: { RUNS: "400" },
      testTimeout: 60_000,
      exclude: ["architecture", "docs", "prototype", "types"].map(
        (name) => `tests/${name}.test.ts`,
      ),
    },
  }),
);
