/**
 * The endpoint where clients receive: the to-device part of `/sync`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
import type { FastifyInstance } from "fastify";
import { jsonArray } from "matrix-send-to-device/text";
import { matrixError } from "../http/matrix-error.js";
import { authenticate } from "./authenticate.js";
import type { Host } from "./host.js";
import { inboxName } from "./store/devices.js";

type Query = { readonly since?: string; readonly timeout?: string };

/** The maximum time that a request may wait. */
const maxTimeoutMs = 30_000;

export function syncApi(app: FastifyInstance, host: Host): void {
  const { inbox } = host.store;

  app.get<{ Querystring: Query }>("/_matrix/client/v3/sync", async (request, reply) => {
    const device = await authenticate(request, host);
    const since = positionOf(request.query.since);
    // With `since`, a client acknowledges everything up to that position.
    await inbox.acknowledge(device, since);
    // Starts before the inbox is read, so that no arrival is missed in between.
    const wait = host.arrivals.wait(inboxName(device), timeoutOf(request.query.timeout));
    let { events, position } = await inbox.read(device, since);
    if (events.length === 0) {
      await wait.arrived;
      ({ events, position } = await inbox.read(device, since));
    }
    wait.cancel();
    // The events are JSON already.
    const body = `{"next_batch":"${tokenOf(position)}","to_device":{"events":${jsonArray(events)}}}`;
    return reply.type("application/json").send(body);
  });
}

function tokenOf(position: number): string {
  return `s${position}`;
}

/** The position of a token. A client without a token starts at the beginning. */
function positionOf(since = tokenOf(0)): number {
  const position = Number(/^s(\d{1,15})$/.exec(since)?.[1]);
  if (Number.isNaN(position)) throw matrixError(400, "M_INVALID_PARAM", "Unknown since token");
  return position;
}

function timeoutOf(timeout = "0"): number {
  return Math.min(Math.max(0, Number(timeout) || 0), maxTimeoutMs);
}
