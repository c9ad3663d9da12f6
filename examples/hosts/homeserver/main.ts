/**
 * Starts one homeserver on its own:
 *
 *     tsx homeserver/main.ts --name one.example --port 8001 --database one.db --peer two.example=http://127.0.0.1:8002
 */
import { parseArgs } from "node:util";
import { ServerName } from "matrix-send-to-device";
import { startHomeserver } from "./homeserver.js";

const { values } = parseArgs({
  options: {
    name: { type: "string", default: "localhost" },
    port: { type: "string", default: "0" },
    database: { type: "string", default: ":memory:" },
    peer: { type: "string", multiple: true, default: [] },
  },
});
if (!ServerName.is(values.name)) throw new Error("--name must be a server name");

const addresses = new Map(
  values.peer.map((peer) => [peer.slice(0, peer.indexOf("=")), peer.slice(peer.indexOf("=") + 1)]),
);
const homeserver = await startHomeserver({
  serverName: values.name,
  port: Number(values.port),
  database: values.database,
  addressOf: (destination) => addresses.get(destination) ?? `http://${destination}`,
  observer: {
    // As JSON: the message ID and the device ID are the sender's choice, and may hold line breaks.
    rejected: (origin, { _tag, message_id, reasons }) => {
      for (const { line } of reasons)
        console.warn(JSON.stringify({ _tag, origin, message_id, line }));
    },
    undeliverable: ({ userId, deviceId, reason }) =>
      console.warn(JSON.stringify({ reason, userId, deviceId })),
  },
});
console.log(`${values.name} listens on ${homeserver.url}`);
process.once("SIGINT", () => void homeserver.close());
