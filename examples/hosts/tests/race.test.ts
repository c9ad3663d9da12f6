/**
 * The race that loses messages on a database with several writers, step by step.
 *
 * Positions are drawn when a row is inserted, and rows are seen when their transaction commits. If the two orders may
 * differ, a reader that removes everything up to its last position removes rows that it has never read.
 */
import type { DeviceId, UserId } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../homeserver/store/store.js";
import { type Postgres, startPostgres, withoutSync } from "./postgres.js";

let postgres: Postgres;
let address: string;

beforeAll(async () => {
  postgres = await startPostgres(...withoutSync);
});

beforeEach(async () => {
  address = await postgres.createDatabase();
});

afterAll(async () => {
  await postgres.stop();
});

/** A client of PostgreSQL: one worker's connection. */
async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function open(): Promise<Store> {
  const store = await openStore(address, Date.now);
  onTestFinished(() => store.database.close());
  return store;
}

/** How many sessions wait for a lock that another one holds. */
async function waitingSessions(): Promise<number> {
  const client = await connect();
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
  );
  return rows[0].count;
}

/** Holds one transaction before a step until the other one allows it. */
function step() {
  let allow: () => void = () => undefined;
  const allowed = new Promise<void>((resolve) => {
    allow = resolve;
  });
  return { allow, allowed };
}

const text = (value: string) => JSON.stringify(value) as JsonText;

describe("the recipe for one process: positions without a lock", () => {
  test("an inbox loses a message", async () => {
    const [worker1, worker2, sync] = [await connect(), await connect(), await connect()];
    await sync.query("CREATE TABLE inbox (position BIGSERIAL PRIMARY KEY, event TEXT NOT NULL)");

    await worker1.query("BEGIN");
    await worker1.query("INSERT INTO inbox (event) VALUES ('first')");
    await worker2.query("BEGIN");
    await worker2.query("INSERT INTO inbox (event) VALUES ('second')");
    await worker2.query("COMMIT");
    const { rows } = await sync.query("SELECT * FROM inbox ORDER BY position LIMIT 100");
    expect(rows).toEqual([{ position: "2", event: "second" }]);
    await worker1.query("COMMIT");
    await sync.query("DELETE FROM inbox WHERE position <= $1", [rows[0].position]);

    // The first message is deleted, but unread.
    expect((await sync.query("SELECT * FROM inbox")).rows).toEqual([]);
  });

  test("an outbox loses an EDU", async () => {
    const [worker1, worker2, sender] = [await connect(), await connect(), await connect()];
    await sender.query(
      `CREATE TABLE outbox (position BIGSERIAL PRIMARY KEY, destination TEXT NOT NULL, edu TEXT NOT NULL)`,
    );
    const insert = "INSERT INTO outbox (destination, edu) VALUES ('two.example', $1)";

    await worker1.query("BEGIN");
    await worker1.query(insert, ["first"]);
    await worker2.query(insert, ["second"]);
    const { rows } = await sender.query(
      "SELECT * FROM outbox WHERE destination = 'two.example' ORDER BY position LIMIT 100",
    );
    expect(rows).toEqual([{ position: "2", destination: "two.example", edu: "second" }]);
    await worker1.query("COMMIT");
    await sender.query("DELETE FROM outbox WHERE destination = 'two.example' AND position <= $1", [
      rows.at(-1).position,
    ]);

    expect((await sender.query("SELECT * FROM outbox")).rows).toEqual([]);
  });
});

