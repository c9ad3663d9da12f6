/**
 * The bricks that all codecs are built from.
 *
 * A brick has one `check`, which walks a value once. For a valid value it returns `true` without allocating. For an
 * invalid value it returns the faults, whose paths grow from the leaf to the root as the walk returns. The same code
 * accepts and explains.
 */
import * as t from "io-ts";
import { clippedKey, errorAt, maxErrors, moreErrors, pathOf } from "../explain.js";
import {
  absent,
  hasOwn,
  hidden,
  isPlainArray,
  isPlainObject,
  keysOf,
  ownMember,
  unreadable,
  valueAt,
} from "./plain.js";
import { jsonLength } from "./text.js";

/** An invalid place: what was expected there, and the steps that lead to it, innermost first. */
type Fault = { readonly expected: string; readonly steps: Array<Step> };

/** A key, and the codec of the value under it. */
type Step = { readonly key: string; readonly type: t.Mixed };

/** Returns `true` for a valid value, `false` to reject it as a whole, or the (first) faults inside it. */
type Check = (value: unknown) => boolean | Array<Fault>;

/** What was expected in place of a value. It may say why the value is invalid, but never contains the value. */
type Expected = (value: unknown) => string;

/** The largest size of all errors of one value as JSON, in bytes. It leaves room for the notice that there are more. */
const maxErrorBytes = 62_000;

/** Makes a codec from a check. Decoding returns the same reference or errors. Encoding is the identity. */
export function brick<A, O = A>(
  name: string,
  expected: string | Expected,
  check: Check,
): t.Type<A, O> {
  const codec: t.Type<A, O> = new t.Type(
    name,
    (value): value is A => check(value) === true,
    (value, context) => {
      const found = check(value);
      return found === true
        ? t.success(value as A)
        : t.failures(errorsOf(found || [faultOf(codec, value)], context));
    },
    // The output type differs in its brands only.
    (value) => value as unknown as O,
  );
  // For the bricks around it and for `explain`. Not enumerable, so that printed errors do not show them.
  return Object.defineProperties(codec, {
    check: hidden(check),
    expected: hidden(typeof expected === "string" ? () => expected : expected),
  });
}

/** An integer that canonical JSON allows. */
export const Integer: t.Type<number> = /* #__PURE__ */ brick(
  "Integer",
  "expected integer",
  (value) =>
    // Not `Number.isSafeInteger` itself: bundlers keep what reads a member.
    Number.isSafeInteger(value),
);

/** A plain object with the members of `required`, and those of `optional` if present. Others pass. */
export function struct<R extends t.Props, O extends t.Props = Record<never, never>>(
  name: string,
  required: R,
  optional?: O,
): t.Type<StructOf<R, O>, StructOutputOf<R, O>> {
  const members = Object.entries({ ...required, ...optional }).map(([key, type]) => {
    return { key, type, check: checkOf(type), needed: hasOwn(required, key) };
  });
  return brick(name, "expected object", (object) => {
    if (!isPlainObject(object)) return false;
    let found: Array<Fault> | undefined;
    for (const member of members) {
      const value = ownMember(object, member.key);
      const inner = value === absent ? !member.needed : value !== unreadable && member.check(value);
      if (inner !== true) {
        found = joined(found, inner, member, value);
        if (found.length > maxErrors) return found;
      }
    }
    return found ?? true;
  });
}

export type StructOf<R extends t.Props, O extends t.Props> = {
  readonly [K in keyof R]: t.TypeOf<R[K]>;
} & { readonly [K in keyof O]?: t.TypeOf<O[K]> };

export type StructOutputOf<R extends t.Props, O extends t.Props> = {
  readonly [K in keyof R]: t.OutputOf<R[K]>;
} & { readonly [K in keyof O]?: t.OutputOf<O[K]> };

/**
 * One of several objects. The member `tag` chooses the branch, and only that branch is checked.
 *
 * A value without a branch is checked by `otherwise`, including its `tag`, or rejected if there is no `otherwise`.
 */
export function tagged<Tag extends string, B extends t.Props, A = never, O = never>(
  name: string,
  tag: Tag,
  branches: B,
  otherwise?: t.Type<A, O>,
): t.Type<TaggedOf<Tag, B> | A, TaggedOutputOf<Tag, B> | O> {
  const checks = new Map<unknown, Check>(
    Object.entries(branches).map(([value, branch]) => [value, checkOf(branch)]),
  );
  const names = Object.keys(branches).map((value) => `"${value}"`);
  const noBranch = brick("Tag", `expected ${names.join(" or ")}`, () => false);
  const checkOther = checkOf(otherwise ?? struct(name, { [tag]: noBranch }));
  return brick(name, "expected object", (object) => {
    if (!isPlainObject(object)) return false;
    const check = checks.get(ownMember(object, tag)) ?? checkOther;
    return check(object);
  });
}

