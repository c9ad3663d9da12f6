/**
 * The endpoint where clients send.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import {
  type NotJson,
  type NotStrict,
  type NotValid,
  packEdus,
  requestOf,
  splitByDestination,
  type Unsendable,
} from "matrix-send-to-device/text";
import { bodyText } from "../http/body.js";
import { type MatrixError, matrixError } from "../http/matrix-error.js";
import { authenticate } from "./authenticate.js";
import type { Host } from "./host.js";
import { append, deliverLocally } from "./local-delivery.js";
import { requestKey } from "./store/idempotence.js";

type Path = { readonly eventType: string; readonly txnId: string };

export function sendToDeviceApi(app: FastifyInstance, host: Host): void {
  const { serverName, store, queues } = host;
  const pack = packEdus({ messageId: randomMessageId, maxBytes: host.maxEduBytes });

  app.put<{ Params: Path }>(
    "/_matrix/client/v3/sendToDevice/:eventType/:txnId",
    async (request) => {
      const device = await authenticate(request, host);
      const { eventType: type, txnId } = request.params;
      const key = requestKey(device, type, txnId);
      // A repeated request gets the first response, even if its body differs.
      if (await store.idempotence.isDone(key)) return {};
      const body = requestOf({ sender: device.userId, type })(bodyText(request));
      if (body._tag === "Left") throw bodyError(body.left);
      // Messages for local users are packed too, so that the same limits apply to local and remote recipients.
      const parts = [...splitByDestination(body.right)].map(([destination, part]) => ({
        destination,
        ...pack(part),
      }));
      // If one message cannot be sent, the whole request is rejected.
      const [unsendable] = parts.flatMap(({ left }) => left);
      if (unsendable !== undefined) throw unsendableError(unsendable);

      const woken = await store.transaction(async (sql) => {
        if ((await store.idempotence.newOf(sql, [key])).size === 0) return [];
        const local = parts.find(({ destination }) => destination === serverName)?.right ?? [];
        const items = await deliverLocally(
          host,
          sql,
          local.map(({ content }) => content),
        );
        for (const { destination, right } of parts) {
          if (destination !== serverName) {
            append(items, destination, ...right.map(({ text }) => text));
          }
        }
        await store.outbox.append(sql, items);
        return [...items.keys()];
      });
      for (const queue of woken) queues.wake(queue);
      return {};
    },
  );
}

/** Unique across restarts: 24 random bytes as 32 characters, the maximum length. */
function randomMessageId(): string {
  return randomBytes(24).toString("base64url");
}

/** Describes why a text is not a valid body. */
export function bodyError(left: NotJson | NotStrict | NotValid): MatrixError {
  switch (left._tag) {
    case "NotJson":
      return matrixError(400, "M_NOT_JSON", `${left.expected} at ${left.position}`);
    case "NotStrict":
      return matrixError(400, "M_BAD_JSON", `${left.reason} at ${left.position}`);
    case "NotValid":
      return matrixError(400, "M_BAD_JSON", left.reasons.map(({ line }) => line).join("; "));
  }
}

function unsendableError(unsendable: Unsendable): MatrixError {
  switch (unsendable._tag) {
    case "TooLarge": {
      const { userId, bytes } = unsendable;
      return matrixError(
        413,
        "M_TOO_LARGE",
        `An EDU with the contents for ${userId} has ${bytes} bytes`,
      );
    }
    case "NotCanonicalJson":
      return matrixError(400, "M_BAD_JSON", unsendable.reason.line);
  }
}
