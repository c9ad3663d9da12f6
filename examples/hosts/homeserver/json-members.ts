/** Reads and writes the members of a JSON object as text, so that values are forwarded unchanged. */
import type { Json } from "matrix-send-to-device";
import { canonicalJson, type JsonText } from "matrix-send-to-device/text";

/**
 * Splits an object into its members.
 *
 * @param text - canonical JSON
 * @returns the values by name; `undefined` if the text is not an object
 */
export function membersOf(text: JsonText): Map<string, JsonText> | undefined {
  if (!text.startsWith("{")) return undefined;
  const members = new Map<string, JsonText>();
  let depth = 0;
  let name = "";
  let start = 1;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    const end = char === '"' ? endOfString(text, at) : at;
    if (char === "{" || char === "[") depth++;
    if (char === "}" || char === "]") depth--;
    if (depth === 1 && char === ":") {
      name = JSON.parse(text.slice(start, at));
      start = at + 1;
    }
    if (at > 1 && ((depth === 1 && char === ",") || depth === 0)) {
      // Each value in strict JSON text is itself strict JSON text.
      members.set(name, text.slice(start, at) as JsonText);
      start = at + 1;
    }
    at = end;
  }
  return members;
}

/** Joins members into an object. It is canonical JSON if the values are. */
export function objectOf(members: Iterable<readonly [name: string, value: JsonText]>): JsonText {
  const sorted = [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const texts = sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  // The names come from a map or an object, so they are unique.
  return `{${texts.join(",")}}` as JsonText;
}

/** A value in an object of objects, and the names that lead to it. */
export type Leaf<Names extends ReadonlyArray<string>> = readonly [names: Names, value: JsonText];

/** The values of an object of objects. Members that are not objects are skipped. */
export function leavesOf(text: JsonText | undefined): Array<Leaf<[string, string]>> {
  return entriesOf(text).flatMap(([first, inner]) =>
    entriesOf(inner).map(([second, value]): Leaf<[string, string]> => [[first, second], value]),
  );
}

/** The members of an object; empty if the text is not an object. */
export function entriesOf(text: JsonText | undefined): Array<[name: string, value: JsonText]> {
  return text === undefined ? [] : [...(membersOf(text) ?? [])];
}

/** Writes an object of objects. The objects with the first names are written even if they are empty. */
export function objectOfLeaves(
  firstNames: ReadonlyArray<string>,
  leaves: Iterable<Leaf<ReadonlyArray<string>>>,
): JsonText {
  const root: Tree = new Map(firstNames.map((name) => [name, new Map()]));
  for (const [names, value] of leaves) {
    let tree = root;
    for (const name of names.slice(0, -1)) {
      const known = tree.get(name);
      const inner: Tree = known instanceof Map ? known : new Map();
      tree.set(name, inner);
      tree = inner;
    }
    tree.set(names.at(-1) ?? "", value);
  }
  return textOf(root);
}

type Tree = Map<string, JsonText | Tree>;

function textOf(tree: Tree): JsonText {
  return objectOf(
    [...tree].map(([name, value]) => [name, value instanceof Map ? textOf(value) : value]),
  );
}

/**
 * A value as canonical JSON.
 *
 * @throws TypeError if the value has no canonical JSON
 */
export function toCanonicalJson(value: Json): JsonText {
  const text = canonicalJson({ numbers: "integers" })(JSON.stringify(value));
  if (text._tag === "Left") throw new TypeError("The value has no canonical JSON");
  return text.right;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
