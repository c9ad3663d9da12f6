/**
 * A database as the tables of this folder see it, and what each of the two engines brings.
 *
 * SQLite (in memory or in a file) is the default, for one process. Any number of processes may share PostgreSQL.
 */

/** Runs statements. Parameters are `$1`, `$2`, …; both engines understand them. */
export type Sql = {
  readonly query: <Row>(text: string, values?: ReadonlyArray<Value>) => Promise<ReadonlyArray<Row>>;
};

export type Value = string | number | null;

/** Where a change of the database is announced to all processes. An announcement is a wake-up only: it may get lost. */
export type Channel = "inbox" | "outbox";

export type Database = Sql & {
  /** Runs all of it or, if it throws, nothing. */
  readonly transaction: <A>(work: (sql: TransactionSql) => Promise<A>) => Promise<A>;

  /** Calls back for each announcement, and with `undefined` if some may have been lost. */
  readonly listen: (listener: (channel: Channel, name: string | undefined) => void) => void;

  /**
   * Asks to be the only process that holds a name, until the lease is released or its connection dies. `undefined` if
   * another process holds it.
   */
  readonly lease: (name: string) => Promise<Lease | undefined>;

  readonly close: () => Promise<void>;
};

export type TransactionSql = Sql & {
  /** Waits until no other transaction, in any process, holds the name. Released when this transaction ends. */
  readonly lock: (name: string) => Promise<void>;

  /** Announces names to all processes after the transaction has committed. */
  readonly announce: (channel: Channel, names: ReadonlyArray<string>) => Promise<void>;

  /** ` FOR UPDATE` where rows are locked one by one; empty where a transaction has the database to itself. */
  readonly forUpdate: string;

  /** The query for the strings of the JSON array that `$1` holds: any number of them in one parameter. */
  readonly strings: string;
};

export type Lease = {
  /** Aborted when the lease was lost: another process may hold the name now. */
  readonly signal: AbortSignal;
  readonly release: () => Promise<void>;
};

/** The types of columns that the two engines name differently. */
export type Dialect = { readonly position: string; readonly integer: string };

/** The tables. Statements of this form do nothing if the table exists. */
export const tablesFor = ({ position, integer }: Dialect): ReadonlyArray<string> => [
  // The devices that may send, and that "*" reaches.
  `CREATE TABLE IF NOT EXISTS devices (
    user_id      TEXT NOT NULL,
    device_id    TEXT NOT NULL,
    access_token TEXT NOT NULL UNIQUE,
    position     ${position},
    UNIQUE (user_id, device_id)
  )`,

  // Events that wait for the next /sync of a device.
  `CREATE TABLE IF NOT EXISTS inbox (
    position  ${position},
    user_id   TEXT NOT NULL,
    device_id TEXT NOT NULL,
    event     TEXT NOT NULL
  )`,
  "CREATE INDEX IF NOT EXISTS inbox_of_device ON inbox (user_id, device_id, position)",

  // The queues: one for each server and each appservice. A row is locked while something is put into its queue.
  "CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY)",

  // EDUs and events that wait in a queue. Those of one transaction share its ID, from the first attempt on.
  `CREATE TABLE IF NOT EXISTS outbox (
    position ${position},
    queue    TEXT NOT NULL,
    item     TEXT NOT NULL,
    txn_id   TEXT,
    txn_ts   ${integer}
  )`,
  "CREATE INDEX IF NOT EXISTS outbox_of_queue ON outbox (queue, position)",

  // What a destination refuses for good, for whoever runs the server.
  `CREATE TABLE IF NOT EXISTS set_aside (
    position ${integer} PRIMARY KEY,
    queue    TEXT NOT NULL,
    item     TEXT NOT NULL,
    reason   TEXT NOT NULL
  )`,

  // What was done already: EDUs by origin and message ID, requests by device, event type and transaction ID.
  `CREATE TABLE IF NOT EXISTS done (
    key     TEXT PRIMARY KEY,
    done_at ${integer} NOT NULL
  )`,
  "CREATE INDEX IF NOT EXISTS done_by_age ON done (done_at)",

  // The public keys of devices, and the cross-signing keys of users, which have an empty device ID.
  `CREATE TABLE IF NOT EXISTS published_keys (
    user_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    device_id  TEXT NOT NULL,
    public_key TEXT NOT NULL,
    PRIMARY KEY (user_id, kind, device_id)
  )`,

  // What users of this server have signed: their own keys, and those of users of any server.
  `CREATE TABLE IF NOT EXISTS key_signatures (
    signer     TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    signatures TEXT NOT NULL,
    PRIMARY KEY (signer, user_id, name)
  )`,
  "CREATE INDEX IF NOT EXISTS key_signatures_of_user ON key_signatures (user_id)",

  // Keys that are claimed once each, and fallback keys.
  `CREATE TABLE IF NOT EXISTS one_time_keys (
    position    ${position},
    user_id     TEXT NOT NULL,
    device_id   TEXT NOT NULL,
    algorithm   TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    is_fallback ${integer} NOT NULL,
    UNIQUE (user_id, device_id, key_id, is_fallback)
  )`,

  // The signing key, and other values of which a homeserver has one.
  "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
];

/** The most rows of one statement: both engines limit its parameters. */
const maxRows = 1000;

/** Inserts rows in their order. `{rows}` in the text stands for them. Returns what the statements return. */
export async function insertRows<Row>(
  sql: Sql,
  text: string,
  rows: ReadonlyArray<ReadonlyArray<Value>>,
): Promise<ReadonlyArray<Row>> {
  const returned: Array<Row> = [];
  for (let start = 0; start < rows.length; start += maxRows) {
    const part = rows.slice(start, start + maxRows);
    let parameters = 0;
    const list = part.map((row) => `(${row.map(() => `$${++parameters}`).join(", ")})`).join(", ");
    returned.push(...(await sql.query<Row>(text.replace("{rows}", list), part.flat())));
  }
  return returned;
}

/** An identifier as a text that every database can store: PostgreSQL has no NUL. */
export function toColumn(identifier: string): string {
  return JSON.stringify(identifier).slice(1, -1);
}

export function fromColumn(column: string): string {
  return JSON.parse(`"${column}"`);
}
