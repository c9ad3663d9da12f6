import type { FastifyRequest } from "fastify";
import { matrixError } from "./matrix-error.js";

/**
 * The token of `Authorization: Bearer`, or the deprecated `access_token` query parameter.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens}
 */
export function bearerToken({ headers, query }: FastifyRequest): string {
  const { access_token } = query as { readonly access_token?: string };
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? access_token;
  if (token === undefined) throw matrixError(401, "M_MISSING_TOKEN", "No access token");
  return token;
}
