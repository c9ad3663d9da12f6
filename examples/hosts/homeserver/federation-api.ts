/**
 * The endpoint for other servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid}
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { explain, isUserOf, receiveTransaction, ServerName } from "matrix-send-to-device";
import { matrixError } from "../http/matrix-error.js";
import type { Host } from "./host.js";
import { deliverLocally } from "./local-delivery.js";

/** In the place of the signature of the request (X-Matrix), which says who sent it. Not for a real network! */
export const originStandIn = "x-matrix-origin-stand-in";

export function federationApi(app: FastifyInstance, host: Host): void {
  const isLocal = isUserOf(host.serverName);

  app.put("/_matrix/federation/v1/send/:txnId", async (request) => {
    const origin = authenticatedOrigin(request);
    const received = receiveTransaction({ origin, isLocal })(request.body);
    if (received._tag === "Left") {
      throw matrixError(400, "M_BAD_JSON", explain(received.left).join("; "));
    }
    const { left, right } = received.right;
    host.store.atomically(() => {
      for (const message of right) {
        // A sender repeats a transaction to which it had no answer.
        if (host.store.idempotence.isNewEdu(origin, message.message_id)) {
          deliverLocally(host, message);
        }
      }
    });
    for (const rejection of left) host.observer.rejected?.(origin, rejection);
    // With another answer the sender would repeat the transaction, and it would be rejected again.
    return { pdus: {} };
  });
}

function authenticatedOrigin({ headers }: FastifyRequest): ServerName {
  const origin = ServerName.decode(headers[originStandIn]);
  if (origin._tag === "Left") throw matrixError(401, "M_UNAUTHORIZED", "No authenticated origin");
  return origin.right;
}
