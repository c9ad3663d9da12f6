/** The events that wait for a device, as text. */
import type { DeviceId, UserId } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { type Device, inboxName } from "./devices.js";
import { type Database, insertRows, type TransactionSql, toColumn } from "./sql.js";

/** The maximum number of to-device events in one `/sync` response. */
const maxSyncEvents = 100;

export type Inbox = ReturnType<typeof inboxIn>;

export type Arrival = {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly event: JsonText;
};

type Row = { readonly position: number; readonly event: JsonText };

export function inboxIn(database: Database) {
  return {
    /** Appends events to the inboxes of devices that the transaction has locked. */
    append: async (sql: TransactionSql, arrivals: ReadonlyArray<Arrival>): Promise<void> => {
      await insertRows(
        sql,
        "INSERT INTO inbox (user_id, device_id, event) VALUES {rows}",
        arrivals.map(({ userId, deviceId, event }) => [userId, toColumn(deviceId), event]),
      );
      await sql.announce("inbox", [...new Set(arrivals.map(inboxName))]);
    },

    /** Deletes acknowledged events, up to a position. */
    acknowledge: async ({ userId, deviceId }: Device, position: number): Promise<void> => {
      await database.query(
        "DELETE FROM inbox WHERE user_id = $1 AND device_id = $2 AND position <= $3",
        [userId, toColumn(deviceId), position],
      );
    },

    /** The next events after a position, and the position of the last one. */
    read: async ({ userId, deviceId }: Device, after: number) => {
      const rows = await database.query<Row>(
        `SELECT position, event FROM inbox WHERE user_id = $1 AND device_id = $2 AND position > $3
         ORDER BY position LIMIT $4`,
        [userId, toColumn(deviceId), after, maxSyncEvents],
      );
      return { events: rows.map(({ event }) => event), position: rows.at(-1)?.position ?? after };
    },
  };
}
