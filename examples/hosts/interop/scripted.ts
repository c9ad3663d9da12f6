/** A server with a name and a key that sends arbitrary transactions, including invalid ones. */
import { createServer } from "node:https";
import type { ServerName } from "matrix-send-to-device";
import { canonicalJson, type JsonText } from "matrix-send-to-device/text";
import { serverKeys } from "../homeserver/signing/key-api.js";
import { signRequest } from "../homeserver/signing/request-signature.js";
import { newSigningKey, signingKeyOf } from "../homeserver/signing/signing-key.js";
import { chooseName, type Site } from "./server.js";

export type Scripted = Awaited<ReturnType<typeof startScripted>>;

export type Answer = { readonly status: number; readonly body: string };

export async function startScripted({ certificates, web }: Site) {
  const serverName = await chooseName();
  const signingKey = signingKeyOf(newSigningKey());
  const server = createServer(certificates.tls, (request, response) => {
    const isKeys = request.url?.startsWith("/_matrix/key/v2/server");
    response.writeHead(isKeys ? 200 : 404, { "content-type": "application/json" });
    response.end(isKeys ? serverKeys({ serverName, signingKey }) : "{}");
  });
  const port = Number(serverName.split(":").at(-1));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  let txnCount = 0;

  return {
    name: serverName,

    /** A new ID of a transaction. */
    txnId: (): string => `scripted${++txnCount}`,

    /** Signs and sends EDUs, verbatim, in one transaction. */
    send: async (
      destination: ServerName,
      edus: ReadonlyArray<string>,
      txnId = `scripted${++txnCount}`,
    ): Promise<Answer> => {
      const uri = `/_matrix/federation/v1/send/${txnId}`;
      const body = `{"edus":[${edus.join(",")}],"origin":"${serverName}","origin_server_ts":${Date.now()},"pdus":[]}`;
      // EDUs are canonical JSON unless a case sends another text on purpose.
      const content = body as JsonText;
      const response = await web.fetch(`https://${destination}${uri}`, {
        method: "PUT",
        headers: {
          authorization: signRequest(
            { origin: serverName, signingKey },
            { destination, method: "PUT", uri, content },
          ),
          "content-type": "application/json",
        },
        body,
      });
      return { status: response.status, body: await response.text() };
    },

    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The canonical JSON of a value. */
export function canonical(value: unknown): string {
  const text = canonicalJson({ numbers: "integers" })(JSON.stringify(value));
  if (text._tag === "Left") throw new TypeError(`Not canonical JSON: ${text.left._tag}`);
  return text.right;
}
