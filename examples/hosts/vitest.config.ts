import { defineConfig } from "vitest/config";
import { counts } from "../../scripts/counts.js";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    reporters: ["default", counts],
    // Long enough for two servers and a thousand devices on a slow machine.
    testTimeout: 120_000,
    // PostgreSQL takes seconds to stop.
    hookTimeout: 60_000,
  },
});
