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
  // As JSON: the message ID and the device ID are the sender's choice, and may hold line breaks.
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

/** Ends with one line, because what failed is for whoever started the server, and not its code. */
function fail(error: unknown): never {
  console.error(`homeserver: ${messageOf(error).replaceAll(/\s+/g, " ")}`);
  process.exit(1);
}

function messageOf(error: unknown): string {
  // A connection that several addresses refuse fails with an error for each, and without a message of its own.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

try {
  await start(readOptions(process.argv.slice(2)));
} catch (error) {
  fail(error);
}
