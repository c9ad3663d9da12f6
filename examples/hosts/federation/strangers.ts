/** Simulated servers: they sign requests and publish their keys. */
import type { ServerName } from "matrix-send-to-device";
import { canonicalJson } from "matrix-send-to-device/text";
import { serverKeys } from "../homeserver/signing/key-api.js";
import { signRequest } from "../homeserver/signing/request-signature.js";
import { newSigningKey, type SigningKey, signingKeyOf } from "../homeserver/signing/signing-key.js";

export type Strangers = ReturnType<typeof createStrangers>;

/** A server that runs. */
type Target = { readonly name: string; readonly url: string };

const base = "http://strangers.invalid/";

export function createStrangers(now = Date.now) {
  const keys = new Map<string, SigningKey>();

  function keyOf(name: string): SigningKey {
    const key = keys.get(name) ?? signingKeyOf(newSigningKey());
    keys.set(name, key);
    return key;
  }

  /** The header that signs a request. A body that is not JSON cannot be signed. */
  function authorization(
    origin: string,
    destination: string,
    uri: string,
    body: string | undefined,
    method = "PUT",
  ): string {
    const canonical = canonicalJson({ numbers: "asWritten" })(body ?? "");
    return signRequest(
      { origin: origin as ServerName, signingKey: keyOf(origin) },
      {
        method,
        uri,
        destination: destination as ServerName,
        content: canonical._tag === "Right" ? canonical.right : undefined,
      },
    );
  }

  return {
    authorization,

    addressOf: (name: string): string => `${base}${encodeURIComponent(name)}`,

    /** Answers requests for their keys, and forwards all others. */
    fetch: async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      const url = String(input);
      if (!url.startsWith(base)) return fetch(input, init);
      const [name = "", ...path] = url.slice(base.length).split("/");
      if (path.join("/") !== "_matrix/key/v2/server") return Response.json({}, { status: 404 });
      const serverName = decodeURIComponent(name) as ServerName;
      const document = serverKeys({ serverName, signingKey: keyOf(serverName), now });
      return new Response(document, { headers: { "content-type": "application/json" } });
    },

    /** Sends a signed request. */
    put: (origin: string, target: Target, path: string, body: string): Promise<Response> => {
      const uri = `/_matrix/federation/v1/send/${path}`;
      return fetch(`${target.url}${uri}`, {
        method: "PUT",
        headers: {
          "content-type": "application/json",
          authorization: authorization(origin, target.name, uri, body),
        },
        body,
      });
    },
  };
}
