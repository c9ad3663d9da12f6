/** Lengths in bytes, without making the bytes. */

/** The bytes of a well-formed string in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A pair of surrogates, two units, takes four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || isSurrogate(unit) ? 1 : 2;
  }
  return bytes;
}

export function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800;
}
