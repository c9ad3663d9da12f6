/**
 * Sends signed requests to other servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#request-authentication}
 */
import type { ServerName } from "matrix-send-to-device";
import { type SignedRequest, signRequest } from "./signing/request-signature.js";
import type { SigningKey } from "./signing/signing-key.js";

export type FederationClient = ReturnType<typeof createFederationClient>;

export type FederationClientOptions = {
  readonly origin: ServerName;
  readonly signingKey: SigningKey;
  /** The base URL of a server. */
  readonly addressOf: (destination: ServerName) => string;
  readonly fetch: typeof fetch;
  /** The time limit for a request and its response, in milliseconds. @default 60_000 */
  readonly timeoutMs?: number;
};

/** If a request has a body, it must be canonical JSON: the client sends the signed text. */
export type FederationRequest = SignedRequest & { readonly signal?: AbortSignal };

export function createFederationClient(options: FederationClientOptions) {
  const { addressOf, fetch, timeoutMs = 60_000 } = options;
  return {
    request: ({ signal, ...request }: FederationRequest): Promise<Response> => {
      const { destination, method, uri, content } = request;
      const timeout = AbortSignal.timeout(timeoutMs);
      return fetch(`${addressOf(destination)}${uri}`, {
        method,
        headers: {
          authorization: signRequest(options, request),
          ...(content !== undefined && { "content-type": "application/json" }),
        },
        ...(content !== undefined && { body: content }),
        // The target of a redirect is not authenticated as the destination.
        redirect: "manual",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
    },
  };
}
