/**
 * A real PostgreSQL for tests and examples: the one at `DATABASE_URL`, or a temporary one that is started here.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { startEmbeddedPostgres } from "../cluster/embedded-postgres.js";

/** Disables durability: the data need not survive a crash of the machine. */
export const withoutSync = ["-c", "fsync=off"];

export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

/** The options apply only to a server that is started here. */
export async function startPostgres(...options: ReadonlyArray<string>) {
  const given = process.env.DATABASE_URL;
  const server =
    given === undefined
      ? await startEmbeddedPostgres(options)
      : { address: given, stop: async () => undefined };
  const admin = new pg.Pool({ connectionString: server.address, max: 4 });
  // A connection may end later than the server.
  admin.on("error", () => undefined);
  admin.on("connect", (client) => client.on("error", () => undefined));
  const created: Array<string> = [];
  const isGiven = given !== undefined;
  return {
    /** The address of a new, empty database. */
    createDatabase: async (): Promise<string> => {
      const name = `hosts_${randomUUID().replaceAll("-", "")}`;
      await admin.query(`CREATE DATABASE ${name} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0`);
      created.push(name);
      const address = new URL(server.address);
      address.pathname = name;
      return address.href;
    },

    /** Queries the server as the operator. */
    query: async <Row extends pg.QueryResultRow>(
      text: string,
      values: ReadonlyArray<unknown> = [],
    ): Promise<ReadonlyArray<Row>> => (await admin.query<Row>(text, [...values])).rows,

    /** Cuts the connections to a database, all or those of a kind, and returns their number. */
    cutConnections: async (address: string, condition = "true"): Promise<number> => {
      const { rowCount } = await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 AND backend_type = 'client backend' AND ${condition}`,
        [databaseOf(address)],
      );
      return rowCount ?? 0;
    },

    stop: async (): Promise<void> => {
      // A temporary server is removed as a whole.
      if (isGiven)
        for (const name of created) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
      await server.stop();
    },
  };
}

/** The name of the database at an address. */
export function databaseOf(address: string): string {
  return new URL(address).pathname.slice(1);
}
