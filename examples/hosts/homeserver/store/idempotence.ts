/**
 * Records completed work under a unique key, in the same SQL transaction as the work.
 *
 * Keys are digests, because a path or a message ID can exceed the size limit of an index.
 */
import { createHash } from "node:crypto";
import type { ServerName } from "matrix-send-to-device";
import type { Device } from "./devices.js";
import { type Database, insertRows, type TransactionSql } from "./sql.js";

/** How long a key is kept: 7 days. */
export const rememberMs = 7 * 24 * 3_600_000;

export type Idempotence = ReturnType<typeof idempotenceIn>;

export function idempotenceIn(database: Database, now: () => number) {
  return {
    isDone: async (key: string): Promise<boolean> =>
      (await database.query("SELECT 1 AS one FROM done WHERE key = $1", [key])).length > 0,

    /** Adds keys. Returns the new ones, without duplicates. */
    newOf: async (sql: TransactionSql, keys: ReadonlyArray<string>): Promise<Set<string>> => {
      const rows = await insertRows<{ readonly key: string }>(
        sql,
        "INSERT INTO done (key, done_at) VALUES {rows} ON CONFLICT DO NOTHING RETURNING key",
        // Sorted to prevent deadlocks: of two transactions with the same keys, one waits at the first.
        [...keys].sort().map((key) => [key, now()]),
      );
      return new Set(rows.map(({ key }) => key));
    },

    /** Deletes keys older than 7 days. */
    expire: async (): Promise<void> => {
      await database.query("DELETE FROM done WHERE done_at < $1", [now() - rememberMs]);
    },
  };
}

/** The key of an EDU. A received message ID has up to 255 code points. */
export function eduKey(origin: ServerName, messageId: string): string {
  return digest("edu", origin, messageId);
}

/** The key of a client's request: the device and the path. A new access token does not change it. */
export function requestKey({ userId, deviceId }: Device, eventType: string, txnId: string): string {
  return digest("request", userId, deviceId, eventType, txnId);
}

function digest(...parts: ReadonlyArray<string>): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
