/**
 * User IDs, server names, device IDs and message IDs, by the specification's rules for received identifiers.
 *
 * The brands have a plain symbol key. With a `unique symbol` the types of the two module formats would be incompatible.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#identifier-grammar}
 */
import type * as t from "io-ts";
import { brick } from "./internal/codec.js";
import { isWellFormed, utf8Length } from "./internal/text.js";

/**
 * The user that sends or receives a message: `@localpart:server_name`, at most 255 bytes of UTF-8.
 *
 * Every localpart that a server must accept is accepted, including an empty one and one with control characters. NUL, lone
 * surrogates and invalid server names are rejected. `userIdGrammar` returns the class of a user ID.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#user-identifiers}
 */
export type UserId = string & { readonly [brand: symbol]: "UserId" };
/** The codec of a User ID. Its errors say which rule is broken: the length, `@`, `:`, the server name, NUL or a lone surrogate. */
export const UserId: t.Type<UserId, string> = /* #__PURE__ */ brick(
  "UserId",
  userIdError,
  isUserId,
);

/**
 * The name of a homeserver: a host name, an IPv4 address or an IPv6 address in brackets, with an optional port.
 *
 * Server names are compared as whole strings: case and port count.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#server-name}
 */
export type ServerName = string & { readonly [brand: symbol]: "ServerName" };
/** The codec of a server name. Its errors say which rule is broken: the length, the port, the IPv6 address or the host name. */
export const ServerName: t.Type<ServerName, string> = /* #__PURE__ */ brick(
  "ServerName",
  (value) => `expected Server Name${because(serverNameFault(value))}`,
  isServerName,
);

/**
 * A device of a user. Every string is a device ID, including the empty one, except `*`, which stands for all devices.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#relationship-between-access-tokens-and-devices}
 */
export type DeviceId = string & { readonly [brand: symbol]: "DeviceId" };
/** The codec of a device ID. */
export const DeviceId: t.Type<DeviceId, string> = /* #__PURE__ */ brick(
  "DeviceId",
  "expected Device ID",
  (value) => typeof value === "string" && value !== allDevices,
);

/** The wildcard in place of a device ID: all devices of the user that the receiving server knows. */
export const allDevices = "*";
/** The type of `*`. */
export type AllDevices = typeof allDevices;

/**
 * The ID of an EDU, by which the receiver recognises a repetition: at most 32 code points, without lone surrogates.
 *
 * On receipt longer IDs are accepted: see `ReceivedMessage`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type MessageId = string & { readonly [brand: symbol]: "MessageId" };
/** The codec of a message ID. Its errors say whether it is too long or has a lone surrogate. */
export const MessageId: t.Type<MessageId, string> = /* #__PURE__ */ messageIdUpTo<MessageId>(
  "MessageId",
  32,
);

/**
 * The codec of a message ID of at most so many code points.
 *
 * @param name - the codec's name
 * @param maxCodePoints - the most code points that it accepts
 */
export function messageIdUpTo<A extends string>(
  name: string,
  maxCodePoints: number,
): t.Type<A, string> {
  return brick(
    name,
    (value) =>
      `expected string of at most ${maxCodePoints} code points${because(messageIdFault(value, maxCodePoints))}`,
    (value) => typeof value === "string" && messageIdFault(value, maxCodePoints) === undefined,
  );
}

/**
 * Returns the server that a user belongs to.
 *
 * @param userId - a decoded user ID
 * @returns the part after the first `:`
 *
 * @example
 * ```ts
 * import { serverNameOf, UserId } from "matrix-send-to-device";
 *
 * const alice = UserId.decode("@alice:example.org:8448");
 * if (alice._tag === "Right") {
 *   console.log(serverNameOf(alice.right)); // "example.org:8448"
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#user-identifiers}
 */
export function serverNameOf(userId: UserId): ServerName {
  // The codec has checked the server name.
  return userId.slice(userId.indexOf(":") + 1) as ServerName;
}

/**
 * Makes a predicate for the users of one server: the `isLocal` of `receiveTransaction`.
 *
 * @param serverName - the server's name, compared as a whole string: case and port count
 * @returns a predicate that tests whether a user belongs to that server
 * @throws TypeError if `serverName` is invalid
 *
 * @example
 * ```ts
 * import { isUserOf, type UserId } from "matrix-send-to-device";
 *
 * const isLocal = isUserOf("example.org");
 * console.log(isLocal("@alice:example.org" as UserId), isLocal("@alice:example.org:8448" as UserId)); // true false
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#server-name}
 */
export function isUserOf(serverName: string): (userId: UserId) => boolean {
  const own = serverNameArgument("serverName", serverName);
  return (userId) => serverNameOf(userId) === own;
}

/** Checks a server name from the host. */
export function serverNameArgument(name: string, value: string): ServerName {
  if (isServerName(value)) return value;
  throw new TypeError(`${name} must be a valid Server Name${because(serverNameFault(value))}`);
}

