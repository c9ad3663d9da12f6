/**
 * The endpoint by which clients receive: of `/sync`, the part for to-device events.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
import type { FastifyInstance } from "fastify";
import { matrixError } from "../http/matrix-error.js";
import { authenticate } from "./authenticate.js";
import type { Host } from "./host.js";

type Query = { readonly since?: string; readonly timeout?: string };

/** The longest that a request may wait. */
const maxTimeoutMs = 30_000;

export function syncApi(app: FastifyInstance, host: Host): void {
  const { inbox } = host.store;

  app.get<{ Querystring: Query }>("/_matrix/client/v3/sync", async (request) => {
    const device = authenticate(request, host);
    const since = positionOf(request.query.since);
    // With its `since` a client says that it has everything up to there.
    inbox.acknowledge(device, since);
    if (inbox.read(device, since).events.length === 0) {
      await host.arrivals.next(device, timeoutOf(request.query.timeout));
    }
    const { events, position } = inbox.read(device, since);
    return { next_batch: tokenOf(position), to_device: { events } };
  });
}

function tokenOf(position: number): string {
  return `s${position}`;
}

/** The position that a token stands for; a client that has none yet is at the beginning. */
function positionOf(since = tokenOf(0)): number {
  const position = Number(/^s(\d{1,15})$/.exec(since)?.[1]);
  if (Number.isNaN(position)) throw matrixError(400, "M_INVALID_PARAM", "Unknown since token");
  return position;
}

function timeoutOf(timeout = "0"): number {
  return Math.min(Math.max(0, Number(timeout) || 0), maxTimeoutMs);
}
