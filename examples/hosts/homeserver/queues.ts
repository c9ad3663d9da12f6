/**
 * Empties the queues of the outbox: one transaction after the other, each until its destination accepts it.
 *
 * Any number of processes may run this on one database. Each queue is emptied by the process that holds its lease.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Observer } from "./host.js";
import { type Batch, maxItems } from "./store/outbox.js";
import type { Store } from "./store/store.js";

export type Queues = ReturnType<typeof createQueues>;

/** Sends one transaction. It may throw where there is no answer. */
export type Send = (batch: Batch, signal: AbortSignal) => Promise<Outcome>;

/** What a destination has answered. */
export type Outcome =
  | { readonly _tag: "Accepted" }
  /** Smaller transactions may pass. */
  | { readonly _tag: "TooLarge" }
  /** The answer says that a repetition would be refused too. */
  | { readonly _tag: "Refused"; readonly status: number }
  /** The answer says nothing about a repetition. */
  | { readonly _tag: "Failed"; readonly status: number }
  /** No answer, or a request to wait. */
  | { readonly _tag: "Later"; readonly afterMs: number | undefined };

export type QueuesOptions = {
  readonly store: Store;
  readonly observer: Observer;
  /** How to send what is in a queue. */
  readonly senderOf: (queue: string) => Send;
  /** The wait after a first failure; it doubles with each one that follows. */
  readonly retryMs: number;
};

const maxRetryMs = 3_600_000;
/** How often a process looks for queues that nobody empties: the process that did may have been killed. */
const sweepMs = 2000;

/** After so many failures in a row, a smaller transaction is tried. */
const suspectAfter = 3;

/** So many items behind a refused one are tried, to find out whether the destination refuses everything. */
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
    // If the database does not answer, the next sweep asks again.
    for (const queue of await outbox.queues().catch(() => [])) wake(queue);
  }

  async function runAsAsked(queue: string, run: Run): Promise<void> {
    try {
      while (run.isAsked && !stop.signal.aborted) {
        run.isAsked = false;
        await emptyUnderLease(queue);
      }
    } catch (error) {
      // The database does not answer. Nothing is lost, and the next sweep tries again.
      observer.failed?.(queue, error);
    } finally {
      // In the same turn as the last look at `isAsked`.
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
        // While a refused item is looked for, one failure is enough.
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
            // It may have come back only just now.
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
   * Whether the destination accepts an item behind the one that it refuses. Without that, it may refuse everything for a
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
    /** Says that something may wait in a queue. */
    wake,

    /** The same of all queues. */
    wakeAll,

    /** Ends when this process sends nothing any more. */
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
  /** Whether something may have been put there since the last look. */
  isAsked: boolean;
  ended: Promise<void>;
};

/** Reads an answer. A 200 counts if its body is a JSON object: the page of a proxy is not. */
export async function outcomeOf(response: Response): Promise<Outcome> {
  const { status, headers } = response;
  const body = objectOf(await response.text());
  if (status === 200) {
    return body === undefined ? { _tag: "Later", afterMs: undefined } : { _tag: "Accepted" };
  }
  if (status === 413) return { _tag: "TooLarge" };
  // 401 is about this server: its keys could not be fetched right now.
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

/** How long to wait: in seconds, until a date, or, in a body of older versions, in milliseconds. */
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
