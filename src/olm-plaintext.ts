/**
 * The plaintext of an Olm message, and the checks without which a client must not use it.
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
  readonly user_id: UserId;
  readonly device_id: DeviceId;
  readonly algorithms: ReadonlyArray<string>;
  /** By `<algorithm>:<device_id>`. */
  readonly keys: { readonly [keyId: string]: string };
  /** By user ID and key ID. The library does not verify them. */
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
export type SigningKeys = { readonly ed25519: string };
const SigningKeys: t.Type<SigningKeys> = /* #__PURE__ */ struct("SigningKeys", {
  ed25519: t.string,
});

/**
 * What an `m.room.encrypted` with Olm holds once it is decrypted and parsed. Use it only after `checkOlmPlaintext`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type OlmPlaintext = {
  readonly type: string;
  readonly content: DeviceMessageContents;
  readonly sender: UserId;
  readonly recipient: UserId;
  /** The recipient's signing key. */
  readonly recipient_keys: SigningKeys;
  /** The sender's signing key. */
  readonly keys: SigningKeys;
  /** Since v1.15 of the specification. */
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
 * What the host knows of an Olm message and of its own device. Keys are compared as strings.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
export type OlmExpectations = {
  /** The `sender` of the `m.room.encrypted` event. */
  readonly sender: string;
  /** The `sender_key` in its contents. The Olm session must belong to that key. */
  readonly senderCurve25519: string;
  /**
   * The Ed25519 key of the sender's device with that Curve25519 key, from `/keys/query`.
   *
   * `undefined` means that the host does not know the device. The key is then not checked, and the message must not
   * count as sent by a verified device.
   */
  readonly senderEd25519: string | undefined;
  /** The host's own user. */
  readonly recipient: string;
  /** The Ed25519 key of the host's own device. */
  readonly recipientEd25519: string;
};

/**
 * A decrypted event that has passed every check. `readDecryptedEvent` reads its contents.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#validation-of-incoming-decrypted-events}
 */
export type DecryptedEvent = {
  readonly _tag: "Decrypted";
  /** The plaintext, the same reference. */
  readonly event: OlmPlaintext;
};

/**
 * What the checks of a plaintext give: the decrypted event, or the first check that failed. In the latter case the
 * message must be discarded. A failed check holds no value.
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
  | { readonly _tag: "InvalidPlaintext"; readonly errors: t.Errors }
  | {
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
 * Checks the plaintext of an Olm message, as the specification requires before a client uses it.
 *
 * The host decrypts and parses the plaintext. One check stays with the host because it needs cryptography: the signature
 * in `sender_device_keys`.
 *
 * @param expected - what the host knows of the encrypted event and of its own device
 * @returns a function that takes the parsed plaintext and gives the decrypted event or the first check that failed
 * @throws TypeError if a member of `expected` is missing; only `senderEd25519` may be `undefined`, which has to be said
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

/** Whether the host says that it does not know the sending device; leaving the member out does not say so. */
function isUnknown(expected: OlmExpectations): boolean {
  return hasOwn(expected, "senderEd25519") && expected.senderEd25519 === undefined;
}

/** An expected value. One that is missing must not equal a key that is missing. */
function expectation(expected: OlmExpectations, name: keyof OlmExpectations): string {
  const value = ownMember(expected, name);
  if (typeof value === "string") return value;
  throw new TypeError(`checkOlmPlaintext: ${name} must be a string`);
}

/** An own member: a polluted `Object.prototype` must not answer for one that is absent. */
function ownMember<O extends object, K extends keyof O>(object: O, key: K): O[K] | undefined {
  return hasOwn(object, key) ? object[key] : undefined;
}
