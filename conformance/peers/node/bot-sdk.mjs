/** matrix-bot-sdk, or its fork: the name of the package is the argument. */
import { Crash, serve, stringOf, versionsOf } from "./protocol.mjs";

const name = process.argv[2];
const { Appservice, LogService, UserID } = await import(name).then(
  (module) => module.default ?? module,
);
LogService.setLogger({ info() {}, warn() {}, error() {}, debug() {}, trace() {} });

const registration = {
  as_token: "token",
  hs_token: "token",
  sender_localpart: "_bridge",
  namespaces: {
    users: [{ exclusive: true, regex: "@_bridge_.*:example\\.org" }],
    rooms: [],
    aliases: [],
  },
};

const options = { port: 0, bindAddress: "127.0.0.1", homeserverName: "example.org" };

async function events({ text }) {
  const service = new Appservice({ ...options, homeserverUrl: "http://127.0.0.1", registration });
  const received = [];
  service.on("ephemeral.event", (event) => received.push(event));
  const request = {
    body: JSON.parse(text),
    params: { txnId: "1" },
    query: {},
    headers: { authorization: "Bearer token" },
  };
  const status = await new Promise((resolve, reject) => {
    // Its handler awaits a promise that stays pending if an event makes it throw.
    process.once("unhandledRejection", (error) => reject(new Crash(`unhandled: ${error.message}`)));
    const response = { status: (code) => ({ json: () => resolve(code) }) };
    service.onTransaction(request, response).catch(reject);
  }).finally(() => process.removeAllListeners("unhandledRejection"));
  if (status !== 200) throw new Error(`status ${status}`);
  return { events: received };
}

function userId({ text }) {
  new UserID(stringOf(text));
}

await serve(
  {
    versions: versionsOf([name]),
    kinds: { userId: "new UserID", appservice: "Appservice.onTransaction" },
  },
  { userId, appservice: events },
);
