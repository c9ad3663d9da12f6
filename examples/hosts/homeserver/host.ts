/** What the endpoints share. */
import type { ServerName } from "matrix-send-to-device";
import type { Rejection, TextUndeliverable } from "matrix-send-to-device/text";
import type { Appservice } from "./appservices.js";
import type { Arrivals } from "./arrivals.js";
import type { FederationClient } from "./federation-client.js";
import type { Queues } from "./queues.js";
import type { KeyRing } from "./signing/key-ring.js";
import type { SigningKey } from "./signing/signing-key.js";
import type { Store } from "./store/store.js";
import type { TurnsByName } from "./turns.js";

export type Host = {
  readonly serverName: ServerName;
  readonly store: Store;
  readonly arrivals: Arrivals;
  readonly queues: Queues;
  readonly appservices: ReadonlyArray<Appservice>;
  readonly observer: Observer;
  /** The maximum size of a sent EDU, in bytes. */
  readonly maxEduBytes: number;
  /** Sends signed requests to other servers. */
  readonly client: FederationClient;
  readonly signingKey: SigningKey;
  /** The keys of other servers. */
  readonly keyRing: KeyRing;
  /** Runs the transactions of each server one at a time. */
  readonly origins: TurnsByName;
};

/** Receives failures to deliver, for a log or a counter. */
export type Observer = {
  /** Log a rejection's `message_id` and lines. */
  readonly rejected?: (origin: ServerName, rejection: Rejection) => void;
  /** The event of an `Undeliverable` contains key material; do not log it. */
  readonly undeliverable?: (undeliverable: TextUndeliverable) => void;
  /** A destination has rejected one item permanently. The item has left the queue. */
  readonly setAside?: (queue: string, reason: string) => void;
  /** A queue stops because the database does not respond. It is retried. */
  readonly failed?: (queue: string, error: unknown) => void;
};
