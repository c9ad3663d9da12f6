import * as fc from "fast-check";
import {
  checkOlmPlaintext,
  explain,
  type OlmExpectations,
  OlmPlaintext,
  readDecryptedEvent,
} from "matrix-send-to-device";
import { arbitraries, invalid } from "matrix-send-to-device/testing";
import { afterEach, describe, expect, test } from "vitest";
import { linesOf } from "./support.js";

const alice = "@alice:example.org";
const bob = "@bob:example.com";
const curve25519 = "3C5BFWi2Y8MaVvjM8M22DBmh24PmgR0nPvJOIArzgyI";
const ed25519 = "lEuiRJBit0IG6nUf5pUzWTUEsRVVe/HJkoKuEww9ULI";
const ownEd25519 = "ee3Ek+J2LkkPmjGPGLhMxiKnhiX//xcqaVL4RP6EypE";

const deviceKeys = {
  user_id: alice,
  device_id: "JLAFKJWSCS",
  algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
  keys: { "curve25519:JLAFKJWSCS": curve25519, "ed25519:JLAFKJWSCS": ed25519 },
  signatures: { [alice]: { "ed25519:JLAFKJWSCS": "dSO80A01XiigH3uBiDVx" } },
};

/** Alice's device sends Bob's a room key. */
const plaintext = {
  type: "m.room_key",
  content: {
    algorithm: "m.megolm.v1.aes-sha2",
    room_id: "!Cuyf34gef24t:localhost",
    session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
    session_key: "hush",
  },
  sender: alice,
  recipient: bob,
  recipient_keys: { ed25519: ownEd25519 },
  keys: { ed25519 },
};
const withDevice = { ...plaintext, sender_device_keys: deviceKeys };

const expected: OlmExpectations = {
  sender: alice,
  senderCurve25519: curve25519,
  senderEd25519: ed25519,
  recipient: bob,
  recipientEd25519: ownEd25519,
};
const unknownDevice: OlmExpectations = { ...expected, senderEd25519: undefined };

/** The plaintext, with these members of `sender_device_keys`. */
function withKeys(members: object): object {
  return { ...plaintext, sender_device_keys: { ...deviceKeys, ...members } };
}

type Tag = ReturnType<ReturnType<typeof checkOlmPlaintext>>["_tag"];
type Row = [reason: string, tag: Tag, value: unknown, known?: OlmExpectations];

