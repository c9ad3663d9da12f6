/**
 * The checks that schema languages cannot express, written once and used by every peer.
 *
 * The table therefore compares how peers traverse, not how well their regular expressions are written. The library
 * does not use this file.
 */
import { isIPv6 } from "node:net";

/** Of this realm. @param {unknown} value */
export function isPlainObject(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `@localpart:server_name` of at most 255 bytes. @param {string} text */
export function isUserId(text) {
  if (text.length > 255) return false;
  return /^@[!-9;-~]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(text) || isUncommonUserId(text);
}

/** @param {string} text */
function isUncommonUserId(text) {
  const isOnHost = /^@[^:\0]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(text);
  return (
    (isOnHost || isIPv6(/^@[^:\0]*:\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? "")) &&
    text.isWellFormed() &&
    (text.length <= 85 || Buffer.byteLength(text) <= 255)
  );
}

/** At most 32 code points, none of them a lone surrogate. @param {string} text */
export function isMessageId(text) {
  return text.length <= 64 && text.isWellFormed() && (text.length <= 32 || [...text].length <= 32);
}
