/** What the endpoints share. */
import type { Rejection, ServerName, Undeliverable } from "matrix-send-to-device";
import type { Arrivals } from "./arrivals.js";
import type { FederationSender } from "./federation-sender.js";
import type { Store } from "./store/store.js";

export type Host = {
  readonly serverName: ServerName;
  readonly store: Store;
  readonly arrivals: Arrivals;
  readonly sender: FederationSender;
  readonly observer: Observer;
};

/** Is told what was not delivered, for a log or a counter. Log a rejection's `message_id` and lines. */
export type Observer = {
  readonly rejected?: (origin: ServerName, rejection: Rejection) => void;
  /** The event of an `Undeliverable` contains key material; do not log it. */
  readonly undeliverable?: (undeliverable: Undeliverable) => void;
};
