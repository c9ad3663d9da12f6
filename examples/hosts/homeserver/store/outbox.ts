/**
 * The queues for other servers and appservices, with EDUs or events as text.
 *
 * The items of a transaction are recorded before the first attempt, so that a retry is the same transaction,
 * even after a restart.
 */
import { randomBytes } from "node:crypto";
import { maxTransactionEdus } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { type Database, insertRows, type Sql, type TransactionSql, toColumn } from "./sql.js";

export type Outbox = ReturnType<typeof outboxIn>;

/** The items of one transaction, in order, from the head of a queue. */
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

/** The maximum number of items in one transaction. */
export const maxItems = maxTransactionEdus;

export function outboxIn(database: Database, now: () => number) {
  const rowsAfter = (sql: Sql, queue: string, position: number, limit: number) =>
    sql.query<Row>(
      `SELECT position, item, txn_id, txn_ts FROM outbox WHERE queue = $1 AND position > $2
       ORDER BY position LIMIT $3`,
      [queue, position, limit],
    );

  /** Records that some items form one transaction. */
  async function assign(sql: Sql, queue: string, items: ReadonlyArray<Item>): Promise<Batch> {
    const batch = { txnId: randomBytes(12).toString("base64url"), txnTs: now(), items };
    await sql.query(
      `UPDATE outbox SET txn_id = $1, txn_ts = $2
       WHERE queue = $3 AND position >= $4 AND position <= $5`,
      [batch.txnId, batch.txnTs, queue, ...range(items)],
    );
    return batch;
  }

  return {
    /**
     * Appends to queues. Their names are locked in one order, and before positions are drawn: positions in a
     * queue are therefore in commit order, and a batch can be deleted up to its last position.
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

    /** The queues with items. */
    queues: async (): Promise<ReadonlyArray<string>> => {
      const rows = await database.query<{ readonly queue: string }>(
        // Not DISTINCT, which reads every row.
        `SELECT name AS queue FROM queues
         WHERE EXISTS (SELECT 1 FROM outbox WHERE queue = queues.name)`,
      );
      return rows.map(({ queue }) => queue);
    },

    /** The transaction that is next, with at most `size` items. A longer one is split, and becomes a new one. */
    next: (queue: string, size: number): Promise<Batch | undefined> =>
      database.transaction(async (sql) => {
        // A process that has unknowingly lost its lease finds the same transaction as its successor.
        await sql.lock(`outbox ${queue}`);
        const rows = await rowsAfter(sql, queue, 0, maxItems);
        const [first] = rows;
        if (first === undefined) return undefined;
        const { txn_id: txnId, txn_ts: txnTs } = first;
        if (txnId !== null && txnTs !== null) {
          const items = rows.filter((row) => row.txn_id === txnId).map(itemOf);
          if (items.length <= size) return { txnId, txnTs, items };
          await sql.query("UPDATE outbox SET txn_id = NULL WHERE queue = $1 AND txn_id = $2", [
            queue,
            txnId,
          ]);
        }
        return assign(sql, queue, rows.slice(0, size).map(itemOf));
      }),

    /** The items after a batch, each as a transaction of its own. */
    behind: async (queue: string, { items }: Batch, limit: number) => {
      const rows = await rowsAfter(database, queue, items.at(-1)?.position ?? 0, limit);
      return rows.map((row) => () => assign(database, queue, [itemOf(row)]));
    },

    /** Deletes the accepted items of a batch. */
    remove: async (queue: string, { items }: Batch): Promise<void> => {
      await database.query(
        "DELETE FROM outbox WHERE queue = $1 AND position >= $2 AND position <= $3",
        [queue, ...range(items)],
      );
    },

    /** Moves the only item of a batch from its queue to the set-aside table, for the operator. */
    setAside: (queue: string, { items }: Batch, reason: string): Promise<void> =>
      database.transaction(async (sql) => {
        const [position] = range(items);
        await sql.query(
          `INSERT INTO set_aside (position, queue, item, reason)
           SELECT position, queue, item, $1 FROM outbox WHERE queue = $2 AND position = $3
           ON CONFLICT DO NOTHING`,
          // The reason may quote a response.
          [toColumn(reason), queue, position],
        );
        await sql.query("DELETE FROM outbox WHERE queue = $1 AND position = $2", [queue, position]);
      }),
  };
}

function itemOf({ position, item }: Row): Item {
  return { position, text: item };
}

function range(items: ReadonlyArray<Item>): readonly [from: number, to: number] {
  return [items[0]?.position ?? 0, items.at(-1)?.position ?? -1];
}
