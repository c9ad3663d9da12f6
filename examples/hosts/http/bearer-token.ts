import type { FastifyRequest } from "fastify";
import { matrixError } from "./matrix-error.js";

/** The token of `Authorization: Bearer`. */
export function bearerToken({ headers }: FastifyRequest): string {
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) throw matrixError(401, "M_MISSING_TOKEN", "No access token");
  return token;
}
