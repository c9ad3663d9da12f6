/** The persistent state of the homeserver. */
import { devicesIn } from "./devices.js";
import { idempotenceIn } from "./idempotence.js";
import { inboxIn } from "./inbox.js";
import { keysIn } from "./keys.js";
import { outboxIn } from "./outbox.js";
import { settingsIn } from "./settings.js";
import type { Database } from "./sql.js";
import { openSqlite } from "./sqlite.js";

export type Store = Awaited<ReturnType<typeof openStore>>;

/** Opens the store: a file of SQLite, `:memory:`, or a `postgres://` address. */
export async function openStore(address: string, now: () => number) {
  const database = await openDatabase(address);
  return {
    database,
    transaction: database.transaction,
    devices: devicesIn(database),
    idempotence: idempotenceIn(database, now),
    inbox: inboxIn(database),
    keys: keysIn(database),
    outbox: outboxIn(database, now),
    settings: settingsIn(database),
  };
}

async function openDatabase(address: string): Promise<Database> {
  if (!/^postgres(ql)?:/.test(address)) return openSqlite(address);
  // Loads the client of PostgreSQL only if it is used.
  const { openPostgres } = await import("./postgres.js");
  return openPostgres(address);
}
