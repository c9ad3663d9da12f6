/**
 * The public keys of other servers, fetched from each and remembered.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#publishing-keys}
 */
import * as t from "io-ts";
import type { ServerName } from "matrix-send-to-device";
import { canonicalJson, parse } from "matrix-send-to-device/text";
import { isSignedBy } from "./signed-json.js";
import { type VerifyKey, verifyKeyOf } from "./signing-key.js";

export type KeyRing = ReturnType<typeof createKeyRing>;

export type KeyRingOptions = {
  readonly addressOf: (server: ServerName) => string;
  readonly fetch: typeof fetch;
  /** The time in milliseconds. @default Date.now */
  readonly now?: () => number;
};

export type FoundKey =
  | { readonly _tag: "Found"; readonly verifyKey: VerifyKey }
  | { readonly _tag: "UnknownKey" }
  | { readonly _tag: "KeyUnavailable" };

/** The keys by their IDs. */
type Keys = ReadonlyMap<string, VerifyKey>;

/** What is remembered of a server. Without keys: the last attempt to fetch them has failed. */
type Entry = {
  readonly keys: Keys | undefined;
  readonly validUntil: number;
  /** From then on, the server is asked again for a key ID that it has not published. */
  readonly askAgainAt: number;
};

/** The specification's limit, whatever a key document says. */
const maxValidityMs = 7 * 24 * 3_600_000;

/** A new key is found at once, but unknown key IDs cause at most one request in this time. */
const unknownKeyMs = 60_000;

/** Before that, a server that did not answer is not asked again. */
const unavailableMs = 5_000;

const requestTimeoutMs = 10_000;

/** Real key documents have about 500 bytes. */
const maxDocumentBytes = 65_536;

/** Anybody can name any server, so memory must have a limit. */
const maxServers = 10_000;

export function createKeyRing({ addressOf, fetch, now = Date.now }: KeyRingOptions) {
  const entries = new Map<ServerName, Entry>();
  const fetching = new Map<ServerName, Promise<Entry>>();
  const stop = new AbortController();

  /** The remembered entry, if it still answers for this key ID. */
  function remembered(server: ServerName, keyId: string): Entry | undefined {
    const entry = entries.get(server);
    if (entry === undefined || entry.validUntil <= now()) return undefined;
    return entry.keys?.has(keyId) === false && entry.askAgainAt <= now() ? undefined : entry;
  }

  function fetchEntry(server: ServerName): Promise<Entry> {
    const running = fetching.get(server);
    if (running !== undefined) return running;
    const started = fetchDocument(server)
      .catch(() => undefined)
      .then((document) => remember(server, document))
      .finally(() => fetching.delete(server));
    fetching.set(server, started);
    return started;
  }

  function remember(server: ServerName, document: KeyDocument | undefined): Entry {
    const time = now();
    const known = entries.get(server);
    // The keys are still valid: the server was asked for a key ID that is not among them.
    const isAskedAgain = known?.keys !== undefined && known.validUntil > time;
    const failed = isAskedAgain ? known : { keys: undefined, validUntil: time + unavailableMs };
    const askAgainAt = isAskedAgain ? time + unknownKeyMs : time;
    const entry = { ...(document ?? failed), askAgainAt };
    // The last one in the order of the map is the newest.
    entries.delete(server);
    entries.set(server, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= maxServers) break;
      entries.delete(oldest);
    }
    return entry;
  }

  async function fetchDocument(server: ServerName): Promise<KeyDocument | undefined> {
    const response = await fetch(`${addressOf(server)}/_matrix/key/v2/server`, {
      redirect: "manual",
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    const text = await textOf(response);
    return response.ok && text !== undefined ? readDocument(server, text, now()) : undefined;
  }

  return {
    find: async (server: ServerName, keyId: string): Promise<FoundKey> => {
      const { keys } = remembered(server, keyId) ?? (await fetchEntry(server));
      if (keys === undefined) return { _tag: "KeyUnavailable" };
      const verifyKey = keys.get(keyId);
      return verifyKey === undefined ? { _tag: "UnknownKey" } : { _tag: "Found", verifyKey };
    },

    /** Ends the requests that are under way. */
    close: (): void => stop.abort(),
  };
}

type KeyDocument = { readonly keys: Keys; readonly validUntil: number };

const KeyDocumentBody = t.type({
  server_name: t.string,
  valid_until_ts: t.number,
  verify_keys: t.record(t.string, t.type({ key: t.string })),
});

/** The keys of a document that its server has signed with one of them; `undefined` if it is not valid. */
function readDocument(server: ServerName, text: string, now: number): KeyDocument | undefined {
  const canonical = canonicalJson({ numbers: "asWritten" })(text);
  if (canonical._tag === "Left") return undefined;
  const body = KeyDocumentBody.decode(parse(canonical.right));
  if (body._tag === "Left") return undefined;
  const { server_name, valid_until_ts, verify_keys } = body.right;
  if (server_name !== server || valid_until_ts <= now) return undefined;
  const keys = new Map<string, VerifyKey>();
  for (const [keyId, { key }] of Object.entries(verify_keys)) {
    const verifyKey = keyId.startsWith("ed25519:") ? verifyKeyOf(key) : undefined;
    if (verifyKey !== undefined) keys.set(keyId, verifyKey);
  }
  const isSigned = [...keys].some(([keyId, verifyKey]) =>
    isSignedBy({ name: server, keyId, verifyKey }, canonical.right),
  );
  return isSigned ? { keys, validUntil: Math.min(valid_until_ts, now + maxValidityMs) } : undefined;
}

/** The body as text; `undefined` if it is too large. Throws if it is not UTF-8. */
async function textOf({ body }: Response): Promise<string | undefined> {
  const chunks: Array<Uint8Array> = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the response.
    if (bytes > maxDocumentBytes) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}
