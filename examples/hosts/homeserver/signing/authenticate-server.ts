/**
 * Authenticates the server that sent a request.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#request-authentication}
 */
import type { FastifyRequest } from "fastify";
import type { ServerName } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { type MatrixError, matrixError } from "../../http/matrix-error.js";
import type { KeyRing } from "./key-ring.js";
import { type Verification, verifyRequest } from "./request-signature.js";
import { parseXMatrix } from "./x-matrix.js";

export type AuthenticateServerOptions = {
  /** The name of this server. */
  readonly serverName: ServerName;
  readonly keyRing: Pick<KeyRing, "find">;
};

const reasons: Record<Exclude<Verification["_tag"], "Valid">, string> = {
  BadSignature: "Invalid signature",
  UnknownKey: "The origin has not published this key",
  KeyUnavailable: "The keys of the origin are not available",
};

/**
 * Returns the server that has signed a request.
 *
 * @param content - the body as canonical JSON with numbers as written; omit it for a request without a body
 * @throws MatrixError with status 401
 */
export async function authenticateServer(
  { serverName, keyRing }: AuthenticateServerOptions,
  { method, raw, headers }: FastifyRequest,
  content?: JsonText,
): Promise<ServerName> {
  const header = parseXMatrix(headers.authorization);
  if (header === undefined) throw unauthorized("Missing or invalid X-Matrix header");
  const { destination = serverName } = header;
  if (destination !== serverName) throw unauthorized("The request is for another server");
  // The signature covers the raw URL.
  const uri = raw.url ?? "";
  const request = { method, uri, destination: serverName, content };
  const verification = await verifyRequest(keyRing, header, request);
  if (verification._tag !== "Valid") throw unauthorized(reasons[verification._tag]);
  return verification.origin;
}

function unauthorized(message: string): MatrixError {
  return matrixError(401, "M_UNAUTHORIZED", message);
}
