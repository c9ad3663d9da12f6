/** What was done already. A unique key says it, in the same SQL transaction as what it stands for. */
import type { Database } from "better-sqlite3";
import type { ServerName } from "matrix-send-to-device";
import type { Device } from "./devices.js";

export type Idempotence = ReturnType<typeof idempotenceIn>;

export function idempotenceIn(database: Database) {
  const insertEdu = database.prepare<[ServerName, string]>(
    "INSERT INTO received_edus (origin, message_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const insertTransaction = database.prepare<[string, string, string, string]>(
    `INSERT INTO client_transactions (user_id, device_id, event_type, txn_id) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );

  const selectTransaction = database.prepare<[string, string, string, string]>(
    "SELECT 1 FROM client_transactions WHERE user_id = ? AND device_id = ? AND event_type = ? AND txn_id = ?",
  );

  return {
    /** Whether a device's request was answered before. */
    hasRequest: ({ userId, deviceId }: Device, eventType: string, txnId: string): boolean =>
      selectTransaction.get(userId, deviceId, eventType, txnId) !== undefined,

    /** Whether a server's EDU is new; from now on it is not. A received message ID has up to 255 code points. */
    isNewEdu: (origin: ServerName, messageId: string): boolean =>
      insertEdu.run(origin, messageId).changes === 1,

    /** Whether a device's request is new; from now on it is not. */
    isNewRequest: ({ userId, deviceId }: Device, eventType: string, txnId: string): boolean =>
      insertTransaction.run(userId, deviceId, eventType, txnId).changes === 1,
  };
}
