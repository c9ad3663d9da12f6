/**
 * The order of member names in canonical JSON: by Unicode code points, unlike the order of JavaScript strings.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */

/** Compares two strings by code points, for `Array.prototype.sort`. */
export function compareCodePoints(a: string, b: string): number {
  return compareSlices(a, 0, a.length, b, 0, b.length);
}

/** Compares slices of two texts without copying them. */
export function compareSlices(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let index = 0; index < length; index++) {
    const unit = a.charCodeAt(aStart + index);
    const other = b.charCodeAt(bStart + index);
    if (unit !== other) return rank(unit) - rank(other);
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Surrogates encode code points from U+10000 on, so they sort after U+E000 to U+FFFF. */
function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}
