/**
 * What waits for other servers and for appservices: a queue for each, of EDUs or events as text.
 *
 * Which items make a transaction is written down before the first attempt, so that a repetition is the same transaction,
 * also after a restart.
 */
import type { JsonText } from "matrix-send-to-device/text";
import { type Database, insertRows, type TransactionSql } from "./sql.js";

export type Outbox = ReturnType<typeof outboxIn>;

/** The first items of a queue: one transaction, and how often it may be repeated is up to the sender. */
export type Batch = {
  readonly txnId: string;
  /** When the transaction was put together, in milliseconds. */
  readonly txnTs: number;
  readonly items: ReadonlyArray<Item>;
};

export type Item = { readonly position: number; readonly text: JsonText };

type Row = {
  readonly position: number;
  readonly item: JsonText;
  readonly txn_id: string | null;
  readonly txn_ts: number | null;
};

export function outboxIn(database: Database) {
  return {
    /**
     * Appends to queues. Their names are locked in one order, and before positions are drawn: so the positions of a
     * queue are in the order of commits, and a batch can be removed up to its last position.
     */
    append: async (
      sql: TransactionSql,
      queues: ReadonlyMap<string, ReadonlyArray<JsonText>>,
    ): Promise<void> => {
      if (queues.size === 0) return;
      const names = [...queues.keys()].sort();
      await insertRows(
        sql,
        "INSERT INTO queues (name) VALUES {rows} ON CONFLICT DO NOTHING",
        names.map((name) => [name]),
      );
      await sql.query(
        `SELECT name FROM queues WHERE name IN (${sql.strings}) ORDER BY name${sql.forUpdate}`,
        [JSON.stringify(names)],
      );
      const rows = names.flatMap((name) => (queues.get(name) ?? []).map((text) => [name, text]));
      await insertRows(sql, "INSERT INTO outbox (queue, item) VALUES {rows}", rows);
      await sql.announce("outbox", names);
    },

    /** The queues in which something waits. */
    queues: async (): Promise<ReadonlyArray<string>> => {
      const rows = await database.query<{ readonly queue: string }>(
        "SELECT DISTINCT queue FROM outbox",
      );
      return rows.map(({ queue }) => queue);
    },

    /** The items of the transaction that is next, in order; of a new one, at most `limit`. */
    next: async (queue: string, limit: number): Promise<ReadonlyArray<Row>> => {
      const rows = await database.query<Row>(
        `SELECT position, item, txn_id, txn_ts FROM outbox WHERE queue = $1
         ORDER BY position LIMIT $2`,
        [queue, limit],
      );
      return rows;
    },

    /** Writes down that some items are one transaction. */
    assign: async (
      queue: string,
      items: ReadonlyArray<Item>,
      txnId: string,
      txnTs: number,
    ): Promise<void> => {
      await database.query(
        `UPDATE outbox SET txn_id = $1, txn_ts = $2
         WHERE queue = $3 AND position >= $4 AND position <= $5`,
        [txnId, txnTs, queue, items[0]?.position ?? 0, items.at(-1)?.position ?? -1],
      );
    },

    /** Deletes what the destination has accepted. */
    remove: async (queue: string, items: ReadonlyArray<Item>): Promise<void> => {
      await database.query(
        "DELETE FROM outbox WHERE queue = $1 AND position >= $2 AND position <= $3",
        [queue, items[0]?.position ?? 0, items.at(-1)?.position ?? -1],
      );
    },

    /** Takes an item out of its queue and keeps it for whoever runs the server. */
    setAside: (queue: string, { position }: Item, reason: string): Promise<void> =>
      database.transaction(async (sql) => {
        await sql.query(
          `INSERT INTO set_aside (position, queue, item, reason)
           SELECT position, queue, item, $1 FROM outbox WHERE queue = $2 AND position = $3`,
          [reason, queue, position],
        );
        await sql.query("DELETE FROM outbox WHERE queue = $1 AND position = $2", [queue, position]);
      }),
  };
}
