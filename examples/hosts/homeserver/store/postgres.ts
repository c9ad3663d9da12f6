/**
 * PostgreSQL, for any number of processes.
 *
 * A connection may end at any time. Its running query is rejected; later queries use a new connection.
 */
import { EventEmitter } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { createTurns } from "../turns.js";
import {
  type Channel,
  type Database,
  type Lease,
  type Sql,
  type TransactionSql,
  tablesFor,
} from "./sql.js";

/** The maximum per process. PostgreSQL allows 100 connections by default. */
const maxConnections = 10;

/** How long a query may wait for a connection. */
const connectionTimeoutMs = 10_000;

const reconnectMs = 200;

/** The payload of a notification must be shorter than 8,000 bytes. */
const maxPayloadBytes = 7999;

const channels: ReadonlyArray<Channel> = ["inbox", "outbox"];

/** Advisory locks are numbers. A transaction lock and a lease with the same name have different numbers. */
const lockOfTransaction = "hashtextextended($1, 0)";
const lockOfLease = "hashtextextended($1, 1)";

export async function openPostgres(address: string): Promise<Database> {
  const config: pg.ClientConfig = {
    connectionString: address,
    connectionTimeoutMillis: connectionTimeoutMs,
    keepAlive: true,
    types: { getTypeParser },
  };
  const pool = new pg.Pool({ ...config, max: maxConnections });
  // The running query reports the end of its connection. Without a listener, the error would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));

  const announcements = new EventEmitter();
  const announced: Announced = (channel, name) => announcements.emit("all", channel, name);

  const announcer = createAnnouncer(pool);
  const transaction = <A>(work: (sql: TransactionSql) => Promise<A>): Promise<A> =>
    transactionOf(pool, announcer, work);

  let session: Session;
  try {
    await transaction(createTables);
    session = await openSession(config, announced);
  } catch (error) {
    await pool.end();
    throw new Error(`The database cannot be used: ${reasonOf(error)}`, { cause: error });
  }
  return {
    query: sqlOf(pool).query,
    transaction,
    listen: (listener) => void announcements.on("all", listener),
    lease: session.lease,
    close: async () => {
      await session.close();
      await announcer.close();
      await pool.end();
    },
  };
}

function sqlOf(connection: pg.Pool | pg.ClientBase): Sql {
  return {
    query: async (text, values = []) => {
      const name = nameOf(text, values.length);
      const statement = { text, values: [...values], ...(name !== undefined && { name }) };
      return (await connection.query(statement)).rows;
    },
  };
}

const names = new Map<string, string>();

/** A connection parses a named statement once. This halves the cost of a short transaction in PostgreSQL. */
function nameOf(text: string, values: number): string | undefined {
  // Statements for many rows have varying texts.
  if (values === 0 || values >= 10) return undefined;
  const name = names.get(text) ?? `statement ${names.size}`;
  names.set(text, name);
  return name;
}

async function transactionOf<A>(
  pool: pg.Pool,
  announcer: Announcer,
  work: (sql: TransactionSql) => Promise<A>,
): Promise<A> {
  const client = await pool.connect();
  const announcements: Array<Announcement> = [];
  try {
    // The tables rely on this level: a statement sees everything that was committed before it.
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    const result = await work(transactionSqlOf(client, announcements));
    // If the connection ends now, the commit may or may not have happened. A spurious wake-up does no harm.
    const { command } = await client.query("COMMIT").finally(() => announcer.add(announcements));
    // After a failed statement, PostgreSQL replies to COMMIT with ROLLBACK, without an error.
    if (command !== "COMMIT") throw new Error("A statement of the transaction has failed");
    client.release();
    return result;
  } catch (error) {
    const isBroken = await client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    client.release(isBroken);
    throw error;
  }
}

function transactionSqlOf(
  client: pg.ClientBase,
  announcements: Array<Announcement>,
): TransactionSql {
  const sql = sqlOf(client);
  return {
    ...sql,
    lock: async (name) => {
      await sql.query(`SELECT pg_advisory_xact_lock(${lockOfTransaction})`, [name]);
    },
    announce: async (channel, names) => {
      for (const name of names) announcements.push({ channel, name });
    },
    forUpdate: " FOR UPDATE",
    strings: "SELECT jsonb_array_elements_text($1::jsonb)",
  };
}

type Announcement = { readonly channel: Channel; readonly name: string };

type Announcer = ReturnType<typeof createAnnouncer>;

/**
 * Sends notifications after their transactions have committed, batched over many transactions. Within the
 * transactions, they would cost two thirds of the throughput: PostgreSQL commits one transaction with notifications at a
 * time.
 */
