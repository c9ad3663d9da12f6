/** The JSON Schemas of the library accept what its codecs accept. */
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { DirectToDeviceEdu, jsonSchema, ToDeviceMessage } from "matrix-send-to-device";
import { arbitraries, conformance, inputOf, invalid } from "matrix-send-to-device/testing";
import { describe, expect, test } from "vitest";

// Own members only, as in the codecs: `constructor` is no sender.
const options = { strict: true, ownProperties: true } as const;

const codecs = {
  DirectToDeviceEdu: { codec: DirectToDeviceEdu, kind: "edu" },
  ToDeviceMessage: { codec: ToDeviceMessage, kind: "message" },
} as const;

/** The rule that JSON Schema cannot say: a User ID is at most 255 bytes of UTF-8. */
function breaksInexpressibleRule(value: unknown): boolean {
  const { sender, messages } = Object(Object(value).content ?? value);
  return [sender, ...Object.keys(Object(messages))].some(
    (user) => typeof user === "string" && [...user].length <= 255 && Buffer.byteLength(user) > 255,
  );
}

describe.each([
  ["2020-12", new Ajv2020(options)],
  ["draft-07", new Ajv(options)],
  // With patterns as validators read them that have no u flag.
  ["draft-07", new Ajv({ ...options, unicodeRegExp: false })],
] as const)("%s", (draft, ajv) => {
  describe.each(["DirectToDeviceEdu", "ToDeviceMessage"] as const)("%s", (name) => {
    const { codec, kind } = codecs[name];
    const validate = ajv.compile(jsonSchema(name, draft));
    const agree = (value: unknown) => {
      if (breaksInexpressibleRule(value)) expect(codec.is(value)).toBe(false);
      else expect(validate(value)).toBe(codec.is(value));
    };

    test("accepts and refuses what the codec does", () => {
      const broken = invalid[name].map(({ value }) => value);
      fc.assert(fc.property(arbitraries[name], agree), { numRuns: 500 });
      fc.assert(fc.property(broken, agree), { numRuns: 2000 });
      fc.assert(fc.property(fc.jsonValue(), agree));
    });

    test("gives the verdicts of the conformance corpus", () => {
      // Who signed the request is no matter of the EDU.
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
