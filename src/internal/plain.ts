/**
 * Safe reads of values that the library did not make: plain objects and arrays, own members only, no exceptions.
 *
 * A getter or a proxy may throw on any read. Only these reads are guarded, so that a bug in the library is not reported
 * as an invalid value.
 */

/** A JSON object in memory. */
export type PlainObject = { readonly [key: string]: unknown };

/** In place of a member that an object does not have. */
export const absent: unique symbol = /* #__PURE__ */ Symbol("absent");

/** In place of a value that could not be read, because a getter or a proxy threw. No codec accepts it. */
export const unreadable: unique symbol = /* #__PURE__ */ Symbol("unreadable");

/**
 * Whether a value is a plain object of any realm: from `JSON.parse`, a literal or `Object.create(null)`.
 *
 * Maps, dates, promises, arrays, boxed primitives and objects with inherited members are not plain.
 */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  try {
    const prototype: object | null = Object.getPrototypeOf(value);
    return (
      (prototype === Object.prototype ||
        prototype === null ||
        // The `Object.prototype` of another realm. No other prototype has this method as its own.
        (Object.getPrototypeOf(prototype) === null && hasOwn(prototype, "isPrototypeOf"))) &&
      !Array.isArray(value)
    );
  } catch {
    requireStack();
    return false;
  }
}

/** Whether a value is an array of any realm. An array of a subclass is not: its `toJSON` could change its text. */
export function isPlainArray(value: unknown): value is ReadonlyArray<unknown> {
  try {
    // Every `Array.prototype` is an array itself.
    return (
      Array.isArray(value) &&
      Array.isArray(Object.getPrototypeOf(value)) &&
      Number.isSafeInteger(value.length) &&
      !hasOwn(value, "toJSON")
    );
  } catch {
    requireStack();
    return false;
  }
}

/** The keys of an object, or `unreadable`. */
export function keysOf(object: object): ReadonlyArray<string> | typeof unreadable {
  try {
    return Object.keys(object);
  } catch {
    requireStack();
    return unreadable;
  }
}

/** A value under a key that the object is known to have, or an element of an array. */
export function valueAt(container: object, key: string | number): unknown {
  try {
    return (container as PlainObject)[key];
  } catch {
    requireStack();
    return unreadable;
  }
}

/** An own member of an object, or `absent`. Inherited members are never read: a prototype must not supply a sender. */
export function ownMember(object: object, key: string): unknown {
  try {
    return hasOwn(object, key) ? (object as PlainObject)[key] : absent;
  } catch {
    requireStack();
    return unreadable;
  }
}

/** `Object.hasOwn`, which Hermes and Node 16 do not have. */
export function hasOwn(object: object, key: PropertyKey): boolean {
  return ownPropertyTest.call(object, key);
}

const ownPropertyTest = Object.prototype.hasOwnProperty;

/** An option of the caller, or its default. */
export function ownOption<O extends object, K extends string & keyof O, D>(
  options: O,
  key: K,
  fallback: D,
): Exclude<O[K], undefined> | D {
  const value = hasOwn(options, key) ? options[key] : undefined;
  return value === undefined ? fallback : (value as Exclude<O[K], undefined>);
}

/** A descriptor for `Object.defineProperty`, which would also read inherited members. */
export function hidden(value: unknown): PropertyDescriptor {
  return Object.assign(Object.create(null), { value });
}

/**
 * Throws the engine's `RangeError` if the call stack is nearly full.
 *
 * Otherwise a read that failed for lack of stack would reject a valid value.
 */
function requireStack(): void {
  descend(1000);
}

/** Calls itself `calls` times. */
function descend(calls: number): number {
  return calls === 0 ? 0 : 1 + descend(calls - 1);
}
