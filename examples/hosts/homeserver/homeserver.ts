/** A homeserver for send-to-device messaging only. */
import type { AddressInfo } from "node:net";
import { maxEduBytes, ServerName } from "matrix-send-to-device";
import { createApp, type Tls } from "../http/app.js";
import { type Appservice, queueOf, sendToAppservice } from "./appservices.js";
import { createArrivals } from "./arrivals.js";
import { clientStandIns } from "./client-stand-ins.js";
import { federationApi } from "./federation-api.js";
import { createFederationClient } from "./federation-client.js";
import { federationKeysApi } from "./federation-keys-api.js";
import { sendToServer } from "./federation-sender.js";
import type { Host, Observer } from "./host.js";
import { keysApi } from "./keys-api.js";
import { createQueues } from "./queues.js";
import { sendToDeviceApi } from "./send-to-device.js";
import { keyApi } from "./signing/key-api.js";
import { createKeyRing } from "./signing/key-ring.js";
import { newSigningKey, signingKeyOf } from "./signing/signing-key.js";
import { openStore } from "./store/store.js";
import { syncApi } from "./sync.js";
import { createTurnsByName } from "./turns.js";

export type HomeserverOptions = {
  readonly serverName: ServerName;
  /** The base URL of another server. It replaces server discovery. */
  readonly addressOf: (destination: ServerName) => string;
  /**
   * The file of the database, `:memory:`, or a `postgres://` address, which several processes may share.
   * @defaultValue `:memory:`
   */
  readonly database?: string;
  /**
   * Where to listen.
   * @defaultValue a free port
   */
  readonly port?: number;
  /** Listens with TLS. */
  readonly tls?: Tls;
  /**
   * The delay after the first failure, in milliseconds. It doubles after each further failure.
   * @defaultValue 1000
   */
  readonly retryMs?: number;
  /**
   * Sends every request to other servers and to appservices.
   * @defaultValue the `fetch` of Node
   */
  readonly fetch?: typeof fetch;
  /**
   * The maximum size of a sent EDU, in bytes.
   * @defaultValue 65_536, the limit of other servers
   */
  readonly maxEduBytes?: number;
  readonly appservices?: ReadonlyArray<Appservice>;
  readonly observer?: Observer;
  /**
   * Returns the current time, in milliseconds.
   * @defaultValue `Date.now`
   */
  readonly now?: () => number;
};

export type Homeserver = Awaited<ReturnType<typeof startHomeserver>>;

/** How often idempotence keys older than 7 days are deleted. */
const expireEveryMs = 3_600_000;

export async function startHomeserver(options: HomeserverOptions) {
  const { serverName, addressOf, retryMs = 1000, observer = {}, appservices = [] } = options;
  const fetchOf = options.fetch ?? fetch;
  const now = options.now ?? Date.now;
  const store = await openStore(options.database ?? ":memory:", now);
  const firstKey = () => JSON.stringify(newSigningKey());
  const secret = await store.settings.get("signing key", firstKey);
  const signingKey = signingKeyOf(JSON.parse(secret));
  const client = createFederationClient({
    origin: serverName,
    signingKey,
    addressOf,
    fetch: fetchOf,
  });
  const arrivals = createArrivals();

  const queues = createQueues({
    store,
    observer,
    retryMs,
    senderOf: (queue) => {
      const appservice = appservices.find((each) => queueOf(each) === queue);
      if (appservice !== undefined) return sendToAppservice(appservice, fetchOf);
      // The appservice is no longer configured: its events wait.
      if (!ServerName.is(queue)) return async () => ({ _tag: "Later", afterMs: undefined });
      return sendToServer(serverName, queue, client);
    },
  });
  store.database.listen((channel, name) => {
    if (channel === "inbox") arrivals.announce(name);
    else if (name === undefined) void queues.wakeAll();
    else queues.wake(name);
  });

  const host: Host = {
    serverName,
    store,
    arrivals,
    queues,
    appservices,
    observer,
    maxEduBytes: options.maxEduBytes ?? maxEduBytes,
    client,
    signingKey,
    keyRing: createKeyRing({ addressOf, fetch: fetchOf, now }),
    origins: createTurnsByName(),
  };
  const app = createApp(options.tls);
  sendToDeviceApi(app, host);
  syncApi(app, host);
  federationApi(app, host);
  keyApi(app, host);
  keysApi(app, host);
  federationKeysApi(app, host);
  clientStandIns(app, host);
  app.addHook("preClose", async () => arrivals.announce(undefined));
  // If the database does not respond, or another process deletes the same keys, the next hour tries again.
  const expire = () => store.idempotence.expire().catch(() => undefined);
  await expire();
  const expiry = setInterval(expire, expireEveryMs).unref();
  await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  // Sends what was in the queues when the server stopped.
  await queues.wakeAll();

  return {
    // The server listens on a host and port, so the address is not a socket path.
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    /** Resolves when this process has sent everything in its queues. */
    idle: queues.idle,
    /** Deletes idempotence keys older than 7 days. The server also does this every hour. */
    expire: store.idempotence.expire,
    close: async (): Promise<void> => {
      clearInterval(expiry);
      await app.close();
      host.keyRing.close();
      await queues.close();
      await store.database.close();
    },
  };
}
