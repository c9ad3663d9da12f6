/**
 * One walk over a JSON value: what could not be passed on, what canonical JSON does not allow, and its exact size.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type { Either } from "fp-ts/lib/Either.js";
import { line } from "../explain.js";
import { guarded, isPlainObject } from "./plain.js";
import { utf8Length } from "./utf8.js";

/**
 * The deepest nesting of objects and arrays that a Device Message Contents may have, itself included.
 *
 * A body of 100,000 levels is parsed without trouble, and then overflows the stack of whoever serialises it.
 */
export const maxDepth = 100;

/** The place where a value is not what it should be: the keys that lead to it, and what was expected there. */
export type Fault = { readonly keys: Array<string>; readonly refusal: string };

/**
 * From this many values on, an object met a second time is refused.
 *
 * Text has no shared objects, but memory has: 100 objects that each hold the next one twice are 2^100 values.
 */
const maxSharedValues = 65_536;

type Walk = { readonly canonical: boolean; values: number; seen: Set<object> | undefined };

/**
 * The bytes of a value as canonical JSON, or why it has no such form.
 *
 * Refused are numbers that are not integers from -(2^53)+1 to 2^53-1, lone surrogates, values that JSON does not
 * have, nesting deeper than `maxDepth` (and so a cycle), and more than 65,536 values that share objects. One such
 * body breaks the signature of the whole federation request. The left says where, as `explain` does.
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
  const size = canonicalSize(value);
  return typeof size === "number"
    ? { _tag: "Right", right: size }
    : { _tag: "Left", left: line(size.keys, size.refusal) };
}

/** The bytes of a value as canonical JSON, or the first place that has no such form. */
export function canonicalSize(value: unknown): number | Fault {
  return guarded(walkFrom, value, true, unreadable());
}

/** The first place of a value that JSON text could not carry to another server and back, if there is one. */
export function transportFault(value: unknown): Fault | undefined {
  const size = guarded(walkFrom, value, false, unreadable());
  return typeof size === "number" ? undefined : size;
}

function walkFrom(value: unknown, canonical: boolean): number | Fault {
  return sizeOf(value, 1, { canonical, values: 0, seen: undefined });
}

const unreadable = (): Fault => ({ keys: [], refusal: "expected a value that can be read" });

/** The size of a value at a depth, which counts only where the walk is `canonical`. Recursion ends at `maxDepth`. */
function sizeOf(value: unknown, depth: number, walk: Walk): number | Fault {
  walk.values += 1;
  switch (typeof value) {
    case "string":
      return walk.canonical ? stringSize(value) : 0;
    case "number":
      return numberSize(value, walk.canonical);
    case "boolean":
      return value ? 4 : 5;
    case "object":
      return value === null ? 4 : containerSize(value, depth, walk);
    default:
      return fault("expected JSON value");
  }
}

function containerSize(value: object, depth: number, walk: Walk): number | Fault {
  if (depth > maxDepth) return fault(`expected at most ${maxDepth} levels`);
  if (walk.values > maxSharedValues) {
    walk.seen ??= new Set();
    if (walk.seen.has(value))
      return fault(`expected at most ${maxSharedValues} values that share objects`);
    walk.seen.add(value);
  }
  if (Array.isArray(value)) return arraySize(value, depth, walk);
  return isPlainObject(value) ? objectSize(value, depth, walk) : fault("expected JSON value");
}

function arraySize(array: ReadonlyArray<unknown>, depth: number, walk: Walk): number | Fault {
  let bytes = bracketsAndCommas(array.length);
  for (let index = 0; index < array.length; index++) {
    const size = sizeOf(array[index], depth + 1, walk);
    if (typeof size !== "number") return inside(size, String(index));
    bytes += size;
  }
  return bytes;
}

function objectSize(
  object: { readonly [key: string]: unknown },
  depth: number,
  walk: Walk,
): number | Fault {
  const keys = Object.keys(object);
  let bytes = bracketsAndCommas(keys.length);
  for (const key of keys) {
    const keySize = walk.canonical ? stringSize(key) : 0;
    const size = typeof keySize === "number" ? sizeOf(object[key], depth + 1, walk) : keySize;
    if (typeof size !== "number") return inside(size, key);
    bytes += (keySize as number) + ":".length + size;
  }
  return bytes;
}

function bracketsAndCommas(members: number): number {
  return "[]".length + Math.max(0, members - 1);
}

function numberSize(value: number, canonical: boolean): number | Fault {
  if (!Number.isFinite(value)) return fault("expected finite number");
  if (!canonical) return 0;
  if (!Number.isInteger(value)) return fault("expected integer");
  return Number.isSafeInteger(value)
    ? String(value).length
    : fault("expected integer from -(2^53)+1 to 2^53-1");
}

/** The bytes of a string as canonical JSON: quoted, escaped, in UTF-8. */
export function stringSize(text: string): number | Fault {
  return /^[ !#-[\]-~]*$/.test(text) ? text.length + 2 : escapedSize(text);
}

function escapedSize(text: string): number | Fault {
  if (!text.isWellFormed()) return fault("expected no lone surrogate");
  let bytes = utf8Length(text) + 2;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20) bytes += isShortEscape(unit) ? 1 : 5;
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
  }
  return bytes;
}

/** Whether a control character has an escape of two characters: `\b`, `\t`, `\n`, `\f` and `\r`. */
function isShortEscape(unit: number): boolean {
  return unit >= 0x08 && unit <= 0x0d && unit !== 0x0b;
}

function fault(refusal: string): Fault {
  return { keys: [], refusal };
}

function inside(fault: Fault, key: string): Fault {
  fault.keys.unshift(key);
  return fault;
}
