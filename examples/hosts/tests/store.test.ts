/** The store on both engines. The same guarantees hold with one process and with two. */
import { setTimeout as wait } from "node:timers/promises";
import type { DeviceId, UserId } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Device } from "../homeserver/store/devices.js";
import { eduKey, rememberMs, requestKey } from "../homeserver/store/idempotence.js";
import { insertRows } from "../homeserver/store/sql.js";
import { openStore, type Store } from "../homeserver/store/store.js";
import { type Postgres, startPostgres, withoutSync } from "./postgres.js";

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres(...withoutSync);
});

afterAll(async () => {
  await postgres.stop();
});

/** Two processes of a homeserver on one database, or the same process twice if the engine allows only one. */
type Pair = { readonly one: Store; readonly two: Store };

let time = 0;
const now = () => time;

type Engine = { readonly name: string; readonly openPair: () => Promise<Pair> };

const engines: ReadonlyArray<Engine> = [
  {
    name: "SQLite",
    openPair: async () => {
      const store = await openStore(":memory:", now);
      onTestFinished(() => store.database.close());
      return { one: store, two: store };
    },
  },
  {
    name: "PostgreSQL",
    openPair: async () => {
      const address = await postgres.createDatabase();
      // Opened concurrently: creating the tables must not conflict.
      const [one, two] = await Promise.all([openStore(address, now), openStore(address, now)]);
      onTestFinished(async () => {
        await one.database.close();
        await two.database.close();
      });
      return { one, two };
    },
  },
];

const text = (value: unknown) => JSON.stringify(value) as JsonText;

const bob = { userId: "@bob:one.example" as UserId, deviceId: "PHONE" as DeviceId };

/** Long enough: an event that has not happened by then does not happen by itself. */
const aWhileMs = 150;

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, wait(aWhileMs, pending)])) === pending;
}

