/**
 * Contents of the events that carry encrypted payloads, and of the one that carries nothing.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption}
 */
import * as t from "io-ts";
import { Integer, record, struct, tagged } from "../internal/codec.js";
import type { JsonObject } from "../json.js";

/**
 * `m.dummy`: nothing, sent for the sake of the Olm session that it starts. Any object will do.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mdummy}
 */
export type Dummy = JsonObject;
/** The codec of `Dummy`. */
export const Dummy: t.Type<Dummy> = /* #__PURE__ */ struct("Dummy", {});

/**
 * What one device gets of an Olm message.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type CiphertextInfo = {
  /** 0 for a message that starts a session, 1 for the others. */
  readonly type: number;
  readonly body: string;
};
const CiphertextInfo: t.Type<CiphertextInfo> = /* #__PURE__ */ struct("CiphertextInfo", {
  type: Integer,
  body: t.string,
});

/**
 * `m.room.encrypted`: another event, encrypted. `algorithm` decides what `ciphertext` is.
 *
 * With Olm, `ciphertext` is a map from the recipient's Curve25519 identity key, and `sender_key` is required; with
 * Megolm it is a string, and `session_id` is required. What Megolm has deprecated must not be relied on.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mroomencrypted}
 */
export type RoomEncrypted =
  | {
      readonly algorithm: "m.olm.v1.curve25519-aes-sha2";
      readonly ciphertext: { readonly [identityKey: string]: CiphertextInfo };
      readonly sender_key: string;
      readonly session_id?: string;
      readonly device_id?: string;
    }
  | {
      readonly algorithm: "m.megolm.v1.aes-sha2";
      readonly ciphertext: string;
      readonly session_id: string;
      /** @deprecated Since v1.3 of the specification. */
      readonly sender_key?: string;
      /** @deprecated Since v1.3 of the specification. */
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
