/** Makes invalid values with one fault from valid values. */
import * as fc from "fast-check";

/** A value that its codec rejects because of one fault. */
export type Invalid = {
  /** The value. */
  readonly value: unknown;
  /** The keys that lead to the fault, outermost first. */
  readonly path: ReadonlyArray<string>;
};

/** The parts of a value in which a fault can be put. */
export type Shape = {
  /** Invalid values. */
  readonly bad: fc.Arbitrary<unknown>;
  readonly required?: { readonly [name: string]: Shape };
  readonly optional?: { readonly [name: string]: Shape };
  /** The values of a map, and keys that are invalid in it. */
  readonly entries?: Shape;
  readonly badKey?: fc.Arbitrary<string>;
};

type Members = { readonly [key: string]: unknown };

/** Valid values with one fault, in any of the possible places. */
export function broken(values: fc.Arbitrary<unknown>, shape: Shape): fc.Arbitrary<Invalid> {
  return values.chain((value) => fc.oneof(...breaksOf(shape, value)));
}

/** One arbitrary per place for a fault: the value itself, its members, their members. */
function breaksOf(shape: Shape, value: unknown): ReadonlyArray<fc.Arbitrary<Invalid>> {
  const { bad, required = {}, optional = {}, entries, badKey } = shape;
  const members = value as Members;
  const ofEntries =
    entries && Object.fromEntries(Object.keys(members).map((key) => [key, entries]));
  const inner = Object.entries({ ...required, ...optional, ...ofEntries });
  return [
    bad.map((value) => ({ value, path: [] })),
    ...Object.keys(required).map((key) =>
      fc.constant({ value: without(members, key), path: [key] }),
    ),
    ...(badKey ? [badKey.map((key) => ({ value: put(members, key, {}), path: [key] }))] : []),
    ...inner.flatMap(([key, member]) =>
      ownPropertyTest.call(members, key)
        ? breaksOf(member, members[key]).map((invalid) =>
            invalid.map(({ value, path }) => ({
              value: put(members, key, value),
              path: [key, ...path],
            })),
          )
        : [],
    ),
  ];
}

/** `Object.hasOwn`, which Hermes does not have. */
const ownPropertyTest = Object.prototype.hasOwnProperty;

function put(members: Members, key: string, value: unknown): unknown {
  if (Array.isArray(members))
    return members.map((old, index) => (String(index) === key ? value : old));
  return Object.fromEntries([...Object.entries(members), [key, value]]);
}

function without(members: Members, key: string): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key));
}

/** JSON of other types. */
export const notString: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  0,
  35,
  true,
  [],
  ["@alice:example.org"],
  {},
);
/** JSON of other types. */
export const notObject: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  0,
  "",
  "{}",
  true,
  [],
  [{}],
);
/** JSON of other types. */
export const notArray: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  0,
  "[]",
  {},
  { "0": {}, length: 1 },
);
