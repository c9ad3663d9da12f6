/**
 * A bridge: an appservice that gets to-device events for the devices of its users.
 *
 * @see {@link https://spec.matrix.org/v1.19/application-service-api/#put_matrixappv1transactionstxnid}
 */
import type { AddressInfo } from "node:net";
import {
  type AppserviceRejection,
  type AppserviceToDeviceEvent,
  readAppserviceToDevice,
} from "matrix-send-to-device";
import { createApp } from "../http/app.js";
import { bearerToken } from "../http/bearer-token.js";
import { matrixError } from "../http/matrix-error.js";

export type BridgeOptions = {
  /** By which the homeserver shows who it is. */
  readonly hsToken: string;
  /** Takes the events for one device of one user, in order of arrival. */
  readonly onToDevice: (events: ReadonlyArray<AppserviceToDeviceEvent>) => void | Promise<void>;
  readonly onRejected?: (rejection: AppserviceRejection) => void;
};

export type Bridge = Awaited<ReturnType<typeof startBridge>>;

export async function startBridge({ hsToken, onToDevice, onRejected }: BridgeOptions) {
  const app = createApp();
  // A homeserver sends one transaction after the other: only the last one can come again.
  let lastTxnId: string | undefined;

  app.put<{ Params: { readonly txnId: string } }>(
    "/_matrix/app/v1/transactions/:txnId",
    async (request) => {
      if (bearerToken(request) !== hsToken) throw matrixError(403, "M_FORBIDDEN", "Bad token");
      if (request.params.txnId === lastTxnId) return {};
      const { left, right } = readAppserviceToDevice(request.body);
      for (const rejection of left) onRejected?.(rejection);
      for (const events of byDevice(right)) await onToDevice(events);
      lastTxnId = request.params.txnId;
      return {};
    },
  );
  await app.listen({ host: "127.0.0.1", port: 0 });

  return {
    // An address that was listened on by host and port is no path of a socket.
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    close: async (): Promise<void> => {
      await app.close();
    },
  };
}

/** The events of each device. */
function byDevice(
  events: ReadonlyArray<AppserviceToDeviceEvent>,
): Iterable<ReadonlyArray<AppserviceToDeviceEvent>> {
  const devices = new Map<string, Array<AppserviceToDeviceEvent>>();
  for (const event of events) {
    const key = JSON.stringify([event.to_user_id, event.to_device_id]);
    devices.set(key, [...(devices.get(key) ?? []), event]);
  }
  return devices.values();
}
