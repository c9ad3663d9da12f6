import { expect, test } from "vitest";
import { print } from "../cluster/print.js";
import { runScenario, steps } from "../cluster/scenario.js";

test("servers of three processes deliver each message once, in order, while processes and connections die", async () => {
  // The scenario throws on any unexpected result.
  const account = await runScenario({ faultMs: 1000, measureMs: 0 });

  expect(account.rows.map(({ title }) => title)).toEqual(steps.map(({ title }) => title));
  for (const { sent, expanded, found } of account.rows) {
    expect(sent).toBeGreaterThan(0);
    expect(found.delivered).toBe(sent + expanded);
  }
  const { faults, lostResponses } = account;
  expect(faults.kills).toBeGreaterThanOrEqual(8);
  expect(faults.killedTransactions).toBeGreaterThan(0);
  expect(faults.cutTransactions).toBeGreaterThan(0);
  expect(faults.cuts).toBeGreaterThan(faults.cutTransactions);
  expect(lostResponses.servers).toBeGreaterThan(0);
  expect(lostResponses.clients).toBeGreaterThan(0);
  expect(print(account)).toMatch(/^all +[\d,]+ +[\d,]+ +[\d,]+$/m);
}, 300_000);