describe("a plaintext", () => {
  test.each<Row>([
    ["that passes every check", "Decrypted", withDevice],
    ["without device keys", "Decrypted", plaintext],
    ["of a device that the host does not know", "Decrypted", withDevice, unknownDevice],
    ["of an unknown device, without device keys", "Decrypted", plaintext, unknownDevice],
    ["with unknown members", "Decrypted", { ...withDevice, sender_device: "JLAFKJWSCS" }],
    [
      "with device keys under their unstable name, which are ignored",
      "Decrypted",
      { ...plaintext, "org.matrix.msc4147.device_keys": { user_id: bob } },
    ],
    [
      "to the sender's own user",
      "Decrypted",
      { ...withDevice, recipient: alice },
      { ...expected, recipient: alice },
    ],

    ["that is not an object", "InvalidPlaintext", JSON.stringify(plaintext)],
    ["whose device keys are null", "InvalidPlaintext", { ...plaintext, sender_device_keys: null }],

    ["of another sender", "SenderMismatch", { ...plaintext, sender: bob }],
    ["of another server's user", "SenderMismatch", { ...plaintext, sender: `${alice}:8448` }],
    ["in an event of another sender", "SenderMismatch", plaintext, { ...expected, sender: bob }],
    ["for another user", "RecipientMismatch", { ...plaintext, recipient: alice }],
    ["for another device", "RecipientKeyMismatch", { ...plaintext, recipient_keys: { ed25519 } }],
    [
      "for another device of the sender's user with the sender's key",
      "RecipientKeyMismatch",
      plaintext,
      { ...expected, recipientEd25519: ed25519 },
    ],
    [
      "whose recipient key is padded, since keys are compared as strings",
      "RecipientKeyMismatch",
      { ...plaintext, recipient_keys: { ed25519: `${ownEd25519}=` } },
    ],
    [
      "signed by another key",
      "SigningKeyMismatch",
      { ...plaintext, keys: { ed25519: ownEd25519 } },
    ],
    [
      "signed by another key, which its device keys have",
      "SigningKeyMismatch",
      withDevice,
      { ...expected, senderEd25519: ownEd25519 },
    ],
    ["with the keys of another user's device", "DeviceUserMismatch", withKeys({ user_id: bob })],
    [
      "of an unknown device, with the keys of another user's device",
      "DeviceUserMismatch",
      withKeys({ user_id: bob }),
      unknownDevice,
    ],
    [
      "whose device keys have another Curve25519 key",
      "DeviceIdentityKeyMismatch",
      withKeys({ keys: { ...deviceKeys.keys, "curve25519:JLAFKJWSCS": ed25519 } }),
    ],
    [
      "whose device keys lack the Curve25519 key",
      "DeviceIdentityKeyMismatch",
      withKeys({ keys: { "ed25519:JLAFKJWSCS": ed25519 } }),
    ],
    [
      "in an event with another sender key",
      "DeviceIdentityKeyMismatch",
      withDevice,
      { ...expected, senderCurve25519: ownEd25519 },
    ],
    [
      "whose device keys are those of another device ID",
      "DeviceIdentityKeyMismatch",
      withKeys({ device_id: "OTHER" }),
    ],
    [
      "whose device keys have another Ed25519 key",
      "DeviceSigningKeyMismatch",
      withKeys({ keys: { ...deviceKeys.keys, "ed25519:JLAFKJWSCS": ownEd25519 } }),
    ],
    [
      "whose device keys lack the Ed25519 key",
      "DeviceSigningKeyMismatch",
      withKeys({ keys: { "curve25519:JLAFKJWSCS": curve25519 } }),
    ],
    [
      "of an unknown device, whose device keys have another Ed25519 key",
      "DeviceSigningKeyMismatch",
      withKeys({ keys: { ...deviceKeys.keys, "ed25519:JLAFKJWSCS": ownEd25519 } }),
      unknownDevice,
    ],

    [
      "that fails several checks: the first is reported",
      "SenderMismatch",
      { ...withKeys({ user_id: bob }), sender: bob, recipient: alice, keys: { ed25519: "x" } },
    ],
    [
      "whose device keys fail all checks: the first is reported",
      "DeviceUserMismatch",
      withKeys({ user_id: bob, keys: {} }),
    ],
  ])("%s", (_, tag, value, known = expected) => {
    const checked = checkOlmPlaintext(known)(value);
    expect(checked._tag).toBe(tag);
    if (checked._tag === "Decrypted") return expect(checked.event).toBe(value);
    const members = tag === "InvalidPlaintext" ? ["_tag", "errors"] : ["_tag"];
    expect(Object.keys(checked)).toEqual(members);
    expect(JSON.stringify(checked)).not.toContain("hush");
  });

  test("that is invalid has errors without values", () => {
    const checked = checkOlmPlaintext(expected)({
      ...withDevice,
      keys: {},
      recipient: "hush",
      sender_device_keys: { ...deviceKeys, keys: { a: 1 }, device_id: "*" },
    });
    const errors = checked._tag === "InvalidPlaintext" ? checked.errors : [];
    expect(explain(errors).map((line) => line.split(":")[0])).toEqual([
      "recipient",
      "keys.ed25519",
      "sender_device_keys.device_id",
      "sender_device_keys.keys.a",
    ]);
  });

  test("that passes is read: a room key is valid here", () => {
    const checked = checkOlmPlaintext(expected)(plaintext);
    const read = checked._tag === "Decrypted" ? readDecryptedEvent(checked) : undefined;
    expect(read).toEqual({ _tag: "Known", event: plaintext });
    expect(read?.event).toBe(plaintext);
  });
});