export type TaggedOf<Tag extends string, B extends t.Props> = {
  [K in keyof B]: { readonly [T in Tag]: K } & t.TypeOf<B[K]>;
}[keyof B];

export type TaggedOutputOf<Tag extends string, B extends t.Props> = {
  [K in keyof B]: { readonly [T in Tag]: K } & t.OutputOf<B[K]>;
}[keyof B];

/** A plain object whose values are `codomain` and whose keys, if given, are `domain`. An invalid key is an error. */
export function record<A, O>(
  name: string,
  codomain: t.Type<A, O>,
  domain?: t.Mixed,
): t.Type<{ readonly [key: string]: A }, { readonly [key: string]: O }> {
  const check = checkOf(codomain);
  const checkKey = domain && checkOf(domain);
  return brick(name, "expected object", (object) => {
    if (!isPlainObject(object)) return false;
    const keys = keysOf(object);
    if (keys === unreadable) return false;
    let found: Array<Fault> | undefined;
    for (const key of keys) {
      if (domain && checkKey && checkKey(key) !== true) {
        found = joined(found, false, { key, type: domain }, key);
      } else {
        const value = valueAt(object, key);
        const inner = value !== unreadable && check(value);
        if (inner !== true) found = joined(found, inner, { key, type: codomain }, value);
      }
      if (found !== undefined && found.length > maxErrors) return found;
    }
    return found ?? true;
  });
}

/** An array of at most `maxLength` elements. */
export function array<A, O>(
  name: string,
  element: t.Type<A, O>,
  maxLength: number = Infinity,
): t.Type<ReadonlyArray<A>, ReadonlyArray<O>> {
  const expected =
    maxLength === Infinity ? "expected array" : `expected array of at most ${maxLength}`;
  const check = checkOf(element);
  return brick(name, expected, (list) => {
    if (!isPlainArray(list) || list.length > maxLength) return false;
    let found: Array<Fault> | undefined;
    for (let index = 0; index < list.length; index++) {
      const value = valueAt(list, index);
      const inner = value !== unreadable && check(value);
      if (inner !== true) {
        found = joined(found, inner, { key: String(index), type: element }, value);
        if (found.length > maxErrors) return found;
      }
    }
    return found ?? true;
  });
}

/** The check of a codec. Codecs from elsewhere accept or reject a value as a whole. */
function checkOf(codec: t.Mixed & { readonly check?: Check }): Check {
  return hasOwn(codec, "check") ? (codec as { readonly check: Check }).check : codec.is;
}

/** The fault of a value that a codec rejects as a whole. */
function faultOf(codec: t.Mixed & { readonly expected?: Expected }, value: unknown): Fault {
  if (value === unreadable) return { expected: "expected a value that can be read", steps: [] };
  const expected = hasOwn(codec, "expected")
    ? (codec as { readonly expected: Expected }).expected(value)
    : `expected ${codec.name}`;
  return { expected, steps: [] };
}

/** The faults found so far and those found inside a member. */
function joined(
  found: Array<Fault> | undefined,
  inner: false | Array<Fault>,
  step: Step,
  value: unknown,
): Array<Fault> {
  const faults = found ?? [];
  for (const fault of inner || [faultOf(step.type, value)]) {
    fault.steps.push(step);
    faults.push(fault);
  }
  return faults;
}

/**
 * Makes io-ts errors of faults, with their exact context but without values. PathReporter prints `message`.
 *
 * If there are more errors than fit, the last one says so.
 */
function errorsOf(faults: ReadonlyArray<Fault>, context: t.Context): t.Errors {
  const root = context.map(({ key, type }) => ({ key: clippedKey(key), type, actual: undefined }));
  const rootPath = pathOf(context).map(clippedKey);
  const errors: t.Errors = [];
  let room = maxErrorBytes;
  for (const { expected, steps } of faults) {
    const entries = steps
      .reverse()
      .map(({ key, type }) => ({ key: clippedKey(key), type, actual: undefined }));
    const path = [...rootPath, ...entries.map(({ key }) => key)];
    const error = errorAt([...root, ...entries], { path, expected });
    room -= bytesOf(error);
    const isLast = errors.length === maxErrors - 1 && faults.length > maxErrors;
    if (isLast || room < 0) {
      return [...errors, errorAt(root, { path: rootPath, expected: moreErrors })];
    }
    errors.push(error);
  }
  return errors;
}

/** An upper bound for the size of an error as JSON, in bytes. */
function bytesOf({ context, message = "" }: t.ValidationError): number {
  let bytes = 32 + jsonLength(message);
  for (const { key, type } of context) bytes += 32 + jsonLength(key) + jsonLength(type.name);
  return bytes;
}
