/**
 * The Ed25519 key with which a server signs, and the public keys that check signatures.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys}
 */
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { fromBase64, toBase64 } from "./base64.js";

/** The stored form of a signing key. */
export type StoredSigningKey = {
  readonly keyId: string;
  /** The 32 bytes of the private key in unpadded Base64. Secret. */
  readonly seed: string;
};

export type SigningKey = {
  readonly keyId: string;
  /** The public key in unpadded Base64. */
  readonly publicKey: string;
  /** The signature of a text in unpadded Base64. */
  readonly sign: (text: string) => string;
};

/** The bytes of a private Ed25519 key and of a public one. */
const keyBytes = 32;

/** The bytes before the seed in a PKCS #8 private key (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * Makes a new key. Its ID is new too, because other servers cache keys by ID and would reject all signatures of a
 * different key with a known ID.
 */
export function newSigningKey(): StoredSigningKey {
  return {
    keyId: `ed25519:a_${randomBytes(6).toString("hex")}`,
    seed: toBase64(randomBytes(keyBytes)),
  };
}

export function signingKeyOf({ keyId, seed }: StoredSigningKey): SigningKey {
  const bytes = fromBase64(seed);
  if (bytes?.length !== keyBytes) throw new TypeError("The seed must be 32 bytes in Base64");
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, bytes]),
    format: "der",
    type: "pkcs8",
  });
  return {
    keyId,
    publicKey: toBase64(rawKey(createPublicKey(privateKey))),
    sign: (text) => toBase64(sign(null, Buffer.from(text), privateKey)),
  };
}

/** Checks signatures of one public key. */
export type VerifyKey = (text: string, signature: string) => boolean;

/** `undefined` if the text is not a public key of Ed25519 in Base64. */
export function verifyKeyOf(publicKey: string): VerifyKey | undefined {
  const bytes = fromBase64(publicKey);
  if (bytes?.length !== keyBytes) return undefined;
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") },
    format: "jwk",
  });
  return (text, signature) => {
    const signatureBytes = fromBase64(signature);
    return signatureBytes !== undefined && verify(null, Buffer.from(text), key, signatureBytes);
  };
}

function rawKey(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(-keyBytes);
}
