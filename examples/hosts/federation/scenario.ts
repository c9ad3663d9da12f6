/** Sends messages between two homeservers through repetitions, restarts, lost responses and invalid input. */
import { deepStrictEqual, equal } from "node:assert/strict";
import type { Rejection } from "matrix-send-to-device";
import type { Row } from "./ledger.js";
import { steps } from "./steps.js";
import { createWorld, type World } from "./world.js";
import { rejectionsDue } from "./wrong-transactions.js";

export type Account = {
  readonly rows: ReadonlyArray<Row>;
  readonly rejections: ReadonlyArray<RejectionCount>;
  readonly devices: number;
  /** Requests from server to server, and how many of their responses were lost. */
  readonly requests: number;
  readonly lostResponses: number;
};

/** The expected and the actual number of rejections of a kind. */
export type RejectionCount = {
  readonly tag: Rejection["_tag"];
  readonly due: number;
  readonly found: number;
};

/**
 * Runs the steps, lets every device read, and throws unless all is as expected: each message is read exactly once
 * by exactly the right devices, in order per sender, and each invalid entry is rejected.
 */
export async function runScenario(): Promise<Account> {
  const world = await createWorld();
  try {
    for (const { title, run } of steps) {
      world.ledger.begin(title);
      await run(world);
      await world.settled();
    }
    await world.ledger.readAll(world.devices);
    return accountOf(world);
  } finally {
    await world.close();
  }
}

function accountOf({ ledger: { rows }, rejections, devices, one, two }: World): Account {
  for (const { title, sent, expanded, due, found } of rows) {
    deepStrictEqual(found, due, title);
    const { delivered, refused, undeliverable } = found;
    equal(sent + expanded, delivered + refused + undeliverable, title);
  }
  const counts = rejectionsDue.map(([tag, due]) => {
    const found = rejections.filter(({ _tag }) => _tag === tag).length;
    equal(found, due, tag);
    return { tag, due, found };
  });
  return {
    rows,
    rejections: counts,
    devices: devices.length,
    requests: one.line.requests() + two.line.requests(),
    lostResponses: one.line.lostResponses() + two.line.lostResponses(),
  };
}
