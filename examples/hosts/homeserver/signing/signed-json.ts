/**
 * Signed JSON objects.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#signing-json}
 */
import * as t from "io-ts";
import type { JsonObject } from "matrix-send-to-device";
import { type JsonText, parse } from "matrix-send-to-device/text";
import { entriesOf, membersOf, objectOf, toCanonicalJson } from "../json-members.js";
import type { SigningKey, VerifyKey } from "./signing-key.js";

/** Signatures by the name of the server or user, then by key ID. */
const Signatures = t.readonly(t.record(t.string, t.readonly(t.record(t.string, t.string))));
type Signatures = t.TypeOf<typeof Signatures>;

/** The signer and its key. */
export type Signer = { readonly name: string; readonly signingKey: SigningKey };

/**
 * Adds a signature to an object.
 *
 * @returns the signed object as canonical JSON
 * @throws TypeError if the object is not canonical JSON
 */
export function signJson({ name, signingKey }: Signer, object: JsonObject): JsonText {
  const members = new Map(entriesOf(toCanonicalJson(object)));
  const signatures = signaturesOf(members);
  const added = {
    ...signatures,
    [name]: { ...own(signatures, name), [signingKey.keyId]: signingKey.sign(signedPart(members)) },
  };
  return objectOf(members.set("signatures", toCanonicalJson(added)));
}

/** The signer and the key to check. */
export type Verifier = {
  readonly name: string;
  readonly keyId: string;
  readonly verifyKey: VerifyKey;
};

/**
 * Whether an object has a valid signature with this name and key.
 *
 * @param canonical - the object as canonical JSON with numbers as written
 */
export function isSignedBy({ name, keyId, verifyKey }: Verifier, canonical: JsonText): boolean {
  const members = membersOf(canonical);
  if (members === undefined) return false;
  const signature = own(own(signaturesOf(members), name), keyId);
  return signature !== undefined && verifyKey(signedPart(members), signature);
}

/** The members that a signature covers. */
function signedPart(members: ReadonlyMap<string, JsonText>): JsonText {
  return objectOf([...members].filter(([name]) => name !== "signatures" && name !== "unsigned"));
}

function signaturesOf(members: ReadonlyMap<string, JsonText>): Signatures {
  const text = members.get("signatures");
  const signatures = Signatures.decode(text === undefined ? {} : parse(text));
  return signatures._tag === "Right" ? signatures.right : {};
}

function own<A>(values: { readonly [name: string]: A } | undefined, name: string): A | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}
