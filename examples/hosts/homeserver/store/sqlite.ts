/** SQLite, for one process: in a file, or in memory until the process ends. */
import { EventEmitter } from "node:events";
import Sqlite from "better-sqlite3";
import { createTurns } from "../turns.js";
import { type Channel, type Database, type Sql, tablesFor, type Value } from "./sql.js";

export function openSqlite(file: string): Database {
  const sqlite = new Sqlite(file);
  sqlite.pragma("journal_mode = WAL");
  const dialect = { position: "INTEGER PRIMARY KEY AUTOINCREMENT", integer: "INTEGER" };
  for (const table of tablesFor(dialect)) sqlite.exec(table);

  const statements = new Map<string, Sqlite.Statement<[object]>>();
  const announcements = new EventEmitter();
  const leases = new Set<string>();
  // There is only one connection, so a query waits for the running transaction.
  const turns = createTurns();

  async function run<Row>(text: string, values: ReadonlyArray<Value> = []) {
    const statement = statements.get(text) ?? sqlite.prepare<[object]>(text);
    // Statements for many rows have varying texts.
    if (values.length < 10) statements.set(text, statement);
    const parameters = Object.fromEntries(values.map((value, index) => [index + 1, value]));
    if (statement.reader) return statement.all(parameters) as ReadonlyArray<Row>;
    statement.run(parameters);
    return [];
  }
  const sql: Sql = { query: run };

  return {
    query: (text, values) => turns.take(() => run(text, values)),

    transaction: (work) =>
      turns.take(async () => {
        const announced: Array<readonly [Channel, string]> = [];
        sqlite.exec("BEGIN IMMEDIATE");
        try {
          const result = await work({
            ...sql,
            lock: async () => undefined,
            announce: async (channel, names) => {
              for (const name of names) announced.push([channel, name]);
            },
            forUpdate: "",
            strings: "SELECT value FROM json_each($1)",
          });
          sqlite.exec("COMMIT");
          for (const [channel, name] of announced) announcements.emit("all", channel, name);
          return result;
        } catch (error) {
          if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
          throw error;
        }
      }),

    listen: (listener) => void announcements.on("all", listener),

    lease: async (name) => {
      if (leases.has(name)) return undefined;
      leases.add(name);
      return {
        signal: new AbortController().signal,
        release: async () => void leases.delete(name),
      };
    },

    close: async () => {
      await turns.take(async () => void sqlite.close());
    },
  };
}