/** A promise that the test resolves. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

function deliver(store: Store, device: Device, ...events: ReadonlyArray<unknown>): Promise<void> {
  return store.transaction(async (sql) => {
    const known = await store.devices.lock(sql, [device.userId]);
    if (!known.get(device.userId)?.includes(device.deviceId)) return;
    await store.inbox.append(
      sql,
      events.map((event) => ({ ...device, event: text(event) })),
    );
  });
}

function send(store: Store, queue: string, ...items: ReadonlyArray<unknown>): Promise<void> {
  return store.transaction((sql) => store.outbox.append(sql, new Map([[queue, items.map(text)]])));
}

describe.each(engines)("the store on $name", ({ openPair }) => {
  test("a key is new once, and to only one of several concurrent transactions", async () => {
    const { one, two } = await openPair();
    const keys = ["c", "a", "b", "a"];
    const found = await Promise.all(
      [one, two, one, two].map((store, index) =>
        store.transaction((sql) =>
          // A different order must not cause a deadlock.
          store.idempotence.newOf(sql, index % 2 === 0 ? keys : [...keys].reverse()),
        ),
      ),
    );

    expect(found.flatMap((set) => [...set]).sort()).toEqual(["a", "b", "c"]);
    expect(await two.idempotence.isDone("a")).toBe(true);
    expect(await two.idempotence.isDone("d")).toBe(false);
  });

  test("a key is new again if its transaction fails", async () => {
    const { one, two } = await openPair();
    const failing = one.transaction(async (sql) => {
      await one.idempotence.newOf(sql, ["a"]);
      throw new Error("Not this time");
    });

    await expect(failing).rejects.toThrow("Not this time");
    expect(await two.idempotence.isDone("a")).toBe(false);
    expect(await two.transaction((sql) => two.idempotence.newOf(sql, ["a"]))).toEqual(
      new Set(["a"]),
    );
  });

  test("a transaction that ignores a failed statement fails, or commits all others", async () => {
    const { one, two } = await openPair();
    const outcome = await one
      .transaction(async (sql) => {
        await one.idempotence.newOf(sql, ["a"]);
        await sql.query("SELECT nothing FROM nowhere").catch(() => undefined);
      })
      .then(
        () => true,
        () => false,
      );

    expect(await two.idempotence.isDone("a")).toBe(outcome);
  });

  test("keys are deleted after 7 days", async () => {
    const { one } = await openPair();
    time = 1_800_000_000_000;
    await one.transaction((sql) => one.idempotence.newOf(sql, ["old"]));
    time += 1;
    await one.transaction((sql) => one.idempotence.newOf(sql, ["young"]));
    time += rememberMs;
    await one.idempotence.expire();

    expect(await one.idempotence.isDone("old")).toBe(false);
    expect(await one.idempotence.isDone("young")).toBe(true);
  });

  test("keys of long and strange names are stored", async () => {
    const { one } = await openPair();
    const keys = [
      eduKey("two.example" as Parameters<typeof eduKey>[0], "\u{1f600}".repeat(255)),
      requestKey({ ...bob, deviceId: "\0" as DeviceId }, "m.\0", "t".repeat(10_000)),
    ];

    expect(await one.transaction((sql) => one.idempotence.newOf(sql, keys))).toEqual(new Set(keys));
  });

  test("an access token belongs to one device, and only its newest token is valid", async () => {
    const { one, two } = await openPair();
    const first = await one.devices.register(bob);
    const second = await two.devices.register(bob);

    expect(await one.devices.withToken(first)).toBeUndefined();
    expect(await one.devices.withToken(second)).toEqual(bob);
    expect(await one.devices.withToken("\0")).toBeUndefined();
    expect(await one.devices.withToken("' OR 1=1 --")).toBeUndefined();
  });

  test.each(["\0", "a\0b", '"', "\\", "\\0", "\\u0000", "__proto__", "é\u{1f600}", "\n", ""])(
    "a device ID %j is stored unchanged",
    async (deviceId) => {
      const { one, two } = await openPair();
      const device = { ...bob, deviceId: deviceId as DeviceId };
      const token = await one.devices.register(device);
      await deliver(one, device, "hello");

      expect(await two.devices.withToken(token)).toEqual(device);
      const known = await two.transaction((sql) => two.devices.lock(sql, [bob.userId]));
      expect(known).toEqual(new Map([[bob.userId, [deviceId]]]));
      expect((await two.inbox.read(device, 0)).events).toEqual([text("hello")]);
    },
  );

  test("the devices of many users are found in one query; users without devices are missing", async () => {
    const { one } = await openPair();
    const users = Array.from({ length: 3000 }, (_, user) => `@user${user}:one.example` as UserId);
    await one.devices.register(bob);
    await one.devices.register({ ...bob, deviceId: "LAPTOP" as DeviceId });

    expect(await one.transaction((sql) => one.devices.lock(sql, [...users, bob.userId]))).toEqual(
      new Map([[bob.userId, ["PHONE", "LAPTOP"]]]),
    );
    expect(await one.transaction((sql) => one.devices.lock(sql, []))).toEqual(new Map());
  });

  test("a device reads its inbox in order, at most 100 events at a time, until it acknowledges them", async () => {
    const { one, two } = await openPair();
    await one.devices.register(bob);
    const events = Array.from({ length: 250 }, (_, index) => ({ index, text: "\\u0000 é" }));
    await deliver(one, bob, ...events.slice(0, 120));
    await deliver(two, bob, ...events.slice(120));

    const read: Array<JsonText> = [];
    const sizes: Array<number> = [];
    let since = 0;
    for (;;) {
      const first = await two.inbox.read(bob, since);
      // The response was lost, so the same events are returned again.
      expect(await one.inbox.read(bob, since)).toEqual(first);
      sizes.push(first.events.length);
      if (first.events.length === 0) break;
      read.push(...first.events);
      since = first.position;
      await one.inbox.acknowledge(bob, since);
    }
    expect(sizes).toEqual([100, 100, 50, 0]);
    expect(read).toEqual(events.map(text));
    expect(await one.database.query("SELECT * FROM inbox")).toEqual([]);
  });

  test("one transaction delivers to 10,000 devices", async () => {
    const { one, two } = await openPair();
    const { userId } = bob;
    const ids = Array.from({ length: 10_000 }, (_, index) => `DEVICE${index}` as DeviceId);
    await insertRows(
      one.database,
      "INSERT INTO devices (user_id, device_id, access_token) VALUES {rows}",
      ids.map((id) => [userId, id, id]),
    );
    const told = new Set<string | undefined>();
    two.database.listen((_channel, name) => told.add(name));
    await one.transaction(async (sql) => {
      const known = await one.devices.lock(sql, [userId]);
      expect(known.get(userId)).toHaveLength(ids.length);
      await one.inbox.append(
        sql,
        ids.map((deviceId) => ({ userId, deviceId, event: text(deviceId) })),
      );
    });

    const [row] = await two.database.query("SELECT count(*) AS count FROM inbox");
    expect(row).toEqual({ count: ids.length });
    for (const deviceId of ids.slice(-3)) {
      expect((await two.inbox.read({ userId, deviceId }, 0)).events).toEqual([text(deviceId)]);
    }
    await expect.poll(() => told.size).toBe(ids.length);
    expect(told).toContain(JSON.stringify([userId, ids.at(-1)]));
  });

  test("a delivery to a device waits for an earlier one", async () => {
    const { one, two } = await openPair();
    await one.devices.register(bob);
    const { open, opened } = gate();
    const first = one.transaction(async (sql) => {
      await one.devices.lock(sql, [bob.userId]);
      await opened;
      await one.inbox.append(sql, [{ ...bob, event: text("first") }]);
    });
    // The other process queries a little later.
    await wait(20);
    const second = deliver(two, bob, "second");

    expect(await isPending(second)).toBe(true);
    open();
    await Promise.all([first, second]);
    expect((await one.inbox.read(bob, 0)).events).toEqual([text("first"), text("second")]);
  });

  test("devices are locked in one order: transactions for the same users never deadlock", async () => {
    const { one, two } = await openPair();
    const devices = Array.from({ length: 20 }, (_, index) => ({
      userId: `@user${index % 5}:one.example` as UserId,
      deviceId: `DEVICE${index}` as DeviceId,
    }));
    for (const device of devices) await one.devices.register(device);
    const rounds = 40;
    await Promise.all(
      Array.from({ length: rounds }, (_, round) => {
        const store = round % 2 === 0 ? one : two;
        const targets = round % 3 === 0 ? devices : [...devices].reverse();
        return store.transaction(async (sql) => {
          await store.devices.lock(sql, new Set(targets.map(({ userId }) => userId)));
          await store.inbox.append(
            sql,
            targets.map((device) => ({ ...device, event: text(round) })),
          );
          await store.outbox.append(
            sql,
            new Map(["b", "B", "a", "c"].map((queue) => [queue, [text(round)]])),
          );
        });
      }),
    );

    const orders = await Promise.all(
      devices.map(async (device) => (await one.inbox.read(device, 0)).events),
    );
    for (const order of orders) expect(order).toEqual(orders[0]);
    expect(new Set(orders[0]).size).toBe(rounds);
  });

  test("a device is removed with its inbox, even during a delivery", async () => {
    const { one, two } = await openPair();
    const token = await one.devices.register(bob);
    const { open, opened } = gate();
    const delivering = one.transaction(async (sql) => {
      await one.devices.lock(sql, [bob.userId]);
      await one.inbox.append(sql, [{ ...bob, event: text("in between") }]);
      await opened;
    });
    await wait(20);
    const removing = two.devices.remove(bob);
    expect(await isPending(removing)).toBe(true);
    const later = deliver(one, bob, "too late");
    open();
    await Promise.all([delivering, removing, later]);

    expect(await one.devices.withToken(token)).toBeUndefined();
    expect(await one.database.query("SELECT * FROM inbox")).toEqual([]);
  });

  test("a device that comes back begins with an empty inbox", async () => {
    const { one, two } = await openPair();
    await one.devices.register(bob);
    await deliver(one, bob, "before");
    await two.devices.remove(bob);
    await one.devices.register(bob);
    await deliver(two, bob, "after");

    expect((await one.inbox.read(bob, 0)).events).toEqual([text("after")]);
  });

  test("a queue keeps its order, and a transaction keeps its ID until it is removed", async () => {
    const { one, two } = await openPair();
    const items = Array.from({ length: 250 }, (_, index) => index);
    await send(one, "two.example", ...items.slice(0, 120));
    await send(two, "three.example", "another queue");
    await send(two, "two.example", ...items.slice(120));
    expect([...(await one.outbox.queues())].sort()).toEqual(["three.example", "two.example"]);

    const sent: Array<JsonText> = [];
    const ids = new Set<string>();
    const sizes: Array<number> = [];
    for (;;) {
      const batch = await one.outbox.next("two.example", 100);
      if (batch === undefined) break;
      // Another process, or this one after a restart: the same transaction.
      expect(await two.outbox.next("two.example", 100)).toEqual(batch);
      ids.add(batch.txnId);
      sizes.push(batch.items.length);
      sent.push(...batch.items.map((item) => item.text));
      await one.outbox.remove("two.example", batch);
    }
    expect(sent).toEqual(items.map(text));
    expect(sizes).toEqual([100, 100, 50]);
    expect(ids.size).toBe(3);
    expect(await one.outbox.queues()).toEqual(["three.example"]);
  });

  test("two processes that look at a queue at once find the same transaction", async () => {
    const { one, two } = await openPair();
    for (let round = 0; round < 20; round++) {
      await send(one, "two.example", round);
      const [left, right] = await Promise.all([
        one.outbox.next("two.example", 100),
        two.outbox.next("two.example", 100),
      ]);

      expect(left?.items).toHaveLength(1);
      expect(right).toEqual(left);
      if (left !== undefined) await one.outbox.remove("two.example", left);
    }
  });

  test("a transaction is split into a new one, and an item is set aside with its reason", async () => {
    const { one, two } = await openPair();
    await send(one, "two.example", 1, 2, 3);
    const whole = await one.outbox.next("two.example", 100);
    const half = await one.outbox.next("two.example", 1);
    expect(whole?.items.map((item) => item.text)).toEqual(["1", "2", "3"]);
    expect(half?.items.map((item) => item.text)).toEqual(["1"]);
    expect(half?.txnId).not.toBe(whole?.txnId);

    if (half !== undefined) {
      // Two processes may do so concurrently, if one has lost its lease.
      await Promise.all([
        one.outbox.setAside("two.example", half, "answered \0"),
        two.outbox.setAside("two.example", half, "answered \0"),
      ]);
    }
    const rest = await two.outbox.next("two.example", 100);
    expect(rest?.items.map((item) => item.text)).toEqual(["2", "3"]);
    expect(await two.database.query("SELECT queue, item, reason FROM set_aside")).toEqual([
      { queue: "two.example", item: "1", reason: "answered \\u0000" },
    ]);
  });

  test("concurrent first writes agree on one value", async () => {
    const { one, two } = await openPair();
    const values = await Promise.all(
      [one, two, one, two].map((store, index) => store.settings.get("key", () => `value ${index}`)),
    );

    expect(new Set(values).size).toBe(1);
    expect(await two.settings.get("key", () => "another")).toBe(values[0]);
  });

  test("a name has at most one lease at a time", async () => {
    const { one, two } = await openPair();
    const [first, second] = await Promise.all([
      one.database.lease("queue"),
      one.database.lease("queue"),
    ]);
    const lease = first ?? second;
    expect([first, second].filter((each) => each !== undefined)).toHaveLength(1);
    expect(await two.database.lease("queue")).toBeUndefined();
    // A transaction lock with the same name is independent.
    await two.transaction((sql) => sql.lock("queue"));
    const other = await two.database.lease("another queue");
    expect(other).toBeDefined();

    await lease?.release();
    expect(lease?.signal.aborted).toBe(false);
    const next = await two.database.lease("queue");
    expect(next).toBeDefined();
    expect(await one.database.lease("queue")).toBeUndefined();
  });

  test("a lock lasts as long as its transaction, even if that fails", async () => {
    const { one, two } = await openPair();
    const { open, opened } = gate();
    const first = one.transaction(async (sql) => {
      await sql.lock("origin");
      await opened;
      throw new Error("Not this time");
    });
    await wait(20);
    const second = two.transaction((sql) => sql.lock("origin"));

    expect(await isPending(second)).toBe(true);
    open();
    await expect(first).rejects.toThrow("Not this time");
    await second;
  });

  test("announcements reach all processes after the commit; a failed transaction announces nothing", async () => {
    const { one, two } = await openPair();
    const told: Array<ReadonlyArray<unknown>> = [];
    one.database.listen((channel, name) => told.push(["one", channel, name]));
    two.database.listen((channel, name) => told.push(["two", channel, name]));
    const failing = one.transaction(async (sql) => {
      await sql.announce("inbox", ["failed"]);
      throw new Error("Not this time");
    });
    await expect(failing).rejects.toThrow("Not this time");
    const names = ['["@bob:one.example","\0\\"é"]', "two.example", ""];
    await one.transaction(async (sql) => {
      await sql.announce("inbox", names);
      await sql.announce("inbox", []);
      await wait(20);
      expect(told).toEqual([]);
    });
    await two.transaction((sql) => sql.announce("outbox", ["two.example"]));

    await expect.poll(() => told.length).toBe(2 * (names.length + 1));
    for (const process of ["one", "two"]) {
      const own = told.filter(([to]) => to === process);
      expect(new Set(own.map((each) => JSON.stringify(each)))).toEqual(
        new Set(
          [...names.map((name) => ["inbox", name]), ["outbox", "two.example"]].map((each) =>
            JSON.stringify([process, ...each]),
          ),
        ),
      );
    }
  });

  test("a name too long for a notification wakes all, or is announced unchanged", async () => {
    const { one } = await openPair();
    const told: Array<string | undefined> = [];
    one.database.listen((_channel, name) => told.push(name));
    const long = "é".repeat(4000);
    await one.transaction((sql) => sql.announce("inbox", ["short", long]));

    await expect
      .poll(() => told.includes(undefined) || (told.includes("short") && told.includes(long)))
      .toBe(true);
  });
});

describe("PostgreSQL", () => {
  test("twenty processes open an empty database concurrently, and one more while it is in use", async () => {
    const address = await postgres.createDatabase();
    const stores = await Promise.all(Array.from({ length: 20 }, () => openStore(address, now)));
    const [first] = stores;
    if (first === undefined) throw new Error("No store");
    const { open, opened } = gate();
    await first.devices.register(bob);
    const using = first.transaction(async (sql) => {
      await first.devices.lock(sql, [bob.userId]);
      await first.inbox.append(sql, [{ ...bob, event: text("hello") }]);
      await opened;
    });
    await wait(20);
    // Opening must not wait for the transaction, or both would deadlock.
    stores.push(await openStore(address, now));
    open();
    await using;

    expect((await stores.at(-1)?.inbox.read(bob, 0))?.events).toEqual([text("hello")]);
    await Promise.all(stores.map((store) => store.database.close()));
  });

  test("cut connections reject running queries, end leases, and are replaced", async () => {
    const address = await postgres.createDatabase();
    const [one, two] = await Promise.all([openStore(address, now), openStore(address, now)]);
    onTestFinished(async () => {
      await one.database.close();
      await two.database.close();
    });
    const told: Array<string | undefined> = [];
    one.database.listen((_channel, name) => told.push(name));
    const lease = await one.database.lease("queue");
    expect(lease?.signal.aborted).toBe(false);
    const running = one.transaction(async (sql) => {
      await one.idempotence.newOf(sql, ["a"]);
      await sql.query("SELECT pg_sleep(60)");
    });
    // Cut between two statements, while the transaction waits for something else.
    const { open, opened } = gate();
    const waiting = one.transaction(async (sql) => {
      await one.idempotence.newOf(sql, ["b"]);
      await opened;
      await sql.query("SELECT 1");
    });
    const outcomes = Promise.allSettled([running, waiting]);
    await wait(aWhileMs);
    expect(await postgres.cutConnections(address)).toBeGreaterThanOrEqual(4);
    await wait(aWhileMs);
    open();

    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect.poll(() => lease?.signal.aborted).toBe(true);
    // Releasing a lost lease is not an error.
    await lease?.release();
    // Announcements may have been lost in between.
    await expect.poll(() => told).toEqual([undefined, undefined]);
    expect(await one.idempotence.isDone("a")).toBe(false);
    expect(await one.idempotence.isDone("b")).toBe(false);
    await expect.poll(() => two.database.lease("queue")).toBeDefined();
    await two.transaction((sql) => sql.announce("inbox", ["again"]));
    await expect.poll(() => told.at(-1)).toBe("again");
  });

  test.each([
    ["no server listens", () => "postgres://postgres@127.0.0.1:9/hosts", "ECONNREFUSED"],
    [
      "the database does not exist",
      async () => `${await postgres.createDatabase()}x`,
      "does not exist",
    ],
  ])("it cannot be opened: %s", async (_reason, addressOf, message) => {
    const opening = openStore(await addressOf(), now);

    await expect(opening).rejects.toThrow("The database cannot be used");
    await expect(opening).rejects.toThrow(message);
  });
});
