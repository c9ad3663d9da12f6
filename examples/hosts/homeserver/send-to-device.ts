/**
 * The endpoint by which clients send.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import {
  type DirectToDeviceEdu,
  explain,
  packEdus,
  requestOf,
  SendToDeviceBody,
  type ServerName,
  splitByDestination,
  type Unsendable,
} from "matrix-send-to-device";
import { type MatrixError, matrixError } from "../http/matrix-error.js";
import { authenticate } from "./authenticate.js";
import type { Host } from "./host.js";
import { deliverLocally } from "./local-delivery.js";

type Path = { readonly eventType: string; readonly txnId: string };

export function sendToDeviceApi(app: FastifyInstance, host: Host): void {
  const pack = packEdus({ messageId: randomMessageId });

  app.put<{ Params: Path }>(
    "/_matrix/client/v3/sendToDevice/:eventType/:txnId",
    async (request) => {
      const device = authenticate(request, host);
      const { eventType: type, txnId } = request.params;
      // A repetition gets the first answer, whatever its body is now.
      if (host.store.idempotence.hasRequest(device, type, txnId)) return {};
      const body = SendToDeviceBody.decode(request.body);
      if (body._tag === "Left") {
        throw matrixError(400, "M_BAD_JSON", explain(body.left).join("; "));
      }
      const parts = [...splitByDestination(requestOf({ sender: device.userId, type })(body.right))];
      // The local part is packed too: whether a request is accepted does not depend on where its recipients are.
      const packed = parts.map(([destination, part]) => ({ destination, part, ...pack(part) }));
      // One thing that cannot be sent refuses the request as a whole: nothing is half sent.
      const [unsendable] = packed.flatMap(({ left }) => left);
      if (unsendable !== undefined) throw refusalOf(unsendable);

      host.store.atomically(() => {
        if (!host.store.idempotence.isNewRequest(device, type, txnId)) return;
        for (const { destination, part, right: edus } of packed) {
          if (destination === host.serverName) deliverLocally(host, part);
          else sendRemotely(host, destination, edus);
        }
      });
      return {};
    },
  );
}

/** Leaves EDUs to the sender, within an SQL transaction of the caller. */
function sendRemotely(
  { store, sender }: Host,
  destination: ServerName,
  edus: ReadonlyArray<DirectToDeviceEdu>,
): void {
  store.outbox.append(destination, edus);
  // It reads the outbox after this turn, so after the SQL transaction.
  sender.wake(destination);
}

/** No two are alike, also after a restart: 24 bytes as 32 characters, which is the most that there may be. */
function randomMessageId(): string {
  return randomBytes(24).toString("base64url");
}

function refusalOf(unsendable: Unsendable): MatrixError {
  switch (unsendable._tag) {
    case "TooLarge": {
      const { userId, bytes } = unsendable;
      return matrixError(413, "M_TOO_LARGE", `An EDU with what ${userId} gets has ${bytes} bytes`);
    }
    case "NotCanonicalJson":
      return matrixError(400, "M_BAD_JSON", unsendable.reason.line);
  }
}
