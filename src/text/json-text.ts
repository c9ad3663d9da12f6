/**
 * JSON text that is checked once and then passed on unchanged.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type * as t from "io-ts";
import { brick } from "../internal/codec.js";
import type { Json } from "../json.js";
import { scan, skip } from "./reader.js";
import { type NotJson, type NotStrict, newFacts, notStrictOf } from "./scanner.js";

/**
 * A JSON text that every parser reads in the same way: exactly RFC 8259, no duplicate member names (compared after
 * decoding escapes), and no lone surrogates in names and strings. Numbers and depth are not limited.
 *
 * A JSON text that is a slice of a longer text may keep the whole text in memory. If many short texts wait in a queue,
 * write them to a database, or copy each of them, for example through a `Buffer`.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4458}
 */
export type JsonText = string & { readonly [brand: symbol]: "JsonText" };
/**
 * The codec of a JSON text: it accepts a text if `JSON.parse` accepts it and it is strict. Use it for text from a
 * database that other programs write to.
 *
 * @example
 * ```ts
 * import { JsonText } from "matrix-send-to-device/text";
 *
 * console.log(JsonText.is('{"a":1.0}')); // true
 * console.log(JsonText.is('{"a":1,"\\u0061":2}')); // false
 * ```
 */
export const JsonText: t.Type<JsonText, string> = /* #__PURE__ */ brick(
  "JsonText",
  (value) => {
    const fault = typeof value === "string" ? faultOf(value) : undefined;
    if (fault === undefined) return "expected JSON text";
    return `expected JSON text (${fault._tag === "NotJson" ? fault.expected : fault.reason})`;
  },
  (value) => typeof value === "string" && faultOf(value) === undefined,
);

/** Why a text is not JSON or not strict. */
function faultOf(text: string): NotJson | NotStrict | undefined {
  const facts = newFacts();
  const read = scan(text, facts, (scanner) => skip(scanner, facts));
  return read._tag === "Left" ? read.left : notStrictOf(facts);
}

/**
 * Parses a JSON text into a value.
 *
 * Numbers become doubles, as in `JSON.parse`: `9007199254740993` becomes `9007199254740992`, and `1e400` is infinite.
 *
 * @param text - a text that `JsonText` has accepted
 * @returns the value
 *
 * @example
 * ```ts
 * import { JsonText, parse } from "matrix-send-to-device/text";
 *
 * const text = JsonText.decode('{"a":[1]}');
 * if (text._tag === "Right") {
 *   console.log(parse(text.right)); // { a: [1] }
 * }
 * ```
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259}
 */
export function parse(text: JsonText): Json {
  return JSON.parse(text);
}
