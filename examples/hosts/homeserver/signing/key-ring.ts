/**
 * Fetches and caches the public keys of other servers.
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

/** What is cached for a server. */
type Entry =
  | {
      readonly _tag: "Known";
      readonly keys: Keys;
      readonly validUntil: number;
      /** From this time on, an unknown key ID causes another request. */
      readonly askAgainAt: number;
    }
  /** The last request failed. */
  | { readonly _tag: "Unavailable"; readonly validUntil: number };

/** The longest validity that the specification allows. */
const maxValidityMs = 7 * 24 * 3_600_000;

/** The first unknown key ID causes a request at once, because the key may be new; then one request in this time. */
const unknownKeyMs = 60_000;

/** How long a failed request is cached. */
const unavailableMs = 5_000;

const requestTimeoutMs = 10_000;

/** Real key documents have about 500 bytes. */
const maxDocumentBytes = 65_536;

/** A header can claim any origin, so the cache must be bounded. */
const maxServers = 10_000;

export function createKeyRing({ addressOf, fetch, now = Date.now }: KeyRingOptions) {
  const entries = new Map<ServerName, Entry>();
  const fetching = new Map<ServerName, Promise<Entry>>();
  const stop = new AbortController();

  /** The cached entry, unless a request is needed for this key ID. */
  function cached(server: ServerName, keyId: string): Entry | undefined {
    const entry = entries.get(server);
    if (entry === undefined || entry.validUntil <= now()) return undefined;
    const mayBeNew = entry._tag === "Known" && !entry.keys.has(keyId) && entry.askAgainAt <= now();
    return mayBeNew ? undefined : entry;
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
    const entry = entryAfter(entries.get(server), document, now());
    // Maps keep the order of insertion: the first entry is the oldest.
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
      const entry = cached(server, keyId) ?? (await fetchEntry(server));
      if (entry._tag === "Unavailable") return { _tag: "KeyUnavailable" };
      const verifyKey = entry.keys.get(keyId);
      return verifyKey === undefined ? { _tag: "UnknownKey" } : { _tag: "Found", verifyKey };
    },

    /** Aborts the requests in flight. */
    close: (): void => stop.abort(),
  };
}

/** The entry after a request, which has failed if there is no document. */
function entryAfter(
  known: Entry | undefined,
  document: KeyDocument | undefined,
  time: number,
): Entry {
  if (known?._tag === "Known" && known.validUntil > time) {
    // The cached keys are still valid: an unknown key ID caused this request.
    return { ...known, ...document, askAgainAt: time + unknownKeyMs };
  }
  return document === undefined
    ? { _tag: "Unavailable", validUntil: time + unavailableMs }
    : { _tag: "Known", ...document, askAgainAt: time };
}

type KeyDocument = { readonly keys: Keys; readonly validUntil: number };

const KeyDocumentBody = t.type({
  server_name: t.string,
  valid_until_ts: t.number,
  verify_keys: t.record(t.string, t.type({ key: t.string })),
});

/** The keys of a document; `undefined` unless it is valid and its server has signed it with one of them. */
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
