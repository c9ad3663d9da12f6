/**
 * The public keys of this server's users and their devices, as the text that clients have signed.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#key-management-api}
 */
import type { DeviceId, UserId } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import type { Device } from "./devices.js";
import { type Database, fromColumn, insertRows, type TransactionSql, toColumn } from "./sql.js";

export type Keys = ReturnType<typeof keysIn>;

/** The purpose of a key. A device has one key, a user has one of each other kind. */
export type KeyKind = "device" | "master" | "self_signing" | "user_signing";

/** A published key. All keys are public except user-signing keys. */
export type PublishedKey = {
  readonly userId: UserId;
  readonly kind: KeyKind;
  /** Empty for the keys of the user. */
  readonly deviceId: DeviceId;
  readonly key: JsonText;
};

/** A user's signatures of a key. */
export type KeySignature = {
  readonly signer: UserId;
  /** The owner of the signed key. It may be a user of another server. */
  readonly userId: UserId;
  /** The device ID, or the public key in Base64. */
  readonly name: string;
  /** Signatures by key ID. */
  readonly signatures: JsonText;
};

/** A one-time key, or a fallback key, which is claimed when no one-time key is left. */
export type OneTimeKey = {
  /** With its algorithm: `signed_curve25519:AAAAHg`. */
  readonly keyId: string;
  readonly key: JsonText;
  readonly isFallback: boolean;
};

export type Claim = Device & { readonly algorithm: string };

export type ClaimedKey = Device & { readonly keyId: string; readonly key: JsonText };

type PublishedRow = {
  readonly user_id: UserId;
  readonly kind: KeyKind;
  readonly device_id: string;
  readonly public_key: JsonText;
};

type SignatureRow = {
  readonly signer: UserId;
  readonly user_id: UserId;
  readonly name: string;
  readonly signatures: JsonText;
};

type OneTimeRow = {
  readonly position: number;
  readonly key_id: string;
  readonly public_key: JsonText;
  readonly is_fallback: number;
};

