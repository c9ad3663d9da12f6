import { expect, test } from "vitest";
import { print } from "../federation/print.js";
import { runScenario } from "../federation/scenario.js";
import { steps } from "../federation/steps.js";

test("two homeservers deliver each message once, in order, to the right devices, despite all faults", async () => {
  // The scenario throws on any unexpected result.
  const account = await runScenario();

  expect(account.rows.map(({ title }) => title)).toEqual(steps.map(({ title }) => title));
  for (const { found } of account.rows) {
    expect(found.delivered + found.refused + found.undeliverable).toBeGreaterThan(0);
  }
  expect(account.devices).toBe(1007);
  expect(account.lostResponses).toBe(50);
  expect(account.requests).toBeGreaterThan(account.lostResponses);
  expect(print(account)).toMatch(/^all +2,650 +965 +3,499 +112 +4$/m);
});
