/**
 * Records sent messages, their expected recipients and their outcome. It does not use the library, so it can check it.
 */
import { deepStrictEqual, equal } from "node:assert/strict";
import type { ToDeviceEvent, UserId } from "matrix-send-to-device";
import type { Client, Contents, Device } from "./client.js";

/** One step of the scenario, counted in Device Message Contents. */
export type Row = {
  readonly title: string;
  /** Contents sent. Repeated requests are not counted. */
  sent: number;
  /** The additional deliveries of `*`: all its devices except the first. */
  expanded: number;
  /** The expected outcome, from the scenario. */
  readonly due: Outcome;
  /** The actual outcome, from the servers and the clients. */
  readonly found: Outcome;
};

export type Outcome = {
  /** Events read by devices. */
  delivered: number;
  /** Contents that a server rejected, in a transaction or a client's request. */
  refused: number;
  /** Contents for an unknown device. */
  undeliverable: number;
};

export type Ledger = ReturnType<typeof createLedger>;

type Reader = Pick<Client, "userId" | "deviceId" | "read">;

type Sender = { readonly userId: UserId };

/** Makes contents larger or invalid. */
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

  /** New unique contents of this step. */
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

    /** New contents that each of these devices must read once, in the order of the sender's calls. */
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

    /** New contents that a server must reject. */
    refusedContents: (change?: Change): Contents => {
      current().due.refused += 1;
      return contents(change);
    },

    /** New contents for an unknown device. */
    undeliverableContents: (): Contents => {
      current().due.undeliverable += 1;
      return contents();
    },

    /** Records that a server has rejected some contents. */
    foundRefused: (leaves: number): void => {
      current().found.refused += leaves;
    },

    /** Records that a server knows no device for some contents. */
    foundUndeliverable: (): void => {
      current().found.undeliverable += 1;
    },

    /** Lets every device read its events. They must be exactly the due ones, in order per sender. */
    readAll: async (devices: ReadonlyArray<Reader>): Promise<void> => {
      for (const device of devices) {
        const events = await device.read();
        deepStrictEqual(
          bySender(events),
          bySender(due.get(keyOf(device)) ?? []),
          `${device.userId} must read the due events on ${device.deviceId}`,
        );
        due.delete(keyOf(device));
        for (const { content } of events) {
          const row = rows[Number(content.step)];
          if (row !== undefined) row.found.delivered += 1;
        }
      }
      equal(due.size, 0, "No events are due for other devices");
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
