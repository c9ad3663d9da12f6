/**
 * The database interface of the tables in this folder, implemented for two engines.
 *
 * SQLite (in memory or in a file) is the default, for one process. Any number of processes may share PostgreSQL.
 */

/** Runs statements. Parameters are `$1`, `$2`, …, in both engines. */
export type Sql = {
  readonly query: <Row>(text: string, values?: ReadonlyArray<Value>) => Promise<ReadonlyArray<Row>>;
};

export type Value = string | number | null;

/** Channels that announce a change to all processes. An announcement is only a wake-up and may get lost. */
export type Channel = "inbox" | "outbox";

export type Database = Sql & {
  /** Runs a transaction. If the callback throws, it is rolled back. */
  readonly transaction: <A>(work: (sql: TransactionSql) => Promise<A>) => Promise<A>;

  /** Calls back for each announcement, and with `undefined` if some may have been lost. */
  readonly listen: (listener: (channel: Channel, name: string | undefined) => void) => void;

  /**
   * Requests exclusive ownership of a name until the lease is released or its connection dies. `undefined` if
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

  /** ` FOR UPDATE` if the engine locks single rows; empty if a transaction locks the whole database. */
  readonly forUpdate: string;

  /** A query for the strings of the JSON array in `$1`: it passes any number of strings in one parameter. */
  readonly strings: string;
};

export type Lease = {
  /** Aborted when the lease is lost: another process may hold the name now. */
  readonly signal: AbortSignal;
  readonly release: () => Promise<void>;
};

/** The types of columns that the two engines name differently. */
export type Dialect = { readonly position: string; readonly integer: string };

/** The tables. These statements do nothing if a table exists. */
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

  // EDUs and events in a queue. From the first attempt on, those of one transaction share its ID.
  `CREATE TABLE IF NOT EXISTS outbox (
    position ${position},
    queue    TEXT NOT NULL,
    item     TEXT NOT NULL,
    txn_id   TEXT,
    txn_ts   ${integer}
  )`,
  "CREATE INDEX IF NOT EXISTS outbox_of_queue ON outbox (queue, position)",

  // Items that a destination has rejected permanently, for the operator.
  `CREATE TABLE IF NOT EXISTS set_aside (
    position ${integer} PRIMARY KEY,
    queue    TEXT NOT NULL,
    item     TEXT NOT NULL,
    reason   TEXT NOT NULL
  )`,

  // Completed work: EDUs by origin and message ID, requests by device, event type and transaction ID.
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

  // Signatures by users of this server, of their own keys and of other users' keys.
  `CREATE TABLE IF NOT EXISTS key_signatures (
    signer     TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    signatures TEXT NOT NULL,
    PRIMARY KEY (signer, user_id, name)
  )`,
  "CREATE INDEX IF NOT EXISTS key_signatures_of_user ON key_signatures (user_id)",

  // One-time keys and fallback keys.
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

  // The signing key and other values that all processes share.
  "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
];

/** The maximum number of rows in one statement: both engines limit its parameters. */
const maxRows = 1000;

/** Inserts rows in their order. `{rows}` in the text stands for them. Returns the rows that the statements return. */
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

/** An identifier as text that both databases can store: PostgreSQL text cannot contain NUL. */
export function toColumn(identifier: string): string {
  return JSON.stringify(identifier).slice(1, -1);
}

export function fromColumn(column: string): string {
  return JSON.parse(`"${column}"`);
}
