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

/** Who wants to know what did not get through: a log, a counter. */
export type Observer = {
  readonly rejected?: (origin: ServerName, rejection: Rejection) => void;
  /** The event of an `Undeliverable` holds keys: it belongs into no log. */
  readonly undeliverable?: (undeliverable: Undeliverable) => void;
};
