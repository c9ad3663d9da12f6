/** A homeserver that can be stopped and started again, with a database that outlives it. */
import { join } from "node:path";
import { ServerName } from "matrix-send-to-device";
import { type Homeserver, startHomeserver } from "../homeserver/homeserver.js";
import type { Observer } from "../homeserver/host.js";
import { createLine } from "./line.js";

export type Site = ReturnType<typeof createSite>;

export type SiteOptions = {
  readonly name: string;
  /** The folder of the database. */
  readonly folder: string;
  /** Where the other servers are. */
  readonly addressOf: (name: string) => string;
  /** Sends requests to the other servers. */
  readonly fetch: typeof fetch;
  readonly observer: Observer;
};

export function createSite({ name, folder, addressOf, observer, ...options }: SiteOptions) {
  if (!ServerName.is(name)) throw new TypeError(`${name} is not a server name`);
  const serverName = name;
  const line = createLine(options.fetch);
  let running: Homeserver | undefined;
  let address = "http://127.0.0.1:9";

  return {
    name,
    /** The connection from this server to the others. */
    line,
    address: (): string => address,
    start: async (): Promise<void> => {
      const database = join(folder, `${name}.db`);
      const { fetch } = line;
      running = await startHomeserver({
        serverName,
        database,
        addressOf,
        fetch,
        observer,
        retryMs: 5,
      });
      address = running.url;
    },
    stop: async (): Promise<void> => {
      await running?.close();
      running = undefined;
    },
    idle: async (): Promise<void> => {
      await running?.idle();
    },
  };
}
