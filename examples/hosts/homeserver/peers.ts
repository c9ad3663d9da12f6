/** Resolves server names, and sends requests to other servers. */
import type { ServerName } from "matrix-send-to-device";
import { Agent, fetch as undiciFetch } from "undici";

export type Peers = ReturnType<typeof createPeers>;

export type PeersOptions = {
  /** The base URLs of other servers; several for a server of several processes. */
  readonly peers: ReadonlyMap<string, ReadonlyArray<string>>;
  /** The certificates of authorities that `https` servers are checked against, as PEM text; the system's if missing. */
  readonly ca?: string | undefined;
  /** How long a process may take to begin its response before the next one is tried, in milliseconds. @default 10_000 */
  readonly answerMs?: number;
  /** How long an unresponsive process is tried last, in milliseconds. @default 30_000 */
  readonly avoidMs?: number;
};

/** The port of a server name without one (Server-Server API, "Resolving server names", the last step). */
const defaultPort = 8448;

/** The URL names a server, not a process. `fetch` chooses the process, so that a retry reaches another one. */
const scheme = "matrix-server://";

export function createPeers({ peers, ca, answerMs = 10_000, avoidMs = 30_000 }: PeersOptions) {
  const agent = new Agent(ca === undefined ? {} : { connect: { ca } });
  const turns = new Map<string, number>();
  const avoidedUntil = new Map<string, number>();

  /** All addresses of a server in the order in which to try them. */
  function addressesOf(name: string): ReadonlyArray<string> {
    const addresses = peers.get(name) ?? [`https://${withPort(name)}`];
    const turn = turns.get(name) ?? 0;
    turns.set(name, (turn + 1) % addresses.length);
    const round = [...addresses.slice(turn), ...addresses.slice(0, turn)];
    const isAvoided = (address: string) => (avoidedUntil.get(address) ?? 0) > Date.now();
    return [
      ...round.filter((address) => !isAvoided(address)),
      ...round.filter((address) => isAvoided(address)),
    ];
  }

  /** Resolves when the response begins; rejects if that takes too long. */
  async function answerOf(url: string, init: RequestInit): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error("No answer")), answerMs);
    const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal;
    try {
      return await send(url, { ...init, signal });
    } finally {
      clearTimeout(timer);
    }
  }

  async function send(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    // undici implements the platform's classes. Its types differ only in `dispatcher`.
    const options = { ...init, dispatcher: agent } as Parameters<typeof undiciFetch>[1];
    const response: unknown = await undiciFetch(input as string, options);
    return response as Response;
  }

  async function fetchFrom(name: string, path: string, init: RequestInit = {}): Promise<Response> {
    const addresses = addressesOf(name);
    let failure: unknown;
    for (const [index, address] of addresses.entries()) {
      const isLast = index === addresses.length - 1;
      try {
        // The last process has no time limit but the caller's.
        return await (isLast ? send : answerOf)(`${address}${path}`, init);
      } catch (error) {
        if (init.signal?.aborted) throw error;
        failure = error;
        avoidedUntil.set(address, Date.now() + avoidMs);
      }
    }
    throw failure;
  }

  return {
    addressOf: (name: ServerName): string => `${scheme}${name}`,

    fetch: async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      const url = typeof input === "string" && input.startsWith(scheme) ? input : undefined;
      if (url === undefined) return send(input, init);
      const slash = url.indexOf("/", scheme.length);
      return fetchFrom(url.slice(scheme.length, slash), url.slice(slash), init);
    },

    /** Closes the connections. */
    close: (): Promise<void> => agent.close(),
  };
}

function withPort(name: string): string {
  return /:\d+$/.test(name) ? name : `${name}:${defaultPort}`;
}
