/**
 * Appservices: to-device events for their users do not wait for a `/sync`. The homeserver pushes them.
 *
 * @see {@link https://spec.matrix.org/v1.19/application-service-api/#pushing-events}
 * @see {@link https://github.com/matrix-org/matrix-spec-proposals/pull/4203}
 */
import type { UserId } from "matrix-send-to-device";
import { appserviceTransaction } from "matrix-send-to-device/text";
import { type Outcome, outcomeOf, type Send } from "./queues.js";

export type Appservice = {
  readonly id: string;
  /** The base URL of the appservice. */
  readonly url: string;
  /** The token with which this server authenticates (`hs_token`). */
  readonly hsToken: string;
  /** Whether a user of this server is in the appservice's namespace. */
  readonly isUser: (userId: UserId) => boolean;
};

const requestTimeoutMs = 60_000;

/** The name of its queue. A space cannot occur in a server name. */
export function queueOf({ id }: Appservice): string {
  return `appservice ${id}`;
}

/** Sends to-device events to an appservice, as one transaction. */
export function sendToAppservice({ url, hsToken }: Appservice, fetch: Fetch): Send {
  return async ({ txnId, items }, signal): Promise<Outcome> => {
    const response = await fetch(`${url}/_matrix/app/v1/transactions/${txnId}`, {
      method: "PUT",
      headers: { "content-type": "application/json", authorization: `Bearer ${hsToken}` },
      body: toTransaction(items.map(({ text }) => text)),
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    return outcomeOf(response);
  };
}

const toTransaction = appserviceTransaction();

type Fetch = typeof globalThis.fetch;
