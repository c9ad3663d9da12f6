/** The EDUs that wait for another server. */
import type { Database } from "better-sqlite3";
import type { DirectToDeviceEdu, ServerName } from "matrix-send-to-device";

export type Outbox = ReturnType<typeof outboxIn>;

/** The first EDUs that wait for a destination, and the position of the last of them. */
export type Batch = { readonly edus: ReadonlyArray<DirectToDeviceEdu>; readonly position: number };

export function outboxIn(database: Database) {
  const insert = database.prepare<[ServerName, string]>(
    "INSERT INTO outbox (destination, edu) VALUES (?, ?)",
  );
  const select = database.prepare<
    [ServerName, number],
    { readonly position: number; readonly edu: string }
  >("SELECT position, edu FROM outbox WHERE destination = ? ORDER BY position LIMIT ?");
  const remove = database.prepare<[ServerName, number]>(
    "DELETE FROM outbox WHERE destination = ? AND position <= ?",
  );
  const destinations = database.prepare<[], { readonly destination: ServerName }>(
    "SELECT DISTINCT destination FROM outbox",
  );

  return {
    append: (destination: ServerName, edus: ReadonlyArray<DirectToDeviceEdu>): void => {
      for (const edu of edus) insert.run(destination, JSON.stringify(edu));
    },

    first: (destination: ServerName, limit: number): Batch | undefined => {
      const rows = select.all(destination, limit);
      const last = rows.at(-1);
      return last && { edus: rows.map(({ edu }) => JSON.parse(edu)), position: last.position };
    },

    /** Deletes what a destination has accepted, up to a position. */
    remove: (destination: ServerName, position: number): void => {
      remove.run(destination, position);
    },

    destinations: (): ReadonlyArray<ServerName> =>
      destinations.all().map(({ destination }) => destination),
  };
}
