/**
 * The tokens of JSON text in the order of the grammar of RFC 8259: one function per rule. No value is built.
 *
 * If the text is not JSON, a fault is thrown, and caught where reading began. Anything that JSON allows but strict text
 * or canonical JSON does not is recorded in `Facts`. The results of looking ahead are kept, so that no part of the text is
 * searched twice.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259#section-2}
 */
import { isWellFormed } from "../internal/text.js";

/** The text is not JSON. Answer 400 `M_NOT_JSON`. */
export type NotJson = {
  /** The text is not JSON. */
  readonly _tag: "NotJson";
  /** The index of the unexpected UTF-16 unit. */
  readonly position: number;
  /** What was expected there. It contains nothing of the text. */
  readonly expected: string;
};

/** The text is JSON, but parsers disagree about its meaning (MSC4458). Answer 400 `M_BAD_JSON`. */
export type NotStrict = {
  /** The text is JSON, but it is not strict. */
  readonly _tag: "NotStrict";
  /** The index of the opening quote of the duplicate name, or of the name or string with the lone surrogate. */
  readonly position: number;
  /** Why the text is not strict. */
  readonly reason: "duplicate member name" | "lone surrogate";
};

/** Facts about the values that were read. */
export type Facts = {
  /** The index of the opening quote of a duplicate member name, if there is one. */
  duplicateName: number | undefined;
  /** The index of the opening quote of the first name or string with a lone surrogate, if there is one. */
  loneSurrogate: number | undefined;
  /** The levels of the deepest value that was skipped: 0 for a string, 1 for `{}`. */
  depth: number;
  /** Whether white space, escapes and the order of members are canonical. */
  isTidy: boolean;
  /** Whether a number is a safe integer that canonical JSON writes differently: `1.0`, `1e2`, `-0`. */
  hasUntidyNumber: boolean;
  /** Whether a number is not a safe integer: `0.5`, `9007199254740993`, `1e400`. */
  hasUnsafeNumber: boolean;
  /** Whether a number is beyond a double: `1e400`. */
  hasInfiniteNumber: boolean;
  /** The length of the values in bytes of UTF-8, minus their length in UTF-16 units. */
  extraBytes: number;
};

/** A text, the position of the reader, and the results of looking ahead. */
export type Scanner = {
  readonly text: string;
  position: number;
  /** The index of the next backslash, looked up from the start of a string, or the end of the text. */
  nextBackslash: number;
  /** The same for the next unit that is not printable ASCII. */
  nextUnusual: number;
  /** The fault that was thrown. */
  fault: NotJson | undefined;
  /**
   * The member names of the objects around the position, outermost first. It is a stack in one array, because an object
   * per name would cost more than reading the name. `reader.ts` defines its layout.
   */
  readonly names: Array<number>;
  /** How much of `names` is in use. */
  namesEnd: number;
};

/** The position of a string between its quotes, and whether it has an escape. */
export type StringInText = {
  readonly start: number;
  readonly end: number;
  readonly hasEscape: boolean;
};

/** The facts about no values. */
export const newFacts = (): Facts => ({
  duplicateName: undefined,
  loneSurrogate: undefined,
  depth: 0,
  isTidy: true,
  hasUntidyNumber: false,
  hasUnsafeNumber: false,
  hasInfiniteNumber: false,
  extraBytes: 0,
});

/** Resets facts to those about no values. */
export function clear(facts: Facts): void {
  facts.duplicateName = undefined;
  facts.loneSurrogate = undefined;
  facts.depth = 0;
  facts.isTidy = true;
  facts.hasUntidyNumber = false;
  facts.hasUnsafeNumber = false;
  facts.hasInfiniteNumber = false;
  facts.extraBytes = 0;
}

