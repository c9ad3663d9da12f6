/**
 * Empties the queues of the outbox, one transaction at a time. Each is retried until its destination accepts it.
 *
 * Any number of processes may share a database. The process that holds a queue's lease empties it.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Observer } from "./host.js";
import { type Batch, maxItems } from "./store/outbox.js";
import type { Store } from "./store/store.js";

export type Queues = ReturnType<typeof createQueues>;

/** Sends one transaction. It may throw if there is no response. */
export type Send = (batch: Batch, signal: AbortSignal) => Promise<Outcome>;

/** The response of a destination. */
export type Outcome =
  | { readonly _tag: "Accepted" }
  /** The transaction is too large. A smaller one may be accepted. */
  | { readonly _tag: "TooLarge" }
  /** The status indicates that a retry would fail too. */
  | { readonly _tag: "Refused"; readonly status: number }
  /** The status does not indicate whether a retry would fail. */
  | { readonly _tag: "Failed"; readonly status: number }
  /** No response, or a request to wait. */
  | { readonly _tag: "Later"; readonly afterMs: number | undefined };

export type QueuesOptions = {
  readonly store: Store;
  readonly observer: Observer;
  /** How to send the items of a queue. */
  readonly senderOf: (queue: string) => Send;
  /** The delay after the first failure. It doubles after each further failure. */
  readonly retryMs: number;
};

const maxRetryMs = 3_600_000;
/** How often a process looks for queues without a lease: their process may have been killed. */
const sweepMs = 2000;

/** After this many consecutive failures, a smaller transaction is tried. */
const suspectAfter = 3;

/** How many items after a rejected one are tried, to find out whether the destination rejects everything. */
const maxProbes = 8;

