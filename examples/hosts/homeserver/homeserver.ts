/** A homeserver that knows nothing but send-to-device messaging. */
import type { AddressInfo } from "node:net";
import type { ServerName } from "matrix-send-to-device";
import { createApp } from "../http/app.js";
import { createArrivals } from "./arrivals.js";
import { clientStandIns } from "./client-stand-ins.js";
import { federationApi } from "./federation-api.js";
import { createFederationSender, type FederationSenderOptions } from "./federation-sender.js";
import type { Host, Observer } from "./host.js";
import { sendToDeviceApi } from "./send-to-device.js";
import { openStore } from "./store/store.js";
import { syncApi } from "./sync.js";

export type HomeserverOptions = Pick<FederationSenderOptions, "addressOf"> & {
  readonly serverName: ServerName;
  /** The file of the database; in memory where it is missing. */
  readonly database?: string;
  /** Where to listen; a free port where it is missing. */
  readonly port?: number;
  readonly retryMs?: number;
  readonly fetch?: typeof fetch;
  readonly observer?: Observer;
};

export type Homeserver = Awaited<ReturnType<typeof startHomeserver>>;

export async function startHomeserver(options: HomeserverOptions) {
  const { serverName, addressOf, retryMs = 1000, observer = {} } = options;
  const store = openStore(options.database);
  const sender = createFederationSender({
    origin: serverName,
    outbox: store.outbox,
    addressOf,
    fetch: options.fetch ?? fetch,
    retryMs,
  });
  const host: Host = { serverName, store, arrivals: createArrivals(), sender, observer };

  const app = createApp();
  sendToDeviceApi(app, host);
  syncApi(app, host);
  federationApi(app, host);
  clientStandIns(app, host);
  app.addHook("preClose", async () => host.arrivals.close());
  await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  // What waited when the server stopped.
  for (const destination of store.outbox.destinations()) sender.wake(destination);

  return {
    // An address that was listened on by host and port is no path of a socket.
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    /** Ends when everything that was for other servers is there. */
    idle: sender.idle,
    close: async (): Promise<void> => {
      await app.close();
      await sender.close();
      store.close();
    },
  };
}
