/** Values that all processes of a homeserver share. */
import type { Database } from "./sql.js";

export type Settings = ReturnType<typeof settingsIn>;

export function settingsIn(database: Database) {
  return {
    /** The value of a name. If several processes set the first value at the same time, one wins. */
    get: async (name: string, first: () => string): Promise<string> => {
      await database.query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        [name, first()],
      );
      const [row] = await database.query<{ readonly value: string }>(
        "SELECT value FROM settings WHERE name = $1",
        [name],
      );
      if (row === undefined) throw new Error("The settings were deleted");
      return row.value;
    },
  };
}
