/** Runs clients with real encryption, and counts what they send and receive. */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import type { Rejection } from "matrix-send-to-device";
import type { Count } from "./ledger.js";
import { profiled, type Shares } from "./profile.js";
import { runSteps } from "./steps.js";
import type { Traffic } from "./trouble.js";
import { createWorld, maxEduBytes, type World } from "./world.js";

export type Account = {
  readonly devices: number;
  /** To-device messages by event type. */
  readonly messages: ReadonlyMap<string, Count>;
  /** From each server to the other. */
  readonly traffic: ReadonlyArray<Traffic & { readonly from: string }>;
  /** Rejected EDUs: the malformed ones, with repetitions. */
  readonly rejections: ReadonlyMap<Rejection["_tag"], number>;
  /** Where the CPU time went. */
  readonly shares: Shares;
};

/**
 * Runs the steps and throws unless each device has received exactly what was sent to it, and each malformed EDU was
 * rejected as often as it was sent.
 */
export async function runScenario(): Promise<Account> {
  const world = await createWorld();
  try {
    const shares = await profiled(() => runSteps(world));
    return { ...accountOf(world), shares };
  } finally {
    await world.close();
  }
}

function accountOf({ clients, ledger, servers, rejections, undeliverable }: World) {
  const due = servers.flatMap(({ trouble }) => trouble.rejectionsDue);
  deepStrictEqual(counted(rejections), counted(due), "Each malformed EDU is rejected");
  deepStrictEqual(undeliverable, [], "Every device is known");
  const traffic = servers.map(({ serverName, trouble }) => ({
    from: serverName,
    ...trouble.traffic,
  }));
  for (const { requests, transactions, largestEdu } of traffic) {
    equal(requests, transactions * 2, "Each transaction is repeated");
    ok(largestEdu <= maxEduBytes, "No EDU is larger than the limit");
  }
  return {
    devices: clients.length,
    messages: ledger.counts,
    traffic,
    rejections: counted(rejections),
  };
}

function counted<A extends string>(values: ReadonlyArray<A>): ReadonlyMap<A, number> {
  const counts = new Map<A, number>();
  for (const value of [...values].sort()) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
