/**
 * From io-ts errors to lines for people and paths for tools: where a value is invalid and what was expected there,
 * never the value.
 *
 * @see {@link https://github.com/gcanti/io-ts/blob/master/index.md#error-reporters}
 */
import type * as t from "io-ts";
import { hasOwn, hidden } from "./internal/plain.js";
import { jsonLength } from "./internal/text.js";

/** The most errors, lines or issues for one value, including the notice that there are more. */
export const maxErrors = 100;

/** The last error if there are more. */
export const moreErrors = "there are more errors, which are not listed";

/** The most characters of a line. */
const maxLine = 512;

/** The most characters that one key or codec name takes in a line. */
const maxSegment = 100;

/** The most characters of a key in a path or in the context of an error; every user ID fits. */
const maxKey = 256;

/**
 * Why something was rejected. It contains no value of the input.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type Reason = {
  /** The keys that lead to the invalid place, outermost first. Keys over 256 characters are shortened in the middle. */
  readonly path: ReadonlyArray<string>;
  /** The path and what was expected there, as `explain` writes it: printable ASCII, at most 512 characters. */
  readonly line: string;
};

/** A place in a value, and what was expected there. */
export type Place = { readonly path: ReadonlyArray<string>; readonly expected: string };

/** Where a codec of this library stores the place of an error. All copies of the library share the symbol. */
const placeKey: unique symbol = /* #__PURE__ */ Symbol.for("matrix-send-to-device.place");

/** An io-ts error without the value, and with its place for `explain`. The place is not enumerable. */
export function errorAt(context: t.Context, place: Place): t.ValidationError {
  const error = { value: undefined, context, message: line(place.path, place.expected) };
  return Object.defineProperty(error, placeKey, hidden(place));
}

/**
 * Renders errors as one line each: the path to the invalid place, and what was expected there.
 *
 * It takes the errors of any io-ts codec, including those that combine codecs of this library with `t.type`, `t.array` or
 * `t.union`. No line contains a value. Keys are escaped to printable ASCII. There are at most 100 lines of at most 512
 * characters. If there are more errors, the last line says so.
 *
 * @param errors - the left of `decode`
 * @returns one line per error
 *
 * @example
 * ```ts
 * import { DirectToDeviceEdu, explain } from "matrix-send-to-device";
 *
 * const decoded = DirectToDeviceEdu.decode({ edu_type: "m.direct_to_device", content: null });
 * if (decoded._tag === "Left") {
 *   console.log(explain(decoded.left)); // ["content: expected object"]
 * }
 * ```
 *
 * @see {@link https://github.com/gcanti/io-ts/blob/master/index.md#error-reporters}
 */
export function explain(errors: t.Errors): ReadonlyArray<string> {
  return placesOf(errors).map(({ path, expected }) => line(path, expected));
}

/** The places of errors, at most 100. The last is a notice at the root if there are more errors. */
export function placesOf(errors: t.Errors): ReadonlyArray<Place> {
  if (errors.length <= maxErrors) return errors.map(placeOf);
  return [...errors.slice(0, maxErrors - 1).map(placeOf), { path: [], expected: moreErrors }];
}

function placeOf(error: t.ValidationError & { readonly [placeKey]?: Place }): Place {
  const { context } = error;
  // Errors of codecs from elsewhere have no stored place.
  const place = hasOwn(error, placeKey) ? error[placeKey] : undefined;
  return (
    place ?? { path: pathOf(context), expected: expectedBy(context[context.length - 1]?.type) }
  );
}

/** What a codec expects: the library's codecs say it, others only have a name. */
function expectedBy(codec: { readonly name: string } | undefined): string {
  return codec !== undefined && hasOwn(codec, "expected")
    ? (codec as unknown as { readonly expected: (value: unknown) => string }).expected(undefined)
    : `expected ${escaped(String(codec?.name), /[^ -~]/g)}`;
}

/** The keys of a context that occur in the data: without the root's key, and without the branches of unions. */
export function pathOf(context: t.Context): ReadonlyArray<string> {
  return context
    .filter((entry, index) => {
      const parent = context[index - 1];
      return parent === undefined ? entry.key !== "" : !isBranch(parent, entry);
    })
    .map(({ key }) => key);
}

/** Whether an entry is a branch of a union or an intersection, whose key is a number. */
function isBranch(parent: t.ContextEntry, entry: t.ContextEntry): boolean {
  const codec = unwrapped(parent.type);
  if (hasOwn(codec, "_tag")) return branching.has((codec as { readonly _tag?: unknown })._tag);
  // `pipe` hides its codecs. A branch gets the same value as its parent, a member gets another one.
  return !hasOwn(codec, "check") && parent.actual === entry.actual;
}

