/** Finds the public keys for a query of a client or another server, and writes the response. */
import type { DeviceId, UserId } from "matrix-send-to-device";
import type { JsonText } from "matrix-send-to-device/text";
import {
  entriesOf,
  type Leaf,
  leavesOf,
  membersOf,
  objectOf,
  objectOfLeaves,
  toCanonicalJson,
} from "./json-members.js";
import type { KeyKind, KeySignature, PublishedKey } from "./store/keys.js";
import type { Store } from "./store/store.js";

/** The queried devices by user. An empty list stands for all devices. */
export type WantedKeys = ReadonlyMap<UserId, ReadonlyArray<string>>;

/** The members of a response that hold one key per user. */
const userMembers = {
  master: "master_keys",
  self_signing: "self_signing_keys",
  user_signing: "user_signing_keys",
} as const;

/** The published keys of this server's users. */
export async function ownKeys({ keys }: Store, wanted: WantedKeys) {
  const published = await keys.publishedBy([...wanted.keys()]);
  const chosen = published.filter(({ userId, kind, deviceId }) => {
    const devices = wanted.get(userId) ?? [];
    return kind !== "device" || devices.length === 0 || devices.includes(deviceId);
  });
  return chosen.map((key) =>
    key.kind === "device" ? { ...key, key: withUnsigned(key.key) } : key,
  );
}

/**
 * Adds an empty `unsigned` if it is missing. Dendrite 0.15.2 sends `"unsigned":null` instead, and clients on the
 * Rust SDK reject such keys. No signature covers it.
 */
function withUnsigned(key: JsonText): JsonText {
  const members = new Map(entriesOf(key));
  return members.has("unsigned") ? key : objectOf(members.set("unsigned", toCanonicalJson({})));
}

/** The keys in the response of another server. Keys of users outside the query are skipped. */
export function keysInAnswer(answer: JsonText, wanted: WantedKeys): Array<PublishedKey> {
  const members = membersOf(answer);
  const isWanted = (userId: string): userId is UserId => wanted.has(userId as UserId);
  const found: Array<PublishedKey> = [];
  const add = (userId: string, kind: KeyKind, deviceId: string, key: JsonText) => {
    if (!isWanted(userId) || membersOf(key) === undefined) return;
    // Every string is a valid device ID.
    found.push({ userId, kind, deviceId: deviceId as DeviceId, key });
  };
  for (const [[userId, deviceId], key] of leavesOf(members?.get("device_keys"))) {
    add(userId, "device", deviceId, key);
  }
  for (const kind of ["master", "self_signing"] as const) {
    for (const [userId, key] of entriesOf(members?.get(userMembers[kind]))) {
      add(userId, kind, "", key);
    }
  }
  return found;
}

/** Adds to each key its signatures. */
export function withSignatures(
  keys: ReadonlyArray<PublishedKey>,
  signatures: ReadonlyArray<KeySignature>,
): ReadonlyArray<PublishedKey> {
  return keys.map((key) => {
    const names = namesOf(key);
    const own = signatures.filter(({ userId, name }) => userId === key.userId && names.has(name));
    return { ...key, key: own.reduce(withSignature, key.key) };
  });
}

function withSignature(key: JsonText, { signer, signatures }: KeySignature): JsonText {
  const members = new Map(entriesOf(key));
  const all = new Map(entriesOf(members.get("signatures")));
  const ofSigner = new Map([...entriesOf(all.get(signer)), ...entriesOf(signatures)]);
  return objectOf(members.set("signatures", objectOf(all.set(signer, objectOf(ofSigner)))));
}

/** The names of a key in uploaded signatures: the device ID, or the public key in Base64. */
function namesOf({ kind, deviceId, key }: PublishedKey): ReadonlySet<string> {
  if (kind === "device") return new Set([deviceId]);
  const values = entriesOf(membersOf(key)?.get("keys")).map(([, value]) => JSON.parse(value));
  return new Set(values);
}

/** The response with these keys. */
export function answerOf(
  keys: ReadonlyArray<PublishedKey>,
  others: ReadonlyArray<Leaf<ReadonlyArray<string>>> = [],
): JsonText {
  const leaves = keys.map(
    ({ userId, kind, deviceId, key }): Leaf<ReadonlyArray<string>> => [
      kind === "device" ? ["device_keys", userId, deviceId] : [userMembers[kind], userId],
      key,
    ],
  );
  return objectOfLeaves(["device_keys"], [...leaves, ...others]);
}
