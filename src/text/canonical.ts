/**
 * Writes a JSON text as canonical JSON, without parsing it into values.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type { Either } from "fp-ts/lib/Either.js";
import { clippedKey, line } from "../explain.js";
import { canonicalJsonBytes } from "../internal/canonical-json.js";
import { hasOwn } from "../internal/plain.js";
import { compareCodePoints } from "./code-points.js";
import type { JsonText } from "./json-text.js";
import { scan, skip } from "./reader.js";
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  decoded,
  isDigit,
  minus,
  type NotJson,
  type NotStrict,
  newFacts,
  newScanner,
  next,
  notStrictOf,
  openBrace,
  openBracket,
  quote,
  type Scanner,
  scalar,
  string,
} from "./scanner.js";

/** Options of `canonicalJson`. */
export type CanonicalJsonOptions = {
  /**
   * How to write numbers.
   *
   * - `"asWritten"` keeps their text. Use it to verify a signature: the other server signed its own notation.
   * - `"integers"` writes `100` for `1e2`, `1` for `1.0` and `0` for `-0`, and rejects a text with a number that is
   *   not an integer from -(2^53)+1 to 2^53-1. Use it to sign.
   */
  readonly numbers: "asWritten" | "integers";
};

/** The text has no canonical JSON, because one of its numbers is not an integer that canonical JSON allows. */
export type NotCanonicalJson = {
  /** One of the numbers is not an integer that canonical JSON allows. */
  readonly _tag: "NotCanonicalJson";
  /** The keys that lead to the number, outermost first. Keys over 256 characters are shortened in the middle. */
  readonly path: ReadonlyArray<string>;
  /** The path and what was expected there: printable ASCII, at most 512 characters. */
  readonly line: string;
};

/**
 * Writes a JSON text as canonical JSON: no white space, members sorted by the code points of their names, and the
 * shortest escapes. A text that is already canonical is returned unchanged.
 *
 * There is no limit on depth.
 *
 * @param options - how to write numbers
 * @returns a function from a text to its canonical JSON (Right), or to the reason why it has no canonical JSON (Left): it
 * is not JSON, it has a duplicate member name or a lone surrogate, or one of its numbers is rejected
 * @throws TypeError if `options` has no valid member `numbers`
 *
 * @example
 * ```ts
 * import { canonicalJson } from "matrix-send-to-device/text";
 *
 * const sign = canonicalJson({ numbers: "integers" });
 * console.log(sign('{ "b": 1e2, "a": "\\u00e9" }')); // { _tag: "Right", right: '{"a":"é","b":100}' }
 * console.log(sign('{"a":[1.5]}'));
 * // > { _tag: "Left", left: { _tag: "NotCanonicalJson", path: ["a", "0"], line: "a[0]: expected integer" } }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
export function canonicalJson(
  options: CanonicalJsonOptions,
): (text: string) => Either<NotJson | NotStrict | NotCanonicalJson, JsonText> {
  const wantsIntegers = numbersOf(options) === "integers";
  return (text) => {
    const facts = newFacts();
    const read = scan(text, facts, (scanner) => skip(scanner, facts));
    if (read._tag === "Left") return read;
    const left = notStrictOf(facts);
    if (left !== undefined) return { _tag: "Left", left };
    const needsNumbers = wantsIntegers && (facts.hasUntidyNumber || facts.hasUnsafeNumber);
    // The text was checked: it is JSON, and it is strict.
    if (facts.isTidy && !needsNumbers) return { _tag: "Right", right: text as JsonText };
    // All characters have been checked.
    return rewritten({ ...newScanner(text), nextUnusual: text.length }, wantsIntegers);
  };
}

function numbersOf(options: CanonicalJsonOptions): CanonicalJsonOptions["numbers"] {
  const numbers = hasOwn(options, "numbers") && options.numbers;
  if (numbers === "asWritten" || numbers === "integers") return numbers;
  throw new TypeError('canonicalJson: numbers must be "asWritten" or "integers"');
}

/** An object or array with the members or elements that were read so far. */
type Branch = {
  readonly outer: Branch | undefined;
  readonly isObject: boolean;
  readonly members: Array<Member>;
  /** The name of the member that is being read. */
  name: string;
  /** The same as canonical JSON, with its colon. */
  key: string;
};

/** A member, or an element with an empty name and key. Its value is the canonical JSON of a scalar, or a branch. */
type Member = { readonly name: string; readonly key: string; readonly value: string | Branch };

/** Reads a strict JSON text into a tree of slices and writes the tree. No function calls itself: depth has no limit. */
function rewritten(scanner: Scanner, wantsIntegers: boolean): Either<NotCanonicalJson, JsonText> {
  const facts = newFacts();
  const root = newBranch(undefined, false);
  let branch = root;
  for (let code = next(scanner, facts); !Number.isNaN(code); code = next(scanner, facts)) {
    const start = scanner.position;
    if (code === openBrace || code === openBracket) {
      scanner.position++;
      const inner = newBranch(branch, code === openBrace);
      add(branch, inner);
      branch = inner;
    } else if (code === closeBrace || code === closeBracket) {
      scanner.position++;
      // The text is JSON, so this was opened before.
      branch = branch.outer as Branch;
    } else if (code === comma) {
      scanner.position++;
    } else if (code === quote) {
      const hasEscape = string(scanner, facts);
      const end = scanner.position;
      const value = decoded(scanner.text, { start: start + 1, end: end - 1, hasEscape });
      const text = hasEscape ? JSON.stringify(value) : scanner.text.slice(start, end);
      if (next(scanner, facts) === colon) {
        scanner.position++;
        branch.name = value;
        branch.key = `${text}:`;
      } else add(branch, text);
    } else {
      scalar(scanner, facts, code);
      const text = scanner.text.slice(start, scanner.position);
      if (wantsIntegers && (code === minus || isDigit(code))) {
        const value = Number(text);
        add(branch, String(value));
        const size = canonicalJsonBytes(value);
        if (size._tag === "Left") return notCanonical(branch, size.left);
      } else add(branch, text);
    }
  }
  // The text was strict, and only its form has changed.
  const right = written(root.members.map(({ value }) => value)) as JsonText;
  return { _tag: "Right", right };
}

function newBranch(outer: Branch | undefined, isObject: boolean): Branch {
  return { outer, isObject, members: [], name: "", key: "" };
}

function add({ name, key, members }: Branch, value: string | Branch): void {
  members.push({ name, key, value });
}

/** The rejection of the value that was added last. */
function notCanonical(branch: Branch, expected: string): Either<NotCanonicalJson, never> {
  const path: Array<string> = [];
  for (let at = branch; at.outer !== undefined; at = at.outer) {
    path.push(clippedKey(at.isObject ? at.name : String(at.members.length - 1)));
  }
  path.reverse();
  return { _tag: "Left", left: { _tag: "NotCanonicalJson", path, line: line(path, expected) } };
}

/** Writes values one after another. `todo` is a stack: the last value is written first. */
function written(todo: Array<string | Branch>): string {
  const texts: Array<string> = [];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (typeof node === "string") texts.push(node);
    else unfold(node, todo);
  }
  return texts.join("");
}

function unfold({ isObject, members }: Branch, todo: Array<string | Branch>): void {
  if (isObject) members.sort((a, b) => compareCodePoints(a.name, b.name));
  todo.push(isObject ? "}" : "]");
  for (const { key, value } of members.reverse()) todo.push(value, key, ",");
  // No comma before the first member.
  if (members.length > 0) todo.pop();
  todo.push(isObject ? "{" : "[");
}
