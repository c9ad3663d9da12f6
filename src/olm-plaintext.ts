/**
 * The plaintext of an Olm message, and the checks that a client must apply before it uses the plaintext.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
import * as t from "io-ts";
import { DeviceId, UserId } from "./identifiers.js";
import { array, record, struct } from "./internal/codec.js";
import { hasOwn } from "./internal/plain.js";
import type { Unbranded } from "./json.js";
import { DeviceMessageContents } from "./message.js";

/**
 * The identity keys of a device, with their signatures.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#device-keys}
 */
export type DeviceKeys = {
  /** The user that the device belongs to. */
  readonly user_id: UserId;
  /** The device. */
  readonly device_id: DeviceId;
  /** The encryption algorithms that the device supports. */
  readonly algorithms: ReadonlyArray<string>;
  /** Public keys, by `<algorithm>:<device_id>`. */
  readonly keys: { readonly [keyId: string]: string };
  /** Signatures, by user ID and key ID. The library does not verify them. */
  readonly signatures: { readonly [userId: string]: { readonly [keyId: string]: string } };
};
const DeviceKeys: t.Type<DeviceKeys, Unbranded<DeviceKeys>> = /* #__PURE__ */ struct("DeviceKeys", {
  user_id: UserId,
  device_id: DeviceId,
  algorithms: /* #__PURE__ */ array("Algorithms", t.string),
  keys: /* #__PURE__ */ record("Keys", t.string),
  signatures: /* #__PURE__ */ record(
    "Signatures",
    /* #__PURE__ */ record("SignaturesOfUser", t.string),
  ),
});

/**
 * The signing key of a device, in unpadded Base64.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type SigningKeys = {
  /** The Ed25519 key. */
  readonly ed25519: string;
};
const SigningKeys: t.Type<SigningKeys> = /* #__PURE__ */ struct("SigningKeys", {
  ed25519: t.string,
});

/**
 * The decrypted and parsed payload of an `m.room.encrypted` with Olm. Check it with `checkOlmPlaintext` before you use it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type OlmPlaintext = {
  /** The type of the encrypted event. */
  readonly type: string;
  /** The contents of the encrypted event. */
  readonly content: DeviceMessageContents;
  /** The user that sent the message. */
  readonly sender: UserId;
  /** The user that the message is for. */
  readonly recipient: UserId;
  /** The signing key of the receiving device. */
  readonly recipient_keys: SigningKeys;
  /** The signing key of the sending device. */
  readonly keys: SigningKeys;
  /** The sending device's identity keys. Added in v1.15 of the specification. */
  readonly sender_device_keys?: DeviceKeys;
};
/** The codec of `OlmPlaintext`. */
export const OlmPlaintext: t.Type<
  OlmPlaintext,
  Unbranded<Omit<OlmPlaintext, "sender_device_keys">> & {
    readonly sender_device_keys?: Unbranded<DeviceKeys>;
  }
> = /* #__PURE__ */ struct(
  "OlmPlaintext",
  {
    type: t.string,
    content: DeviceMessageContents,
    sender: UserId,
    recipient: UserId,
    recipient_keys: SigningKeys,
    keys: SigningKeys,
  },
  { sender_device_keys: DeviceKeys },
);

/**
 * The values that a plaintext must match: facts about the encrypted event and about the host's own device.
 *
 * Keys are compared as strings.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
export type OlmExpectations = {
  /** The `sender` of the `m.room.encrypted` event. */
  readonly sender: string;
  /** The `sender_key` in the event's contents. The Olm session must belong to that key. */
  readonly senderCurve25519: string;
  /**
   * The Ed25519 key of the device with that Curve25519 key, from `/keys/query`.
   *
   * `undefined` means that the host does not know the device. The key is then not checked, and you must not treat the
   * message as sent by a verified device.
   */
  readonly senderEd25519: string | undefined;
  /** The host's own user. */
  readonly recipient: string;
  /** The Ed25519 key of the host's own device. */
  readonly recipientEd25519: string;
};

/**
 * A decrypted event that has passed every check. Pass it to `readDecryptedEvent` to read its contents.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
export type DecryptedEvent = {
  /** All checks passed. */
  readonly _tag: "Decrypted";
  /** The plaintext, as the same reference. */
  readonly event: OlmPlaintext;
};

/**
 * The result of the checks: the decrypted event, or the first check that failed. If a check failed, discard the message.
 * A failed check holds no value of the plaintext.
 *
 * - `Decrypted`: all checks passed.
 * - `InvalidPlaintext`: the value is not an `OlmPlaintext`; `errors` says where.
 * - `SenderMismatch`: `sender` is not the sender of the encrypted event.
 * - `RecipientMismatch`: `recipient` is not the host's own user.
 * - `RecipientKeyMismatch`: `recipient_keys.ed25519` is not the key of the host's own device.
 * - `SigningKeyMismatch`: `keys.ed25519` is not the key of the sending device.
 * - `DeviceUserMismatch`: `sender_device_keys.user_id` is not the sender.
 * - `DeviceIdentityKeyMismatch`: the Curve25519 key in `sender_device_keys` is not the `sender_key` of the encrypted
 *   event.
 * - `DeviceSigningKeyMismatch`: the Ed25519 key in `sender_device_keys` is not `keys.ed25519`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
export type CheckedOlmPlaintext =
  | DecryptedEvent
  | {
      /** The value is not an `OlmPlaintext`. */
      readonly _tag: "InvalidPlaintext";
      /** Where and why, for `explain`. */
      readonly errors: t.Errors;
    }
  | {
      /** The check that failed. */
      readonly _tag:
        | "SenderMismatch"
        | "RecipientMismatch"
        | "RecipientKeyMismatch"
        | "SigningKeyMismatch"
        | "DeviceUserMismatch"
        | "DeviceIdentityKeyMismatch"
        | "DeviceSigningKeyMismatch";
    };

