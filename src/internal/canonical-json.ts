/**
 * A walk over a JSON value, by one of two sets of rules: can it be passed on, or does it have canonical JSON.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type { Either } from "fp-ts/lib/Either.js";
import { line } from "../explain.js";
import { isPlainArray, isPlainObject, keysOf, unreadable, valueAt } from "./plain.js";
import { isWellFormed, utf8Length } from "./text.js";

/**
 * The maximum nesting depth of Device Message Contents. The contents object itself is level 1.
 *
 * Contents of 100,000 levels can be parsed, but overflow the call stack when they are serialised.
 */
export const maxDepth = 100;

/** The place where a value breaks a rule: the keys that lead to it, outermost first, and what was expected there. */
export type Fault = { readonly path: Array<string>; readonly expected: string };

/**
 * After this many values, an object that is met a second time is rejected.
 *
 * Objects can be shared in memory, unlike in text: 100 objects that each hold the next one twice are 2^100 values.
 */
const maxSharedValues = 65_536;

/** Rules for strings and numbers. Each returns a size in bytes, or what was expected instead. */
type Rules = {
  readonly string: (text: string) => number | string;
  readonly number: (value: number) => number | string;
};

/** Rules for values that can be passed on to another server. Sizes do not matter. */
const transport: Rules = {
  string: (text) => (isWellFormed(text) ? 0 : noLoneSurrogate),
  number: (value) => (Number.isFinite(value) ? 0 : "expected finite number"),
};

/** Rules of canonical JSON, with sizes. */
const canonical: Rules = { string: stringSize, number: numberSize };

const noLoneSurrogate = "expected no lone surrogate";

/** The state of a walk. `seen` holds the objects met after the first `maxSharedValues` values. */
type Walk = { readonly rules: Rules; values: number; seen: Set<object> | undefined };

/**
 * Returns the size of a value as canonical JSON in bytes, or why it has no canonical JSON.
 *
 * It rejects numbers that are not integers from -(2^53)+1 to 2^53-1, lone surrogates, values that are not JSON, more than
 * 100 levels (and therefore cycles), and more than 65,536 values that share objects. A request with such a value cannot
 * be signed.
 *
 * @param value - any value
 * @returns the size in bytes of UTF-8 (right), or a line with the place and what was expected there (left)
 *
 * @example
 * ```ts
 * import { canonicalJsonBytes } from "matrix-send-to-device";
 *
 * console.log(canonicalJsonBytes({ a: "é" })); // { _tag: "Right", right: 10 }
 * console.log(canonicalJsonBytes({ a: 1.5 })); // { _tag: "Left", left: "a: expected integer" }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
export function canonicalJsonBytes(value: unknown): Either<string, number> {
  const size = sizeOf(value, newWalk(canonical), 1);
  return typeof size === "number"
    ? { _tag: "Right", right: size }
    : { _tag: "Left", left: line(size.path, size.expected) };
}

/** The size of Device Message Contents as canonical JSON, or the first fault. */
export function contentsSize(contents: unknown): number | Fault {
  return isPlainObject(contents)
    ? sizeOf(contents, newWalk(canonical), 1)
    : fault(notReadable(contents) ?? "expected object");
}

/** The first fault that keeps a value from being passed on as JSON text. */
export function transportFault(value: unknown): Fault | undefined {
  const size = sizeOf(value, newWalk(transport), 1);
  return typeof size === "number" ? undefined : size;
}

/** The same for Device Message Contents, which must be an object. */
export function contentsFault(contents: unknown): Fault | undefined {
  return isPlainObject(contents)
    ? transportFault(contents)
    : fault(notReadable(contents) ?? "expected object");
}

function newWalk(rules: Rules): Walk {
  return { rules, values: 1, seen: undefined };
}

function notReadable(value: unknown): string | undefined {
  return value === unreadable ? "expected a value that can be read" : undefined;
}

function sizeOf(value: unknown, walk: Walk, depth: number): number | Fault {
  switch (typeof value) {
    case "string":
      return sizeOrFault(walk.rules.string(value));
    case "number":
      return sizeOrFault(walk.rules.number(value));
    case "boolean":
      return value ? "true".length : "false".length;
    case "object":
      return value === null ? "null".length : containerSize(value, walk, depth);
    default:
      return fault(notReadable(value) ?? "expected JSON value");
  }
}

function sizeOrFault(size: number | string): number | Fault {
  return typeof size === "number" ? size : fault(size);
}

/** The size of an object or array. Its depth is bounded, and so is the recursion. */
function containerSize(container: object, walk: Walk, depth: number): number | Fault {
  if (depth > maxDepth) return fault(`expected at most ${maxDepth} levels`);
  if (walk.values > maxSharedValues) {
    walk.seen ??= new Set();
    if (walk.seen.has(container)) {
      return fault(`expected at most ${maxSharedValues} values that share objects`);
    }
    walk.seen.add(container);
  }
  if (isPlainArray(container)) return arraySize(container, walk, depth);
  return isPlainObject(container)
    ? objectSize(container, walk, depth)
    : fault("expected JSON value");
}

function arraySize(array: ReadonlyArray<unknown>, walk: Walk, depth: number): number | Fault {
  let bytes = bracketsAndCommas(array.length);
  for (let index = 0; index < array.length; index++) {
    walk.values += 1;
    const size = sizeOf(valueAt(array, index), walk, depth + 1);
    if (typeof size !== "number") return inside(size, String(index));
    bytes += size;
  }
  return bytes;
}

function objectSize(object: object, walk: Walk, depth: number): number | Fault {
  const keys = keysOf(object);
  if (keys === unreadable) return fault("expected a value that can be read");
  let bytes = bracketsAndCommas(keys.length);
  for (const key of keys) {
    walk.values += 1;
    const keySize = sizeOrFault(walk.rules.string(key));
    if (typeof keySize !== "number") return inside(keySize, key);
    const size = sizeOf(valueAt(object, key), walk, depth + 1);
    if (typeof size !== "number") return inside(size, key);
    bytes += keySize + ":".length + size;
  }
  return bytes;
}

function bracketsAndCommas(members: number): number {
  return "[]".length + Math.max(0, members - 1);
}

function numberSize(value: number): number | string {
  if (!Number.isFinite(value)) return "expected finite number";
  if (!Number.isInteger(value)) return "expected integer";
  return Number.isSafeInteger(value)
    ? String(value).length
    : "expected integer from -(2^53)+1 to 2^53-1";
}

/** The size of a string as canonical JSON, with quotes and escapes. `JSON.stringify` escapes as canonical JSON does. */
export function stringSize(text: string): number | string {
  if (/^[ !#-[\]-~]*$/.test(text)) return text.length + '""'.length;
  return isWellFormed(text) ? utf8Length(JSON.stringify(text)) : noLoneSurrogate;
}

function fault(expected: string): Fault {
  return { path: [], expected };
}

function inside(fault: Fault, key: string): Fault {
  fault.path.unshift(key);
  return fault;
}
