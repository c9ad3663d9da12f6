/**
 * Canonical JSON of a text, without parsing it into values.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import type { Either } from "fp-ts/lib/Either.js";
import { clipped, line } from "../explain.js";
import { canonicalJsonBytes } from "../internal/canonical-json.js";
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

/** How canonical JSON is made of a text. */
export type CanonicalJsonOptions = {
  /**
   * What becomes of numbers.
   *
   * - `"asWritten"`: they keep their text. Verify signatures with it: other servers sign what they wrote.
   * - `"integers"`: they are written as canonical JSON has them, such as `100` for `1e2`. A text is rejected if one of
   *   them is not an integer from -(2^53)+1 to 2^53-1. Sign with it.
   */
  readonly numbers: "asWritten" | "integers";
};

/** The text has no canonical JSON, because a number in it is not an integer that canonical JSON allows. */
export type NotCanonicalJson = {
  readonly _tag: "NotCanonicalJson";
  /** The keys that lead to the number, the outermost first. The middle of a key over 256 characters is left out. */
  readonly path: ReadonlyArray<string>;
  /** The path and what was expected there: printable ASCII, at most 512 characters. */
  readonly line: string;
};

/**
 * Writes a JSON text as canonical JSON: no white space, members in the order of the code points of their names, the
 * shortest escapes. A text that is canonical already comes back as it is.
 *
 * Depth has no limit.
 *
 * @param options - what becomes of numbers
 * @returns a function from a text to its canonical JSON, or to the reason why it has none: it is not JSON, it has a
 * duplicate member name or a lone surrogate, or a number in it is rejected
 * @throws TypeError if `options` does not say what becomes of numbers
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
    // Both checks have been made: it is JSON, and it is strict.
    if (facts.isTidy && !needsNumbers) return { _tag: "Right", right: text as JsonText };
    // Nothing unusual is ahead that was not checked.
    return rewritten({ ...newScanner(text), nextUnusual: text.length }, wantsIntegers);
  };
}

function numbersOf(options: CanonicalJsonOptions): CanonicalJsonOptions["numbers"] {
  const numbers = hasOwn.call(options, "numbers") && options.numbers;
  if (numbers === "asWritten" || numbers === "integers") return numbers;
  throw new TypeError('canonicalJson: numbers must be "asWritten" or "integers"');
}

const hasOwn = Object.prototype.hasOwnProperty;

/** An object or array that is read or was read. */
type Branch = {
  readonly outer: Branch | undefined;
  readonly isObject: boolean;
  readonly members: Array<Member>;
  /** The name of the member that is read. */
  name: string;
  /** The same in canonical JSON, with its colon. */
  key: string;
};

/** A member; of an element, name and key are empty. A value is a scalar in canonical JSON, or another branch. */
type Member = { readonly name: string; readonly key: string; readonly value: string | Branch };

/** Reads a strict JSON text into a tree of slices and writes that, without a function that calls itself. */
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
      // The text is JSON: what it closes has been opened.
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
  // It was strict before, and nothing but its form has changed.
  const right = written(root.members.map(({ value }) => value)) as JsonText;
  return { _tag: "Right", right };
}

function newBranch(outer: Branch | undefined, isObject: boolean): Branch {
  return { outer, isObject, members: [], name: "", key: "" };
}

function add({ name, key, members }: Branch, value: string | Branch): void {
  members.push({ name, key, value });
}

/** Names the value that was added last. */
function notCanonical(branch: Branch, expected: string): Either<NotCanonicalJson, never> {
  const path: Array<string> = [];
  for (let at = branch; at.outer !== undefined; at = at.outer) {
    path.push(clipped(at.isObject ? at.name : String(at.members.length - 1), maxKey));
  }
  path.reverse();
  return { _tag: "Left", left: { _tag: "NotCanonicalJson", path, line: line(path, expected) } };
}

/** The most characters of a key in a path. */
const maxKey = 256;

/** The texts of some values and branches; `todo` holds them from the last to the first. */
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
