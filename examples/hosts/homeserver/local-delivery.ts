/** The last step of both pipelines: delivers messages to the inboxes of this server's devices. */
import type { UserId } from "matrix-send-to-device";
import {
  deliver,
  type JsonText,
  type Message,
  recipients,
  toAppserviceEvent,
} from "matrix-send-to-device/text";
import { queueOf } from "./appservices.js";
import type { Host } from "./host.js";
import type { Arrival } from "./store/inbox.js";
import type { TransactionSql } from "./store/sql.js";

/**
 * Delivers messages for users of this server, in order, within an SQL transaction of the caller. Returns
 * the events for appservices, which go to their queues.
 *
 * Deliver a received message before storing it: its JSON does not contain `excludedDevices`.
 */
export async function deliverLocally(
  { store, appservices, observer }: Host,
  sql: TransactionSql,
  messages: ReadonlyArray<Message>,
): Promise<Map<string, Array<JsonText>>> {
  const users = new Set<UserId>(messages.flatMap((message) => recipients(message)));
  // One query for all recipients. It also locks their inboxes.
  const devices = await store.devices.lock(sql, users);
  const arrivals: Array<Arrival> = [];
  const queues = new Map<string, Array<JsonText>>();
  for (const message of messages) {
    const { left, right } = deliver(devices)(message);
    for (const delivery of right) {
      const appservice = appservices.find(({ isUser }) => isUser(delivery.userId));
      if (appservice === undefined) arrivals.push(delivery);
      else append(queues, queueOf(appservice), toAppserviceEvent(delivery));
    }
    for (const undeliverable of left) observer.undeliverable?.(undeliverable);
  }
  await store.inbox.append(sql, arrivals);
  return queues;
}

/** Appends an item to the list of a name. */
export function append<A>(lists: Map<string, Array<A>>, name: string, ...items: Array<A>): void {
  const list = lists.get(name) ?? [];
  list.push(...items);
  lists.set(name, list);
}
