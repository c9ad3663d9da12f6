import { defineConfig, mergeConfig } from "vitest/config";
import config from "./vitest.config.js";

/** Left out are tests that read the sources as text, which would read mutants, and laws that take long. */
export default mergeConfig(
  config,
  defineConfig({
    // Instrumented code is slower.
    test: {
      testTimeout: 60_000,
      exclude: ["architecture", "docs", "prototype", "text-laws", "types"].map(
        (name) => `tests/${name}.test.ts`,
      ),
    },
  }),
);
