/** The parts of the arbitraries. */
import * as fc from "fast-check";
import type * as wire from "../../index.js";

/** Any JSON value. */
export type Json = wire.DeviceMessageContents[string];

type Choice<T> = readonly [weight: number, arbitrary: fc.Arbitrary<T>];

/** One of several arbitraries, by weight. Shrinks to the first. */
export function choice<T>(...choices: ReadonlyArray<Choice<T>>): fc.Arbitrary<T> {
  const weighted = choices.map(([weight, arbitrary]) => ({ weight, arbitrary }));
  return fc.oneof({ withCrossShrink: true }, ...weighted);
}

/** Strings as branded identifiers. The test suite checks them with their codecs. */
export function branded<T extends string>(strings: fc.Arbitrary<string>): fc.Arbitrary<T> {
  return strings as fc.Arbitrary<T>;
}

/** One code point other than a surrogate: plain, escaped in JSON, of two, three or four bytes, invisible, or any. */
export const character: fc.Arbitrary<string> = choice(
  [4, fc.constantFrom("a", "B", "7", "-", "_")],
  [4, fc.constantFrom('"', "\\", "\n", "\u0000", "\u001b", "\u007f", "é", "\u202e", "\u{1f600}")],
  [1, fc.string({ unit: "binary", minLength: 1, maxLength: 1 })],
);

/** A short text of these characters. */
export const text: fc.Arbitrary<string> = fc.string({ unit: character, maxLength: 12 });

/** Keys with a special meaning in plain objects. */
export const trickyKey: fc.Arbitrary<string> = fc.constantFrom(
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "0", "42", "4294967295", ""],
);

const key: fc.Arbitrary<string> = choice(
  [4, fc.constantFrom("body", "room_id", "org.matrix.msgid")],
  [2, trickyKey],
  [1, text],
);

/** Scalars that have canonical JSON. */
export const canonicalScalar: fc.Arbitrary<Json> = choice<Json>(
  [3, text],
  [3, fc.integer({ min: -9, max: 99 })],
  [2, fc.constantFrom(null, true, false)],
  [1, fc.maxSafeInteger()],
);

/**
 * Scalars without canonical JSON: floats, large numbers and lone surrogates.
 *
 * Negative zero becomes zero, because JSON text does not keep it.
 */
export const looseScalar: fc.Arbitrary<Json> = choice<Json>(
  [2, fc.constantFrom(1.5, 2 ** 53, 1e300, "\udc00", "a\ud83d")],
  [1, fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)],
);

/** JSON objects with these scalars, about three levels deep. */
export function objects(scalar: fc.Arbitrary<Json>): fc.Arbitrary<wire.DeviceMessageContents> {
  return fc.letrec<{ object: wire.DeviceMessageContents; value: Json }>((tie) => ({
    object: fc
      .array(fc.tuple(key, tie("value")), { maxLength: 3 })
      .map((members) => Object.fromEntries(members)),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: scalar },
      { weight: 1, arbitrary: tie("object") },
      { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    ),
  })).object;
}

const unknownName = fc.constantFrom("org.matrix.opentracing_context", "unknown", "__proto__", "0");

const unknownMembers: fc.Arbitrary<object> = choice<object>(
  [4, fc.constant({})],
  [1, fc.tuple(unknownName, canonicalScalar).map((member) => Object.fromEntries([member]))],
);

/** The same, sometimes with an unknown member, which must be kept. */
export function open<T extends object>(known: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.tuple(known, unknownMembers).map(([value, members]) => ({ ...value, ...members }));
}

/** A plain object with these members. */
export function struct<T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<T>;
}
