/**
 * Builds the real servers: Synapse from Python packages, Dendrite from Go modules. Both are pinned with all their
 * dependencies, and kept in a folder that git ignores.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const synapseVersion = "1.163.2";
export const dendriteVersion = "0.15.2";

export type Built =
  | { readonly _tag: "Built"; readonly command: string; readonly seconds: number }
  /** A tool is missing, or a dependency cannot be fetched. */
  | { readonly _tag: "Skipped"; readonly reason: string };

const here = fileURLToPath(new URL(".", import.meta.url));
const cache = fileURLToPath(new URL("../../../.cache/interop-servers/", import.meta.url));

export function buildSynapse(): Promise<Built> {
  const requirements = join(here, "synapse/requirements.txt");
  const target = join(cache, "synapse");
  const python = join(target, "bin/python");
  const fetch = async () => {
    await run("python3", ["-m", "venv", target]);
    const quick = ["--retries", "1", "--timeout", "30", "--only-binary", ":all:"];
    await run(python, ["-m", "pip", "install", "--quiet", ...quick, "-r", requirements]);
  };
  return keep({ target, sources: [requirements], command: python, fetch });
}

export function buildDendrite(): Promise<Built> {
  const files = ["go.mod", "go.sum"].map((file) => join(here, "dendrite", file));
  const target = join(cache, "dendrite");
  const binary = join(target, "bin/dendrite");
  const go = (...args: ReadonlyArray<string>) =>
    run("go", args, { cwd: target, env: { GOFLAGS: "-mod=readonly", GOWORK: "off" } });
  return keep({
    target,
    sources: files,
    command: binary,
    fetch: async () => {
      for (const file of files) cpSync(file, join(target, basename(file)));
      await go("mod", "download");
    },
    build: async () => {
      mkdirSync(dirname(binary));
      const program = "github.com/element-hq/dendrite/cmd/dendrite";
      await go("build", "-buildvcs=false", "-o", binary, program);
    },
  });
}

type Steps = {
  readonly target: string;
  /** The inputs of the build. */
  readonly sources: ReadonlyArray<string>;
  /** The output of the build. */
  readonly command: string;
  /** May fail if a tool is missing or a registry is unreachable. */
  readonly fetch: () => Promise<void>;
  /** Must not fail. */
  readonly build?: () => Promise<void>;
};

/** Builds unless these sources are already built. */
async function keep({ target, sources, command, fetch, build }: Steps): Promise<Built> {
  const started = performance.now();
  const stamp = join(target, "stamp");
  const hash = createHash("sha256");
  for (const file of sources) hash.update(readFileSync(file));
  const digest = hash.digest("hex");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    try {
      await fetch();
    } catch (error) {
      return { _tag: "Skipped", reason: error instanceof Error ? error.message : String(error) };
    }
    await build?.();
    writeFileSync(stamp, digest);
  }
  return { _tag: "Built", command, seconds: (performance.now() - started) / 1000 };
}

/** Runs at low priority, and fails with the last line of the command's output. */
function run(
  command: string,
  args: ReadonlyArray<string>,
  { cwd = here, env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, CGO_ENABLED: "0", ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (child.pid !== undefined) setPriority(child.pid, 10);
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => {
      output = (output + String(chunk)).slice(-2000);
    });
    child.on("error", (error) => reject(error));
    child.on("close", (code) => {
      const lastLine = output.trim().split("\n").at(-1);
      if (code === 0) resolve();
      else {
        const step = [basename(command), ...args.slice(0, 2)].join(" ");
        reject(new Error(`${step}: ${lastLine || `ended with ${code}`}`));
      }
    });
  });
}
