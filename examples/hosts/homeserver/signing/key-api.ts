/**
 * The endpoint where other servers fetch the key of this one.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server}
 */
import type { FastifyInstance } from "fastify";
import type { ServerName } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import { signJson } from "./signed-json.js";
import type { SigningKey } from "./signing-key.js";

export type KeyApiOptions = {
  readonly serverName: ServerName;
  readonly signingKey: SigningKey;
  /** The time in milliseconds. @default Date.now */
  readonly now?: () => number;
};

/** How long other servers may use the key without asking again. */
const validityMs = 24 * 3_600_000;

export function keyApi(app: FastifyInstance, options: KeyApiOptions): void {
  app.get("/_matrix/key/v2/server", async (_request, reply) =>
    reply.type("application/json").send(serverKeys(options)),
  );
}

/** The signed document with the key. */
export function serverKeys({ serverName, signingKey, now = Date.now }: KeyApiOptions): JsonText {
  return signJson(
    { name: serverName, signingKey },
    {
      server_name: serverName,
      valid_until_ts: now() + validityMs,
      verify_keys: { [signingKey.keyId]: { key: signingKey.publicKey } },
      old_verify_keys: {},
    },
  );
}