/** Checks a user ID from the host. */
export function userIdArgument(name: string, value: string): UserId {
  if (isUserId(value)) return value;
  throw new TypeError(`${name} must be a valid User ID${because(userIdFault(value))}`);
}

/**
 * Returns the class of a user ID's localpart.
 *
 * - `strict`: servers may create such user IDs today.
 * - `historical`: servers could create them in the past.
 * - `noncompliant`: anything else that a server must accept. Servers should not send these to clients outside the context
 *   of a room event; the library leaves that to the host.
 *
 * @param userId - a decoded user ID
 * @returns the narrowest class that the localpart belongs to
 *
 * @example
 * ```ts
 * import { UserId, userIdGrammar } from "matrix-send-to-device";
 *
 * const userIds = ["@alice:example.org", "@Alice:example.org", "@alicé:example.org"].filter(UserId.is);
 * console.log(userIds.map(userIdGrammar)); // ["strict", "historical", "noncompliant"]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#historical-user-ids}
 */
export function userIdGrammar(userId: UserId): "strict" | "historical" | "noncompliant" {
  const localpart = userId.slice(1, userId.indexOf(":"));
  if (/^[a-z0-9._=/+-]+$/.test(localpart)) return "strict";
  return /^[!-9;-~]+$/.test(localpart) ? "historical" : "noncompliant";
}

/** Appends the reason to an error, if there is one. */
function because(fault: string | undefined): string {
  return fault === undefined ? "" : ` (${fault})`;
}

const maxUserIdBytes = 255;

/** Matches most user IDs. Each part excludes the character that ends it, so matching is linear. */
const commonUserId = /^@[!-9;-~]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/;

export function isUserId(value: unknown): value is UserId {
  if (typeof value !== "string" || value.length > maxUserIdBytes) return false;
  return commonUserId.test(value) || userIdFault(value) === undefined;
}

/** The error for a value that is not a user ID: which rule it breaks. */
export function userIdError(value: unknown): string {
  return `expected User ID${because(userIdFault(value))}`;
}

/** Which rule a user ID breaks. `undefined` if it is valid or not a string. */
function userIdFault(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  // 255 bytes are at most 255 UTF-16 units: a longer string is not read.
  if (value.length > maxUserIdBytes) return tooLong;
  if (value[0] !== "@") return "no @ at the start";
  const colon = value.indexOf(":");
  if (colon === -1) return "no :";
  if (value.includes("\0")) return "NUL";
  const bytes = utf8Length(value);
  if (Number.isNaN(bytes)) return "lone surrogate";
  if (bytes > maxUserIdBytes) return tooLong;
  return isServerName(value.slice(colon + 1)) ? undefined : "invalid server name";
}

const tooLong = "too long";

function messageIdFault(value: unknown, maxCodePoints: number): string | undefined {
  if (typeof value !== "string") return undefined;
  // A code point has at most two UTF-16 units: a longer string is not read.
  if (value.length > 2 * maxCodePoints) return tooLong;
  if (!isWellFormed(value)) return "lone surrogate";
  return value.length > maxCodePoints && [...value].length > maxCodePoints ? tooLong : undefined;
}

const maxHostname = 255;

function isServerName(value: unknown): value is ServerName {
  return typeof value === "string" && serverNameFault(value) === undefined;
}

/** Which rule a server name breaks. `undefined` if it is valid or not a string. */
function serverNameFault(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.length > maxHostname + ":65535".length) return tooLong;
  if (value === "") return "empty";
  const isIpv6 = value[0] === "[";
  const end = isIpv6 ? value.indexOf("]") + 1 : value.indexOf(":");
  const hostname = end > 0 ? value.slice(0, end) : value;
  if (isIpv6) {
    if (end === 0 || !isIpv6Address(hostname.slice(1, -1))) return "invalid IPv6 address";
  } else if (!/^[A-Za-z0-9.-]+$/.test(hostname)) {
    return "invalid host name";
  }
  if (hostname.length > maxHostname) return tooLong;
  return /^(?::\d{1,5})?$/.test(value.slice(hostname.length)) ? undefined : "invalid port";
}

/** RFC 3513, 2.2: eight groups; at most one `::`, for one or more groups; an IPv4 address may replace the last two. */
function isIpv6Address(text: string): boolean {
  let groups = 0;
  let digits = 0;
  let hasGap = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === colon) {
      if (digits > 0) groups++;
      else if (index === 0 ? text.charCodeAt(1) !== colon : hasGap) return false;
      else if (index > 0) hasGap = true;
      digits = 0;
    } else if (code === dot) {
      if (!ipv4.test(text.slice(index - digits))) return false;
      groups += 2;
      digits = 0;
      break;
    } else if (!isHexDigit(code) || digits === 4) return false;
    else digits++;
  }
  if (digits > 0) groups++;
  else if (/[^:]:$/.test(text)) return false;
  return hasGap ? groups < 8 : groups === 8;
}

const colon = 0x3a;
const dot = 0x2e;

function isHexDigit(code: number): boolean {
  const letter = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
