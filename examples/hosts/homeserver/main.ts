/**
 * Starts one homeserver, or one process of a homeserver that has several:
 *
 *     tsx homeserver/main.ts --name one.example --port 8001 --database one.db --peer two.example=http://127.0.0.1:8002
 */
import { startHomeserver } from "./homeserver.js";
import type { Observer } from "./host.js";
import { type Options, readOptions } from "./options.js";
import { createPeers } from "./peers.js";

const observer: Observer = {
  // Logged as JSON, because the sender chooses the message ID and the device ID, and they may contain line breaks.
  rejected: (origin, { _tag, message_id, reasons }) => {
    for (const { line } of reasons)
      console.warn(JSON.stringify({ _tag, origin, message_id, line }));
  },
  undeliverable: ({ userId, deviceId, reason }) =>
    console.warn(JSON.stringify({ reason, userId, deviceId })),
  setAside: (queue, reason) => console.warn(JSON.stringify({ setAside: queue, reason })),
  failed: (queue, error) =>
    console.warn(JSON.stringify({ waiting: queue, error: messageOf(error) })),
};

async function start({ name, port, database, tls, retryMs, appservices, ...options }: Options) {
  const peers = createPeers(options);
  const homeserver = await startHomeserver({
    serverName: name,
    port,
    database,
    ...(tls !== undefined && { tls }),
    ...(retryMs !== undefined && { retryMs }),
    appservices,
    addressOf: peers.addressOf,
    fetch: peers.fetch,
    observer,
  });
  console.log(`${name} listens on ${homeserver.url}`);

  const stop = () => void homeserver.close().then(peers.close).catch(fail);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

/** Exits with one line and no stack trace: it tells the operator which setting or resource is at fault. */
function fail(error: unknown): never {
  console.error(`homeserver: ${messageOf(error).replaceAll(/\s+/g, " ")}`);
  process.exit(1);
}

function messageOf(error: unknown): string {
  // If a name has several addresses, the connection error has no message. Each of its inner errors has one.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

try {
  await start(readOptions(process.argv.slice(2)));
} catch (error) {
  fail(error);
}
