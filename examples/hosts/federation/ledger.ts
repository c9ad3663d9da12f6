/**
 * What was sent, who must get it, and what became of it: kept by hand, without the library, to hold the library to it.
 */
import { deepStrictEqual, equal } from "node:assert/strict";
import type { ToDeviceEvent, UserId } from "matrix-send-to-device";
import type { Client, Contents, Device } from "./client.js";

/** One step of the scenario in numbers of Device Message Contents. */
export type Row = {
  readonly title: string;
  /** Contents sent, each counted once, however often its request was repeated. */
  sent: number;
  /** What a `*` comes to beyond one: its devices but for the first. */
  expanded: number;
  /** What must come out, by what the scenario says. */
  readonly due: Outcome;
  /** What has come out, by what the servers and the clients saw. */
  readonly found: Outcome;
};

export type Outcome = {
  /** Events read by devices. */
  delivered: number;
  /** Contents refused by a server, to another server or to a client. */
  refused: number;
  /** Contents for a device that nobody knows. */
  undeliverable: number;
};

export type Ledger = ReturnType<typeof createLedger>;

type Reader = Pick<Client, "userId" | "deviceId" | "read">;

type Sender = { readonly userId: UserId };

/** What makes contents larger, or wrong. */
type Change = (contents: Contents) => Contents;

export function createLedger() {
  const rows: Array<Row> = [];
  const due = new Map<string, Array<ToDeviceEvent>>();
  let serial = 0;

  function current(): Row {
    const row = rows.at(-1);
    if (row === undefined) throw new Error("No step has begun");
    return row;
  }

  /** New contents of this step, unlike all others. */
  function contents(change: Change = (same) => same): Contents {
    current().sent += 1;
    serial += 1;
    return change({ step: rows.length - 1, serial });
  }

  return {
    rows,

    begin: (title: string): void => {
      rows.push({ title, sent: 0, expanded: 0, due: nothing(), found: nothing() });
    },

    /** New contents that each of these devices must read once, in the order in which a sender's calls come. */
    contentsFor: (
      { userId: sender }: Sender,
      devices: ReadonlyArray<Device>,
      change?: Change,
    ): Contents => {
      const content = contents(change);
      current().expanded += devices.length - 1;
      current().due.delivered += devices.length;
      for (const device of devices) {
        const key = keyOf(device);
        due.set(key, [...(due.get(key) ?? []), { type: "m.dummy", sender, content }]);
      }
      return content;
    },

    /** New contents that must be refused. */
    refusedContents: (change?: Change): Contents => {
      current().due.refused += 1;
      return contents(change);
    },

    /** New contents that must reach nobody. */
    undeliverableContents: (): Contents => {
      current().due.undeliverable += 1;
      return contents();
    },

    /** Says that a server has refused some contents. */
    foundRefused: (leaves: number): void => {
      current().found.refused += leaves;
    },

    /** Says that a server knows nobody for some contents. */
    foundUndeliverable: (): void => {
      current().found.undeliverable += 1;
    },

    /** Lets every device read what it has: exactly what is due, per sender in the order of sending. */
    readAll: async (devices: ReadonlyArray<Reader>): Promise<void> => {
      for (const device of devices) {
        const events = await device.read();
        deepStrictEqual(
          bySender(events),
          bySender(due.get(keyOf(device)) ?? []),
          `${device.userId} must read on ${device.deviceId} what is due`,
        );
        due.delete(keyOf(device));
        for (const { content } of events) {
          const row = rows[Number(content.step)];
          if (row !== undefined) row.found.delivered += 1;
        }
      }
      equal(due.size, 0, "No other device has anything due");
    },
  };
}

function keyOf({ userId, deviceId }: Device): string {
  return JSON.stringify([userId, deviceId]);
}

function nothing(): Outcome {
  return { delivered: 0, refused: 0, undeliverable: 0 };
}

function bySender(events: ReadonlyArray<ToDeviceEvent>): Map<UserId, Array<ToDeviceEvent>> {
  const senders = new Map<UserId, Array<ToDeviceEvent>>();
  for (const event of events) {
    senders.set(event.sender, [...(senders.get(event.sender) ?? []), event]);
  }
  return senders;
}
