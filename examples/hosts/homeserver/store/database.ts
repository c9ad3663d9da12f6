/** The tables of the homeserver. What must happen together happens in one SQL transaction of this database. */
import Database from "better-sqlite3";

const tables = `
  -- The devices that may send, and that "*" reaches.
  CREATE TABLE IF NOT EXISTS devices (
    access_token TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL,
    device_id    TEXT NOT NULL,
    UNIQUE (user_id, device_id)
  );

  -- What waits for the next /sync of a device, in order of arrival.
  CREATE TABLE IF NOT EXISTS inbox (
    position  INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id   TEXT NOT NULL,
    device_id TEXT NOT NULL,
    event     TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS inbox_of_device ON inbox (user_id, device_id, position);

  -- What waits for another server, in order of sending.
  CREATE TABLE IF NOT EXISTS outbox (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    edu         TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS outbox_of_destination ON outbox (destination, position);

  -- The EDUs that were delivered: a sender repeats those that it had no answer to.
  CREATE TABLE IF NOT EXISTS received_edus (
    origin     TEXT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (origin, message_id)
  ) WITHOUT ROWID;

  -- The requests that were done: a client repeats those to which it had no answer, perhaps after a new login.
  CREATE TABLE IF NOT EXISTS client_transactions (
    user_id    TEXT NOT NULL,
    device_id  TEXT NOT NULL,
    event_type TEXT NOT NULL,
    txn_id     TEXT NOT NULL,
    PRIMARY KEY (user_id, device_id, event_type, txn_id)
  ) WITHOUT ROWID;
`;

/** Opens a file, or a database in memory that ends with the process. */
export function openDatabase(file = ":memory:"): Database.Database {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.exec(tables);
  return database;
}