export function createQueues({ store, observer, senderOf, retryMs }: QueuesOptions) {
  const { outbox } = store;
  const stop = new AbortController();
  const running = new Map<string, Run>();

  function wake(queue: string): void {
    if (stop.signal.aborted) return;
    const run = running.get(queue);
    if (run === undefined) {
      const started: Run = { isAsked: true, ended: Promise.resolve() };
      running.set(queue, started);
      started.ended = runAsAsked(queue, started);
    } else {
      run.isAsked = true;
    }
  }

  async function wakeAll(): Promise<void> {
    // If the database does not respond, the next sweep retries.
    for (const queue of await outbox.queues().catch(() => [])) wake(queue);
  }

  async function runAsAsked(queue: string, run: Run): Promise<void> {
    try {
      while (run.isAsked && !stop.signal.aborted) {
        run.isAsked = false;
        await emptyUnderLease(queue);
      }
    } catch (error) {
      // The database does not respond. Nothing is lost: the next sweep retries.
      observer.failed?.(queue, error);
    } finally {
      // Runs synchronously after the last check of `isAsked`.
      running.delete(queue);
    }
  }

  async function emptyUnderLease(queue: string): Promise<void> {
    const lease = await store.database.lease(`queue ${queue}`);
    if (lease === undefined) return;
    try {
      await empty(queue, AbortSignal.any([stop.signal, lease.signal]));
    } finally {
      await lease.release();
    }
  }

  async function empty(queue: string, signal: AbortSignal): Promise<void> {
    let size = maxItems;
    let failures = 0;
    let pause = retryMs;
    for (;;) {
      const batch = await outbox.next(queue, size);
      if (batch === undefined || signal.aborted) return;
      const isSingle = batch.items.length === 1;
      const half = Math.ceil(batch.items.length / 2);
      const outcome = await attempt(queue, batch, signal);
      if (signal.aborted && outcome._tag !== "Accepted") return;

      if (outcome._tag === "Accepted") {
        await outbox.remove(queue, batch);
        // One failure is enough while searching for the rejected item.
        failures = size < maxItems ? suspectAfter - 1 : 0;
        size = Math.min(maxItems, size * 2);
        pause = retryMs;
        continue;
      }
      if (outcome._tag === "TooLarge") {
        if (isSingle) await setAside(queue, batch, "413");
        else size = half;
        continue;
      }
      if (outcome._tag !== "Later") {
        failures = outcome._tag === "Refused" ? suspectAfter : failures + 1;
        if (failures >= suspectAfter) {
          if (!isSingle) {
            size = half;
            continue;
          }
          if (await acceptsAnother(queue, batch, signal)) {
            // The destination may have recovered only now.
            const again = await attempt(queue, batch, signal);
            if (again._tag === "Accepted") await outbox.remove(queue, batch);
            else if (again._tag === "Refused" || again._tag === "Failed") {
              await setAside(queue, batch, String(again.status));
            }
            continue;
          }
        }
      }
      const afterMs = outcome._tag === "Later" ? outcome.afterMs : undefined;
      await wait(Math.min(afterMs ?? pause, maxRetryMs), undefined, { signal }).catch(
        () => undefined,
      );
      pause = Math.min(pause * 2, maxRetryMs);
    }
  }

  async function attempt(queue: string, batch: Batch, signal: AbortSignal): Promise<Outcome> {
    try {
      return await senderOf(queue)(batch, signal);
    } catch {
      return { _tag: "Later", afterMs: undefined };
    }
  }

  /**
   * Whether the destination accepts an item after the rejected one. If not, it may be rejecting everything for a
   * while, and its queue must not be set aside.
   */
  async function acceptsAnother(
    queue: string,
    refused: Batch,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const assign of await outbox.behind(queue, refused, maxProbes)) {
      const batch = await assign();
      const outcome = await attempt(queue, batch, signal);
      if (outcome._tag === "Later") return false;
      if (outcome._tag === "Accepted") {
        await outbox.remove(queue, batch);
        return true;
      }
    }
    return false;
  }

  async function setAside(queue: string, batch: Batch, status: string): Promise<void> {
    const reason = `answered ${status}`;
    await outbox.setAside(queue, batch, reason);
    observer.setAside?.(queue, reason);
  }

  const sweep = setInterval(() => void wakeAll(), sweepMs).unref();

  return {
    /** Wakes a queue that may have items. */
    wake,

    /** Wakes all queues. */
    wakeAll,

    /** Resolves when this process has nothing left to send. */
    idle: async (): Promise<void> => {
      while (running.size > 0) await Promise.all([...running.values()].map(({ ended }) => ended));
    },

    close: async (): Promise<void> => {
      clearInterval(sweep);
      stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** One process emptying one queue. */
type Run = {
  /** Whether items may have been added since the last check. */
  isAsked: boolean;
  ended: Promise<void>;
};

/** Classifies a response. A 200 counts only if its body is a JSON object, so that a proxy's page does not. */
export async function outcomeOf(response: Response): Promise<Outcome> {
  const { status, headers } = response;
  const body = objectOf(await response.text());
  if (status === 200) {
    return body === undefined ? { _tag: "Later", afterMs: undefined } : { _tag: "Accepted" };
  }
  if (status === 413) return { _tag: "TooLarge" };
  // A 401 can mean that the destination could not fetch the keys of this server right now.
  if (status === 429 || status === 401) {
    return { _tag: "Later", afterMs: retryAfterMs(headers, body) };
  }
  const isClientError = status >= 400 && status < 500;
  return isClientError ? { _tag: "Refused", status } : { _tag: "Failed", status };
}

function objectOf(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** How long to wait. The header has seconds or a date; bodies of older versions have milliseconds. */
function retryAfterMs(
  headers: Headers,
  body: { readonly [name: string]: unknown } | undefined,
): number | undefined {
  const header = headers.get("retry-after");
  if (header !== null) {
    const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  const ms = body?.retry_after_ms;
  return typeof ms === "number" && ms >= 0 ? ms : undefined;
}