/** Adds the facts about other values. */
export function include(facts: Facts, others: Facts): void {
  facts.duplicateName ??= others.duplicateName;
  facts.loneSurrogate ??= others.loneSurrogate;
  facts.depth = Math.max(facts.depth, others.depth);
  facts.isTidy &&= others.isTidy;
  facts.hasUntidyNumber ||= others.hasUntidyNumber;
  facts.hasUnsafeNumber ||= others.hasUnsafeNumber;
  facts.hasInfiniteNumber ||= others.hasInfiniteNumber;
  facts.extraBytes += others.extraBytes;
}

/** Why the values are not strict, or `undefined` if they are. */
export function notStrictOf({ duplicateName, loneSurrogate }: Facts): NotStrict | undefined {
  if (loneSurrogate !== undefined)
    return { _tag: "NotStrict", position: loneSurrogate, reason: "lone surrogate" };
  return duplicateName === undefined
    ? undefined
    : { _tag: "NotStrict", position: duplicateName, reason: "duplicate member name" };
}

export const newScanner = (text: string): Scanner => ({
  text,
  position: 0,
  nextBackslash: -1,
  nextUnusual: -1,
  fault: undefined,
  names: [],
  namesEnd: 0,
});

/** ws. Returns the code of the unit that follows, `NaN` at the end of the text. */
export function next(scanner: Scanner, facts: Facts): number {
  const { text } = scanner;
  const code = text.charCodeAt(scanner.position);
  if (!isSpace(code)) return code;
  facts.isTidy = false;
  let position = scanner.position + 1;
  while (isSpace(text.charCodeAt(position))) position++;
  scanner.position = position;
  return text.charCodeAt(position);
}

function isSpace(code: number): boolean {
  return (
    code <= space &&
    (code === space || code === lineFeed || code === carriageReturn || code === tab)
  );
}

/** value = false / null / true / number / string, given the code of its first unit. */
export function scalar(scanner: Scanner, facts: Facts, first: number): void {
  if (first === quote) string(scanner, facts);
  else if (first === minus || isDigit(first)) number(scanner, facts);
  else if (!literal(scanner, "true") && !literal(scanner, "false") && !literal(scanner, "null"))
    throw expected(scanner, "value");
}

function literal(scanner: Scanner, word: string): boolean {
  if (!scanner.text.startsWith(word, scanner.position)) return false;
  scanner.position += word.length;
  return true;
}

/** number = [ minus ] int [ frac ] [ exp ] */
function number(scanner: Scanner, facts: Facts): void {
  const { text, position: start } = scanner;
  const isNegative = text.charCodeAt(start) === minus;
  if (isNegative) scanner.position++;
  const isZero = text.charCodeAt(scanner.position) === zero;
  if (isZero) scanner.position++;
  else digits(scanner);
  let isInteger = true;
  if (text.charCodeAt(scanner.position) === dot) {
    isInteger = false;
    scanner.position++;
    digits(scanner);
  }
  if ((text.charCodeAt(scanner.position) | 0x20) === letterE) {
    isInteger = false;
    scanner.position++;
    const sign = text.charCodeAt(scanner.position);
    if (sign === plus || sign === minus) scanner.position++;
    digits(scanner);
  }
  const isShort = scanner.position - start <= maxSafeDigits;
  if (!isInteger || !isShort || (isZero && isNegative)) unusualNumber(scanner, facts, start);
}

/** An integer of at most this many characters is safe. */
const maxSafeDigits = 15;

function unusualNumber(scanner: Scanner, facts: Facts, start: number): void {
  const text = scanner.text.slice(start, scanner.position);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) facts.hasUnsafeNumber = true;
  else if (String(value) !== text) facts.hasUntidyNumber = true;
  if (!Number.isFinite(value)) facts.hasInfiniteNumber = true;
}

/** 1*DIGIT */
function digits(scanner: Scanner): void {
  const start = scanner.position;
  while (isDigit(scanner.text.charCodeAt(scanner.position))) scanner.position++;
  if (scanner.position === start) throw expected(scanner, "digit");
}