describe("this store: positions under a lock", () => {
  test("an inbox loses nothing: the second transaction waits before it draws a position", async () => {
    const [worker1, worker2, sync] = [await open(), await open(), await open()];
    const bob = { userId: "@bob:one.example" as UserId, deviceId: "PHONE" as DeviceId };
    await sync.devices.register(bob);
    const inserted = step();
    const commit = step();
    const delivery = (store: Store, event: string, afterInsert: () => Promise<void>) =>
      store.transaction(async (sql) => {
        await store.devices.lock(sql, [bob.userId]);
        await store.inbox.append(sql, [{ ...bob, event: text(event) }]);
        await afterInsert();
      });

    const first = delivery(worker1, "first", () => {
      inserted.allow();
      return commit.allowed;
    });
    await inserted.allowed;
    let isCommitted = false;
    const second = delivery(worker2, "second", async () => undefined).then(() => {
      isCommitted = true;
    });
    await expect.poll(waitingSessions).toBe(1);
    // A /sync at this moment does not wait, and reads nothing.
    expect(await sync.inbox.read(bob, 0)).toEqual({ events: [], position: 0 });
    await sync.inbox.acknowledge(bob, 0);
    expect(isCommitted).toBe(false);
    commit.allow();
    await Promise.all([first, second]);

    const { events, position } = await sync.inbox.read(bob, 0);
    expect(events).toEqual([text("first"), text("second")]);
    await sync.inbox.acknowledge(bob, position);
    expect(await sync.database.query("SELECT * FROM inbox")).toEqual([]);
  });

  test.each([
    ["new", "two.example"],
    ["known", "known.example"],
  ])(
    "an outbox loses nothing: the second transaction on a %s queue waits before it draws a position",
    async (_, queue) => {
      const [worker1, worker2, sender] = [await open(), await open(), await open()];
      await sender.database.query("INSERT INTO queues (name) VALUES ('known.example')");
      const inserted = step();
      const commit = step();
      const send = (store: Store, edu: string, afterInsert: () => Promise<void>) =>
        store.transaction(async (sql) => {
          await store.outbox.append(sql, new Map([[queue, [text(edu)]]]));
          await afterInsert();
        });

      const first = send(worker1, "first", () => {
        inserted.allow();
        return commit.allowed;
      });
      await inserted.allowed;
      let isCommitted = false;
      const second = send(worker2, "second", async () => undefined).then(() => {
        isCommitted = true;
      });
      await expect.poll(waitingSessions).toBe(1);
      expect(await sender.outbox.next(queue, 100)).toBeUndefined();
      expect(isCommitted).toBe(false);
      // Another queue does not wait.
      await worker2.transaction((sql) =>
        worker2.outbox.append(sql, new Map([["three.example", [text("other")]]])),
      );
      commit.allow();
      await Promise.all([first, second]);

      const batch = await sender.outbox.next(queue, 100);
      expect(batch?.items.map((item) => item.text)).toEqual([text("first"), text("second")]);
      if (batch !== undefined) await sender.outbox.remove(queue, batch);
      expect(await sender.outbox.queues()).toEqual(["three.example"]);
    },
  );

  test("items added while a batch is in flight stay when the batch is removed", async () => {
    const [worker, sender] = [await open(), await open()];
    const queue = "two.example";
    const send = (edu: string) =>
      worker.transaction((sql) => worker.outbox.append(sql, new Map([[queue, [text(edu)]]])));
    await send("first");
    const batch = await sender.outbox.next(queue, 100);
    await send("second");
    if (batch !== undefined) await sender.outbox.remove(queue, batch);

    const rest = await sender.outbox.next(queue, 100);
    expect(rest?.items.map((item) => item.text)).toEqual([text("second")]);
  });
});

test("the death of a worker during a transaction unblocks the next one", async () => {
  const [worker1, worker2] = [await open(), await open()];
  const bob = { userId: "@bob:one.example" as UserId, deviceId: "PHONE" as DeviceId };
  await worker2.devices.register(bob);
  const inserted = step();
  const end = step();
  const first = worker1.transaction(async (sql) => {
    await worker1.devices.lock(sql, [bob.userId]);
    await worker1.inbox.append(sql, [{ ...bob, event: text("lost with its transaction") }]);
    inserted.allow();
    await end.allowed;
  });
  await inserted.allowed;
  const second = worker2.transaction(async (sql) => {
    await worker2.devices.lock(sql, [bob.userId]);
    await worker2.inbox.append(sql, [{ ...bob, event: text("second") }]);
  });
  await expect.poll(waitingSessions).toBe(1);
  expect(await postgres.cutConnections(address, "state = 'idle in transaction'")).toBe(1);
  await second;
  end.allow();
  await expect(first).rejects.toThrow();

  expect((await worker2.inbox.read(bob, 0)).events).toEqual([text("second")]);
});
