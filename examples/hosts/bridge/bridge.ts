/**
 * A bridge: an appservice that gets to-device events for the devices of its users.
 *
 * @see {@link https://spec.matrix.org/v1.19/application-service-api/#put_matrixappv1transactionstxnid}
 */
import type { AddressInfo } from "node:net";
import {
  type AppserviceRejection,
  type AppserviceToDeviceEvent,
  type DeviceId,
  readAppserviceToDevice,
  readEvent,
  type TypedEvent,
  type UserId,
} from "matrix-send-to-device";
import { createApp } from "../http/app.js";
import { bearerToken } from "../http/bearer-token.js";
import { bodyJson } from "../http/body.js";
import { matrixError } from "../http/matrix-error.js";

export type BridgeOptions = {
  /** The token with which the homeserver authenticates (`hs_token`). */
  readonly hsToken: string;
  /** If this throws, the transaction fails and the homeserver sends it again. */
  readonly onToDevice: (arrival: Arrival) => void | Promise<void>;
  readonly onRejected?: (rejection: AppserviceRejection) => void;
};

/**
 * The events for one device of one user, in order. Contents of specified event types are typed.
 *
 * Switch on `_tag`. A `MustBeEncrypted` event holds a key or a secret that arrived unencrypted: do not use it.
 */
export type Arrival = {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly events: ReadonlyArray<Event>;
};

type Event = TypedEvent<AppserviceToDeviceEvent>;

export type Bridge = Awaited<ReturnType<typeof startBridge>>;

export async function startBridge({ hsToken, onToDevice, onRejected }: BridgeOptions) {
  const app = createApp();
  // A homeserver sends its transactions one at a time, so it can only repeat the last one.
  let lastTxnId: string | undefined;

  app.put<{ Params: { readonly txnId: string } }>(
    "/_matrix/app/v1/transactions/:txnId",
    async (request) => {
      if (bearerToken(request) !== hsToken) throw matrixError(403, "M_FORBIDDEN", "Bad token");
      if (request.params.txnId === lastTxnId) return {};
      const { left, right } = readAppserviceToDevice(bodyJson(request));
      for (const rejection of left) onRejected?.(rejection);
      for (const arrival of byDevice(right)) await onToDevice(arrival);
      lastTxnId = request.params.txnId;
      return {};
    },
  );
  await app.listen({ host: "127.0.0.1", port: 0 });

  return {
    // The server listens on a host and port, so the address is not a socket path.
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    close: async (): Promise<void> => {
      await app.close();
    },
  };
}

function byDevice(all: ReadonlyArray<AppserviceToDeviceEvent>): Iterable<Arrival> {
  const arrivals = new Map<string, Arrival & { readonly events: Array<Event> }>();
  for (const event of all) {
    const { to_user_id: userId, to_device_id: deviceId } = event;
    const key = JSON.stringify([userId, deviceId]);
    const arrival = arrivals.get(key) ?? { userId, deviceId, events: [] };
    arrival.events.push(readEvent(event));
    arrivals.set(key, arrival);
  }
  return arrivals.values();
}
