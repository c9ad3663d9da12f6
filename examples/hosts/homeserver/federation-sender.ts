/**
 * Sends what is in the outbox: one transaction after the other to each destination, each until it is accepted.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { maxTransactionEdus, type ServerName, type Transaction } from "matrix-send-to-device";
import { originStandIn } from "./federation-api.js";
import type { Outbox } from "./store/outbox.js";

export type FederationSender = ReturnType<typeof createFederationSender>;

export type FederationSenderOptions = {
  readonly origin: ServerName;
  readonly outbox: Outbox;
  /** In the place of server discovery: the base URL of a destination. */
  readonly addressOf: (destination: ServerName) => string;
  readonly fetch: typeof fetch;
  /** The wait after a first failure; it doubles with each one that follows. */
  readonly retryMs: number;
};

const maxRetryMs = 3_600_000;
const requestTimeoutMs = 60_000;

export function createFederationSender(options: FederationSenderOptions) {
  const { origin, outbox, addressOf, retryMs } = options;
  const stop = new AbortController();
  const sending = new Map<ServerName, Promise<void>>();

  /** Sends to a destination as long as something waits for it. One run each, so that order is kept. */
  async function drain(destination: ServerName): Promise<void> {
    // Not before `sending` holds this run.
    await null;
    let batch = outbox.first(destination, maxTransactionEdus);
    while (batch !== undefined && (await sendUntilAccepted(destination, batch.edus))) {
      outbox.remove(destination, batch.position);
      batch = outbox.first(destination, maxTransactionEdus);
    }
    // In the same turn as the last look at the outbox, so that nothing can be put there unseen.
    sending.delete(destination);
  }

  /** Repeats one transaction, the same each time, until it is accepted; `false` where the server stops before. */
  async function sendUntilAccepted(
    destination: ServerName,
    edus: Transaction["edus"] = [],
  ): Promise<boolean> {
    const transaction = { origin, origin_server_ts: Date.now(), pdus: [], edus };
    const txnId = randomUUID();
    for (let pause = retryMs; !stop.signal.aborted; pause = Math.min(pause * 2, maxRetryMs)) {
      if (await isAccepted(destination, txnId, transaction)) return true;
      await wait(pause, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    return false;
  }

  async function isAccepted(
    destination: ServerName,
    txnId: string,
    transaction: Transaction,
  ): Promise<boolean> {
    try {
      const url = `${addressOf(destination)}/_matrix/federation/v1/send/${txnId}`;
      const response = await options.fetch(url, {
        method: "PUT",
        headers: { "content-type": "application/json", [originStandIn]: origin },
        body: JSON.stringify(transaction),
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(requestTimeoutMs)]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  return {
    /** Says that there may be something for a destination. */
    wake: (destination: ServerName): void => {
      if (!sending.has(destination)) sending.set(destination, drain(destination));
    },

    /** Ends when nothing waits any more. */
    idle: async (): Promise<void> => {
      while (sending.size > 0) await Promise.all(sending.values());
    },

    close: async (): Promise<void> => {
      stop.abort();
      await Promise.all(sending.values());
    },
  };
}
