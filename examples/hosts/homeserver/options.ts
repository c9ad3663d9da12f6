/** The command line of a homeserver. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as t from "io-ts";
import { ServerName } from "matrix-send-to-device";
import type { Appservice } from "./appservices.js";

export type Options = {
  readonly name: ServerName;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly database: string;
  /** The base URLs of other servers, without a slash at the end. */
  readonly peers: ReadonlyMap<ServerName, ReadonlyArray<string>>;
  /** The certificate and private key of this server as PEM text. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** The certificates of authorities that other servers are checked against, as PEM text. */
  readonly ca: string | undefined;
  readonly retryMs: number | undefined;
  readonly appservices: ReadonlyArray<Appservice>;
};

/** An invalid command line. The message names the option. */
export class OptionsError extends Error {}

export function readOptions(args: ReadonlyArray<string>): Options {
  const values = parsed(args);
  return {
    name: serverName("--name", values.name),
    port: integer("--port", values.port, 0, 65_535),
    database: values.database,
    peers: peersOf(values.peer),
    tls: tlsOf(values["tls-cert"], values["tls-key"]),
    ca: values.ca === undefined ? undefined : certificate("--ca", values.ca),
    retryMs:
      values["retry-ms"] === undefined
        ? undefined
        : integer("--retry-ms", values["retry-ms"], 1, 3_600_000),
    appservices: values.appservice.map(appserviceOf),
  };
}

function parsed(args: ReadonlyArray<string>) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        name: { type: "string", default: "localhost" },
        port: { type: "string", default: "0" },
        database: { type: "string", default: ":memory:" },
        peer: { type: "string", multiple: true, default: [] },
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
        ca: { type: "string" },
        "retry-ms": { type: "string" },
        appservice: { type: "string", multiple: true, default: [] },
      },
    }).values;
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error));
  }
}

function serverName(option: string, value: string): ServerName {
  if (!ServerName.is(value)) throw new OptionsError(`${option}: expected a server name`);
  return value;
}

function integer(option: string, value: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new OptionsError(`${option}: expected an integer from ${min} to ${max}`);
}

/** Repeating a name adds an address. */
function peersOf(values: ReadonlyArray<string>): Options["peers"] {
  const peers = new Map<ServerName, ReadonlyArray<string>>();
  for (const value of values) {
    const [, name = "", address = ""] = /^([^=]*)=(.*)$/s.exec(value) ?? [];
    const key = serverName("--peer NAME=URL", name);
    peers.set(key, [...(peers.get(key) ?? []), baseUrl(address)]);
  }
  return peers;
}

function baseUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new OptionsError("--peer NAME=URL: expected an http or https URL");
  }
  return url.href.replace(/\/+$/, "");
}

function tlsOf(certFile: string | undefined, keyFile: string | undefined): Options["tls"] {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new OptionsError("--tls-cert and --tls-key must come together");
  }
  const cert = certificate("--tls-cert", certFile);
  const key = contents("--tls-key", keyFile);
  if (!isKeyOf(cert, key)) {
    throw new OptionsError("--tls-key: expected the private key of --tls-cert in PEM");
  }
  return { cert, key };
}

/** One or more certificates. */
function certificate(option: string, file: string): string {
  const pem = contents(option, file);
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw new OptionsError(`${option}: expected a certificate in PEM`);
  }
}

function isKeyOf(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The members of a registration that this server reads. */
const Registration = t.type({
  id: t.string,
  url: t.string,
  hs_token: t.string,
  namespaces: t.type({ users: t.array(t.type({ regex: t.string })) }),
});

/**
 * Reads a registration, as JSON.
 *
 * @see {@link https://spec.matrix.org/v1.19/application-service-api/#registration}
 */
function appserviceOf(file: string): Appservice {
  const text = contents("--appservice", file);
  try {
    const registration = Registration.decode(JSON.parse(text));
    if (registration._tag === "Left") throw new TypeError("Not a registration");
    const { id, url, hs_token: hsToken, namespaces } = registration.right;
    const patterns = namespaces.users.map(({ regex }) => new RegExp(`^(?:${regex})$`));
    const isUser = (userId: string) => patterns.some((pattern) => pattern.test(userId));
    return { id, url: baseUrl(url), hsToken, isUser };
  } catch {
    throw new OptionsError("--appservice: expected the registration of an appservice in JSON");
  }
}

function contents(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new OptionsError(`${option}: cannot read ${file}`);
  }
}