export function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** string = quotation-mark *char quotation-mark. Returns whether it has an escape. */
export function string(scanner: Scanner, facts: Facts): boolean {
  const { text } = scanner;
  const start = scanner.position + 1;
  let end = indexFrom(text, '"', start);
  if (scanner.nextBackslash < start) scanner.nextBackslash = indexFrom(text, "\\", start);
  const hasEscape = scanner.nextBackslash < end;
  let hasSurrogate = false;
  while (scanner.nextBackslash < end) {
    scanner.position = scanner.nextBackslash;
    if (isSurrogate(escapeSequence(scanner, facts))) hasSurrogate = true;
    if (end < scanner.position) end = indexFrom(text, '"', scanner.position);
    scanner.nextBackslash = indexFrom(text, "\\", scanner.position);
  }
  if (scanner.nextUnusual < start) scanner.nextUnusual = unusualFrom(text, start);
  for (scanner.position = scanner.nextUnusual; scanner.position < end; scanner.position++) {
    const unit = text.charCodeAt(scanner.position);
    if (unit < space) throw expected(scanner, "escape of control character");
    if (isSurrogate(unit)) hasSurrogate = true;
    facts.extraBytes += extraBytes(unit);
  }
  scanner.position = end;
  if (end === text.length) throw expected(scanner, "'\"'");
  scanner.position++;
  if (hasSurrogate) {
    // A pair with one half as an escape is a pair after decoding, but UTF-8 cannot encode the other half.
    const isSound =
      isWellFormed(text.slice(start, end)) &&
      isWellFormed(decoded(text, { start, end, hasEscape }));
    if (!isSound) facts.loneSurrogate ??= start - 1;
  }
  return hasEscape;
}

/** escape ( quotation-mark / ... / u 4HEXDIG ). Returns the unit of a `u` escape, and 0 for any other escape. */
function escapeSequence(scanner: Scanner, facts: Facts): number {
  scanner.position++;
  const character = scanner.text.charAt(scanner.position);
  if (character === "" || !'"\\/bfnrtu'.includes(character)) throw expected(scanner, "escape");
  scanner.position++;
  if (character === "u") return unicodeEscape(scanner, facts);
  if (character === "/") facts.isTidy = false;
  return 0;
}

/** 4HEXDIG */
function unicodeEscape(scanner: Scanner, facts: Facts): number {
  const hex = scanner.text.slice(scanner.position, scanner.position + 4);
  if (!/^[0-9A-Fa-f]{4}$/.test(hex)) throw expected(scanner, "4 hexadecimal digits");
  // Canonical JSON uses this escape for control characters without a short escape.
  if (!/^00(?:0[0-7bef]|1[0-9a-f])$/.test(hex)) facts.isTidy = false;
  scanner.position += 4;
  return Number.parseInt(hex, 16);
}

/** The value of a string. */
export function decoded(text: string, { start, end, hasEscape }: StringInText): string {
  return hasEscape ? JSON.parse(text.slice(start - 1, end + 1)) : text.slice(start, end);
}

function indexFrom(text: string, character: string, start: number): number {
  const index = text.indexOf(character, start);
  return index === -1 ? text.length : index;
}

/** The index of the first unit that is not printable ASCII. */
function unusualFrom(text: string, start: number): number {
  printable.lastIndex = start;
  printable.test(text);
  return printable.lastIndex;
}

// Sticky: it matches from `lastIndex`, which is set before each use.
const printable = /[ -~]*/y;

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800;
}

/** The bytes of a unit in UTF-8, minus one. Each half of a surrogate pair counts as two of its four bytes. */
function extraBytes(unit: number): number {
  if (unit < 0x80) return 0;
  return unit < 0x800 || isSurrogate(unit) ? 1 : 2;
}

/** The fault to throw. The scanner stores it, so that no other exception is caught. */
export function expected(scanner: Scanner, what: string): NotJson {
  scanner.fault = { _tag: "NotJson", position: scanner.position, expected: `expected ${what}` };
  return scanner.fault;
}

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
export const quote = 0x22;
const plus = 0x2b;
export const comma = 0x2c;
export const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
const letterE = 0x65;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
