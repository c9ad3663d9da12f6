/**
 * The endpoint for other servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid}
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  explain,
  receiveEdus,
  ServerName,
  serverNameOf,
  Transaction,
  type UserId,
} from "matrix-send-to-device";
import { matrixError } from "../http/matrix-error.js";
import type { Host } from "./host.js";
import { deliverLocally } from "./local-delivery.js";

/** In the place of the signature of the request (X-Matrix), which says who sent it. Not for a real network! */
export const originStandIn = "x-matrix-origin-stand-in";

export function federationApi(app: FastifyInstance, host: Host): void {
  const isLocal = (userId: UserId) => serverNameOf(userId) === host.serverName;

  app.put("/_matrix/federation/v1/send/:txnId", async (request) => {
    const origin = authenticatedOrigin(request);
    const transaction = Transaction.decode(request.body);
    if (transaction._tag === "Left") {
      throw matrixError(400, "M_BAD_JSON", explain(transaction.left).join("; "));
    }
    const { left, right } = receiveEdus({ origin, isLocal })(transaction.right.edus ?? []);
    host.store.atomically(() => {
      for (const message of right) {
        // A sender repeats a transaction that it had no answer to.
        if (host.store.idempotence.isNewEdu(origin, message.message_id)) {
          deliverLocally(host, message);
        }
      }
    });
    for (const rejection of left) host.observer.rejected?.(origin, rejection);
    // What was refused would be refused again: the answer is the same, so that nobody repeats it.
    return { pdus: {} };
  });
}

function authenticatedOrigin({ headers }: FastifyRequest): ServerName {
  const origin = ServerName.decode(headers[originStandIn]);
  if (origin._tag === "Left") throw matrixError(401, "M_UNAUTHORIZED", "No authenticated origin");
  return origin.right;
}
