/**
 * JSON text that is checked once and then passed on unchanged.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type { Json } from "fp-ts/lib/Json.js";
import type * as t from "io-ts";
import { brick } from "../internal/codec.js";
import { scan, skip } from "./reader.js";
import { newFacts, notStrictOf } from "./scanner.js";

/**
 * A JSON text that every parser reads alike: RFC 8259 to the letter, no duplicate member names (compared after decoding
 * escapes), and no lone surrogates in names and strings. Numbers and depth are not limited.
 *
 * A JSON text that is part of a longer text may keep all of that in memory. If many short ones wait in a queue, write
 * them to a store, or copy each, for example through a `Buffer`.
 *
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4458}
 */
export type JsonText = string & { readonly [brand: symbol]: "JsonText" };
/**
 * The codec of a JSON text: it accepts what `JSON.parse` accepts if it is also strict. Use it for text from a store.
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
 */
export function parse(text: JsonText): Json {
  return JSON.parse(text);
}
