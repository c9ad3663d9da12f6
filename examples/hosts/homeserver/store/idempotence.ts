/** What was done already. A unique key says it, in the same SQL transaction as what it stands for. */
import type { Database } from "better-sqlite3";
import type { MessageId, ServerName } from "matrix-send-to-device";

export type Idempotence = ReturnType<typeof idempotenceIn>;

export function idempotenceIn(database: Database) {
  const insertEdu = database.prepare<[ServerName, MessageId]>(
    "INSERT INTO received_edus (origin, message_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const insertTransaction = database.prepare<[string, string, string]>(
    `INSERT INTO client_transactions (access_token, event_type, txn_id) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );

  return {
    /** Whether a server's EDU is new; from now on it is not. */
    isNewEdu: (origin: ServerName, messageId: MessageId): boolean =>
      insertEdu.run(origin, messageId).changes === 1,

    /** Whether a device's request is new; from now on it is not. */
    isNewRequest: (accessToken: string, eventType: string, txnId: string): boolean =>
      insertTransaction.run(accessToken, eventType, txnId).changes === 1,
  };
}