export function keysIn(database: Database) {
  /** Locks the one-time keys of devices, in an order that all transactions share. */
  async function lock(sql: TransactionSql, devices: ReadonlyArray<Device>): Promise<void> {
    const names = devices.map((device) => `keys ${columnsOf(device).join(" ")}`);
    for (const name of [...new Set(names)].sort()) await sql.lock(name);
  }

  async function claimOne(sql: TransactionSql, claim: Claim): Promise<ReadonlyArray<ClaimedKey>> {
    const { userId, deviceId, algorithm } = claim;
    const [row] = await sql.query<OneTimeRow>(
      `SELECT position, key_id, public_key, is_fallback FROM one_time_keys
       WHERE user_id = $1 AND device_id = $2 AND algorithm = $3
       ORDER BY is_fallback, position LIMIT 1`,
      [...columnsOf(claim), toColumn(algorithm)],
    );
    if (row === undefined) return [];
    if (row.is_fallback === 0) {
      await sql.query("DELETE FROM one_time_keys WHERE position = $1", [row.position]);
    }
    return [{ userId, deviceId, keyId: fromColumn(row.key_id), key: row.public_key }];
  }

  return {
    /** Publishes keys and replaces older ones. */
    publish: async (keys: ReadonlyArray<PublishedKey>): Promise<void> => {
      await insertRows(
        database,
        `INSERT INTO published_keys (user_id, kind, device_id, public_key) VALUES {rows}
         ON CONFLICT (user_id, kind, device_id) DO UPDATE SET public_key = excluded.public_key`,
        keys.map(({ userId, kind, deviceId, key }) => [userId, kind, toColumn(deviceId), key]),
      );
    },

    /** The published keys of some users, in one query. */
    publishedBy: async (userIds: ReadonlyArray<UserId>): Promise<ReadonlyArray<PublishedKey>> =>
      database.transaction(async (sql) => {
        const rows = await sql.query<PublishedRow>(
          `SELECT user_id, kind, device_id, public_key FROM published_keys
           WHERE user_id IN (${sql.strings})`,
          [JSON.stringify(userIds)],
        );
        return rows.map(({ user_id, kind, device_id, public_key }) => ({
          userId: user_id,
          kind,
          deviceId: fromColumn(device_id) as DeviceId,
          key: public_key,
        }));
      }),

    sign: async (signatures: ReadonlyArray<KeySignature>): Promise<void> => {
      await insertRows(
        database,
        `INSERT INTO key_signatures (signer, user_id, name, signatures) VALUES {rows}
         ON CONFLICT (signer, user_id, name) DO UPDATE SET signatures = excluded.signatures`,
        // Sorted, so that two requests of one user cannot deadlock.
        signatures
          .map(({ signer, userId, name, signatures }) => [
            signer,
            userId,
            toColumn(name),
            signatures,
          ])
          .sort(([, ...a], [, ...b]) => (a.join() < b.join() ? -1 : 1)),
      );
    },

    /** The signatures of the keys of some users, in one query. */
    signaturesOf: async (userIds: ReadonlyArray<UserId>): Promise<ReadonlyArray<KeySignature>> =>
      database.transaction(async (sql) => {
        const rows = await sql.query<SignatureRow>(
          `SELECT signer, user_id, name, signatures FROM key_signatures
           WHERE user_id IN (${sql.strings})`,
          [JSON.stringify(userIds)],
        );
        return rows.map(({ signer, user_id, name, signatures }) => ({
          signer,
          userId: user_id,
          name: fromColumn(name),
          signatures,
        }));
      }),

    /** Adds claimable keys. A fallback key replaces the older one of its algorithm. */
    offer: (device: Device, keys: ReadonlyArray<OneTimeKey>): Promise<void> =>
      database.transaction(async (sql) => {
        await lock(sql, [device]);
        for (const { keyId } of keys.filter(({ isFallback }) => isFallback)) {
          await sql.query(
            `DELETE FROM one_time_keys
             WHERE user_id = $1 AND device_id = $2 AND algorithm = $3 AND is_fallback = 1`,
            [...columnsOf(device), toColumn(algorithmOf(keyId))],
          );
        }
        await insertRows(
          sql,
          `INSERT INTO one_time_keys (user_id, device_id, algorithm, key_id, public_key, is_fallback)
           VALUES {rows} ON CONFLICT DO NOTHING`,
          keys.map(({ keyId, key, isFallback }) => [
            ...columnsOf(device),
            toColumn(algorithmOf(keyId)),
            toColumn(keyId),
            key,
            Number(isFallback),
          ]),
        );
      }),

    /** How many keys of each algorithm are left, without fallback keys. */
    counts: async (device: Device): Promise<Record<string, number>> => {
      const rows = await database.query<{ readonly algorithm: string; readonly left: number }>(
        `SELECT algorithm, COUNT(*) AS "left" FROM one_time_keys
         WHERE user_id = $1 AND device_id = $2 AND is_fallback = 0 GROUP BY algorithm`,
        columnsOf(device),
      );
      return Object.fromEntries(
        // The client of PostgreSQL returns 64-bit counts as text.
        rows.map(({ algorithm, left }) => [fromColumn(algorithm), Number(left)]),
      );
    },

    /** Takes one key per claim. Claims without a key left are skipped. */
    claim: (claims: ReadonlyArray<Claim>): Promise<ReadonlyArray<ClaimedKey>> =>
      database.transaction(async (sql) => {
        await lock(sql, claims);
        const claimed: Array<ClaimedKey> = [];
        for (const claim of claims) claimed.push(...(await claimOne(sql, claim)));
        return claimed;
      }),
  };
}

function columnsOf({ userId, deviceId }: Device): [string, string] {
  return [userId, toColumn(deviceId)];
}

/** The part of a key ID before the colon. */
export function algorithmOf(keyId: string): string {
  return keyId.split(":", 1)[0] ?? "";
}
