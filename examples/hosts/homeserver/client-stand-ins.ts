/**
 * Stand-ins for what else a client asks for: a login without a password, and the answers without which it does not
 * start to sync.
 */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import * as t from "io-ts";
import { DeviceId, explain, serverNameOf, UserId } from "matrix-send-to-device";
import { matrixError } from "../http/matrix-error.js";
import type { Host } from "./host.js";

/** Of the body of `POST /login`, what is needed here. */
const Login = t.intersection([
  t.type({ identifier: t.type({ user: UserId }) }),
  t.partial({ device_id: DeviceId }),
]);

export function clientStandIns(app: FastifyInstance, { store, serverName }: Host): void {
  // Registers the device of whoever says to be its user. Not for a real network!
  app.post("/_matrix/client/v3/login", async (request) => {
    const login = Login.decode(request.body);
    if (login._tag === "Left") {
      throw matrixError(400, "M_BAD_JSON", explain(login.left).join("; "));
    }
    const { identifier, device_id: deviceId = randomUUID() as DeviceId } = login.right;
    const userId = identifier.user;
    if (serverNameOf(userId) !== serverName) {
      throw matrixError(403, "M_FORBIDDEN", "Not a user of this server");
    }
    const accessToken = store.devices.register({ userId, deviceId });
    return { access_token: accessToken, device_id: deviceId, user_id: userId };
  });

  app.get("/_matrix/client/versions", async () => ({ versions: ["v1.1"] }));
  app.get("/_matrix/client/v3/capabilities", async () => ({ capabilities: {} }));
  app.get("/_matrix/client/v3/pushrules/", async () => ({ global: {} }));
  app.post("/_matrix/client/v3/user/:userId/filter", async () => ({ filter_id: "0" }));
}
