/** What every walk over a value from the network needs: plain objects only, and no exception on the way. */

/** A JSON object as it lies in memory. */
export type PlainObject = { readonly [key: string]: unknown };

/** Engines list the values of so many members faster than they look them up one by one; of more they do not. */
export const maxListed = 128;

/**
 * Whether a value is a plain object: from `JSON.parse`, a literal or `Object.create(null)`, of any realm.
 *
 * Map, Date, Promise, arrays, boxed primitives and objects with inherited members are not.
 */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype ||
      prototype === null ||
      // The root of another realm: it has a method that only a root has.
      (Object.getPrototypeOf(prototype) === null && "isPrototypeOf" in prototype)) &&
    !Array.isArray(value)
  );
}

/**
 * What `read` gives, or `refused` where it throws: a getter or a proxy may throw, and a revoked proxy always does.
 *
 * A caller that has used up the call stack gets the engine's `RangeError` instead: a good value must not get the
 * verdict of a bad one.
 */
export function guarded<V, O, A, B>(
  read: (value: V, option: O) => A,
  value: V,
  option: O,
  refused: B,
): A | B {
  try {
    return read(value, option);
  } catch {
    needStack(1000);
    return refused;
  }
}

/** Throws the engine's `RangeError` where there is no room for so many calls, more than any walk here makes. */
function needStack(calls: number): number {
  return calls === 0 ? 0 : 1 + needStack(calls - 1);
}
