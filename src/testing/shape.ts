/** How a valid value is broken in one place. */
import * as fc from "fast-check";

/** A value that its codec refuses, and the keys that lead to the one place where it does. */
export type Invalid = { readonly value: unknown; readonly path: ReadonlyArray<string> };

/** What a value is made of, as far as it can be broken. */
export type Shape = {
  /** What no valid value is. */
  readonly bad: fc.Arbitrary<unknown>;
  readonly required?: { readonly [name: string]: Shape };
  readonly optional?: { readonly [name: string]: Shape };
  /** The values of a map, and keys that it must not have. */
  readonly entries?: Shape;
  readonly badKey?: fc.Arbitrary<string>;
};

type Members = { readonly [key: string]: unknown };

/** The valid values, each broken in one of all possible places. */
export function broken(values: fc.Arbitrary<unknown>, shape: Shape): fc.Arbitrary<Invalid> {
  return values.chain((value) => fc.oneof(...breaksOf(shape, value)));
}

/** A value with each of its places broken: itself, its members, their members. */
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
      Object.hasOwn(members, key)
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
