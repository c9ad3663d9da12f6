/**
 * Builds what the harnesses need, once: what a build was made of is remembered next to it.
 *
 * Fetching may fail, because a registry cannot be reached or a tool is not there; then the peers are skipped. A build of
 * what was fetched must not fail.
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
  /** Prints the version of the tool; its end with an error says that the tool is not there. */
  readonly tool: readonly [command: string, argument: string];
  /** Files and folders that the build is made of. */
  readonly sources: ReadonlyArray<string>;
  /** Where the build goes. */
  readonly target: string;
  /** Files to be put in one folder before anything else. */
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
  if (version === undefined) return { _tag: "Skipped", reason: `there is no ${tool[0]}` };
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

/** The files in a folder that can change a build: not what others have installed there. */
function filesIn(path: string): ReadonlyArray<string> {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !["node_modules", "__pycache__"].includes(name));
  return names.sort().flatMap((name) => filesIn(join(path, name)));
}

/** A fault of this project, and none of a registry: what cargo, go, npm and pip say of locks that do not fit. */
const staleLock = /--locked|missing go\.sum|updates to go\.mod|in sync|ResolutionImpossible/;

/** The line that says what is wrong. */
function reasonOf(output: string): string {
  const lines = output.trim().split("\n");
  return lines.find((line) => /^(npm )?error/i.test(line)) ?? lines.at(-1) ?? "";
}

/** Runs at low priority; returns what a step that fails said last. */
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
