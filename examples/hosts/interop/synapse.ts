/**
 * Synapse, set up to federate on the loopback interface.
 *
 * @see {@link https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html}
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../cluster/ports.js";
import { newSigningKey } from "../homeserver/signing/signing-key.js";
import { loginOrRegister } from "./client.js";
import { chooseName, runServer, type Server, type Site } from "./server.js";

export async function runSynapse(site: Site, python: string): Promise<Server> {
  const name = await chooseName();
  const [port] = await freePorts(1);
  const folder = join(site.folder, "synapse");
  mkdirSync(folder);
  const inFolder = (file: string) => join(folder, file);

  const { keyId, seed } = newSigningKey();
  writeFileSync(inFolder("signing.key"), `${keyId.replace(":", " ")} ${seed}\n`);
  const log = {
    version: 1,
    formatters: { line: { format: "%(asctime)s %(levelname)s %(name)s: %(message)s" } },
    handlers: {
      file: { class: "logging.FileHandler", formatter: "line", filename: inFolder("log") },
    },
    root: { level: "INFO", handlers: ["file"] },
    disable_existing_loggers: false,
  };
  // JSON is valid YAML.
  writeFileSync(inFolder("log.yaml"), JSON.stringify(log));
  const unlimited = { per_second: 100_000, burst_count: 100_000 };
  const config = {
    // A name with a port skips server discovery.
    server_name: name,
    pid_file: inFolder("pid"),
    report_stats: false,
    // Behind the gate, which speaks TLS.
    listeners: [
      {
        port,
        bind_addresses: ["127.0.0.1"],
        type: "http",
        tls: false,
        x_forwarded: false,
        resources: [{ names: ["client", "federation"], compress: false }],
      },
    ],
    signing_key_path: inFolder("signing.key"),
    database: { name: "sqlite3", args: { database: inFolder("database") } },
    media_store_path: inFolder("media"),
    log_config: inFolder("log.yaml"),
    federation_custom_ca_list: [site.certificates.files.ca],
    // The default blocks the loopback interface.
    ip_range_blacklist: [],
    // Keys come from the servers themselves.
    trusted_key_servers: [],
    // In milliseconds.
    federation: {
      // A failed request is retried after 300 ms, for several minutes.
      max_long_retry_delay: 300,
      max_long_retries: 1000,
      max_short_retry_delay: 200,
      max_short_retries: 3,
      client_timeout: 10_000,
      // After an answer that ends the retries, the destination gets its next transaction after a second.
      destination_min_retry_interval: 1000,
      destination_retry_multiplier: 1,
      destination_max_retry_interval: 2000,
    },
    enable_registration: true,
    enable_registration_without_verification: true,
    macaroon_secret_key: "not secret",
    form_secret: "not secret",
    bcrypt_rounds: 4,
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_key_requests: unlimited,
    rc_federation: { sleep_limit: 100_000, reject_limit: 100_000, concurrent: 100 },
    presence: { enabled: false },
    enable_metrics: false,
  };
  writeFileSync(inFolder("config.yaml"), JSON.stringify(config, undefined, 2));

  const url = `http://127.0.0.1:${port}`;
  return runServer({
    site,
    name,
    urls: [url],
    programs: [
      {
        command: python,
        args: ["-m", "synapse.app.homeserver", "--config-path", inFolder("config.yaml")],
        cwd: folder,
        log: inFolder("output.log"),
      },
    ],
    login: (localpart, deviceId) =>
      loginOrRegister({ baseUrl: () => url, fetch: site.web.fetch }, localpart, deviceId),
  });
}
