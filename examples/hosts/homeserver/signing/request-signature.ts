/**
 * The signature of a request from server to server.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#request-authentication}
 */
import type { ServerName } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { objectOf } from "../json-members.js";
import type { KeyRing } from "./key-ring.js";
import type { SigningKey } from "./signing-key.js";
import { writeXMatrix, type XMatrix } from "./x-matrix.js";

export type SignedRequest = {
  readonly method: string;
  /** The raw path and query. */
  readonly uri: string;
  readonly destination: ServerName;
  /** The body as canonical JSON; numbers keep their text, because the sender signed that text. */
  readonly content?: JsonText | undefined;
};

/** The header that signs a request. */
export function signRequest(
  { origin, signingKey }: { readonly origin: ServerName; readonly signingKey: SigningKey },
  request: SignedRequest,
): string {
  const { keyId } = signingKey;
  const signature = signingKey.sign(textToSign(origin, request));
  return writeXMatrix({ origin, destination: request.destination, keyId, signature });
}

/** The result of checking a signature. */
export type Verification =
  | { readonly _tag: "Valid"; readonly origin: ServerName }
  | { readonly _tag: "BadSignature" }
  /** The server has not published this key. */
  | { readonly _tag: "UnknownKey" }
  /** The keys of the server cannot be fetched at the moment. */
  | { readonly _tag: "KeyUnavailable" };

/** Checks the signature in the header of a request. */
export async function verifyRequest(
  keyRing: Pick<KeyRing, "find">,
  { origin, keyId, signature }: XMatrix,
  request: SignedRequest,
): Promise<Verification> {
  const found = await keyRing.find(origin, keyId);
  if (found._tag !== "Found") return found;
  return found.verifyKey(textToSign(origin, request), signature)
    ? { _tag: "Valid", origin }
    : { _tag: "BadSignature" };
}

function textToSign(origin: ServerName, request: SignedRequest): JsonText {
  const { method, uri, destination, content } = request;
  const members = Object.entries({ destination, method, origin, uri }).map(
    // JSON.stringify writes strings as canonical JSON does.
    ([name, value]) => [name, JSON.stringify(value) as JsonText] as const,
  );
  return objectOf(content === undefined ? members : [["content", content], ...members]);
}