describe("the codec", () => {
  const lines: ReadonlyArray<readonly [member: string, line: string]> = [
    ["type", "expected string"],
    ["content", "expected object"],
    ["sender", "expected User ID"],
    ["recipient", "expected User ID"],
    ["recipient_keys", "expected object"],
    ["keys", "expected object"],
  ];
  test.each(lines)("requires %s", (member, line) => {
    const { [member]: _, ...rest } = withDevice as Record<string, unknown>;
    expect(linesOf(OlmPlaintext, rest)).toEqual([`${member}: ${line}`]);
    expect(linesOf(OlmPlaintext, { ...withDevice, [member]: null })).toEqual([
      `${member}: ${line}`,
    ]);
  });
  test.each([
    ["user_id", "expected User ID"],
    ["device_id", "expected Device ID"],
    ["algorithms", "expected array"],
    ["keys", "expected object"],
    ["signatures", "expected object"],
  ])("requires %s of device keys", (member, line) => {
    const { [member]: _, ...rest } = deviceKeys as Record<string, unknown>;
    expect(linesOf(OlmPlaintext, withKeys({ [member]: null }))).toEqual([
      `sender_device_keys.${member}: ${line}`,
    ]);
    expect(linesOf(OlmPlaintext, { ...plaintext, sender_device_keys: rest })).toEqual([
      `sender_device_keys.${member}: ${line}`,
    ]);
  });
  test.each<[reason: string, value: unknown, line: string]>([
    [
      "a recipient key",
      { ...plaintext, recipient_keys: {} },
      "recipient_keys.ed25519: expected string",
    ],
    ["a signing key", { ...plaintext, keys: { ed25519: 1 } }, "keys.ed25519: expected string"],
    [
      "an algorithm",
      withKeys({ algorithms: [1] }),
      "sender_device_keys.algorithms[0]: expected string",
    ],
    [
      "a signature",
      withKeys({ signatures: { a: { b: 1 } } }),
      "sender_device_keys.signatures.a.b: expected string",
    ],
    [
      "a user's signatures",
      withKeys({ signatures: { a: 1 } }),
      "sender_device_keys.signatures.a: expected object",
    ],
  ])("requires a string for %s", (_, value, line) => {
    expect(linesOf(OlmPlaintext, value)).toEqual([line]);
  });
});

describe("the host's expectations", () => {
  test.each([
    "sender",
    "senderCurve25519",
    "senderEd25519",
    "recipient",
    "recipientEd25519",
  ] as const)("must have an own string %s", (name) => {
    const error = new TypeError(`checkOlmPlaintext: ${name} must be a string`);
    const { [name]: _, ...rest } = expected;
    expect(() => checkOlmPlaintext(rest as OlmExpectations)).toThrow(error);
    expect(() => checkOlmPlaintext(Object.create(expected))).toThrow(TypeError);
    for (const value of [null, 1, ...(name === "senderEd25519" ? [] : [undefined])]) {
      expect(() => checkOlmPlaintext({ ...expected, [name]: value })).toThrow(error);
    }
  });
});

describe("a polluted prototype", () => {
  const root: Record<string, unknown> = Object.prototype as unknown as Record<string, unknown>;
  const names = [
    "sender_device_keys",
    "curve25519:JLAFKJWSCS",
    "ed25519:JLAFKJWSCS",
    "senderEd25519",
  ];
  afterEach(() => {
    for (const name of names) delete root[name];
  });
  test("adds no device keys", () => {
    root.sender_device_keys = { ...deviceKeys, user_id: bob };
    expect(checkOlmPlaintext(expected)(plaintext)._tag).toBe("Decrypted");
  });
  test("adds no Curve25519 key", () => {
    root["curve25519:JLAFKJWSCS"] = curve25519;
    const value = withKeys({ keys: { "ed25519:JLAFKJWSCS": ed25519 } });
    expect(checkOlmPlaintext(expected)(value)._tag).toBe("DeviceIdentityKeyMismatch");
  });
  test("adds no Ed25519 key", () => {
    root["ed25519:JLAFKJWSCS"] = ed25519;
    const value = withKeys({ keys: { "curve25519:JLAFKJWSCS": curve25519 } });
    expect(checkOlmPlaintext(expected)(value)._tag).toBe("DeviceSigningKeyMismatch");
  });
  test("does not make the device unknown", () => {
    root.senderEd25519 = undefined;
    const { senderEd25519: _, ...rest } = expected;
    expect(() => checkOlmPlaintext(rest as OlmExpectations)).toThrow(TypeError);
  });
});

describe("laws", () => {
  const known = ({ sender, recipient, recipient_keys, keys }: OlmPlaintext, senderKey: string) => ({
    sender,
    senderCurve25519: senderKey,
    senderEd25519: keys.ed25519,
    recipient,
    recipientEd25519: recipient_keys.ed25519,
  });
  test("a plaintext passes if all its claims are expected, as the same reference", () => {
    fc.assert(
      fc.property(arbitraries.OlmPlaintext, (value) => {
        const { device_id = "", keys = {} } = value.sender_device_keys ?? {};
        const check = checkOlmPlaintext(known(value, keys[`curve25519:${device_id}`] ?? ""));
        expect(check(value)).toEqual({ _tag: "Decrypted", event: value });
        expect(check(value)).toHaveProperty("event", value);
      }),
    );
  });
  test("an invalid plaintext never passes", () => {
    fc.assert(
      fc.property(invalid.OlmPlaintext, ({ value }) => {
        expect(checkOlmPlaintext(expected)(value)._tag).toBe("InvalidPlaintext");
      }),
    );
  });
});
