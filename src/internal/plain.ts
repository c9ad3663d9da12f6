/**
 * How the library reads values that it did not make: plain objects and arrays, own members only, and no exception.
 *
 * A getter or a proxy may throw at any read. Only these reads are guarded, so that a mistake in the library's own code
 * cannot pass for an invalid value.
 */

/** A JSON object in memory. */
export type PlainObject = { readonly [key: string]: unknown };

/** Stands for a member that an object does not have. */
export const absent: unique symbol = /* #__PURE__ */ Symbol("absent");

/** Stands for a value that could not be read, because a getter or a proxy threw. No codec accepts it. */
export const unreadable: unique symbol = /* #__PURE__ */ Symbol("unreadable");

/**
 * Whether a value is a plain object: from `JSON.parse`, a literal or `Object.create(null)`, of any realm.
 *
 * Map, Date, Promise, arrays, boxed primitives and objects with inherited members are not.
 */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  try {
    const prototype: object | null = Object.getPrototypeOf(value);
    return (
      (prototype === Object.prototype ||
        prototype === null ||
        // The root of another realm: it has a method that only a root has.
        (Object.getPrototypeOf(prototype) === null && hasOwn(prototype, "isPrototypeOf"))) &&
      !Array.isArray(value)
    );
  } catch {
    requireStack();
    return false;
  }
}

/** Whether a value is an array of any realm, but not of a subclass, whose `toJSON` could change its text. */
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

/** The keys of an object; none if they cannot be read. */
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

/** An own member of an object, `absent` if the object has no such member. Whoever chooses a prototype must not choose a sender. */
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

/** An option of the caller, or its default if it is not given. */
export function ownOption<O extends object, K extends string & keyof O, D>(
  options: O,
  key: K,
  fallback: D,
): Exclude<O[K], undefined> | D {
  const value = hasOwn(options, key) ? options[key] : undefined;
  return value === undefined ? fallback : (value as Exclude<O[K], undefined>);
}

/** A descriptor, which inherits nothing: `Object.defineProperty` would read it. */
export function hidden(value: unknown): PropertyDescriptor {
  return Object.assign(Object.create(null), { value });
}

/**
 * Throws the engine's `RangeError` if the caller has used up the call stack.
 *
 * A read that failed for lack of stack must not reject a valid value.
 */
function requireStack(): void {
  descend(1000);
}

/** Calls itself so many times. */
function descend(calls: number): number {
  return calls === 0 ? 0 : 1 + descend(calls - 1);
}
