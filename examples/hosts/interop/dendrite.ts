/** Dendrite, set up to federate on the loopback interface. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../cluster/ports.js";
import { newSigningKey } from "../homeserver/signing/signing-key.js";
import { loginOrRegister } from "./client.js";
import { chooseName, runServer, type Server, type Site } from "./server.js";

export async function runDendrite(site: Site, binary: string): Promise<Server> {
  const name = await chooseName();
  const [port] = await freePorts(1);
  const folder = join(site.folder, "dendrite");
  mkdirSync(folder);

  const { keyId, seed } = newSigningKey();
  const pem = [
    "-----BEGIN MATRIX PRIVATE KEY-----",
    `Key-ID: ${keyId}`,
    "",
    Buffer.from(seed, "base64").toString("base64"),
    "-----END MATRIX PRIVATE KEY-----",
  ];
  writeFileSync(join(folder, "signing.pem"), `${pem.join("\n")}\n`);
  const sqlite = (part: string) => ({ connection_string: `file:${part}.db` });
  const config = {
    version: 2,
    global: {
      server_name: name,
      private_key: "signing.pem",
      // On disk: the queue for other servers must survive the process.
      jetstream: { storage_path: folder, in_memory: false },
      cache: { max_size_estimated: "64mb" },
      report_stats: { enabled: false },
      presence: { enable_inbound: false, enable_outbound: false },
    },
    client_api: {
      registration_disabled: false,
      rate_limiting: { enabled: false },
    },
    federation_api: {
      database: sqlite("federationapi"),
      // Dendrite only trusts the certificate authorities of the system.
      disable_tls_validation: true,
      // Keys come from the servers themselves.
      key_perspectives: [],
      prefer_direct_fetch: true,
      // The default blocks the loopback interface.
      deny_networks: [],
      allow_networks: ["127.0.0.0/8", "::1/128"],
    },
    key_server: { database: sqlite("keyserver") },
    media_api: { database: sqlite("mediaapi"), base_path: join(folder, "media") },
    mscs: { mscs: [], database: sqlite("mscs") },
    relay_api: { database: sqlite("relayapi") },
    room_server: { database: sqlite("roomserver") },
    sync_api: { database: sqlite("syncapi"), search: { enabled: false } },
    user_api: {
      account_database: sqlite("userapi"),
      bcrypt_cost: 4,
    },
    logging: [{ type: "std", level: "info" }],
  };
  // JSON is valid YAML.
  writeFileSync(join(folder, "dendrite.yaml"), JSON.stringify(config, undefined, 2));

  const url = `http://127.0.0.1:${port}`;
  return runServer({
    site,
    name,
    urls: [url],
    programs: [
      {
        command: binary,
        args: [
          ...["--config", "dendrite.yaml", "--http-bind-address", `127.0.0.1:${port}`],
          "--really-enable-open-registration",
        ],
        cwd: folder,
        log: join(folder, "log"),
      },
    ],
    login: (localpart, deviceId) =>
      loginOrRegister({ baseUrl: () => url, fetch: site.web.fetch }, localpart, deviceId),
  });
}
