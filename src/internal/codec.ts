/**
 * The bricks under every codec.
 *
 * A brick has one `check`, which walks a value once. For a good value it returns `true` and has allocated nothing
 * for the explanation; for a bad one it returns the refused places, each a path that grows from the leaf to the root
 * as the walk returns. Acceptance and explanation are the same code.
 */
import * as t from "io-ts";
import { contextLine, maxErrors, moreErrors } from "../explain.js";
import { guarded, isPlainObject } from "./plain.js";

/** A refused place: the keys that lead to it and the codecs that stand there, innermost first. */
type Refusal = Array<{ readonly key: string; readonly type: t.Mixed }>;

/** Whether a value is accepted; `false` refuses it as it stands, an array names the refused places inside, at most `limit`. */
type Check = (value: unknown, limit: number) => boolean | Array<Refusal>;

/** The most characters of a key in an error; every user ID fits. */
const maxKey = 256;

/** The most bytes of all errors of one value as JSON, short of 64 kB by what rounding may take. */
const maxErrorBytes = 62_000;

/** A codec from its check. Decoding gives the same reference or errors; encoding is the identity. */
function brick<A>(name: string, refusal: string, check: Check): t.Type<A> {
  const codec = new t.Type<A>(
    name,
    (value): value is A => guarded(check, value, 1, false) === true,
    (value, context) => {
      const found = guarded(check, value, maxErrors + 1, false);
      return found === true ? t.success(value as A) : t.failures(errorsOf(found || [[]], context));
    },
    t.identity,
  );
  // For the bricks around it and for `explain`; not enumerable, so that no printer of an error shows them.
  return Object.defineProperties(codec, { check: { value: check }, refusal: { value: refusal } });
}

/** A value that passes a test. */
export function refine<A>(
  name: string,
  refusal: string,
  accepts: (value: unknown) => boolean,
): t.Type<A> {
  return brick(name, refusal, accepts);
}

/** An integer that canonical JSON allows. */
export const Integer: t.Type<number> = /* #__PURE__ */ refine(
  "Integer",
  "expected integer",
  (value) =>
    // Not `Number.isSafeInteger` itself: bundlers keep what reads a member.
    Number.isSafeInteger(value),
);

/** A plain object with the members of `required`, and those of `optional` where they are there. Others pass. */
export function struct<R extends t.Props, O extends t.Props = Record<never, never>>(
  name: string,
  required: R,
  optional?: O,
): t.Type<StructOf<R, O>> {
  const members = [...membersOf(required, true), ...membersOf(optional ?? {}, false)];
  return brick(name, "expected object", (value, limit) => {
    if (!isPlainObject(value)) return false;
    let found: Array<Refusal> | undefined;
    for (const { key, type, check, needed } of members) {
      // Own members only: whoever chooses a prototype must not choose a sender.
      const inner = Object.hasOwn(value, key) ? check(value[key], limit) : !needed;
      if (inner !== true) {
        found = joined(found, inner, key, type);
        if (found.length >= limit) return found;
      }
    }
    return found ?? true;
  });
}

function membersOf(props: t.Props, needed: boolean) {
  return Object.entries(props).map(([key, type]) => ({ key, type, check: checkOf(type), needed }));
}

export type StructOf<R extends t.Props, O extends t.Props> = {
  readonly [K in keyof R]: t.TypeOf<R[K]>;
} & { readonly [K in keyof O]?: t.TypeOf<O[K]> };

/**
 * One of several objects: the value of the member `tag` names the branch, and only that branch is looked at.
 *
 * A value that names none is refused, or left to `otherwise`, which looks at the member `tag` itself.
 */
export function tagged<Tag extends string, B extends t.Props, O = never>(
  name: string,
  tag: Tag,
  branches: B,
  otherwise?: t.Type<O>,
): t.Type<TaggedOf<Tag, B> | O> {
  const checks = new Map<unknown, Check>(
    Object.entries(branches).map(([value, branch]) => [value, checkOf(branch)]),
  );
  const names = Object.keys(branches).map((value) => `"${value}"`);
  const noBranch = refine("Tag", `expected ${names.join(" or ")}`, () => false);
  const checkOther = checkOf(otherwise ?? struct(name, { [tag]: noBranch }));
  return brick(name, "expected object", (value, limit) => {
    if (!isPlainObject(value)) return false;
    const chosen = Object.hasOwn(value, tag) ? checks.get(value[tag]) : undefined;
    return (chosen ?? checkOther)(value, limit);
  });
}

