/** The last step of both pipelines: from a message to the inboxes of this server's devices. */
import { deliver, recipients, type SendToDeviceRequest } from "matrix-send-to-device";
import type { Host } from "./host.js";

/**
 * Delivers a message whose recipients are all of this server, within an SQL transaction of the caller.
 *
 * A message that was received must be delivered before it is stored: as JSON it would lose its `excludedDevices`.
 */
export function deliverLocally({ store, arrivals, observer }: Host, message: SendToDeviceRequest) {
  const devices = store.devices.of(recipients(message));
  const { left, right } = deliver(devices)(message);
  store.inbox.append(right);
  // Who waits there reads the inbox after this turn, so after the SQL transaction.
  arrivals.announce(right);
  for (const undeliverable of left) observer.undeliverable?.(undeliverable);
}
