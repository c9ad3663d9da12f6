/** The body of a request, which the server does not parse in advance. */
import type { FastifyRequest } from "fastify";
import { matrixError } from "./matrix-error.js";

/** The body as text. Invalid UTF-8 is rejected: replacing it with U+FFFD would change the body. */
export function bodyText({ body }: FastifyRequest): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      body instanceof Uint8Array ? body : new Uint8Array(),
    );
  } catch {
    throw matrixError(400, "M_NOT_JSON", "expected JSON in UTF-8");
  }
}

/** The parsed body. `JSON.parse` puts text of the body into its errors, and the body may hold keys. */
export function bodyJson(request: FastifyRequest): unknown {
  const text = bodyText(request);
  try {
    return JSON.parse(text);
  } catch {
    throw matrixError(400, "M_NOT_JSON", "expected JSON");
  }
}
