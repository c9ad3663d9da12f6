/**
 * Unicode: lone surrogates and sizes in UTF-8.
 *
 * No pattern here has the `u` flag: with it, JavaScriptCore (Bun 1.3.14, WebKit 2.50) matches a lead surrogate followed by
 * U+FC00 to U+FFFF as a pair. `String.prototype.isWellFormed` is missing in Node 18 and Hermes.
 */

/** Whether a text has no lone surrogate and can be encoded as UTF-8. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/;

/** The size of a well-formed text in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // The four bytes of a surrogate pair count as two for each of its units.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
  }
  return bytes;
}
