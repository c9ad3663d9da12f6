/** The members of a JSON object as text, so that a value is passed on as it was written. */
import type { JsonText } from "matrix-send-to-device/text";

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
      // A value within a JSON text is one itself.
      members.set(name, text.slice(start, at) as JsonText);
      start = at + 1;
    }
    at = end;
  }
  return members;
}

/** Joins members to an object, which is canonical if the values are. */
export function objectOf(members: Iterable<readonly [name: string, value: JsonText]>): JsonText {
  const sorted = [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const texts = sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  // The names are those of a map or an object: no name comes twice.
  return `{${texts.join(",")}}` as JsonText;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
