/** The JSON Schemas of the library accept what its codecs accept. */
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import type * as t from "io-ts";
import { DirectToDeviceEdu, jsonSchema, ToDeviceMessage } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { casesOf, inputOf } from "./corpus.js";

// Own members only, as in the codecs: `constructor` is no sender.
const strict = { strict: true, ownProperties: true } as const;

const validators = {
  "2020-12": new Ajv2020(strict),
  "draft-07": new Ajv(strict),
  "draft-07 with patterns without the u flag": new Ajv({ ...strict, unicodeRegExp: false }),
};

/** What stands anywhere in an EDU, and the places where the codecs look twice. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(null, 0, 1.5, "", "text", true, [], [{}], {}, { a: {} }),
  fc.constantFrom("m.typing", "*", "__proto__", "constructor", "@alice", "@a:b:c", "@:a", "@\0:a"),
  fc.jsonValue(),
);

const shortString = fc.string({
  unit: fc.constantFrom("a", "é", "\u{1f600}", "\ud800", "\n", ":", "\0", '"'),
  maxLength: 5,
});

/** Mostly right ones, also at the limit of 255 characters. */
const userId = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("@alice:example.org", "@bob:[::1]:8448", "@:a") },
  { weight: 1, arbitrary: fc.constantFrom("@bob:[1::2::3]", "@a:b_c", "a:b", "*") },
  { weight: 1, arbitrary: shortString.map((localpart) => `@${localpart}:a`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("a", "é", "\u{1f600}"), fc.constantFrom(62, 63, 126, 127, 252, 253))
      .map(([unit, length]) => `@${unit.repeat(length)}:a`),
  },
);

/** Mostly right ones, also at the limit of 32 characters. */
const messageId = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("hiezohf6Hoo7kaev", "") },
  { weight: 1, arbitrary: shortString },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("a", "\u{1f600}"), fc.constantFrom(31, 32, 33, 64))
      .map(([unit, length]) => unit.repeat(length)),
  },
);

const deviceId = fc.oneof(
  fc.constantFrom("A", "*", "", "__proto__", "constructor", "0"),
  shortString,
);

function mapOf(key: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.array(fc.tuple(key, value), { maxLength: 3 }).map(Object.fromEntries);
}

/** Mostly `value`. */
function mostly(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 20, arbitrary: value }, { weight: 1, arbitrary: junk });
}

/** Mostly all of these members, and sometimes one more. */
function membersOf(members: { readonly [key: string]: fc.Arbitrary<unknown> }) {
  const entries = Object.entries(members).map(([key, value]) =>
    fc.tuple(fc.constant(key), mostly(value)),
  );
  const more = mapOf(deviceId, junk).map((map) => Object.entries(Object(map)));
  return fc
    .tuple(fc.tuple(...entries), mostly(fc.constant("all")), fc.option(more, { freq: 2, nil: [] }))
    .map(([all, which, others]) =>
      Object.fromEntries([...others, ...(which === "all" ? all : all.slice(1))]),
    );
}

const messages = mapOf(userId, mostly(mapOf(deviceId, mostly(mapOf(deviceId, junk)))));

const toDeviceMessage = membersOf({
  sender: userId,
  type: fc.constantFrom("m.dummy", ""),
  message_id: messageId,
  messages,
});

const edu = membersOf({ edu_type: fc.constant("m.direct_to_device"), content: toDeviceMessage });

/** The rule that JSON Schema cannot say: whether there is a User ID of 255 characters or fewer, but of more bytes. */
function hasUserIdOfTooManyBytes(message: unknown): boolean {
  const { sender, messages } = Object(message);
  return [sender, ...Object.keys(Object(messages))].some(
    (user) => typeof user === "string" && [...user].length <= 255 && Buffer.byteLength(user) > 255,
  );
}

/** How often both accepted and both refused. */
type Counts = { accepted: number; refused: number };

/** Whether schema and codec agree, but for the one rule. */
function agree(
  codec: t.Mixed,
  validate: ValidateFunction,
  message: (value: unknown) => unknown,
  counts: Counts,
): (value: unknown) => void {
  return (value) => {
    const accepts = codec.is(value);
    if (accepts) counts.accepted += 1;
    else counts.refused += 1;
    if (hasUserIdOfTooManyBytes(message(value))) expect(accepts).toBe(false);
    else expect(validate(value)).toBe(accepts);
  };
}

/** The cases of the corpus that rest on that rule. */
const inexpressible = { edu: ["edu-recipient-256-bytes"], message: [] };

describe.each(Object.entries(validators))("%s", (name, ajv) => {
  const draft = name === "2020-12" ? "2020-12" : "draft-07";

  test.each([
    ["DirectToDeviceEdu", DirectToDeviceEdu, edu, (value: unknown) => Object(value).content],
    ["ToDeviceMessage", ToDeviceMessage, toDeviceMessage, (value: unknown) => value],
  ] as const)("schema and codec agree on %s", (codecName, codec, arbitrary, message) => {
    const validate = ajv.compile(jsonSchema(codecName, draft));
    const counts = { accepted: 0, refused: 0 };

    const holds = agree(codec, validate, message, counts);
    fc.assert(fc.property(mostly(arbitrary), holds), { numRuns: 3000 });

    // Values of both kinds, or the agreement would say little.
    expect(counts.accepted).toBeGreaterThan(300);
    expect(counts.refused).toBeGreaterThan(300);
  });

  test.each([
    ["edu", "DirectToDeviceEdu"],
    ["message", "ToDeviceMessage"],
  ] as const)("the schema gives the verdicts of the corpus on each %s", (kind, codecName) => {
    const validate = ajv.compile(jsonSchema(codecName, draft));
    // Who signed the request is no matter of the EDU.
    const cases = casesOf(kind).filter(({ origin }) => origin === undefined);
    const disagreed = cases.filter(
      (each) => validate(inputOf(each)) !== (each.verdict === "accept"),
    );

    expect(cases.length).toBeGreaterThan(5);
    expect(disagreed.map(({ id }) => id)).toEqual(inexpressible[kind]);
  });

  test("the schema lets pass a User ID of 255 characters that has more bytes", () => {
    const validate = ajv.compile(jsonSchema("ToDeviceMessage", draft));
    const message = {
      sender: `@${"é".repeat(252)}:a`,
      type: "m.dummy",
      message_id: "1",
      messages: {},
    };

    expect(validate(message)).toBe(true);
    expect(ToDeviceMessage.is(message)).toBe(false);
  });
});
