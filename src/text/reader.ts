/**
 * Reads the values of a JSON text one after another: as text, member by member, or just to check them.
 *
 * No function here calls itself, so that depth has no limit.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259#section-2}
 */
import type { Either } from "fp-ts/lib/Either.js";
import { compareCodePoints, compareSlices } from "./code-points.js";
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  decoded,
  expected,
  type Facts,
  type NotJson,
  newScanner,
  next,
  openBrace,
  openBracket,
  quote,
  type Scanner,
  type StringInText,
  scalar,
  string,
} from "./scanner.js";

/** The member names of an object so far, and whether they ascend by code points. */
type Names = { isSorted: boolean; last: Name | undefined };

/** The name of a member, and the name before it in the same object. */
type Name = StringInText & { readonly previous: Name | undefined };

/**
 * JSON-text = ws value ws. `read` reads the value; `facts` are told about the white space around it.
 *
 * @returns what `read` returns, or why the text is not JSON
 */
export function scan<A>(
  text: string,
  facts: Facts,
  read: (scanner: Scanner) => A,
): Either<NotJson, A> {
  const scanner = newScanner(text);
  try {
    next(scanner, facts);
    const right = read(scanner);
    next(scanner, facts);
    if (scanner.position < text.length) throw expected(scanner, "end of text");
    return { _tag: "Right", right };
  } catch (error) {
    if (scanner.fault === undefined || error !== scanner.fault) throw error;
    return { _tag: "Left", left: scanner.fault };
  }
}

/** Reads a value of any kind. */
export function skip(scanner: Scanner, facts: Facts): void {
  // The objects and arrays around the position, the outermost first: the names of an object, or nothing for an array.
  const open: Array<Names | undefined> = [];
  do {
    const code = next(scanner, facts);
    let isFirst = code === openBrace || code === openBracket;
    if (isFirst) {
      scanner.position++;
      open.push(code === openBrace ? newNames() : undefined);
      if (open.length > facts.depth) facts.depth = open.length;
    } else {
      scalar(scanner, facts, code);
    }
    while (open.length > 0 && !hasNext(scanner, facts, open[open.length - 1], isFirst)) {
      open.pop();
      isFirst = false;
    }
  } while (open.length > 0);
}

/** Reads a value of any kind and returns its text. */
export function raw(scanner: Scanner, facts: Facts): string {
  const start = scanner.position;
  skip(scanner, facts);
  return scanner.text.slice(start, scanner.position);
}

/** Whether the next value is an object (`{`), an array (`[`) or a string (`"`). */
export function isNext(scanner: Scanner, facts: Facts, first: "{" | "[" | '"'): boolean {
  return next(scanner, facts) === first.charCodeAt(0);
}

/** Reads an object: `read` gets each name and reads the value. Skips any other value and returns `false`. */
export function members(scanner: Scanner, facts: Facts, read: (name: string) => void): boolean {
  if (!isNext(scanner, facts, "{")) return skipped(scanner, facts);
  scanner.position++;
  const names = newNames();
  for (let isFirst = true; hasNext(scanner, facts, names, isFirst); isFirst = false) {
    // White space before a value is not part of the value. A name has just been read.
    next(scanner, facts);
    read(decoded(scanner.text, names.last as Name));
  }
  return true;
}

/** Reads an array: `read` reads each element. Skips any other value and returns `false`. */
export function elements(scanner: Scanner, facts: Facts, read: () => void): boolean {
  if (!isNext(scanner, facts, "[")) return skipped(scanner, facts);
  scanner.position++;
  for (let isFirst = true; hasNext(scanner, facts, undefined, isFirst); isFirst = false) {
    next(scanner, facts);
    read();
  }
  return true;
}

/** Reads a string and returns its value. Skips any other value and returns `undefined`. */
export function stringValue(scanner: Scanner, facts: Facts): string | undefined {
  if (!isNext(scanner, facts, '"')) {
    skip(scanner, facts);
    return undefined;
  }
  const start = scanner.position + 1;
  const hasEscape = string(scanner, facts);
  return decoded(scanner.text, { start, end: scanner.position - 1, hasEscape });
}

function skipped(scanner: Scanner, facts: Facts): false {
  skip(scanner, facts);
  return false;
}

const newNames = (): Names => ({ isSorted: true, last: undefined });

/** Reads up to the next value of an object or array, or else its end. Returns whether a value follows. */
function hasNext(
  scanner: Scanner,
  facts: Facts,
  names: Names | undefined,
  isFirst: boolean,
): boolean {
  const code = next(scanner, facts);
  if (code === (names === undefined ? closeBracket : closeBrace)) {
    scanner.position++;
    if (names !== undefined && !names.isSorted) unsorted(scanner.text, facts, names);
    return false;
  }
  if (!isFirst) {
    if (code !== comma) throw expected(scanner, names === undefined ? "',' or ']'" : "',' or '}'");
    scanner.position++;
  }
  if (names !== undefined) name(scanner, facts, names);
  return true;
}

/** member = string name-separator value, without the value. */
function name(scanner: Scanner, facts: Facts, names: Names): void {
  if (next(scanner, facts) !== quote) throw expected(scanner, "member name");
  const start = scanner.position + 1;
  const hasEscape = string(scanner, facts);
  const previous = names.last;
  const last = { start, end: scanner.position - 1, hasEscape, previous };
  if (names.isSorted && previous !== undefined)
    names.isSorted = compareNames(scanner.text, previous, last) < 0;
  names.last = last;
  if (next(scanner, facts) !== colon) throw expected(scanner, "':'");
  scanner.position++;
}

/** Looks for duplicates among names that do not ascend: in pairs if they are few, sorted if they are many. */
function unsorted(text: string, facts: Facts, { last }: Names): void {
  facts.isTidy = false;
  const names: Array<Name> = [];
  for (let name = last; name !== undefined; name = name.previous) names.push(name);
  const duplicate =
    names.length > maxPairs ? duplicateOfMany(text, names) : duplicateOfFew(text, names);
  if (duplicate !== undefined) facts.duplicateName ??= duplicate.start - 1;
}

const maxPairs = 8;

function duplicateOfFew(text: string, names: ReadonlyArray<Name>): Name | undefined {
  return names.find((name, index) =>
    names.some((other, at) => at > index && compareNames(text, name, other) === 0),
  );
}

/** Not with a `Set`: some engines do not seed their hashes, and V8 hashes names of over 16,383 units by length only. */
function duplicateOfMany(text: string, names: ReadonlyArray<Name>): Name | undefined {
  const sorted = names.map((name) => decoded(text, name)).sort();
  const duplicate = sorted.find((name, index) => name === sorted[index + 1]);
  return duplicate === undefined
    ? undefined
    : names.find((name) => decoded(text, name) === duplicate);
}

function compareNames(text: string, a: Name, b: Name): number {
  return a.hasEscape || b.hasEscape
    ? compareCodePoints(decoded(text, a), decoded(text, b))
    : compareSlices(text, a.start, a.end, text, b.start, b.end);
}
