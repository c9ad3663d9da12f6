/**
 * The endpoints where other servers query and claim the keys of this server's users.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#end-to-end-encryption}
 */
import type { FastifyInstance } from "fastify";
import { isUserOf, UserId } from "matrix-send-to-device";
import { jsonArray } from "matrix-send-to-device/text";
import { bodyText } from "../http/body.js";
import { matrixError } from "../http/matrix-error.js";
import { canonicalText } from "./federation-api.js";
import type { Host } from "./host.js";
import { objectOf, objectOfLeaves, toCanonicalJson } from "./json-members.js";
import {
  claimOwn,
  decoded,
  json,
  KeysClaim,
  KeysQuery,
  wantedClaims,
  wantedKeys,
} from "./keys-api.js";
import { answerOf, ownKeys, type WantedKeys, withSignatures } from "./published-keys.js";
import { authenticateServer } from "./signing/authenticate-server.js";
import type { PublishedKey } from "./store/keys.js";

export function federationKeysApi(app: FastifyInstance, host: Host): void {
  const isLocal = isUserOf(host.serverName);

  app.post("/_matrix/federation/v1/user/keys/query", async (request, reply) => {
    const text = canonicalText(bodyText(request));
    await authenticateServer(host, request, text);
    const value = decoded(KeysQuery, text);
    const wanted = [...wantedKeys(value)].filter(([userId]) => isLocal(userId));
    return json(reply, answerOf(await visibleKeys(host, new Map(wanted))));
  });

  app.post("/_matrix/federation/v1/user/keys/claim", async (request, reply) => {
    const text = canonicalText(bodyText(request));
    await authenticateServer(host, request, text);
    const value = decoded(KeysClaim, text);
    const claims = wantedClaims(value).filter(({ userId }) => isLocal(userId));
    return json(reply, objectOfLeaves(["one_time_keys"], await claimOwn(host, claims)));
  });

  app.get<{ Params: { readonly userId: string } }>(
    "/_matrix/federation/v1/user/devices/:userId",
    async (request, reply) => {
      await authenticateServer(host, request);
      const { userId } = request.params;
      if (!UserId.is(userId) || !isLocal(userId)) {
        throw matrixError(404, "M_NOT_FOUND", "Not a user of this server");
      }
      const keys = await visibleKeys(host, new Map([[userId, []]]));
      const devices = keys
        .filter(({ kind }) => kind === "device")
        .map(({ deviceId, key }) =>
          objectOf([
            ["device_id", toCanonicalJson(deviceId)],
            ["keys", key],
          ]),
        );
      const crossSigning = keys
        .filter(({ kind }) => kind !== "device")
        .map(({ kind, key }) => [`${kind}_key`, key] as const);
      return json(
        reply,
        objectOf([
          ["user_id", toCanonicalJson(userId)],
          // The number of the last device list update. This server sends no updates.
          ["stream_id", toCanonicalJson(0)],
          ["devices", jsonArray(devices)],
          ...crossSigning,
        ]),
      );
    },
  );
}

/** The keys that other servers may see, with the signatures of their own users. */
async function visibleKeys(
  { store }: Host,
  wanted: WantedKeys,
): Promise<ReadonlyArray<PublishedKey>> {
  const keys = await ownKeys(store, wanted);
  const signatures = await store.keys.signaturesOf([...wanted.keys()]);
  return withSignatures(
    keys.filter(({ kind }) => kind !== "user_signing"),
    signatures.filter(({ signer, userId }) => signer === userId),
  );
}
