/** The example homeserver of this repository: one process on SQLite, or two on PostgreSQL. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../cluster/ports.js";
import { loginWithout } from "./client.js";
import { chooseName, runServer, type Server, type Site } from "./server.js";

const hosts = fileURLToPath(new URL("..", import.meta.url));

export type OursOptions = {
  /** A file of SQLite, or the address of a PostgreSQL database. */
  readonly database: string;
  readonly processes: number;
};

export async function runOurs(site: Site, options: OursOptions): Promise<Server> {
  const { database, processes } = options;
  const name = await chooseName();
  const ports = await freePorts(processes);
  const urls = ports.map((port) => `https://localhost:${port}`);
  const { cert, key, ca } = site.certificates.files;
  return runServer({
    site,
    name,
    urls,
    programs: ports.map((port, index) => ({
      command: process.execPath,
      args: [
        ...["--import", "tsx", "homeserver/main.ts"],
        ...["--name", name, "--port", String(port), "--database", database],
        ...["--tls-cert", cert, "--tls-key", key, "--ca", ca, "--retry-ms", "200"],
      ],
      cwd: hosts,
      log: join(site.folder, `ours-${index}.log`),
    })),
    login: (localpart, deviceId) =>
      loginWithout(
        // Through the gate: requests of one client reach the processes in turn.
        { baseUrl: () => `https://${name}`, fetch: site.web.fetch },
        `@${localpart}:${name}`,
        deviceId,
      ),
  });
}
