/**
 * Builds the harnesses and their dependencies, once: the inputs of a build are recorded next to it.
 *
 * If fetching fails, because a registry is unreachable or a tool is missing, the peers are skipped. A build of fetched
 * sources must not fail.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";

type Step = {
  readonly command: string;
  readonly args: ReadonlyArray<string>;
  readonly cwd: string;
  readonly env?: { readonly [name: string]: string };
};

export type Toolchain = {
  readonly name: string;
  /** Prints the version of the tool. If it fails, the tool is missing. */
  readonly tool: readonly [command: string, argument: string];
  /** The input files and folders of the build. */
  readonly sources: ReadonlyArray<string>;
  /** The output folder of the build. */
  readonly target: string;
  /** Files to copy into one folder first. */
  readonly copies?: { readonly from: ReadonlyArray<string>; readonly to: string };
  readonly fetch: ReadonlyArray<Step>;
  readonly build: ReadonlyArray<Step>;
};

export type Prepared =
  | { readonly _tag: "Ready"; readonly built: boolean; readonly seconds: number }
  | { readonly _tag: "Skipped"; readonly reason: string };

export async function prepare(toolchain: Toolchain): Promise<Prepared> {
  const { name, tool, sources, target, copies, fetch, build } = toolchain;
  const started = performance.now();
  const version = versionOf(tool);
  if (version === undefined) return { _tag: "Skipped", reason: `${tool[0]} is missing` };
  const stamp = join(target, "stamp");
  const made = digest(sources, version);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) {
    return { _tag: "Ready", built: false, seconds: 0 };
  }
  console.log(`building ${name}`);
  mkdirSync(target, { recursive: true });
  rmSync(stamp, { force: true });
  if (copies !== undefined) {
    rmSync(copies.to, { recursive: true, force: true });
    for (const from of copies.from) cpSync(from, copies.to, { recursive: true });
  }
  for (const step of fetch) {
    const failure = await run(step);
    if (failure === undefined) continue;
    if (staleLock.test(failure)) throw new Error(`${name} has a stale lock file: ${failure}`);
    return { _tag: "Skipped", reason: reasonOf(failure) };
  }
  for (const step of build) {
    const failure = await run(step);
    if (failure !== undefined) throw new Error(`${name} does not build: ${failure}`);
  }
  writeFileSync(stamp, made);
  return { _tag: "Ready", built: true, seconds: (performance.now() - started) / 1000 };
}

function versionOf([command, argument]: readonly [string, string]): string | undefined {
  const { status, stdout } = spawnSync(command, [argument], { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

function digest(sources: ReadonlyArray<string>, version: string): string {
  const hash = createHash("sha256").update(version);
  for (const file of sources.flatMap(filesIn)) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

/** The files in a folder that can change a build, without installed dependencies. */
function filesIn(path: string): ReadonlyArray<string> {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !["node_modules", "__pycache__"].includes(name));
  return names.sort().flatMap((name) => filesIn(join(path, name)));
}

/** Errors of cargo, go, npm and pip about lock files that do not match: a fault of this project, not of a registry. */
const staleLock = /--locked|missing go\.sum|updates to go\.mod|in sync|ResolutionImpossible/;

/** The line that describes the error. */
function reasonOf(output: string): string {
  const lines = output.trim().split("\n");
  return lines.find((line) => /^(npm )?error/i.test(line)) ?? lines.at(-1) ?? "";
}

/** Runs at low priority. Returns the last output of a failed step. */
function run({ command, args, cwd, env }: Step): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (child.pid !== undefined) setPriority(child.pid, 10);
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + String(chunk)).slice(-4000);
    });
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : said || `ended with ${code}`));
  });
}
