/**
 * The endpoints where clients publish keys, and query and claim the keys of users on any server.
 *
 * The server does not verify client signatures. Clients verify them, because they do not trust servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#key-management-api}
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as t from "io-ts";
import {
  type DeviceId,
  explain,
  type ServerName,
  serverNameOf,
  UserId,
} from "matrix-send-to-device";
import { canonicalJson, type JsonText, parse } from "matrix-send-to-device/text";
import { bodyText } from "../http/body.js";
import { matrixError } from "../http/matrix-error.js";
import { authenticate } from "./authenticate.js";
import { canonicalText } from "./federation-api.js";
import type { Host } from "./host.js";
import {
  entriesOf,
  type Leaf,
  leavesOf,
  membersOf,
  objectOfLeaves,
  toCanonicalJson,
} from "./json-members.js";
import {
  answerOf,
  keysInAnswer,
  ownKeys,
  type WantedKeys,
  withSignatures,
} from "./published-keys.js";
import type { Claim, KeyKind, OneTimeKey, PublishedKey } from "./store/keys.js";

/** An object whose members are not checked here. */
const AnyObject = t.record(t.string, t.unknown);

const Upload = t.partial({
  device_keys: t.type({ user_id: t.string, device_id: t.string }),
  one_time_keys: AnyObject,
  fallback_keys: AnyObject,
});

const SigningKeysUpload = t.partial({
  master_key: AnyObject,
  self_signing_key: AnyObject,
  user_signing_key: AnyObject,
});

const SignaturesUpload = t.record(t.string, t.record(t.string, AnyObject));

export const KeysQuery = t.type({ device_keys: t.record(t.string, t.readonlyArray(t.string)) });
export type KeysQuery = t.TypeOf<typeof KeysQuery>;

export const KeysClaim = t.type({
  one_time_keys: t.record(t.string, t.record(t.string, t.string)),
});
export type KeysClaim = t.TypeOf<typeof KeysClaim>;

const requestTimeoutMs = 10_000;

export function keysApi(app: FastifyInstance, host: Host): void {
  const { store } = host;

  app.post("/_matrix/client/v3/keys/upload", async (request) => {
    const device = await authenticate(request, host);
    const { text, value } = read(Upload, request);
    const { device_keys: deviceKeys } = value;
    const members = membersOf(text);
    const key = members?.get("device_keys");
    if (deviceKeys !== undefined && key !== undefined) {
      if (deviceKeys.user_id !== device.userId || deviceKeys.device_id !== device.deviceId) {
        throw matrixError(400, "M_INVALID_PARAM", "The keys belong to another device");
      }
      await store.keys.publish([{ ...device, kind: "device", key }]);
    }
    const oneTime = (name: string, isFallback: boolean): Array<OneTimeKey> =>
      entriesOf(members?.get(name)).map(([keyId, key]) => ({ keyId, key, isFallback }));
    await store.keys.offer(device, [
      ...oneTime("one_time_keys", false),
      ...oneTime("fallback_keys", true),
    ]);
    return { one_time_key_counts: await store.keys.counts(device) };
  });

  // The specification requires a password here.
  app.post("/_matrix/client/v3/keys/device_signing/upload", async (request) => {
    const { userId } = await authenticate(request, host);
    const members = membersOf(read(SigningKeysUpload, request).text);
    const kinds: ReadonlyArray<KeyKind> = ["master", "self_signing", "user_signing"];
    const keys = kinds.flatMap((kind): Array<PublishedKey> => {
      const key = members?.get(`${kind}_key`);
      return key === undefined ? [] : [{ userId, kind, deviceId: "" as DeviceId, key }];
    });
    await store.keys.publish(keys);
    return {};
  });

  app.post("/_matrix/client/v3/keys/signatures/upload", async (request) => {
    const { userId: signer } = await authenticate(request, host);
    const { text } = read(SignaturesUpload, request);
    const signatures = leavesOf(text).flatMap(([[userId, name], key]) => {
      const own = entriesOf(membersOf(key)?.get("signatures")).find(([name]) => name === signer);
      return own !== undefined && UserId.is(userId)
        ? [{ signer, userId, name, signatures: own[1] }]
        : [];
    });
    await store.keys.sign(signatures);
    return { failures: {} };
  });

  app.post("/_matrix/client/v3/keys/query", async (request, reply) => {
    const { userId: requester } = await authenticate(request, host);
    const wanted = wantedKeys(read(KeysQuery, request).value);
    const failures: Array<Leaf<ReadonlyArray<string>>> = [];
    const keys = await Promise.all(
      byServer(wanted, ([userId]) => userId).map(async ([server, part]) => {
        const wantedThere = new Map(part);
        if (server === host.serverName) return ownKeys(store, wantedThere);
        const body = toCanonicalJson({ device_keys: Object.fromEntries(part) });
        const answer = await ask(host, server, "query", body);
        if (answer === undefined) failures.push([["failures", server], toCanonicalJson({})]);
        return answer === undefined ? [] : keysInAnswer(answer, wantedThere);
      }),
    );
    // Only the user may see which users they have verified.
    const visible = keys
      .flat()
      .filter(({ userId, kind }) => kind !== "user_signing" || userId === requester);
    const signatures = (await store.keys.signaturesOf([...wanted.keys()])).filter(
      ({ signer, userId }) => signer === requester || signer === userId,
    );
    return json(reply, answerOf(withSignatures(visible, signatures), failures));
  });

  app.post("/_matrix/client/v3/keys/claim", async (request, reply) => {
    await authenticate(request, host);
    const claims = wantedClaims(read(KeysClaim, request).value);
    const leaves = await Promise.all(
      byServer(claims, ({ userId }) => userId).map(([server, part]) =>
        server === host.serverName ? claimOwn(host, part) : claimThere(host, server, part),
      ),
    );
    return json(reply, objectOfLeaves(["one_time_keys"], leaves.flat()));
  });
}