const branching: ReadonlySet<unknown> = /* #__PURE__ */ new Set(["UnionType", "IntersectionType"]);

/** The innermost codec of wrappers that add no entry to a context. */
function unwrapped(codec: t.ContextEntry["type"]): object {
  let inner: object = codec;
  // A recursive codec may lead to itself.
  for (let depth = 0; depth < maxWrappers; depth++) {
    if (!hasOwn(inner, "_tag")) break;
    const { _tag, type } = inner as { readonly _tag: unknown; readonly type: object };
    if (!wrapping.has(_tag)) break;
    inner = type;
  }
  return inner;
}

const maxWrappers = 100;

const wrapping: ReadonlySet<unknown> = /* #__PURE__ */ new Set([
  "ReadonlyType",
  "ExactType",
  "RefinementType",
  "RecursiveType",
]);

/** A line from the keys that lead to a place and what was expected there. */
export function line(path: ReadonlyArray<string>, expected: string): string {
  const place = path.map(segment).join("").replace(/^\./, "");
  // The first half of a line has room for field, user and device.
  return place === "" ? expected : `${clipped(place, maxLine - expected.length - 2)}: ${expected}`;
}

/** A key as a step of a path: `.name`, `[3]` or `["a b"]`. */
function segment(key: string): string {
  if (key.length <= maxSegment && /^[A-Za-z_]\w*$/.test(key)) return `.${key}`;
  if (key.length <= 16 && /^\d+$/.test(key)) return `[${key}]`;
  return `["${escaped(key, /[^ !#-[\]-~]/g)}"]`;
}

/** At most `maxSegment` characters of a text, with characters in `unsafe` escaped. */
function escaped(text: string, unsafe: RegExp): string {
  // Clipped before and after, so that the cost does not depend on the length of the text.
  const safe = clipped(text, 2 * maxSegment).replace(
    unsafe,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return clipped(safe, maxSegment);
}

/** A key for a path or a context. */
export function clippedKey(key: string): string {
  return clipped(key, maxKey);
}

/** At most `room` characters of a text: the middle of a longer one is left out. */
function clipped(text: string, room: number): string {
  const half = (room - "...".length) >> 1;
  return text.length <= room ? text : `${text.slice(0, half)}...${text.slice(-half)}`;
}

/** The number of reasons that may still be listed, and the bytes that they may take as JSON. */
export type Room = { reasons: number; bytes: number };

/** For one EDU or entry: 100 reasons and 64 kB, including a notice for each of its rejections. */
export function roomOfOne(): Room {
  return { reasons: maxErrors - 4, bytes: 64_000 };
}

/** For a whole call: 1,000 reasons and 512 kB. Later rejections have only the notice. */
export function roomOfCall(): Room {
  return { reasons: 1000, bytes: 512_000 };
}

/** The notice that there are more reasons. */
const moreReasons: Reason = { path: [], line: moreErrors };

/** Adds a reason to a list if there is room for it. Otherwise adds the notice that there are more, once. */
export function listReason(reasons: Array<Reason>, rooms: ReadonlyArray<Room>, place: Place): void {
  const reason = reasonIn(rooms, place);
  if (reason !== moreReasons || reasons[reasons.length - 1] !== reason) reasons.push(reason);
}

/** The reason for a place if there is room for it, otherwise the notice that there are more. */
export function reasonIn(rooms: ReadonlyArray<Room>, { path, expected }: Place): Reason {
  if (rooms.some(isFull)) return moreReasons;
  const reason = { path: path.map(clippedKey), line: line(path, expected) };
  const bytes = bytesOf(reason);
  // A room that is too small for one reason is full: a list has no gaps.
  for (const room of rooms) if (room.bytes < bytes) room.reasons = 0;
  if (rooms.some(isFull)) return moreReasons;
  for (const room of rooms) {
    room.reasons -= 1;
    room.bytes -= bytes;
  }
  return reason;
}

function isFull({ reasons }: Room): boolean {
  return reasons === 0;
}

/** The bytes of a reason as JSON. */
function bytesOf({ path, line }: Reason): number {
  const empty = '{"path":[],"line":}'.length + Math.max(0, path.length - 1);
  return path.reduce((bytes, key) => bytes + jsonLength(key), empty + jsonLength(line));
}