export type TaggedOf<Tag extends string, B extends t.Props> = {
  [K in keyof B]: { readonly [T in Tag]: K } & t.TypeOf<B[K]>;
}[keyof B];

/** A plain object whose keys are `domain` and whose values are `codomain`. A bad key is an error, never dropped. */
export function record<K extends string, V>(
  name: string,
  domain: t.Type<K>,
  codomain: t.Type<V>,
): t.Type<{ readonly [key in K]: V }> {
  const checkKey = (domain as t.Mixed) === t.string ? undefined : checkOf(domain);
  const checkValue = checkOf(codomain);
  return brick(name, "expected object", (value, limit) => {
    if (!isPlainObject(value)) return false;
    let found: Array<Refusal> | undefined;
    for (const key of Object.keys(value)) {
      const isKey = checkKey === undefined || checkKey(key, limit) === true;
      // The bodies are most of what there is: naming their check lets the engine inline it (1.15 x on Olm traffic).
      const inner =
        isKey &&
        (checkValue === isPlainObject ? isPlainObject(value[key]) : checkValue(value[key], limit));
      if (inner !== true) {
        found = joined(found, inner, key, isKey ? codomain : domain);
        if (found.length >= limit) return found;
      }
    }
    return found ?? true;
  });
}

/** An array of at most `maxLength` elements. */
export function array<V>(
  name: string,
  element: t.Type<V>,
  maxLength: number = Infinity,
): t.Type<ReadonlyArray<V>> {
  const refusal =
    maxLength === Infinity ? "expected array" : `expected array of at most ${maxLength}`;
  const check = checkOf(element);
  return brick(name, refusal, (value, limit) => {
    if (!Array.isArray(value) || value.length > maxLength) return false;
    let found: Array<Refusal> | undefined;
    for (let index = 0; index < value.length; index++) {
      const inner = check(value[index], limit);
      if (inner !== true) {
        found = joined(found, inner, String(index), element);
        if (found.length >= limit) return found;
      }
    }
    return found ?? true;
  });
}

/** The check of a codec; one that is not ours accepts or refuses as a whole. */
function checkOf(codec: t.Mixed & { readonly check?: Check }): Check {
  return codec.check ?? codec.is;
}

/** The refusals found so far and those found inside the member `key`. */
function joined(
  found: Array<Refusal> | undefined,
  inner: false | Array<Refusal>,
  key: string,
  type: t.Mixed,
): Array<Refusal> {
  const joined = found ?? [];
  for (const refusal of inner || [[]]) {
    refusal.push({ key, type });
    joined.push(refusal);
  }
  return joined;
}

/**
 * Refusals as io-ts errors: the exact context, but no value in it. PathReporter prints `message`.
 *
 * The last error says so where there were more than fit.
 */
function errorsOf(refusals: ReadonlyArray<Refusal>, context: t.Context): t.Errors {
  const root = context.map(({ key, type }) => entry(key, type));
  const errors: t.Errors = [];
  let room = maxErrorBytes;
  for (const refusal of refusals) {
    const error = errorAt([...root, ...refusal.reverse().map(({ key, type }) => entry(key, type))]);
    room -= bytesOf(error);
    const isLast = errors.length === maxErrors - 1 && refusals.length > maxErrors;
    if (isLast || room < 0)
      return [...errors, errorAt([...root.slice(0, -1), entry(root.at(-1)?.key ?? "", more)])];
    errors.push(error);
  }
  return errors;
}

/** Stands where the errors end that were not listed. */
const more: t.Mixed = /* #__PURE__ */ refine("MoreErrors", moreErrors, Boolean);

function errorAt(context: t.Context): t.ValidationError {
  return { value: undefined, context, message: contextLine(context) };
}

/** The most bytes that an error takes as JSON. Its message is printable ASCII, of which some characters are escaped. */
function bytesOf({ context, message = "" }: t.ValidationError): number {
  return context.reduce(
    (sum, { key, type }) => sum + jsonBytes(key) + jsonBytes(type.name) + 32,
    2 * message.length + 32,
  );
}

function jsonBytes(text: string): number {
  return /^[ !#-[\]-~]*$/.test(text) ? text.length : 6 * text.length;
}

function entry(key: string, type: t.ContextEntry["type"]): t.ContextEntry {
  return { key: key.length > maxKey ? `${key.slice(0, maxKey)}…` : key, type, actual: undefined };
}
