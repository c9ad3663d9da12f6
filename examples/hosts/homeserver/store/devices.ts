/** The devices of this server's users, each with its access token. */
import { randomUUID } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { DeviceId, UserId } from "matrix-send-to-device";

/** The device of a user that an access token belongs to. */
export type Device = { readonly userId: UserId; readonly deviceId: DeviceId };

export type Devices = ReturnType<typeof devicesIn>;

export function devicesIn(database: Database) {
  const insert = database.prepare<[string, UserId, DeviceId]>(
    `INSERT INTO devices (access_token, user_id, device_id) VALUES (?, ?, ?)
     ON CONFLICT (user_id, device_id) DO UPDATE SET access_token = excluded.access_token`,
  );
  const byToken = database.prepare<[string], Device>(
    "SELECT user_id AS userId, device_id AS deviceId FROM devices WHERE access_token = ?",
  );
  const ofUsers = database.prepare<[string], Device>(
    `SELECT user_id AS userId, device_id AS deviceId FROM devices
     WHERE user_id IN (SELECT value FROM json_each(?)) ORDER BY rowid`,
  );

  return {
    /** Makes a device known, and gives its access token. An older token of the device ends. */
    register: ({ userId, deviceId }: Device): string => {
      const accessToken = randomUUID();
      insert.run(accessToken, userId, deviceId);
      return accessToken;
    },

    withToken: (accessToken: string): Device | undefined => byToken.get(accessToken),

    /** The devices of some users, in one query. A user without devices has no row, and is not in the map. */
    of: (userIds: ReadonlyArray<UserId>): ReadonlyMap<UserId, ReadonlyArray<DeviceId>> => {
      const known = new Map<UserId, Array<DeviceId>>();
      for (const { userId, deviceId } of ofUsers.all(JSON.stringify(userIds))) {
        const devices = known.get(userId) ?? [];
        devices.push(deviceId);
        known.set(userId, devices);
      }
      return known;
    },
  };
}
