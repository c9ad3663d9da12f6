/**
 * Answers conformance cases: one case a line on standard input, one answer a line on standard output.
 *
 * The protocol is in `../README.md`. Each harness brings the functions of its peer, by kind: a function returns what
 * goes next to the verdict "accept", and throws if the peer rejects the input.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** The peer has no function for this case. */
export class Unsupported extends Error {}

/** The peer brings its process down. That is an observation of its own, and no verdict. */
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

/** The string that a text holds. */
export function stringOf(text) {
  const value = JSON.parse(text);
  if (typeof value !== "string") throw new Error("not a string");
  return value;
}
