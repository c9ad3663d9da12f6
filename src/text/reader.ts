/**
 * Reads the values of a JSON text one after another: as text, member by member, or only to check them.
 *
 * No function here is recursive, so that depth has no limit.
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
  scalar,
  string,
} from "./scanner.js";

/**
 * The index in `names` of the scanner where an object's names begin, or `array` for an array.
 *
 * The first number is 1 while the names ascend by code points, and 0 afterwards. Three numbers per name follow: its start
 * and end in the text, and whether it has an escape (1 or 0).
 */
export type Names = number;

const array: Names = -1;

/**
 * JSON-text = ws value ws. `read` reads the value. White space around it is recorded in `facts`.
 *
 * @returns the result of `read`, or why the text is not JSON
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
  // The objects and arrays around the position, outermost first. Most values have few or none.
  let outer: Array<Names> | undefined;
  let inner: Names | undefined;
  do {
    const code = next(scanner, facts);
    let isFirst = code === openBrace || code === openBracket;
    if (isFirst) {
      scanner.position++;
      if (inner !== undefined) {
        outer ??= [];
        outer.push(inner);
      }
      inner = code === openBrace ? openNames(scanner) : array;
      const depth = 1 + (outer === undefined ? 0 : outer.length);
      if (depth > facts.depth) facts.depth = depth;
    } else {
      scalar(scanner, facts, code);
    }
    while (inner !== undefined && !hasNext(scanner, facts, inner, isFirst)) {
      inner = outer?.pop();
      isFirst = false;
    }
  } while (inner !== undefined);
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

/** Begins to read an object, for `nextName`. Skips any other value and returns `undefined`. */
export function openObject(scanner: Scanner, facts: Facts): Names | undefined {
  if (!isNext(scanner, facts, "{")) {
    skip(scanner, facts);
    return undefined;
  }
  scanner.position++;
  return openNames(scanner);
}

/** Reads the next name of an object, or returns `undefined` at its end. The caller reads the value. */
export function nextName(scanner: Scanner, facts: Facts, names: Names): string | undefined {
  const isFirst = scanner.namesEnd === names + 1;
  if (!hasNext(scanner, facts, names, isFirst)) return undefined;
  // White space before a value is not part of the value. A name has just been read.
  next(scanner, facts);
  return nameAt(scanner, scanner.namesEnd - nameLength);
}

/** Begins to read an array, for `nextElement`. Skips any other value and returns `false`. */
export function openArray(scanner: Scanner, facts: Facts): boolean {
  if (!isNext(scanner, facts, "[")) {
    skip(scanner, facts);
    return false;
  }
  scanner.position++;
  return true;
}

/** Moves to the next element of an array, which the caller reads. Returns `false` at the end. */
export function nextElement(scanner: Scanner, facts: Facts, isFirst: boolean): boolean {
  if (!hasNext(scanner, facts, array, isFirst)) return false;
  next(scanner, facts);
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

/** Begins the names of an object. */
function openNames(scanner: Scanner): Names {
  scanner.names[scanner.namesEnd] = 1;
  return scanner.namesEnd++;
}

/** The numbers per name in `names`. */
const nameLength = 3;

/** The value of a name. */
function nameAt({ text, names }: Scanner, at: number): string {
  // The caller has stored a name there.
  const start = names[at] as number;
  const end = names[at + 1] as number;
  return names[at + 2] === 1
    ? decoded(text, { start, end, hasEscape: true })
    : text.slice(start, end);
}

/** Reads up to the next value of an object or array, or to its end. Returns whether a value follows. */
function hasNext(scanner: Scanner, facts: Facts, names: Names, isFirst: boolean): boolean {
  const code = next(scanner, facts);
  if (code === (names === array ? closeBracket : closeBrace)) {
    scanner.position++;
    if (names !== array) closeNames(scanner, facts, names);
    return false;
  }
  if (!isFirst) {
    if (code !== comma) throw expected(scanner, names === array ? "',' or ']'" : "',' or '}'");
    scanner.position++;
  }
  if (names !== array) name(scanner, facts, names);
  return true;
}

/** member = string name-separator value, without the value. */
function name(scanner: Scanner, facts: Facts, object: Names): void {
  if (next(scanner, facts) !== quote) throw expected(scanner, "member name");
  const start = scanner.position + 1;
  const hasEscape = string(scanner, facts);
  const { names, namesEnd: at } = scanner;
  names[at] = start;
  names[at + 1] = scanner.position - 1;
  names[at + 2] = hasEscape ? 1 : 0;
  scanner.namesEnd = at + nameLength;
  const isSecond = at > object + 1;
  if (isSecond && names[object] === 1 && compareNames(scanner, at - nameLength, at) >= 0) {
    names[object] = 0;
  }
  if (next(scanner, facts) !== colon) throw expected(scanner, "':'");
  scanner.position++;
}

/** Ends the names of an object. If they do not ascend, looks for duplicates, in pairs if there are few names. */
function closeNames(scanner: Scanner, facts: Facts, object: Names): void {
  const { names, namesEnd } = scanner;
  scanner.namesEnd = object;
  if (names[object] === 1) return;
  facts.isTidy = false;
  const values: Array<string> = [];
  for (let at = object + 1; at < namesEnd; at += nameLength) values.push(nameAt(scanner, at));
  const index = values.length > maxPairs ? repeatedOfMany(values) : repeatedOfFew(values);
  if (index !== -1) {
    facts.duplicateName ??= (names[object + 1 + index * nameLength] as number) - 1;
  }
}

const maxPairs = 8;

/** The index of a name that repeats an earlier one, or -1. */
function repeatedOfFew(names: ReadonlyArray<string>): number {
  return names.findIndex((name, index) => names.indexOf(name) < index);
}

/** Sorts instead of using a `Set`: some engines have unseeded hashes, and V8 hashes names over 16,383 units by length only. */
function repeatedOfMany(names: ReadonlyArray<string>): number {
  const sorted = [...names].sort();
  const repeated = sorted.find((name, index) => name === sorted[index + 1]);
  return repeated === undefined ? -1 : names.lastIndexOf(repeated);
}

/** Compares two names by code points. */
function compareNames(scanner: Scanner, first: number, second: number): number {
  const { text, names } = scanner;
  if (names[first + 2] === 1 || names[second + 2] === 1) {
    return compareCodePoints(nameAt(scanner, first), nameAt(scanner, second));
  }
  return compareSlices(
    text,
    names[first] as number,
    names[first + 1] as number,
    text,
    names[second] as number,
    names[second + 1] as number,
  );
}
