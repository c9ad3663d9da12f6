import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // A scenario of two servers and a thousand devices, on a slow machine.
    testTimeout: 120_000,
    // PostgreSQL takes seconds to stop.
    hookTimeout: 60_000,
  },
});
