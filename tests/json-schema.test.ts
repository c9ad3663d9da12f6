import * as fc from "fast-check";
import { jsonSchema, MessageId, UserId } from "matrix-send-to-device";
import { check } from "recheck";
import { describe, expect, test } from "vitest";

// That schema and codec agree on whole EDUs is held by a real validator, in examples/hosts/tests.

type Definitions = { readonly [name: string]: { readonly pattern?: string } };

describe.each([
  ["2020-12", "https://json-schema.org/draft/2020-12/schema", "$defs"],
  ["draft-07", "http://json-schema.org/draft-07/schema#", "definitions"],
] as const)("%s", (draft, metaSchema, keyword) => {
  test.each(["DirectToDeviceEdu", "ToDeviceMessage"] as const)("names itself and %s", (codec) => {
    const schema = jsonSchema(codec, draft);
    expect(schema).toMatchObject({ $schema: metaSchema, $ref: `#/${keyword}/${codec}` });
    expect(Object.keys(schema)).toEqual(["$schema", "$ref", keyword]);
  });

  test("defines whatever it refers to", () => {
    const schema = jsonSchema("DirectToDeviceEdu", draft);
    const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/([^/]+)\/([^"]+)"/g)];
    expect(refs.length).toBeGreaterThan(5);
    for (const [, place, name] of refs) {
      expect(place).toBe(keyword);
      expect(schema[keyword]).toHaveProperty(String(name));
    }
  });
});

describe("a pattern accepts in linear time what the codec accepts", () => {
  const { UserId: userId, MessageId: messageId } = jsonSchema("DirectToDeviceEdu", "2020-12")
    .$defs as Definitions;

  const characters = fc.constantFrom("a", ":", "\0", "\n", "é", "\u{1f600}", "\ud800", "\udc00");
  const localparts = fc.string({ unit: characters, maxLength: 4 });
  const groups = fc.constantFrom("1", "aB09", "12345", "g", "", "1.2.3.4", "0.0.0.256", "01.1.1.1");
  const addresses = fc.oneof(
    fc.ipV6(),
    fc.array(groups, { maxLength: 9 }).map((list) => list.join(":")),
    fc.array(fc.constantFrom("1", ""), { maxLength: 10 }).map((list) => list.join(":")),
  );
  const hostnames = fc.oneof(
    fc.constantFrom("example.org", "a..b", ".", "a_b", "", "[", "[]", "1.2.3.999"),
    addresses.map((address) => `[${address}]`),
  );
  const ports = fc.constantFrom("", ":", ":0", ":99999", ":100000");
  const userIds = fc
    .tuple(fc.constantFrom("@", "@", "@", "!"), localparts, hostnames, ports)
    .map(([sigil, localpart, hostname, port]) => `${sigil}${localpart}:${hostname}${port}`);

  test.each([
    ["with the u flag", "u"],
    ["without", ""],
  ])("%s", async (_name, flags) => {
    const userIdPattern = new RegExp(String(userId?.pattern), flags);
    const messageIdPattern = new RegExp(String(messageId?.pattern), flags);
    for (const { source } of [userIdPattern, messageIdPattern]) {
      expect((await check(source, flags)).status).toBe("safe");
    }
    fc.assert(
      fc.property(userIds, localparts, (user, id) => {
        expect(userIdPattern.test(user)).toBe(UserId.is(user));
        expect(messageIdPattern.test(id)).toBe(MessageId.is(id));
      }),
      { numRuns: 1000 },
    );
  });
});
