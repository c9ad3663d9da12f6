/**
 * Positions in a JSON text: objects and arrays, their members, and the range of each value.
 *
 * The library reports the path of a fault. An outline finds that path in the text. The text must be JSON; the outline
 * does not check this. No function is recursive, so depth is unlimited, and an object is read once.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259#section-2}
 */

/** A range of UTF-16 units. */
export type Span = { readonly from: number; readonly to: number };

/** A member of an object with its name, or an element of an array with its position. */
export type Member = {
  /** The decoded name, or the position in decimal digits. */
  readonly name: string;
  /** The name with its quotes; for an element that of the value. */
  readonly nameSpan: Span;
  readonly value: Span;
};

/** The result for a path. */
export type Place = {
  /** Whether the whole path exists. */
  readonly isFound: boolean;
  /** The value, or the closest object or array around it if it is missing. */
  readonly value: Span;
  /** The name of the last member that was found, or else the value. */
  readonly name: Span;
};

/** The outline of one text. */
export type Outline = {
  readonly text: string;
  readonly root: Span;
  /** The members of an object, or the elements of an array; none of any other value. */
  readonly members: (value: Span) => ReadonlyArray<Member>;
  /** The member of that name. The last one counts, as in `JSON.parse`. */
  readonly member: (value: Span, name: string) => Member | undefined;
  /** The place at a path from a value on. */
  readonly locate: (path: ReadonlyArray<string>, from?: Span) => Place;
  readonly isObject: (value: Span) => boolean;
  readonly isArray: (value: Span) => boolean;
  /** The decoded value of a string. */
  readonly string: (value: Span | undefined) => string | undefined;
  readonly slice: (value: Span) => string;
  /** The levels of objects and arrays: none for a string, one for `{}`. */
  readonly depth: (value: Span) => number;
};

export function outlineOf(text: string): Outline {
  const known = new Map<number, ReadonlyArray<Member>>();
  const byName = new Map<number, ReadonlyMap<string, Member>>();
  const start = skipSpace(text, 0);
  const root = { from: start, to: endOfValue(text, start) };

  const members = (value: Span): ReadonlyArray<Member> => {
    let found = known.get(value.from);
    if (found === undefined) {
      found = membersIn(text, value.from);
      known.set(value.from, found);
    }
    return found;
  };
  const member = (value: Span, name: string): Member | undefined => {
    let names = byName.get(value.from);
    if (names === undefined) {
      names = new Map(members(value).map((each) => [each.name, each]));
      byName.set(value.from, names);
    }
    return names.get(name) ?? (isClipped(name) ? clippedMember(members(value), name) : undefined);
  };
  const locate = (path: ReadonlyArray<string>, from: Span = root): Place => {
    let place: Place = { isFound: true, value: from, name: from };
    for (const name of path) {
      const next = member(place.value, name);
      if (next === undefined) return { ...place, isFound: false };
      place = { isFound: true, value: next.value, name: next.nameSpan };
    }
    return place;
  };
  const slice = ({ from, to }: Span): string => text.slice(from, to);
  return {
    text,
    root,
    members,
    member,
    locate,
    isObject: ({ from }) => text[from] === "{",
    isArray: ({ from }) => text[from] === "[",
    string: (value) =>
      value !== undefined && text[value.from] === '"' ? stringIn(slice(value)) : undefined,
    slice,
    depth: ({ from }) => extentOf(text, from).depth,
  };
}

/** The library omits the middle of a key longer than 256 characters. */
function isClipped(name: string): boolean {
  return name.length === 2 * clippedHalf + 3 && name.slice(clippedHalf, -clippedHalf) === "...";
}

const clippedHalf = 126;

function clippedMember(members: ReadonlyArray<Member>, clipped: string): Member | undefined {
  const head = clipped.slice(0, clippedHalf);
  const tail = clipped.slice(-clippedHalf);
  return members.findLast(({ name }) => name.startsWith(head) && name.endsWith(tail));
}

function membersIn(text: string, start: number): ReadonlyArray<Member> {
  const isObject = text[start] === "{";
  if (!isObject && text[start] !== "[") return [];
  const found: Array<Member> = [];
  let position = skipSpace(text, start + 1);
  while (position < text.length && text[position] !== "}" && text[position] !== "]") {
    let name = String(found.length);
    let nameSpan: Span | undefined;
    if (isObject) {
      nameSpan = { from: position, to: endOfString(text, position) };
      name = stringIn(text.slice(nameSpan.from, nameSpan.to));
      position = skipSpace(text, skipSpace(text, nameSpan.to) + 1);
    }
    const value = { from: position, to: endOfValue(text, position) };
    found.push({ name, nameSpan: nameSpan ?? value, value });
    position = skipSpace(text, value.to);
    if (text[position] === ",") position = skipSpace(text, position + 1);
  }
  return found;
}

function stringIn(literal: string): string {
  return literal.includes("\\") ? JSON.parse(literal) : literal.slice(1, -1);
}

function skipSpace(text: string, position: number): number {
  let end = position;
  while (end < text.length && " \n\r\t".includes(text.charAt(end))) end++;
  return end;
}

/** The end of the value that begins at a position. */
function endOfValue(text: string, start: number): number {
  return extentOf(text, start).end;
}

function extentOf(text: string, start: number): { readonly end: number; readonly depth: number } {
  const first = text[start];
  if (first === '"') return { end: endOfString(text, start), depth: 0 };
  if (first !== "{" && first !== "[") return { end: endOfScalar(text, start), depth: 0 };
  let level = 0;
  let depth = 0;
  for (let position = start; position < text.length; ) {
    const code = text.charCodeAt(position);
    if (code === quote) {
      position = endOfString(text, position);
      continue;
    }
    position++;
    // The codes of `[` and `{` differ in this bit only, and so do those of `]` and `}`.
    const bracket = code | 0x20;
    if (bracket === openBrace) depth = Math.max(depth, ++level);
    else if (bracket === closeBrace && --level === 0) return { end: position, depth };
  }
  return { end: text.length, depth };
}

const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, quote: number): boolean {
  let start = quote;
  while (text[start - 1] === "\\") start--;
  return (quote - start) % 2 === 1;
}

function endOfScalar(text: string, start: number): number {
  let end = start;
  while (end < text.length && !" \n\r\t,]}".includes(text.charAt(end))) end++;
  return end;
}
