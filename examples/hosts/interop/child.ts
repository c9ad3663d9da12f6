/** Runs servers in separate processes, so that they can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

export type Program = {
  readonly command: string;
  readonly args: ReadonlyArray<string>;
  readonly cwd: string;
  readonly env?: { readonly [name: string]: string };
  /** The output is appended to this file. */
  readonly log: string;
  /** Whether the server responds. */
  readonly isReady: () => Promise<boolean>;
};

export type Child = Awaited<ReturnType<typeof startChild>>;

const readyMs = 60_000;
const stopMs = 10_000;

/** Starts a program and waits until it responds. */
export async function startChild({ command, args, cwd, env, log, isReady }: Program) {
  // Kills the child however this process ends.
  if (!process.listeners("exit").includes(killRunning)) process.on("exit", killRunning);
  const output = createWriteStream(log, { flags: "a" });
  const child = spawn(command, args, {
    cwd,
    env: { ...withoutProxies(process.env), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  running.add(child);
  void ended.then(() => {
    running.delete(child);
    output.end();
  });
  const isRunning = () => running.has(child);

  for (const deadline = Date.now() + readyMs; !(await isReady()); await wait(100)) {
    if (!isRunning()) throw new Error(`${command} has ended, see ${log}`);
    if (Date.now() > deadline) throw new Error(`${command} does not respond, see ${log}`);
  }
  return {
    /** Kills the process with SIGKILL. */
    kill: async (): Promise<void> => {
      child.kill("SIGKILL");
      await ended;
    },

    stop: async (): Promise<void> => {
      child.kill("SIGTERM");
      await Promise.race([ended, wait(stopMs)]);
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const running = new Set<ChildProcess>();

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** The servers reach each other without a proxy. */
function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^https?_proxy$/i.test(name)));
}
