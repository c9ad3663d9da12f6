/**
 * From io-ts errors to lines for people: where a value was refused and what was expected there, never the value.
 */
import type * as t from "io-ts";

/** The most errors or reasons for one value, the notice that there were more included. */
export const maxErrors = 100;

/** The last of them where there were more. */
export const moreErrors = "there are more errors, which are not listed";

/** The most characters of a line. */
const maxLine = 512;

/** The most characters that one key or codec name takes in a line. */
const maxSegment = 100;

/**
 * Renders errors as one line each: the path to the refused place, and what was expected there.
 *
 * Takes the errors of any codec, also of one that was built around ours with `t.type`, `t.array` or `t.union`. It
 * reads keys and codec names only, never `value`, `actual` or `message`, so no line can hold a session key. Keys
 * are escaped to printable ASCII, and a line has at most 512 characters.
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
 */
export function explain(errors: t.Errors): ReadonlyArray<string> {
  return errors.map(({ context }) => contextLine(context));
}

/** The line of one error. */
export function contextLine(context: t.Context): string {
  return line(keysOf(context), refusalOf(context.at(-1)?.type));
}

/** What a refused place should have been: our codecs say it themselves, other codecs have a name. */
export function refusalOf(
  codec: { readonly name: string; readonly refusal?: unknown } | undefined,
): string {
  return typeof codec?.refusal === "string"
    ? codec.refusal
    : `expected ${printable(String(codec?.name), /[^ -~]/g)}`;
}

/** The keys that a reader of the data knows: without the root's, and without those of a union's branches. */
export function keysOf(context: t.Context): ReadonlyArray<string> {
  return context
    .filter(({ key }, index) => {
      const parent = context[index - 1]?.type as { readonly _tag?: unknown } | undefined;
      const tag = parent?._tag;
      return parent ? tag !== "UnionType" && tag !== "IntersectionType" : key !== "";
    })
    .map(({ key }) => key);
}

/** A line from the keys that lead to a place and what is wrong there. */
export function line(keys: ReadonlyArray<string>, refusal: string): string {
  const path = keys.map(segment).join("").replace(/^\./, "");
  // Half of a line has room for field, user and device, which stand first.
  return path === "" ? refusal : `${clipped(path, maxLine - refusal.length - 2)}: ${refusal}`;
}

/** A key as a step of a path: `.name`, `[3]` or `["a b"]`. */
function segment(key: string): string {
  if (key.length <= maxSegment && /^[A-Za-z_]\w*$/.test(key)) return `.${key}`;
  if (key.length <= 16 && /^\d+$/.test(key)) return `[${key}]`;
  return `["${printable(key, /[^ !#-[\]-~]/g)}"]`;
}

/** A text of at most `maxSegment` characters, those of `unsafe` escaped. */
function printable(text: string, unsafe: RegExp): string {
  // Clipped before and after: a text of any length costs the same.
  const escaped = clipped(text, 2 * maxSegment).replace(
    unsafe,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return clipped(escaped, maxSegment);
}

/** A text of at most `room` characters: where it is longer, its middle is left out. */
export function clipped(text: string, room: number): string {
  const half = (room - "...".length) >> 1;
  return text.length <= room ? text : `${text.slice(0, half)}...${text.slice(-half)}`;
}
