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

/** The size of a string as JSON in UTF-8, in bytes. In a text with a lone surrogate, every surrogate counts as six. */
export function jsonLength(text: string): number {
  if (/^[ !#-[\]-~]*$/.test(text)) return text.length + '""'.length;
  // Hermes 0.12 does not escape lone surrogates. NUL takes as many bytes as such an escape.
  const counted = isWellFormed(text) ? text : text.replace(/[\ud800-\udfff]/g, "\0");
  return utf8Length(JSON.stringify(counted));
}
