import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { DirectToDeviceEdu, MessageId, ToDeviceMessage, UserId } from "matrix-send-to-device";
import { jsonSchema } from "matrix-send-to-device/json-schema";
import { arbitraries, conformance, inputOf, invalid } from "matrix-send-to-device/testing";
import { check } from "recheck";
import { describe, expect, test } from "vitest";

type Definitions = { readonly [name: string]: { readonly pattern?: string } };

describe.each([
  ["2020-12", "https://json-schema.org/draft/2020-12/schema", "$defs"],
  ["draft-07", "http://json-schema.org/draft-07/schema#", "definitions"],
] as const)("%s", (draft, metaSchema, keyword) => {
  test.each(["DirectToDeviceEdu", "ToDeviceMessage"] as const)(
    "has the URI of the draft and refers to %s",
    (codec) => {
      const schema = jsonSchema(codec, draft);
      expect(schema).toMatchObject({ $schema: metaSchema, $ref: `#/${keyword}/${codec}` });
      expect(Object.keys(schema)).toEqual(["$schema", "$ref", keyword]);
    },
  );

  test("defines everything that it refers to", () => {
    const schema = jsonSchema("DirectToDeviceEdu", draft);
    const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/([^/]+)\/([^"]+)"/g)];
    expect(refs.length).toBeGreaterThan(5);
    for (const [, place, name] of refs) {
      expect(place).toBe(keyword);
      expect(schema[keyword]).toHaveProperty(String(name));
    }
  });
});

describe("a pattern accepts the same as the codec, in linear time", () => {
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
    const { UserId: userId, MessageId: messageId } = jsonSchema("DirectToDeviceEdu", "2020-12")
      .$defs as Definitions;
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

// Own members only, as in the codecs: an inherited `constructor` is not a sender.
const options = { strict: true, ownProperties: true } as const;

const codecs = {
  DirectToDeviceEdu: { codec: DirectToDeviceEdu, kind: "edu" },
  ToDeviceMessage: { codec: ToDeviceMessage, kind: "message" },
} as const;

/** The rule that JSON Schema cannot express: a User ID has at most 255 bytes of UTF-8. */
function breaksInexpressibleRule(value: unknown): boolean {
  const { sender, messages } = Object(Object(value).content ?? value);
  return [sender, ...Object.keys(Object(messages))].some(
    (user) => typeof user === "string" && [...user].length <= 255 && Buffer.byteLength(user) > 255,
  );
}

describe.each([
  ["2020-12", new Ajv2020(options)],
  ["draft-07", new Ajv(options)],
  // Some validators compile patterns without the u flag.
  ["draft-07", new Ajv({ ...options, unicodeRegExp: false })],
] as const)("%s in a validator", (draft, ajv) => {
  describe.each(["DirectToDeviceEdu", "ToDeviceMessage"] as const)("%s", (name) => {
    const { codec, kind } = codecs[name];
    // Compiled inside each test, because mutation testing assigns code to tests.
    const compile = () => ajv.compile(jsonSchema(name, draft));

    test("has the verdicts of the codec", () => {
      const validate = compile();
      const agree = (value: unknown) => {
        if (breaksInexpressibleRule(value)) expect(codec.is(value)).toBe(false);
        else expect(validate(value)).toBe(codec.is(value));
      };
      const broken = invalid[name].map(({ value }) => value);
      fc.assert(fc.property(arbitraries[name], agree), { numRuns: 500 });
      fc.assert(fc.property(broken, agree), { numRuns: 2000 });
      fc.assert(fc.property(fc.jsonValue(), agree));
    });

    test("has the verdicts of the conformance corpus", () => {
      const validate = compile();
      // The server that signed the request is not part of the EDU.
      const cases = conformance.cases.filter((each) => each.kind === kind && !("origin" in each));
      expect(cases.length).toBeGreaterThan(5);
      for (const each of cases) {
        const value = inputOf(each);
        const accepts = each.verdict === "accept" || breaksInexpressibleRule(value);
        expect(validate(value), each.id).toBe(accepts);
      }
    });
  });

  test.each([
    ["of 255 characters and 255 bytes", "a".repeat(252), true, true],
    ["of 256 characters", "a".repeat(253), false, false],
    [
      "of 255 characters and 507 bytes, which JSON Schema cannot count",
      "é".repeat(252),
      true,
      false,
    ],
  ])("a User ID %s", (_what, localpart, schemaAccepts, codecAccepts) => {
    const message = { sender: `@${localpart}:b`, type: "", message_id: "", messages: {} };

    expect(ajv.compile(jsonSchema("ToDeviceMessage", draft))(message)).toBe(schemaAccepts);
    expect(ToDeviceMessage.is(message)).toBe(codecAccepts);
  });
});
