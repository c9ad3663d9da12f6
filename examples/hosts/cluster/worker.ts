/** One process of a homeserver, which can be killed and started again at the same address. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const hosts = fileURLToPath(new URL("..", import.meta.url));

export type Worker = ReturnType<typeof createWorker>;

/** Kills the workers when this process ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function createWorker(args: ReadonlyArray<string>, log: (line: string) => void) {
  let child: ChildProcess | undefined;
  let crashes = 0;

  async function start(): Promise<void> {
    // No shell or launcher in between: a signal must reach the homeserver itself.
    const started = spawn(process.execPath, ["--import", "tsx", "homeserver/main.ts", ...args], {
      cwd: hosts,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(started);
    started.once("exit", () => running.delete(started));
    started.stderr.setEncoding("utf8").on("data", log);
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout.setEncoding("utf8").on("data", (line: string) => {
        if (line.includes(" listens on ")) resolve();
      });
      started.once("exit", () => reject(new Error("The worker did not start")));
    });
    started.once("exit", () => {
      if (child === started) crashes += 1;
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill(signal);
    await once(ending, "exit");
  }

  return {
    start,
    /** How often the process has ended by itself after its start. */
    crashes: (): number => crashes,
    pid: (): number | undefined => child?.pid,
    kill: (): Promise<void> => end("SIGKILL"),
    stop: (): Promise<void> => end("SIGTERM"),
  };
}
