/**
 * PostgreSQL, for any number of processes.
 *
 * A connection may end at any time. What runs on it then is rejected, and everything else uses a new connection.
 */
import { EventEmitter } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import {
  type Channel,
  type Database,
  type Lease,
  type Sql,
  type TransactionSql,
  tablesFor,
} from "./sql.js";

/** Of one process. PostgreSQL allows 100 in all, unless it is told otherwise. */
const maxConnections = 10;

/** How long a query may wait for a connection. */
const connectionTimeoutMs = 10_000;

const reconnectMs = 200;

/** The payload of a notification must be shorter than 8,000 bytes. */
const maxPayloadBytes = 7999;

const channels: ReadonlyArray<Channel> = ["inbox", "outbox"];

/** Advisory locks are numbers. Locks of transactions and leases with the same name are different numbers. */
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
  // Whoever uses a connection is told of its end by the query. Without a listener, the process would end too.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));

  const announcements = new EventEmitter();
  const announced: Announced = (channel, name) => announcements.emit("all", channel, name);

  let session: Session;
  try {
    await transactionOf(pool, createTables);
    session = await openSession(config, announced);
  } catch (error) {
    await pool.end();
    throw new Error(`The database cannot be used: ${reasonOf(error)}`, { cause: error });
  }
  return {
    query: sqlOf(pool).query,
    transaction: (work) => transactionOf(pool, work),
    listen: (listener) => void announcements.on("all", listener),
    lease: session.lease,
    close: async () => {
      await session.close();
      await pool.end();
    },
  };
}

function sqlOf(connection: pg.Pool | pg.ClientBase): Sql {
  return {
    query: async (text, values) => (await connection.query(text, values && [...values])).rows,
  };
}

async function transactionOf<A>(
  pool: pg.Pool,
  work: (sql: TransactionSql) => Promise<A>,
): Promise<A> {
  const client = await pool.connect();
  try {
    // What the tables promise holds at this level: a statement sees everything that was committed before it.
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    const result = await work(transactionSqlOf(client));
    // After a failed statement, PostgreSQL answers COMMIT with ROLLBACK, and not with an error.
    const { command } = await client.query("COMMIT");
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

function transactionSqlOf(client: pg.ClientBase): TransactionSql {
  const sql = sqlOf(client);
  return {
    ...sql,
    lock: async (name) => {
      await sql.query(`SELECT pg_advisory_xact_lock(${lockOfTransaction})`, [name]);
    },
    announce: async (channel, names) => {
      const payloads = payloadsOf(names);
      if (payloads.length === 0) return;
      await sql.query(
        "SELECT pg_notify($1, payload) FROM jsonb_array_elements_text($2::jsonb) AS payload",
        [channel, JSON.stringify(payloads)],
      );
    },
    forUpdate: " FOR UPDATE",
    strings: "SELECT jsonb_array_elements_text($1::jsonb)",
  };
}

/** `IF NOT EXISTS` fails if another process creates the same table at the same time. */
async function createTables(sql: TransactionSql): Promise<void> {
  await sql.lock("tables");
  const position = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
  for (const statement of tablesFor({ position, integer: "BIGINT" })) {
    // Also where it does nothing, CREATE INDEX locks its table: a process that starts would be in the way of the others.
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
    // With the comma.
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

function namesOf(payload: string | undefined): ReadonlyArray<string | undefined> {
  return payload ? JSON.parse(`[${payload}]`) : [undefined];
}

type Session = Pick<Database, "lease" | "close">;

/**
 * One connection, outside the pool, for what belongs to a connection: notifications and leases. When it dies,
 * PostgreSQL gives the leases to whoever asks, so they end here too; and what is announced until there is a new
 * connection is lost.
 */
async function openSession(config: pg.ClientConfig, announced: Announced): Promise<Session> {
  const leases = new Map<string, AbortController>();
  const closing = new AbortController();
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
    // A session may take a lock that it has: among the requests of one process, the map decides.
    if (client === undefined || leases.has(name)) return undefined;
    const lost = new AbortController();
    leases.set(name, lost);
    const forget = () => {
      // After a reconnection, the name may stand for a newer lease.
      if (leases.get(name) === lost) leases.delete(name);
    };
    const locked = await sqlOf(client)
      .query<{ readonly locked: boolean }>(
        `SELECT pg_try_advisory_lock(${lockOfLease}) AS locked`,
        [name],
      )
      .catch((error) => {
        forget();
        throw error;
      });
    if (!locked[0]?.locked) {
      forget();
      return undefined;
    }
    return {
      signal: lost.signal,
      release: async () => {
        // A connection that has died has released it.
        await client
          .query(`SELECT pg_advisory_unlock(${lockOfLease})`, [name])
          .catch(() => undefined);
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

/** Positions and times are integers that a number can hold; PostgreSQL's `int8` may be larger, so `pg` makes it a text. */
function getTypeParser(oid: number, format?: "text" | "binary") {
  return oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format);
}

/** The message of an error. That of several addresses of one name has none of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
