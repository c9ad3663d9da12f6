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

/** The size of a text in UTF-8, in bytes. `NaN` if it has a lone surrogate. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if ((unit & 0xf800) !== 0xd800) continue;
    // The four bytes of a surrogate pair are two more than its units.
    index++;
    const isPair = unit < 0xdc00 && (text.charCodeAt(index) & 0xfc00) === 0xdc00;
    if (!isPair) return Number.NaN;
  }
  return bytes;
}

/** The bytes of a string as JSON, which `JSON.stringify` makes well-formed: quoted, escaped, in UTF-8. */
export function jsonLength(text: string): number {
  return /^[ !#-[\]-~]*$/.test(text) ? text.length + '""'.length : utf8Length(JSON.stringify(text));
}
