/**
 * Sends EDUs to other servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
import type { ServerName } from "matrix-send-to-device";
import { toTransactions } from "matrix-send-to-device/text";
import type { FederationClient } from "./federation-client.js";
import { outcomeOf, type Send } from "./queues.js";

/** Sends EDUs to another server, as one signed transaction. */
export function sendToServer(
  origin: ServerName,
  destination: ServerName,
  client: FederationClient,
): Send {
  return async ({ txnId, txnTs, items }, signal) => {
    const edus = items.map(({ text }) => text);
    const [content] = toTransactions({ origin, origin_server_ts: txnTs })(edus);
    const uri = `/_matrix/federation/v1/send/${txnId}`;
    return outcomeOf(await client.request({ destination, method: "PUT", uri, content, signal }));
  };
}
