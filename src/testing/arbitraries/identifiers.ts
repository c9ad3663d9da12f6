/** Identifiers: a few that recur, all kinds, and identifiers at their exact limits. */
import * as fc from "fast-check";
import type * as wire from "../../index.js";
import { branded, character, choice, text, trickyKey } from "./bricks.js";

/** A few servers that recur. */
export const servers: ReadonlyArray<string> = [
  "example.org",
  "example.com",
  "example.com:8448",
  "[2001:db8::1]:8448",
];

/** A server name of at most 60 characters. */
const shortServerName: fc.Arbitrary<string> = fc
  .tuple(
    choice(
      [2, fc.constantFrom("example.org", "EXAMPLE.org", "a..b", ".", "-", "1.2.3.999")],
      [2, fc.ipV6().map((address) => `[${address}]`)],
      [1, fc.ipV4()],
      [1, fc.string({ unit: fc.constantFrom(..."aZ0-."), minLength: 1, maxLength: 50 })],
    ),
    choice([2, fc.constant("")], [1, fc.stringMatching(/^:[0-9]{1,5}$/)]),
  )
  .map(([hostname, port]) => hostname + port);

/** Server names: a few that recur, all kinds of hosts and ports, and names at the limit of 255 characters. */
export const ServerName: fc.Arbitrary<wire.ServerName> = branded(
  choice(
    [4, fc.constantFrom(...servers)],
    [3, shortServerName],
    [1, fc.constantFrom("", ":0", ":99999").map((port) => "a".repeat(255) + port)],
  ),
);

const localpart: fc.Arbitrary<string> = choice(
  [6, fc.constantFrom("alice", "bob")],
  [2, fc.constantFrom("", "JohnSmith", "__proto__", "\u0007", "τ", "\u{1f600}", "a b/c@d")],
  [1, fc.string({ unit: character.filter((unit) => !":\u0000".includes(unit)), maxLength: 20 })],
);

/** Users of these servers. */
export function userOf(server: fc.Arbitrary<string>): fc.Arbitrary<wire.UserId> {
  return branded(fc.tuple(localpart, server).map(([local, name]) => `@${local}:${name}`));
}

/** User IDs: a few that recur, all classes of the grammar, and IDs of exactly 255 bytes. */
export const UserId: fc.Arbitrary<wire.UserId> = choice(
  [6, userOf(fc.constantFrom(...servers))],
  [2, userOf(shortServerName)],
  [1, fc.tuple(fc.nat({ max: 40 }), shortServerName).map(longUserId)],
);

/** A user ID of exactly 255 bytes with `astral` characters of four bytes each. */
function longUserId([astral, server]: readonly [number, string]): wire.UserId {
  const ascii = "x".repeat(255 - "@:".length - 4 * astral - server.length);
  return `@${"\u{1f600}".repeat(astral)}${ascii}:${server}` as wire.UserId;
}

/** Device IDs: a few that recur, keys with a special meaning in plain objects, the empty ID, and any string. */
export const DeviceId: fc.Arbitrary<wire.DeviceId> = branded(
  choice(
    [5, fc.constantFrom("A", "B", "C")],
    [3, trickyKey],
    [1, choice([4, text], [1, fc.constantFrom("**", "*A", "\ud800")]).filter((id) => id !== "*")],
  ),
);

/** Message IDs: a few that recur, and strings up to the limit of 32 code points. */
export const MessageId: fc.Arbitrary<wire.MessageId> = branded(
  choice(
    [3, fc.constantFrom("hiezohf6Hoo7kaev", "0", "")],
    [2, fc.string({ unit: character, maxLength: 32 })],
    [1, fc.constantFrom("x", "é", "\u{1f600}").map((unit) => unit.repeat(32))],
  ),
);
