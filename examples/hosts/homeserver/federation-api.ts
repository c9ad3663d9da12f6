/**
 * The endpoint for other servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid}
 */
import type { FastifyInstance } from "fastify";
import { isUserOf, type ServerName } from "matrix-send-to-device";
import {
  canonicalJson,
  type JsonText,
  type ReceivedMessage,
  receiveTransaction,
} from "matrix-send-to-device/text";
import { bodyText } from "../http/body.js";
import { matrixError } from "../http/matrix-error.js";
import type { Host } from "./host.js";
import { deliverLocally } from "./local-delivery.js";
import { bodyError } from "./send-to-device.js";
import { authenticateServer } from "./signing/authenticate-server.js";
import { parseXMatrix } from "./signing/x-matrix.js";
import { eduKey } from "./store/idempotence.js";

export function federationApi(app: FastifyInstance, host: Host): void {
  const isLocal = isUserOf(host.serverName);

  app.put("/_matrix/federation/v1/send/:txnId", async (request) => {
    const text = bodyText(request);
    const claimed = parseXMatrix(request.headers.authorization);
    if (claimed === undefined) {
      canonicalText(text);
      throw matrixError(401, "M_UNAUTHORIZED", "Missing or invalid X-Matrix header");
    }
    const { origin } = claimed;
    // Comes before the signature check, because the signature covers the canonical JSON that this also returns.
    const received = receiveTransaction({ origin, isLocal })(text);
    const canonical =
      received._tag === "Right" && received.right.canonical._tag === "Canonical"
        ? received.right.canonical.text
        : canonicalText(text);
    await authenticateServer(host, request, canonical);
    if (received._tag === "Left") throw bodyError(received.left);

    const { left, right } = received.right;
    await host.origins.take(origin, () => store(host, origin, right));
    for (const rejection of left) host.observer.rejected?.(origin, rejection);
    // After any other status the sender would repeat the transaction, with the same result.
    return { pdus: {} };
  });

  app.get("/_matrix/federation/v1/version", async () => ({
    server: { name: "matrix-send-to-device", version: "0.2.0" },
  }));
}

/** A duplicate name or a lone surrogate anywhere is an error before the signature is checked. */
export function canonicalText(text: string): JsonText {
  const canonical = canonicalJson({ numbers: "asWritten" })(text);
  if (canonical._tag === "Right") return canonical.right;
  // Numbers keep their text, so none is rejected.
  if (canonical.left._tag === "NotCanonicalJson") throw new Error("Numbers were rejected");
  throw bodyError(canonical.left);
}

async function store(
  host: Host,
  origin: ServerName,
  messages: ReadonlyArray<ReceivedMessage>,
): Promise<void> {
  const woken = await host.store.transaction(async (sql) => {
    // Transactions of one server run one at a time, across all processes.
    await sql.lock(`origin ${origin}`);
    // A sender repeats a transaction if it gets no response.
    const keyed = messages.map((message) => [eduKey(origin, message.message_id), message] as const);
    const fresh = await host.store.idempotence.newOf(sql, [...new Set(keyed.map(([key]) => key))]);
    // Of several EDUs with the same ID, the first one counts.
    const first = keyed.filter(([key]) => fresh.delete(key)).map(([, message]) => message);
    const items = await deliverLocally(host, sql, first);
    await host.store.outbox.append(sql, items);
    return [...items.keys()];
  });
  for (const queue of woken) host.queues.wake(queue);
}
