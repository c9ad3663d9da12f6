/** Prints the counts of a run of vitest alone on a line. */
import type { Reporter, TestModule } from "vitest/node";

export const counts: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = tests.filter((test) => test.result().state === "failed").length + broken;
    console.log(`\nTests: ${passed} passed, ${failed} failed`);
  },
};
