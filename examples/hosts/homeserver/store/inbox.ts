/** The events that wait for a device. */
import type { Database } from "better-sqlite3";
import type { Delivery, ToDeviceEvent } from "matrix-send-to-device";
import type { Device } from "./devices.js";

/** The most to-device events of one `/sync` response. */
const maxSyncEvents = 100;

export type Inbox = ReturnType<typeof inboxIn>;

export function inboxIn(database: Database) {
  const insert = database.prepare<[string, string, string]>(
    "INSERT INTO inbox (user_id, device_id, event) VALUES (?, ?, ?)",
  );
  const remove = database.prepare<[string, string, number]>(
    "DELETE FROM inbox WHERE user_id = ? AND device_id = ? AND position <= ?",
  );
  const select = database.prepare<
    [string, string, number, number],
    { readonly position: number; readonly event: string }
  >(
    `SELECT position, event FROM inbox WHERE user_id = ? AND device_id = ? AND position > ?
     ORDER BY position LIMIT ?`,
  );

  return {
    append: (deliveries: ReadonlyArray<Delivery>): void => {
      for (const { userId, deviceId, event } of deliveries) {
        insert.run(userId, deviceId, JSON.stringify(event));
      }
    },

    /** Deletes what the device has seen, up to a position. */
    acknowledge: ({ userId, deviceId }: Device, position: number): void => {
      remove.run(userId, deviceId, position);
    },

    /** The first events behind a position, and the position of the last of them. */
    read: ({ userId, deviceId }: Device, after: number) => {
      const rows = select.all(userId, deviceId, after, maxSyncEvents);
      const events = rows.map(({ event }): ToDeviceEvent => JSON.parse(event));
      return { events, position: rows.at(-1)?.position ?? after };
    },
  };
}
