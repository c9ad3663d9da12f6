/** The devices of this server's users, each with its access token. */
import { randomUUID } from "node:crypto";
import type { DeviceId, UserId } from "matrix-send-to-device";
import { type Database, fromColumn, type TransactionSql, toColumn } from "./sql.js";

/** The device of a user that an access token belongs to. */
export type Device = { readonly userId: UserId; readonly deviceId: DeviceId };

export type Devices = ReturnType<typeof devicesIn>;

type Row = { readonly user_id: UserId; readonly device_id: string };

export function devicesIn(database: Database) {
  return {
    /** Adds a device and returns its access token, which replaces an older one. */
    register: async ({ userId, deviceId }: Device): Promise<string> => {
      const accessToken = randomUUID();
      await database.query(
        `INSERT INTO devices (user_id, device_id, access_token) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, device_id) DO UPDATE SET access_token = excluded.access_token`,
        [userId, toColumn(deviceId), accessToken],
      );
      return accessToken;
    },

    withToken: async (accessToken: string): Promise<Device | undefined> => {
      const [row] = await database.query<Row>(
        "SELECT user_id, device_id FROM devices WHERE access_token = $1",
        // The token comes from the client.
        [toColumn(accessToken)],
      );
      return row && deviceOf(row);
    },

    /** Removes a device with its inbox and its keys. */
    remove: ({ userId, deviceId }: Device): Promise<void> =>
      database.transaction(async (sql) => {
        const device = [userId, toColumn(deviceId)];
        // Deletes the device first, which waits for deliveries in progress, and then its inbox.
        await sql.query("DELETE FROM devices WHERE user_id = $1 AND device_id = $2", device);
        await sql.query("DELETE FROM inbox WHERE user_id = $1 AND device_id = $2", device);
        await sql.query(
          "DELETE FROM published_keys WHERE kind = 'device' AND user_id = $1 AND device_id = $2",
          device,
        );
        await sql.query("DELETE FROM one_time_keys WHERE user_id = $1 AND device_id = $2", device);
      }),

    /**
     * The devices of some users, in one query. A user without devices has no row, and is not in the map.
     *
     * Until the transaction ends, no other one can deliver to these devices or remove them. All transactions lock
     * devices in the same order and before they deliver: positions in an inbox are therefore in commit order, and a
     * `/sync` that has read a position has seen all earlier ones.
     */
    lock: async (
      sql: TransactionSql,
      userIds: Iterable<UserId>,
    ): Promise<ReadonlyMap<UserId, ReadonlyArray<DeviceId>>> => {
      const rows = await sql.query<Row>(
        `SELECT user_id, device_id FROM devices WHERE user_id IN (${sql.strings})
         ORDER BY user_id, position${sql.forUpdate}`,
        [JSON.stringify([...userIds])],
      );
      return byUser(rows);
    },
  };
}

function byUser(rows: ReadonlyArray<Row>): ReadonlyMap<UserId, ReadonlyArray<DeviceId>> {
  const known = new Map<UserId, Array<DeviceId>>();
  for (const row of rows) {
    const { userId, deviceId } = deviceOf(row);
    const devices = known.get(userId) ?? [];
    devices.push(deviceId);
    known.set(userId, devices);
  }
  return known;
}

function deviceOf({ user_id, device_id }: Row): Device {
  // The column only contains registered device IDs.
  return { userId: user_id, deviceId: fromColumn(device_id) as DeviceId };
}

/** The name under which events for a device are announced. */
export function inboxName({ userId, deviceId }: Device): string {
  return JSON.stringify([userId, deviceId]);
}
