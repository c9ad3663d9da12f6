import { defineConfig } from "vitest/config";
import { counts } from "./scripts/counts.js";

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
