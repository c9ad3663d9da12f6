/** Texts and digests of values, the same on every engine: no `JSON.stringify`, no cryptography. */

/** A value as ASCII text. Members keep their order, which the language defines. */
export function textOf(value) {
  if (typeof value === "string") return quoted(value);
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  const members = Object.keys(value).map((key) => `${quoted(key)}:${textOf(value[key])}`);
  return `{${members.join(",")}}`;
}

function quoted(text) {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let escaped = "";
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const isPlain = unit >= 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x5c;
    escaped += isPlain ? text[index] : `\\u${unit.toString(16).padStart(4, "0")}`;
  }
  return `"${escaped}"`;
}

/** Two lanes of FNV-1a over ASCII texts; the second has an offset and a prime of its own. */
export function createDigest() {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  return {
    add(text) {
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index);
        first = Math.imul(first ^ unit, 0x01000193);
        second = Math.imul(second ^ unit, 0x85ebca6b);
      }
    },
    hex: () => [first, second].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}

/** The digest of one text. */
export function digestOf(text) {
  const digest = createDigest();
  digest.add(text);
  return digest.hex();
}
