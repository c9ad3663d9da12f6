/** JSON texts and nearly valid ones, with facts about them that are found without the library. */
import fc from "fast-check";

/** A JSON string with any escapes that a writer may choose, including lone surrogates. */
const stringText = fc
  .array(
    fc.constantFrom(
      "a",
      "b",
      "Z",
      " ",
      "/",
      "~",
      "\u007f",
      "é",
      "日",
      "\ufb33",
      "\uffff",
      "😀",
      "\ud83d",
      "\ude00",
      "\\u0061",
      "\\u00E9",
      "\\ud83d\\ude00",
      "\\ud83d",
      "\\uDE00",
      "\\uffff",
      "\\u0000",
      "\\u000b",
      "\\u000B",
      "\\u001f",
      "\\u0008",
      "\\u0022",
      "\\n",
      "\\t",
      '\\"',
      "\\\\",
      "\\/",
      "\\b",
      "\\f",
      "\\r",
      "]",
      "}",
      ",",
      ":",
    ),
    { maxLength: 4 },
  )
  .map((parts) => `"${parts.join("")}"`);

const numberText = fc.constantFrom(
  "0",
  "-0",
  "1",
  "-17",
  "1.0",
  "1.5",
  "0e1",
  "12E+2",
  "1e-1",
  "100e-2",
  "1e400",
  "-1E400",
  "1e-400",
  "999999999999999",
  "9007199254740991",
  "-9007199254740991",
  "9007199254740993",
  "123456789012345678901234567890",
);

const spaceText = fc.constantFrom("", "", "", "", " ", "\n", "\t\r ");

/** JSON as any writer may write it: spaces, escapes, any order, duplicate names, any number. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; spaced: string }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("null", "true", "false"),
      numberText,
      stringText,
      fc.array(tie("spaced"), { maxLength: 4 }).map((values) => `[${values.join(",")}]`),
      fc
        .array(fc.tuple(stringText, spaceText, tie("spaced")), { maxLength: 4 })
        .map(
          (members) => `{${members.map(([name, ws, value]) => `${name}${ws}:${value}`).join(",")}}`,
        ),
    ),
    spaced: fc.tuple(spaceText, tie("value"), spaceText).map((parts) => parts.join("")),
  }),
).spaced;

/** Pieces of JSON in any order: rarely valid, and always nearly so. */
const soupText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'{}[],:"\\ \n\t0123456789-+.eEaAu/\u0000\u001f\u007f\u00a0\u2028\ufeff\ud800é'.split(""),
      ),
      fc.constantFrom("null", "true", "false", "NaN", "Infinity", "nul", "//", "/**/", "0x1", "01"),
      stringText,
      numberText,
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

/** JSON with one piece of it replaced. */
const mutatedText = fc
  .tuple(jsonText, fc.nat(), fc.nat(3), soupText)
  .map(([text, at, length, piece]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + piece.slice(0, 3) + text.slice(start + length);
  });

/** Any text, often JSON. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: jsonText },
  { weight: 3, arbitrary: mutatedText },
  { weight: 2, arbitrary: soupText },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);

/** Facts about a JSON text. */
export type Truth = {
  readonly isStrict: boolean;
  readonly depth: number;
  readonly numbers: ReadonlyArray<string>;
};

/** Slow, but correct for texts that `JSON.parse` accepts: tokens by a pattern, then one function for all values. */
export function truthOf(text: string): Truth {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g) ?? [];
  const numbers = tokens.filter((token) => /^[-\d]/.test(token));
  const strings = tokens.filter((token) => token.startsWith('"'));
  let isStrict = strings.every(
    (token) => token.isWellFormed() && (JSON.parse(token) as string).isWellFormed(),
  );
  let deepest = 0;
  const open: Array<Set<string>> = [];
  for (const [index, token] of tokens.entries()) {
    if (token === "{" || token === "[") open.push(new Set());
    if (token === "}" || token === "]") open.pop();
    deepest = Math.max(deepest, open.length);
    if (tokens[index + 1] === ":") {
      const name: string = JSON.parse(token);
      if (open.at(-1)?.has(name)) isStrict = false;
      open.at(-1)?.add(name);
    }
  }
  return { isStrict, depth: deepest, numbers };
}

/** Whether `JSON.parse` accepts a text. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
