/**
 * User IDs, server names, device IDs and message IDs, by the rules for what comes from elsewhere.
 *
 * The brands have a plain symbol for a key: with a `unique symbol` the types of the two module formats would differ.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#identifier-grammar}
 */
import type * as t from "io-ts";
import { brick } from "./internal/codec.js";

/**
 * The user that sends or gets a message: `@localpart:server_name`, at most 255 bytes of UTF-8.
 *
 * Any localpart that a server must accept is accepted, also an empty one and one with control characters; refused are
 * NUL, lone surrogates, and a server name that is none. `userIdGrammar` tells the classes apart.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#user-identifiers}
 */
export type UserId = string & { readonly [brand: symbol]: "UserId" };
/** The codec of a User ID. */
export const UserId: t.Type<UserId> = /* #__PURE__ */ brick("UserId", "expected User ID", isUserId);

/**
 * The name of a homeserver: a host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
 *
 * Server names are compared as whole strings: case and port count.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#server-name}
 */
export type ServerName = string & { readonly [brand: symbol]: "ServerName" };
/** The codec of a server name. */
export const ServerName: t.Type<ServerName> = /* #__PURE__ */ brick(
  "ServerName",
  "expected Server Name",
  isServerName,
);

/**
 * A device of a user. Every string is one, the empty one too, but for `*`, which stands for all devices.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#relationship-between-access-tokens-and-devices}
 */
export type DeviceId = string & { readonly [brand: symbol]: "DeviceId" };
/** The codec of a device ID. */
export const DeviceId: t.Type<DeviceId> = /* #__PURE__ */ brick(
  "DeviceId",
  "expected Device ID",
  (value) => typeof value === "string" && value !== allDevices,
);

/** In the place of a device ID: all devices of the user that the receiving server knows. */
export const allDevices = "*";
/** The type of `*`. */
export type AllDevices = typeof allDevices;

/**
 * The ID of an EDU, by which its receiver knows a repetition: at most 32 code points, and no lone surrogates.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type MessageId = string & { readonly [brand: symbol]: "MessageId" };
/** The codec of a message ID. */
export const MessageId: t.Type<MessageId> = /* #__PURE__ */ brick(
  "MessageId",
  "expected string of at most 32 code points",
  isMessageId,
);

/**
 * The server that a user belongs to.
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
 */
export function serverNameOf(userId: UserId): ServerName {
  // The check that makes it true is the user ID's own.
  return userId.slice(userId.indexOf(":") + 1) as ServerName;
}

/**
 * How a user ID keeps to the grammar of localparts.
 *
 * `strict` is what servers may create today, `historical` what they once could. Servers should not hand out
 * `noncompliant` ones to clients outside the context of a room event; the library leaves that to the host.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#historical-user-ids}
 */
export function userIdGrammar(userId: UserId): "strict" | "historical" | "noncompliant" {
  const localpart = userId.slice(1, userId.indexOf(":"));
  if (/^[a-z0-9._=/+-]+$/.test(localpart)) return "strict";
  return /^[!-9;-~]+$/.test(localpart) ? "historical" : "noncompliant";
}

const maxUserIdBytes = 255;

export function isUserId(value: unknown): value is UserId {
  // 255 bytes are at most 255 UTF-16 units, and no unit takes more than three: most strings are not counted.
  return (
    typeof value === "string" &&
    value.length <= maxUserIdBytes &&
    (/^@[^:\0\p{Cs}]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/u.test(value) ||
      isIpv6Address(/^@[^:\0\p{Cs}]*:\[(.*)\](?::\d{1,5})?$/u.exec(value)?.[1])) &&
    (value.length <= maxUserIdBytes / 3 || utf8Length(value) <= maxUserIdBytes)
  );
}

/** The bytes of a well-formed string in UTF-8, of which each that is no safe ASCII becomes three characters. */
function utf8Length(text: string): number {
  return encodeURI(text).replace(/%../g, "_").length;
}

export function isMessageId(value: unknown): value is MessageId {
  // 32 code points are at most 64 UTF-16 units: a longer string is not looked at.
  return (
    typeof value === "string" &&
    value.length <= 64 &&
    value.isWellFormed() &&
    (value.length <= 32 || [...value].length <= 32)
  );
}

const maxHostname = 255;

function isServerName(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.length <= maxHostname + ":65535".length &&
    (/^[A-Za-z0-9.-]{1,255}(?::\d{1,5})?$/.test(value) ||
      isIpv6Address(/^\[(.*)\](?::\d{1,5})?$/.exec(value)?.[1]))
  );
}

/** RFC 3513, 2.2: eight groups; `::` once, for one group or more; an IPv4 address in the place of the last two. */
function isIpv6Address(text: string | undefined): boolean {
  const halves = text?.replace(ipv4AtEnd, ":0:0").split("::") ?? [];
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  return (
    groups.every((group) => /^[\dA-Fa-f]{1,4}$/.test(group)) &&
    groups.length <= 8 &&
    halves.length === (groups.length < 8 ? 2 : 1)
  );
}

const ipv4AtEnd = /:(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