function createAnnouncer(pool: pg.Pool) {
  const waiting = new Map(channels.map((channel) => [channel, new Set<string>()]));
  const closing = new AbortController();
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    for (const [channel, names] of waiting) {
      while (names.size > 0) {
        const sent = [...names];
        names.clear();
        try {
          await notify(channel, sent);
        } catch {
          if (closing.signal.aborted) return;
          for (const name of sent) names.add(name);
          await wait(reconnectMs, undefined, { signal: closing.signal }).catch(() => undefined);
        }
      }
    }
  }

  async function notify(channel: Channel, names: ReadonlyArray<string>): Promise<void> {
    await sqlOf(pool).query(
      "SELECT pg_notify($1, payload) FROM jsonb_array_elements_text($2::jsonb) AS payload",
      [channel, JSON.stringify(payloadsOf(names))],
    );
  }

  function wake(): void {
    sending ??= sendAll().finally(() => {
      sending = undefined;
      // Items that were added after the last check.
      if ([...waiting.values()].some(({ size }) => size > 0) && !closing.signal.aborted) wake();
    });
  }

  return {
    add: (announcements: ReadonlyArray<Announcement>): void => {
      for (const { channel, name } of announcements) waiting.get(channel)?.add(name);
      if (announcements.length > 0) wake();
    },

    /** Sends the pending notifications if there is a connection. */
    close: async (): Promise<void> => {
      closing.abort();
      await sending;
    },
  };
}

/** `IF NOT EXISTS` fails if another process creates the same table at the same time. */
async function createTables(sql: TransactionSql): Promise<void> {
  await sql.lock("tables");
  const position = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
  for (const statement of tablesFor({ position, integer: "BIGINT" })) {
    // CREATE INDEX locks its table even if the index exists, so a starting process would block the others.
    const name = /IF NOT EXISTS (\w+)/.exec(statement)?.[1] ?? "";
    const [row] = await sql.query<{ readonly missing: boolean }>(
      "SELECT to_regclass($1) IS NULL AS missing",
      [name],
    );
    if (row?.missing) await sql.query(statement);
  }
}

type Announced = (channel: Channel, name: string | undefined) => void;

/** Names as payloads of notifications. If one is too long, an empty payload stands for all names. */
function payloadsOf(names: ReadonlyArray<string>): ReadonlyArray<string> {
  const payloads: Array<Array<string>> = [];
  let bytes = maxPayloadBytes;
  for (const name of names) {
    const written = JSON.stringify(name);
    // Including the comma.
    const more = Buffer.byteLength(written) + 1;
    if (more > maxPayloadBytes) return [""];
    bytes += more;
    if (bytes > maxPayloadBytes) {
      payloads.push([]);
      bytes = more;
    }
    payloads.at(-1)?.push(written);
  }
  return payloads.map((list) => list.join(","));
}

/** The names in a payload. An unknown payload, from another program, stands for all names too. */
function namesOf(payload = ""): ReadonlyArray<string | undefined> {
  try {
    const names: ReadonlyArray<string> = JSON.parse(`[${payload}]`);
    return names.length === 0 ? [undefined] : names;
  } catch {
    return [undefined];
  }
}

type Session = Pick<Database, "lease" | "close">;

/**
 * One connection outside the pool, for notifications and leases, which are bound to a connection. When it dies,
 * PostgreSQL frees the leases, so they end here too. Announcements before the next
 * connection are lost.
 */
async function openSession(config: pg.ClientConfig, announced: Announced): Promise<Session> {
  const leases = new Map<string, AbortController>();
  const closing = new AbortController();
  // A connection takes one query at a time.
  const turns = createTurns();
  /** `undefined` while there is no connection. */
  let current: pg.Client | undefined;

  async function connect(): Promise<void> {
    const client = new pg.Client(config);
    client.on("error", () => undefined);
    client.on("notification", ({ channel, payload }) => {
      if (isChannel(channel)) for (const name of namesOf(payload)) announced(channel, name);
    });
    try {
      await client.connect();
      for (const channel of channels) await client.query(`LISTEN ${channel}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.on("end", () => void reconnect());
    current = client;
    if (closing.signal.aborted) await client.end();
  }

  async function reconnect(): Promise<void> {
    current = undefined;
    for (const lease of leases.values()) lease.abort();
    leases.clear();
    while (!closing.signal.aborted) {
      try {
        await connect();
        for (const channel of channels) announced(channel, undefined);
        return;
      } catch {
        await wait(reconnectMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  async function lease(name: string): Promise<Lease | undefined> {
    const client = current;
    // A session can take a lock twice, so the map decides between the requests of one process.
    if (client === undefined || leases.has(name)) return undefined;
    const lost = new AbortController();
    leases.set(name, lost);
    const forget = () => {
      // After a reconnection, the name may stand for a newer lease.
      if (leases.get(name) === lost) leases.delete(name);
    };
    const ask = (lock: string) =>
      turns.take(() => sqlOf(client).query<{ readonly done: boolean }>(lock, [name]));
    const [row] = await ask(`SELECT pg_try_advisory_lock(${lockOfLease}) AS done`).catch(
      (error) => {
        forget();
        throw error;
      },
    );
    if (!row?.done) {
      forget();
      return undefined;
    }
    return {
      signal: lost.signal,
      release: async () => {
        // A dead connection has already released the lock.
        await ask(`SELECT pg_advisory_unlock(${lockOfLease}) AS done`).catch(() => undefined);
        forget();
      },
    };
  }

  await connect();
  return {
    lease,
    close: async () => {
      closing.abort();
      await current?.end();
    },
  };
}

function isChannel(name: string): name is Channel {
  return channels.some((channel) => channel === name);
}

/** `pg` returns `int8` as text, because it can exceed a safe integer. Positions and times never do. */
function getTypeParser(oid: number, format?: "text" | "binary") {
  return oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format);
}

/** The message of an error. An `AggregateError`, for a name with several addresses, has an empty one. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
