import type { FastifyRequest } from "fastify";
import { bearerToken } from "../http/bearer-token.js";
import { matrixError } from "../http/matrix-error.js";
import type { Host } from "./host.js";
import type { Device } from "./store/devices.js";

/** The device that a client's request comes from. */
export async function authenticate(request: FastifyRequest, { store }: Host): Promise<Device> {
  const device = await store.devices.withToken(bearerToken(request));
  if (device === undefined) throw matrixError(401, "M_UNKNOWN_TOKEN", "Unknown access token");
  return device;
}
