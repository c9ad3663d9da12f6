/**
 * Unpadded Base64.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#unpadded-base64}
 */

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

/** The bytes of a text with or without padding; `undefined` if it is not Base64. */
export function fromBase64(text: string): Buffer | undefined {
  // Buffer.from skips invalid characters.
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}
