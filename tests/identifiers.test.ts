import type * as t from "io-ts";
import {
  DeviceId,
  isUserOf,
  MessageId,
  ServerName,
  serverNameOf,
  UserId,
  userIdGrammar,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { linesOf, user } from "./support.js";

type Row = readonly [input: unknown, reason: string];

const a = (count: number) => "a".repeat(count);

describe("UserId accepts", () => {
  const rows: ReadonlyArray<readonly [string, ReturnType<typeof userIdGrammar>, string]> = [
    ["@alice:example.org", "strict", "a common user ID"],
    ["@a-z.0_9=/+:example.org", "strict", "every character of the strict grammar"],
    ["@alice:example.org:8448", "strict", "a server name with a port"],
    ["@alice:1.2.3.4", "strict", "an IPv4 address"],
    ["@alice:[2001:db8::1]:8448", "strict", "an IPv6 address with a port"],
    ["@a:b", "strict", "the shortest of each part"],
    ["@ALICE:example.org", "historical", "capitals, once allowed"],
    ["@@!~:example.org", "historical", "the ends of the historical range, U+0021 and U+007E"],
    [`@${a(251)}:ab`, "strict", "255 bytes of ASCII"],
    [`@${"é".repeat(125)}:abc`, "noncompliant", "255 bytes in two-byte characters"],
    [`@${"€".repeat(83)}:abcd`, "noncompliant", "255 bytes in three-byte characters"],
    [`@${"😀".repeat(62)}:abcde`, "noncompliant", "255 bytes in four-byte characters"],
    [`@${"\u0080".repeat(125)}:abc`, "noncompliant", "255 bytes in the least two-byte characters"],
    [
      `@${"\u0800".repeat(83)}:abcd`,
      "noncompliant",
      "255 bytes in the least three-byte characters",
    ],
    ["@:example.org", "noncompliant", "an empty localpart"],
    ["@a b:example.org", "noncompliant", "a space"],
    ["@a\u0001\u007f:example.org", "noncompliant", "control characters"],
    ["@a\u202eb:example.org", "noncompliant", "a bidirectional mark"],
    ["@τ:example.org", "noncompliant", "a letter outside ASCII"],
    ["@a:EXAMPLE.org", "strict", "a server name in capitals, which is another server"],
  ];
  test.each(rows)("%j (%s): %s", (id, grammar) => {
    expect(UserId.is(id)).toBe(true);
    expect(userIdGrammar(user(id))).toBe(grammar);
  });
});

describe("UserId rejects", () => {
  const rows: ReadonlyArray<Row> = [
    ["", "the empty string"],
    ["@", "only a sigil"],
    ["@alice", "no server name"],
    ["@alice:", "an empty server name"],
    ["@:", "empty parts"],
    ["alice:example.org", "no sigil"],
    ["#alice:example.org", "another sigil"],
    [" @alice:example.org", "a space before it"],
    ["@alice:example.org\n", "a line break after it"],
    ["@a\0b:example.org", "NUL in the localpart"],
    ["@a\ud800b:example.org", "a lone high surrogate"],
    ["@a\udc00b:example.org", "a lone low surrogate"],
    ["@alice:exa mple.org", "a space in the server name"],
    ["@alice:exa_mple.org", "an underscore in the server name"],
    ["@alice:bücher.example", "a server name outside ASCII"],
    ["@alice:example.org:", "an empty port"],
    ["@alice:example.org:123456", "a port of six digits"],
    ["@alice:[::1", "an IPv6 address that does not end"],
    [`@${a(252)}:ab`, "256 bytes of ASCII"],
    [`@${"é".repeat(126)}:ab`, "256 bytes in two-byte characters"],
    [`@${"€".repeat(83)}:abcde`, "256 bytes in three-byte characters"],
    [`@${"😀".repeat(62)}:abcdef`, "256 bytes in four-byte characters"],
    [`@${"\u0080".repeat(126)}:abc`, "257 bytes in the least two-byte characters"],
    [`@${"\u0800".repeat(84)}:abcd`, "258 bytes in the least three-byte characters"],
    [`x@${"é"}:[::1]`, "a character before the sigil"],
    [`@${a(20_000_000)}:example.org`, "20 MB"],
    [`@${"é".repeat(10_000_000)}`, "20 MB outside ASCII and no server name"],
    [35, "a number"],
    [null, "null"],
    [["@alice:example.org"], "an array"],
  ];
  test.each(rows.map(([id, reason]) => ({ id, reason })))("$reason", ({ id }) => {
    expect(UserId.is(id)).toBe(false);
  });
});

describe("ServerName accepts", () => {
  test.each([
    ["example.org", "a host name"],
    ["EXAMPLE.org", "capitals"],
    ["localhost", "one label"],
    ["1.2.3.4:1234", "an IPv4 address with a port"],
    ["1.2.3.999", "an invalid IPv4 address, which is a host name"],
    ["a..b", "empty labels: the grammar has no rule for labels"],
    [".a-", "dots and hyphens anywhere"],
    ["example.org:0", "port 0"],
    ["example.org:00080", "a port with leading zeros"],
    ["example.org:99999", "five digits that are not a valid port"],
    [a(255), "255 characters"],
    [`${a(255)}:12345`, "255 characters and a port"],
    ["[::]", "the shortest IPv6 address"],
    ["[::1]:8448", "an IPv6 address with a port"],
    ["[1:2:3:4:5:6:7:8]", "eight groups"],
    ["[1:2:3:4:5:6:7::]", "a :: for one group, at the end"],
    ["[::2:3:4:5:6:7:8]", "a :: for one group, at the start"],
    ["[fe80::a:B:c]", "a :: in the middle, letters of both cases"],
    ["[::ffff:192.0.2.1]", "an IPv4 address in the last two groups"],
    ["[1:2:3:4:5:6:255.255.255.255]", "six groups and an IPv4 address"],
  ])("%s: %s", (name) => {
    expect(ServerName.is(name)).toBe(true);
  });
});

describe("ServerName rejects", () => {
  const rows: ReadonlyArray<Row> = [
    ["", "the empty string"],
    [":8448", "no host"],
    ["example.org:", "an empty port"],
    ["example.org:http", "a port in letters"],
    ["example.org:+80", "a sign before the port"],
    ["example.org:٣", "a digit outside ASCII"],
    ["example.org:123456", "a port of six digits"],
    ["example.org:80:80", "two ports"],
    ["exa_mple.org", "an underscore"],
    ["exa mple.org", "a space"],
    ["https://example.org", "a URL"],
    ["bücher.example", "a letter outside ASCII"],
    ["example．org", "a full-width dot"],
    ["example.org\n", "a line break"],
    [a(256), "256 characters"],
    [`${a(256)}:1`, "256 characters and a port"],
    ["::1", "an IPv6 address without brackets"],
    ["[::1", "a bracket that is not closed"],
    ["[::1]x", "a character after the bracket"],
    ["x[::1]", "a character before the bracket"],
    ["[]", "an empty address"],
    ["[:]", "one colon"],
    ["[:::]", "three colons"],
    ["[1.2.3.4]", "an IPv4 address in brackets"],
    ["[1:2:3:4:5:6:7]", "seven groups"],
    ["[1:2:3:4:5:6:7:8:9]", "nine groups"],
    ["[1::2::3]", "two ::"],
    ["[1:2:3:4::5:6:7:8]", "a :: in place of no group"],
    ["[12345::]", "a group of five digits"],
    ["[g::]", "a letter that is not a hex digit"],
    ["[1:2:3:4:5:6:7:1.2.3.4]", "an IPv4 address in place of one group"],
    ["[::1.2.3.4:5]", "an IPv4 address that is not last"],
    ["[1.2.3.4::]", "an IPv4 address before ::"],
    ["[::1.2.3.256]", "an octet over 255"],
    ["[::1.2.3.04]", "an octet with a leading zero"],
    ["[::1.2.3]", "three octets"],
    ["[:1:2:3:4:5:6:7:8]", "a colon before the first group"],
    [null, "null"],
  ];
  test.each(rows.map(([name, reason]) => ({ name, reason })))("$name: $reason", ({ name }) => {
    expect(ServerName.is(name)).toBe(false);
  });
});

describe("DeviceId", () => {
  test.each(["", "IWHQUZUIAH", "__proto__", "0", "**", "*A", " ", "\ud800", "устройство"])(
    "%j is a device ID: they have no grammar",
    (id) => {
      expect(DeviceId.is(id)).toBe(true);
    },
  );
  test.each([["*"], [7], [null]])("%j is not a device ID", (id) => {
    expect(DeviceId.is(id)).toBe(false);
  });
});

describe("MessageId", () => {
  test.each([
    ["", "an empty ID: the specification has only a maximum"],
    ["x".repeat(32), "32 code points in 32 units"],
    ["😀".repeat(32), "32 code points in 64 units"],
    ["e\u0301".repeat(16), "32 code points that look like 16 characters"],
    [" \t\n\0", "nothing is trimmed"],
  ])("accepts %j: %s", (id) => {
    expect(MessageId.is(id)).toBe(true);
  });
  const rows: ReadonlyArray<Row> = [
    ["x".repeat(33), "33 code points in 33 units"],
    [`${"😀".repeat(31)}xx`, "33 code points in 64 units"],
    ["😀".repeat(33), "33 code points in 66 units"],
    ["\ud800", "a lone surrogate"],
    ["x".repeat(20_000_000), "20 MB"],
    [35, "a number, which deployed servers send"],
    [true, "a boolean"],
  ];
  test.each(rows.map(([id, reason]) => ({ id, reason })))("rejects $reason", ({ id }) => {
    expect(MessageId.is(id)).toBe(false);
  });
});

test.each([
  ["@alice:example.org", "example.org"],
  ["@alice:example.org:8448", "example.org:8448"],
  ["@:[::1]:1", "[::1]:1"],
])("the server of %s is %s", (id, name) => {
  expect(serverNameOf(user(id))).toBe(name);
});

describe("lone surrogates, which some engines match as pairs", () => {
  // JavaScriptCore with the u flag: a lead followed by U+FC00 to U+FFFF, or U+F800 to U+FBFF followed by a trail.
  const lone = ["\ud800", "\udfff", "\udbff\ufc00", "\ud800\ufeff", "\ud800\uffff", "\uf800\udc00"];
  const rows = [...lone, "\ufbff\udfff", "\ud800\ud800\udc00", "\ud800\udc00\udc00"].flatMap(
    (text) => [0, 82, 160].map((length) => ({ text, length, code: escape(text) })),
  );
  test.each(rows)("UserId rejects $code and $length characters", ({ text, length }) => {
    const id = `@${text}${"a".repeat(length)}:x`;
    expect(linesOf(UserId, id)).toEqual(["expected User ID (lone surrogate)"]);
    expect(linesOf(UserId, `@${"é".repeat(length / 2)}${text}:x`)).toEqual([
      "expected User ID (lone surrogate)",
    ]);
  });
  test.each(["\ud800\udc00", "\udbff\udfff", "\ufc00", "\uf800\ufbff", "\ud83d\ude00\ufeff"])(
    "UserId accepts %j",
    (text) => {
      expect(UserId.is(`@${text}:x`)).toBe(true);
    },
  );
});

describe("the error for an invalid identifier gives the reason:", () => {
  const rows: ReadonlyArray<readonly [codec: t.Mixed, value: unknown, line: string]> = [
    [UserId, 1, "expected User ID"],
    [UserId, "", "expected User ID (no @ at the start)"],
    [UserId, "alice:x", "expected User ID (no @ at the start)"],
    [UserId, "@alice", "expected User ID (no :)"],
    [UserId, "@a\0:x", "expected User ID (NUL)"],
    [UserId, "@a:x_y", "expected User ID (invalid server name)"],
    [UserId, "@a:[::1", "expected User ID (invalid server name)"],
    [UserId, `@${"a".repeat(253)}:x`, "expected User ID (too long)"],
    [UserId, `@${"é".repeat(127)}:x`, "expected User ID (too long)"],
    [ServerName, null, "expected Server Name"],
    [ServerName, "", "expected Server Name (empty)"],
    [ServerName, "a_b", "expected Server Name (invalid host name)"],
    [ServerName, ":80", "expected Server Name (invalid host name)"],
    [ServerName, "a:", "expected Server Name (invalid port)"],
    [ServerName, "a:123456", "expected Server Name (invalid port)"],
    [ServerName, "[::1]x", "expected Server Name (invalid port)"],
    [ServerName, "[::1", "expected Server Name (invalid IPv6 address)"],
    [ServerName, "[1:2]", "expected Server Name (invalid IPv6 address)"],
    [ServerName, "a".repeat(256), "expected Server Name (too long)"],
    [ServerName, "a".repeat(300), "expected Server Name (too long)"],
    [MessageId, 1, "expected string of at most 32 code points"],
    [MessageId, "a".repeat(33), "expected string of at most 32 code points (too long)"],
    [MessageId, "a".repeat(65), "expected string of at most 32 code points (too long)"],
    [MessageId, "\ud800", "expected string of at most 32 code points (lone surrogate)"],
  ];
  test.each(rows.map(([codec, value, line]) => ({ codec, value, line })))(
    "$line",
    ({ codec, value, line }) => {
      expect(linesOf(codec, value)).toEqual([line]);
    },
  );
});

describe("isUserOf", () => {
  const isLocal = isUserOf("example.org");
  test.each([
    { id: "@alice:example.org", local: true, reason: "a user of the server" },
    { id: "@alice:example.org:8448", local: false, reason: "the port counts" },
    { id: "@alice:Example.org", local: false, reason: "the case counts" },
    { id: "@alice:sub.example.org", local: false, reason: "names are compared as a whole" },
  ])("$reason", ({ id, local }) => {
    expect(isLocal(user(id))).toBe(local);
  });
  test("throws a TypeError for an invalid name", () => {
    expect(() => isUserOf("a b")).toThrow(
      new TypeError("serverName must be a valid Server Name (invalid host name)"),
    );
  });
});
