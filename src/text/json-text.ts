/**
 * JSON as text, checked once and then passed on as it is.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type { Json } from "fp-ts/lib/Json.js";
import type * as t from "io-ts";
import { brick } from "../internal/codec.js";
import { scan, skip } from "./reader.js";
import { newFacts, notStrictOf } from "./scanner.js";

/**
 * A JSON text that every parser reads alike: RFC 8259 to the letter, no duplicate member name (compared after decoding
 * escapes), and no lone surrogate in a name or a string. Numbers and depth are not judged.
 *
 * A JSON text that was cut out of a longer text may keep all of it in memory. Before queueing many small ones for
 * long, write them to a store or copy them, for example through a `Buffer`.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4458}
 */
export type JsonText = string & { readonly [brand: symbol]: "JsonText" };
/**
 * The codec of a JSON text. It accepts the texts that `JSON.parse` accepts and that are strict; use it for text that
 * comes back from a store.
 *
 * @example
 * ```ts
 * import { JsonText } from "matrix-send-to-device/text";
 *
 * console.log(JsonText.is('{"a":1.0}')); // true
 * console.log(JsonText.is('{"a":1,"\\u0061":2}')); // false
 * ```
 */
export const JsonText: t.Type<JsonText> = /* #__PURE__ */ brick(
  "JsonText",
  "expected JSON text without duplicate member names and lone surrogates",
  isJsonText,
);

function isJsonText(value: unknown): value is JsonText {
  if (typeof value !== "string") return false;
  const facts = newFacts();
  const read = scan(value, facts, (scanner) => skip(scanner, facts));
  return read._tag === "Right" && notStrictOf(facts) === undefined;
}

/**
 * Parses a JSON text.
 *
 * Numbers become doubles, as `JSON.parse` makes them: `9007199254740993` loses its last digit, and `1e400` is infinite.
 *
 * @param text - a text that has passed `JsonText`
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
 */
export function parse(text: JsonText): Json {
  return JSON.parse(text);
}
