/**
 * Contents of `m.room.encrypted` and `m.dummy`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption}
 */
import * as t from "io-ts";
import { Integer, record, struct, tagged } from "../internal/codec.js";
import type { JsonObject } from "../json.js";

/**
 * `m.dummy`: an empty message, sent to establish a new Olm session. Any object is valid.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mdummy}
 */
export type Dummy = JsonObject;
/** The codec of `Dummy`. */
export const Dummy: t.Type<Dummy> = /* #__PURE__ */ struct("Dummy", {});

/**
 * The Olm message for one device.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type CiphertextInfo = {
  /** 0 for a message that starts an Olm session, 1 for all others. */
  readonly type: number;
  /** The Olm message, in Base64. */
  readonly body: string;
};
const CiphertextInfo: t.Type<CiphertextInfo> = /* #__PURE__ */ struct("CiphertextInfo", {
  type: Integer,
  body: t.string,
});

/**
 * `m.room.encrypted`: another event, encrypted. `algorithm` decides what `ciphertext` is.
 *
 * With Olm, `ciphertext` maps the recipient's Curve25519 identity key to a message, and `sender_key` is required. With
 * Megolm, `ciphertext` is a string, and `session_id` is required.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroomencrypted}
 */
export type RoomEncrypted =
  | {
      /** Olm. */
      readonly algorithm: "m.olm.v1.curve25519-aes-sha2";
      /** By the Curve25519 identity key of the recipient's device. */
      readonly ciphertext: { readonly [identityKey: string]: CiphertextInfo };
      /** The Curve25519 identity key of the sending device. */
      readonly sender_key: string;
      /** Not used with Olm. */
      readonly session_id?: string;
      /** Not used with Olm. */
      readonly device_id?: string;
    }
  | {
      /** Megolm. */
      readonly algorithm: "m.megolm.v1.aes-sha2";
      /** The Megolm message, in Base64. */
      readonly ciphertext: string;
      /** The Megolm session that encrypts the message. */
      readonly session_id: string;
      /**
       * The Curve25519 identity key of the sending device.
       *
       * @deprecated Since v1.3 of the specification. Do not rely on it.
       */
      readonly sender_key?: string;
      /**
       * The sending device.
       *
       * @deprecated Since v1.3 of the specification. Do not rely on it.
       */
      readonly device_id?: string;
    };
/** The codec of `RoomEncrypted`. */
export const RoomEncrypted: t.Type<RoomEncrypted> = /* #__PURE__ */ tagged(
  "RoomEncrypted",
  "algorithm",
  {
    "m.olm.v1.curve25519-aes-sha2": /* #__PURE__ */ struct(
      "OlmEncrypted",
      {
        ciphertext: /* #__PURE__ */ record("OlmCiphertext", CiphertextInfo),
        sender_key: t.string,
      },
      { session_id: t.string, device_id: t.string },
    ),
    "m.megolm.v1.aes-sha2": /* #__PURE__ */ struct(
      "MegolmEncrypted",
      { ciphertext: t.string, session_id: t.string },
      { sender_key: t.string, device_id: t.string },
    ),
  },
);
