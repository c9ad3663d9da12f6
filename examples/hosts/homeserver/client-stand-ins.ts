/**
 * Stand-ins for other endpoints that clients call: login without a password, logout, and the requests that a client
 * makes before its first sync.
 */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import * as t from "io-ts";
import { DeviceId, explain, serverNameOf, UserId } from "matrix-send-to-device";
import { bodyJson } from "../http/body.js";
import { matrixError } from "../http/matrix-error.js";
import { authenticate } from "./authenticate.js";
import type { Host } from "./host.js";

/** The members of the body of `POST /login` that this server reads. */
const Login = t.intersection([
  t.type({ identifier: t.type({ user: UserId }) }),
  t.partial({ device_id: DeviceId }),
]);

/** The maximum number of bytes in a device ID, which is part of database keys. */
const maxDeviceIdBytes = 1000;

export function clientStandIns(app: FastifyInstance, host: Host): void {
  const { store, serverName } = host;

  // Trusts the user ID that the client claims. Not for a public network!
  app.post("/_matrix/client/v3/login", async (request) => {
    const login = Login.decode(bodyJson(request));
    if (login._tag === "Left") {
      throw matrixError(400, "M_BAD_JSON", explain(login.left).join("; "));
    }
    const { identifier, device_id: deviceId = randomUUID() as DeviceId } = login.right;
    const userId = identifier.user;
    if (serverNameOf(userId) !== serverName) {
      throw matrixError(403, "M_FORBIDDEN", "Not a user of this server");
    }
    if (Buffer.byteLength(deviceId) > maxDeviceIdBytes) {
      throw matrixError(
        400,
        "M_INVALID_PARAM",
        `Device IDs have at most ${maxDeviceIdBytes} bytes`,
      );
    }
    const accessToken = await store.devices.register({ userId, deviceId });
    return { access_token: accessToken, device_id: deviceId, user_id: userId };
  });

  // A logout removes the device and its inbox.
  app.post("/_matrix/client/v3/logout", async (request) => {
    await store.devices.remove(await authenticate(request, host));
    return {};
  });
  // The specification requires a password here.
  app.delete<{ Params: { readonly deviceId: string } }>(
    "/_matrix/client/v3/devices/:deviceId",
    async (request) => {
      const { userId } = await authenticate(request, host);
      // Any string is a device ID.
      const deviceId = request.params.deviceId as DeviceId;
      await store.devices.remove({ userId, deviceId });
      return {};
    },
  );

  app.get("/_matrix/client/versions", async () => ({ versions: ["v1.1"] }));
  app.get("/_matrix/client/v3/capabilities", async () => ({ capabilities: {} }));
  app.get("/_matrix/client/v3/pushrules/", async () => ({ global: {} }));
  app.post("/_matrix/client/v3/user/:userId/filter", async () => ({ filter_id: "0" }));
}
