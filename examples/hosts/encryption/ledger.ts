/** Records what clients have sent to devices and what the devices have received, without the library. */
import { deepStrictEqual } from "node:assert/strict";
import type { Json, ToDeviceEvent } from "matrix-send-to-device";

export type Ledger = ReturnType<typeof createLedger>;

export type Messages = { readonly [userId: string]: { readonly [deviceId: string]: Json } };

/** How many of a type were sent to devices, and received by them. */
export type Count = { sent: number; received: number };

type Event = { readonly type: string; readonly sender: string; readonly content: Json };

export function createLedger() {
  const devices = new Map<string, Set<string>>();
  const due = new Map<string, Array<Event>>();
  const received = new Map<string, Array<Event>>();
  const counts = new Map<string, Count>();

  function count(type: string): Count {
    const known = counts.get(type) ?? { sent: 0, received: 0 };
    counts.set(type, known);
    return known;
  }

  return {
    counts,

    /** A device that `*` reaches from now on. */
    knows: (user: string, device: string): void => {
      devices.set(user, (devices.get(user) ?? new Set()).add(device));
    },

    sends: (sender: string, type: string, messages: Messages): void => {
      for (const [user, contents] of Object.entries(messages)) {
        for (const device of devices.get(user) ?? []) {
          // A device that is named next to `*` gets its own contents.
          const name = Object.hasOwn(contents, device) ? device : "*";
          const content = Object.hasOwn(contents, name) ? contents[name] : undefined;
          if (content === undefined) continue;
          count(type).sent += 1;
          append(due, keyOf(user, device), { type, sender, content });
        }
      }
    },

    receives: (user: string, device: string, events: ReadonlyArray<ToDeviceEvent>): void => {
      for (const event of events) count(event.type).received += 1;
      append(received, keyOf(user, device), ...events);
    },

    /** Throws unless each device has received exactly what was sent to it, in order per sender. */
    check: (): void => {
      for (const key of new Set([...due.keys(), ...received.keys()])) {
        deepStrictEqual(bySender(received.get(key)), bySender(due.get(key)), key);
      }
    },
  };
}

function keyOf(user: string, device: string): string {
  return JSON.stringify([user, device]);
}

function append<A>(lists: Map<string, Array<A>>, key: string, ...items: ReadonlyArray<A>): void {
  lists.set(key, [...(lists.get(key) ?? []), ...items]);
}

function bySender(events: ReadonlyArray<Event> = []): Map<string, Array<Event>> {
  const senders = new Map<string, Array<Event>>();
  for (const event of events) append(senders, event.sender, event);
  return senders;
}