/**
 * Applies the checks that the specification requires before a client uses the plaintext of an Olm message.
 *
 * The host decrypts and parses the plaintext. It must also verify the signature in `sender_device_keys`, because the
 * library has no cryptography.
 *
 * @param expected - facts about the encrypted event and about the host's own device
 * @returns a function from the parsed plaintext to the decrypted event or the first check that failed
 * @throws TypeError if a member of `expected` is missing. Only `senderEd25519` may be `undefined`, and then explicitly
 *
 * @example
 * ```ts
 * import { checkOlmPlaintext, readDecryptedEvent } from "matrix-send-to-device";
 *
 * // The host has decrypted the ciphertext for its own device and parsed the result.
 * const plaintext: unknown = {
 *   type: "m.secret.send",
 *   content: { request_id: "17", secret: "ThisIsASecretDon'tTellAnyone" },
 *   sender: "@alice:example.org",
 *   recipient: "@alice:example.org",
 *   recipient_keys: { ed25519: "ee3Ek+J2LkkPmjGPGLhMxiKnhiX//xcqaVL4RP6EypE" },
 *   keys: { ed25519: "lEuiRJBit0IG6nUf5pUzWTUEsRVVe/HJkoKuEww9ULI" },
 * };
 * const checked = checkOlmPlaintext({
 *   sender: "@alice:example.org",
 *   senderCurve25519: "3C5BFWi2Y8MaVvjM8M22DBmh24PmgR0nPvJOIArzgyI",
 *   senderEd25519: "lEuiRJBit0IG6nUf5pUzWTUEsRVVe/HJkoKuEww9ULI",
 *   recipient: "@alice:example.org",
 *   recipientEd25519: "ee3Ek+J2LkkPmjGPGLhMxiKnhiX//xcqaVL4RP6EypE",
 * })(plaintext);
 * if (checked._tag === "Decrypted") {
 *   const read = readDecryptedEvent(checked);
 *   if (read._tag === "Known" && read.event.type === "m.secret.send") {
 *     console.log(read.event.content.request_id); // "17"
 *   }
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
export function checkOlmPlaintext(
  expected: OlmExpectations,
): (plaintext: unknown) => CheckedOlmPlaintext {
  const sender = expectation(expected, "sender");
  const senderCurve25519 = expectation(expected, "senderCurve25519");
  const senderEd25519 = isUnknown(expected) ? undefined : expectation(expected, "senderEd25519");
  const recipient = expectation(expected, "recipient");
  const recipientEd25519 = expectation(expected, "recipientEd25519");
  return (plaintext) => {
    const decoded = OlmPlaintext.decode(plaintext);
    if (decoded._tag === "Left") return { _tag: "InvalidPlaintext", errors: decoded.left };
    const event = decoded.right;
    const { ed25519 } = event.keys;
    if (event.sender !== sender) return { _tag: "SenderMismatch" };
    if (event.recipient !== recipient) return { _tag: "RecipientMismatch" };
    if (event.recipient_keys.ed25519 !== recipientEd25519) return { _tag: "RecipientKeyMismatch" };
    if (senderEd25519 !== undefined && ed25519 !== senderEd25519) {
      return { _tag: "SigningKeyMismatch" };
    }
    const device = ownMember(event, "sender_device_keys");
    if (device !== undefined) {
      const { user_id, device_id, keys } = device;
      if (user_id !== sender) return { _tag: "DeviceUserMismatch" };
      if (ownMember(keys, `curve25519:${device_id}`) !== senderCurve25519) {
        return { _tag: "DeviceIdentityKeyMismatch" };
      }
      if (ownMember(keys, `ed25519:${device_id}`) !== ed25519) {
        return { _tag: "DeviceSigningKeyMismatch" };
      }
    }
    return { _tag: "Decrypted", event };
  };
}

/** Whether the host says that it does not know the sending device. Leaving the member out is a mistake. */
function isUnknown(expected: OlmExpectations): boolean {
  return hasOwn(expected, "senderEd25519") && expected.senderEd25519 === undefined;
}

/** An expected value. A missing one must not equal a missing key. */
function expectation(expected: OlmExpectations, name: keyof OlmExpectations): string {
  const value = ownMember(expected, name);
  if (typeof value === "string") return value;
  throw new TypeError(`checkOlmPlaintext: ${name} must be a string`);
}

/** An own member: a polluted `Object.prototype` must not answer for one that is absent. */
function ownMember<O extends object, K extends keyof O>(object: O, key: K): O[K] | undefined {
  return hasOwn(object, key) ? object[key] : undefined;
}
