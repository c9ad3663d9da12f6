import { defineConfig, mergeConfig } from "vitest/config";
import config from "./vitest.config.js";

/** The tests that read the sources as text would read mutants: they are left out. */
export default mergeConfig(
  config,
  defineConfig({
    // Instrumented code is slower.
    test: {
      testTimeout: 60_000,
      exclude: ["tests/architecture.test.ts", "tests/docs.test.ts", "tests/types.test.ts"],
    },
  }),
);
