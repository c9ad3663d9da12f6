/** Real clients: matrix-js-sdk, and the crypto library of the Element clients. */
import { initAsync } from "@matrix-org/matrix-sdk-crypto-wasm";
import { ClientEvent, createClient, type MatrixClient, MemoryStore } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import { createRoom } from "../../encryption/room.js";
import type { Case } from "../case.js";
import { createOlmDevice } from "../olm.js";
import { links } from "../specification.js";
import { type Account, labelIn, type World, wordsFor } from "../world.js";

const type = "org.example.interop";

/** How long a client waits for expected events. */
const arrivalMs = 20_000;

async function startSdk({ server, userId }: Account, world: World): Promise<MatrixClient> {
  const { baseUrl, accessToken, deviceId } = await server.login(
    userId.slice(1, userId.indexOf(":")),
    "SDK",
  );
  const client = createClient({
    baseUrl: baseUrl(),
    accessToken,
    userId,
    deviceId,
    store: new MemoryStore(),
    fetchFn: world.web.fetch,
  });
  await client.startClient();
  return client;
}

/** The labels of the events that a client reads, until it has enough. */
function labelsOf(client: MatrixClient, count: number): Promise<ReadonlyArray<string>> {
  return new Promise((resolve) => {
    const labels: Array<string> = [];
    const timer = setTimeout(() => resolve(labels), arrivalMs);
    client.on(ClientEvent.ToDeviceEvent, (event) => {
      labels.push(labelIn(event.getContent()));
      if (labels.length < count) return;
      clearTimeout(timer);
      resolve(labels);
    });
  });
}

/** Sends one message itself, and one with the queue of the SDK. */
async function sendBoth(from: MatrixClient, to: MatrixClient): Promise<void> {
  const userId = to.getSafeUserId();
  const deviceId = to.getDeviceId() ?? "";
  await from.sendToDevice(type, new Map([[userId, new Map([[deviceId, { label: "sent" }]])]]));
  await from.queueToDevice({
    eventType: type,
    batch: [{ userId, deviceId, payload: { label: "queued" } }],
  });
}

export const clientCases: ReadonlyArray<Case> = [
  {
    group: "Real clients",
    processes: 1,
    name: "matrix-js-sdk",
    sent: "A `MatrixClient` on each server. Each sends a message to the other with `sendToDevice`, and one with `queueToDevice`. Both sync.",
    specification: `${links.client}.`,
    expected: {
      peer: { "their client reads": "“sent”, “queued”" },
      ours: { "our client reads": "“sent”, “queued”" },
    },
    run: async (world) => {
      if ("setLevel" in logger && typeof logger.setLevel === "function") logger.setLevel("silent");
      const alice = await startSdk(world.alice, world);
      const bob = await startSdk(world.bob, world);
      try {
        const read = [labelsOf(bob, 2), labelsOf(alice, 2)];
        await sendBoth(alice, bob);
        await sendBoth(bob, alice);
        const [theirs = [], ours = []] = await Promise.all(read);
        return {
          peer: { "their client reads": wordsFor(theirs) },
          ours: { "our client reads": wordsFor(ours) },
        };
      } finally {
        alice.stopClient();
        bob.stopClient();
      }
    },
  },
  {
    group: "Real clients",
    processes: 1,
    name: "Encrypted messages",
    sent: "An `OlmMachine` of matrix-sdk-crypto-wasm on each server. Each asks the other server for its devices, claims a one-time key, and sends a room key in an Olm message. An event of that room is handed over by hand.",
    specification: `[End-to-end encryption](https://spec.matrix.org/v1.19/server-server-api/#end-to-end-encryption). \`unsigned\` is optional in device keys. Where it is missing, Dendrite answers its clients with \`"unsigned":null\`, and clients on the Rust SDK reject such keys. Our homeserver always adds it.`,
    expected: {
      peer: { "their client decrypts": "“from ours”" },
      ours: { "our client decrypts": "“from theirs”" },
    },
    run: async (world) => {
      await initAsync();
      const [alice, bob] = await Promise.all(
        [world.alice, world.bob].map(async ({ server, userId }) => {
          const localpart = userId.slice(1, userId.indexOf(":"));
          const device = await createOlmDevice(await server.login(localpart, "OLM"));
          await device.flush();
          return device;
        }),
      );
      if (alice === undefined || bob === undefined) throw new Error("No devices");
      const read = async (from: typeof alice, to: typeof alice, text: string) => {
        const room = createRoom(`!${text.replace(" ", "-")}:example.org`, [from.user, to.user]);
        await from.track([from.user, to.user]);
        await from.flush();
        await room.shareKey(from);
        const event = await room.message(from, text);
        for (const deadline = Date.now() + arrivalMs; Date.now() < deadline; ) {
          await to.receive(500);
          await to.flush();
          const decrypted = await room.read(to, event);
          if (decrypted._tag === "Read") return `“${decrypted.text}”`;
        }
        return "nothing";
      };
      return {
        peer: { "their client decrypts": await read(alice, bob, "from ours") },
        ours: { "our client decrypts": await read(bob, alice, "from theirs") },
      };
    },
  },
];