/** Reads a body, as canonical JSON and as a value. */
function read<A>(codec: t.Decoder<unknown, A>, request: FastifyRequest) {
  const text = canonicalText(bodyText(request));
  return { text, value: decoded(codec, text) };
}

export function decoded<A>(codec: t.Decoder<unknown, A>, text: JsonText): A {
  const value = codec.decode(parse(text));
  if (value._tag === "Left") throw matrixError(400, "M_BAD_JSON", explain(value.left).join("; "));
  return value.right;
}

export function json(reply: FastifyReply, text: JsonText): FastifyReply {
  return reply.type("application/json").send(text);
}

/** The users of a request. Invalid user IDs are skipped: they have no keys. */
export function wantedKeys({ device_keys }: KeysQuery): WantedKeys {
  return new Map(
    Object.entries(device_keys).flatMap(([userId, devices]) =>
      UserId.is(userId) ? [[userId, devices] as const] : [],
    ),
  );
}

export function wantedClaims({ one_time_keys }: KeysClaim): Array<Claim> {
  return Object.entries(one_time_keys).flatMap(([userId, devices]) =>
    UserId.is(userId)
      ? Object.entries(devices).map(
          // Every string is a valid device ID.
          ([deviceId, algorithm]) => ({ userId, deviceId: deviceId as DeviceId, algorithm }),
        )
      : [],
  );
}

/** Claims keys of this server's devices. Returns the leaves of the response. */
export async function claimOwn(
  { store }: Host,
  claims: ReadonlyArray<Claim>,
): Promise<Array<Leaf<ReadonlyArray<string>>>> {
  const claimed = await store.keys.claim(claims);
  return claimed.map(({ userId, deviceId, keyId, key }) => [
    ["one_time_keys", userId, deviceId, keyId],
    key,
  ]);
}

/** Claims keys of devices of another server. */
async function claimThere(
  host: Host,
  server: ServerName,
  claims: ReadonlyArray<Claim>,
): Promise<Array<Leaf<ReadonlyArray<string>>>> {
  const wanted = objectOfLeaves(
    ["one_time_keys"],
    claims.map(({ userId, deviceId, algorithm }) => [
      ["one_time_keys", userId, deviceId],
      toCanonicalJson(algorithm),
    ]),
  );
  const answer = await ask(host, server, "claim", wanted);
  if (answer === undefined) return [[["failures", server], toCanonicalJson({})]];
  // A server must not return keys of another server's devices.
  const isWanted = (user: string, device: string) =>
    claims.some(({ userId, deviceId }) => userId === user && deviceId === device);
  return leavesOf(membersOf(answer)?.get("one_time_keys")).flatMap(([[userId, deviceId], keys]) =>
    isWanted(userId, deviceId) ? [[["one_time_keys", userId, deviceId], keys]] : [],
  );
}

/** Sends a request for keys. Returns `undefined` without a valid response. */
async function ask(
  { client }: Host,
  destination: ServerName,
  what: "query" | "claim",
  content: JsonText,
): Promise<JsonText | undefined> {
  try {
    const response = await client.request({
      destination,
      method: "POST",
      uri: `/_matrix/federation/v1/user/keys/${what}`,
      content,
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const answer = canonicalJson({ numbers: "asWritten" })(await response.text());
    return response.ok && answer._tag === "Right" ? answer.right : undefined;
  } catch {
    return undefined;
  }
}

/** Groups entries by the server of their user. */
function byServer<A>(
  entries: Iterable<A>,
  userOf: (entry: A) => UserId,
): Array<[ServerName, Array<A>]> {
  const parts = new Map<ServerName, Array<A>>();
  for (const entry of entries) {
    const server = serverNameOf(userOf(entry));
    parts.set(server, [...(parts.get(server) ?? []), entry]);
  }
  return [...parts];
}
