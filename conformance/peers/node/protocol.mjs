/**
 * Answers conformance cases: one case per line on standard input, one answer per line on standard output.
 *
 * The protocol is in `../README.md`. Each harness defines the functions of its peer, by kind. A function returns the
 * members next to the verdict "accept", and throws if the peer rejects the input.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** The peer has no function for this case. */
export class Unsupported extends Error {}

/** The peer would end its process. This is reported as a crash, not as a verdict. */
export class Crash extends Error {}

/** The versions of installed packages, whether or not they export their package.json. */
export function versionsOf(names) {
  const manifest = (name) => new URL(`node_modules/${name}/package.json`, import.meta.url);
  return Object.fromEntries(
    names.map((name) => [name, JSON.parse(readFileSync(manifest(name), "utf8")).version]),
  );
}

function write(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function failed(error) {
  const reason = String(error instanceof Error ? error.message : error).slice(0, 300);
  if (error instanceof Unsupported) return { verdict: "unsupported", reason };
  return { verdict: error instanceof Crash ? "crash" : "reject", reason };
}

export async function serve(hello, functions) {
  write(hello);
  for await (const line of createInterface({ input: process.stdin })) {
    const each = JSON.parse(line);
    const run = functions[each.kind];
    try {
      if (run === undefined) throw new Unsupported("");
      write({ id: each.id, verdict: "accept", ...(await run(each)) });
    } catch (error) {
      write({ id: each.id, ...failed(error) });
    }
  }
}

/** Reads a string from its JSON text. */
export function stringOf(text) {
  const value = JSON.parse(text);
  if (typeof value !== "string") throw new Error("not a string");
  return value;
}
