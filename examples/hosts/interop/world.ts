/** Two servers with a user with two devices each, and a scripted third server. */
import { setTimeout as wait } from "node:timers/promises";
import type { UserId } from "matrix-send-to-device";
import type { Device, Event, Messages } from "./client.js";
import type { Scripted } from "./scripted.js";
import type { Server } from "./server.js";
import type { Web } from "./web.js";

export type Account = {
  readonly server: Server;
  readonly userId: UserId;
  readonly phone: Device;
  readonly tablet: Device;
};

/** Seen from our homeserver. */
export type Direction = "out" | "in";

/** The sender and the receiver. */
export type Route = { readonly from: Account; readonly to: Account };

export type World = Awaited<ReturnType<typeof createWorld>>;

/** The labels of the contents that a device has read. */
export type Labels = ReadonlyArray<string>;

/** The label of the message that ends a case. */
export const theLast = "the last one";

/** The time limit for a message to arrive. Dendrite waits up to 12 s after its third failure. */
const arrivalMs = 45_000;

/** How long a device with missing events continues to read after the last message. */
const graceMs = 1500;

export async function createWorld(options: {
  readonly ours: Server;
  readonly peer: Server;
  readonly scripted: Scripted;
  readonly web: Web;
}) {
  const { ours, peer, scripted, web } = options;
  const alice = await accountOn(ours, "alice");
  const bob = await accountOn(peer, "bob");
  const strays: Array<string> = [];
  let caseCount = 0;
  let read = 0;

  return {
    ours,
    peer,
    scripted,
    web,
    alice,
    bob,
    /** From a client of our homeserver to one of the real server. */
    out: { from: alice, to: bob } as Route,
    /** The other way. */
    in: { from: bob, to: alice } as Route,
    /** Messages that were read in a later case than their own. */
    strays: strays as ReadonlyArray<string>,
    /** How many events all devices have read. */
    read: (): number => read,

    /** A new case: its contents carry its mark. */
    marked: () => {
      const mark = `case ${++caseCount}`;

      /** Contents as text, with a label that identifies them. */
      const contents = (label: string, rest = ""): string =>
        `{"label":${JSON.stringify(label)},"mark":"${mark}"${rest && `,${rest}`}}`;

      const labelOf = ({ content }: Event): string | undefined => {
        if (
          typeof content === "object" &&
          content !== null &&
          "mark" in content &&
          "label" in content
        ) {
          if (content.mark === mark) return String(content.label);
          strays.push(`${content.mark}: ${content.label}`);
          return undefined;
        }
        return JSON.stringify(content);
      };

      /**
       * Reads until the devices have the last message and the expected number of others, or for some time after the
       * last message.
       */
      async function readUntil(
        last: string,
        devices: ReadonlyArray<Device>,
        due: number,
      ): Promise<ReadonlyArray<Labels>> {
        const labels = devices.map((): Array<string> => []);
        const ended = devices.map(() => false);
        const deadline = Date.now() + arrivalMs;
        let graceEnd = Number.POSITIVE_INFINITY;
        for (;;) {
          await Promise.all(
            devices.map(async (device, index) => {
              for (const event of await device.sync(200)) {
                const label = labelOf(event);
                if (label === undefined) continue;
                read++;
                if (label === last) ended[index] = true;
                else labels[index]?.push(label);
              }
            }),
          );
          const count = labels.reduce((sum, each) => sum + each.length, 0);
          const hasEnded = ended.every((each) => each);
          if (hasEnded && count >= due) break;
          if (hasEnded && graceEnd === Number.POSITIVE_INFINITY) graceEnd = Date.now() + graceMs;
          if (Date.now() > graceEnd) break;
          if (Date.now() > deadline) return labels.map((each) => [...each, "and then silence"]);
        }
        await ours.gate.quiet();
        await peer.gate.quiet();
        return labels;
      }

      return {
        mark,
        contents,

        /**
         * Runs an action, sends a last message, and returns the events that the devices have read before it.
         *
         * @param due - how many messages all devices together should read
         */
        readAfter: async (
          { from, to }: Route,
          due: number,
          act: () => Promise<unknown>,
          devices: ReadonlyArray<Device> = [to.phone, to.tablet],
        ): Promise<ReadonlyArray<Labels>> => {
          await act();
          const last = theLast;
          const status = await from.phone.send(toEach(devices, contents(last)));
          if (status !== 200) throw new Error(`The last message: ${status}`);
          return readUntil(last, devices, due);
        },

        /** The same for transactions of the scripted server. Returns the events that were read. */
        readScripted: async (
          to: Account,
          due: number,
          lastEdu: (contents: string) => Promise<unknown>,
        ): Promise<ReadonlyArray<Labels>> => {
          const last = theLast;
          // By then the server has finished its work after an error.
          await wait(200);
          await lastEdu(contents(last));
          return readUntil(last, [to.phone, to.tablet], due);
        },
      };
    },
  };
}

async function accountOn(server: Server, localpart: string): Promise<Account> {
  const phone = await server.login(localpart, "PHONE");
  const tablet = await server.login(localpart, "TABLET");
  for (const device of [phone, tablet]) await device.sync(0);
  return { server, userId: phone.userId, phone, tablet };
}

/** The same contents for each of some devices of one user. */
export function toEach(devices: ReadonlyArray<Device>, contents: string): Messages {
  const [first] = devices;
  if (first === undefined) throw new TypeError("No devices");
  return messagesTo(
    first.userId,
    devices.map(({ deviceId }) => [deviceId, contents] as const),
  );
}

export function messagesTo(
  userId: string,
  devices: Iterable<readonly [deviceId: string, contents: string]>,
): Messages {
  return new Map([[userId, new Map(devices)]]);
}

export function labelIn(contents: unknown): string {
  return isObject(contents) && "label" in contents
    ? String(contents.label)
    : JSON.stringify(contents);
}

/** Describes the events that a device has read. Labels that are numbers from 1 are counted. */
export function wordsFor(labels: Labels): string {
  if (labels.length === 0) return "nothing";
  const numbers = labels.map(Number);
  if (labels.length < 3 || !numbers.every((number) => number >= 1)) {
    return labels.map((label) => `“${label}”`).join(", ");
  }
  const distinct = new Set(numbers);
  const twice = numbers.length - distinct.size;
  const last = Math.max(...numbers);
  const missing = last - distinct.size;
  const isInOrder = numbers.every(
    (number, index) => index === 0 || number >= (numbers[index - 1] ?? 0),
  );
  return [
    `1 to ${last}`,
    missing > 0 ? `${missing} of them missing` : undefined,
    twice > 0 ? `${twice} of them twice` : "each once",
    isInOrder ? "in order" : "not in order",
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}

/** The same, ignoring the order. */
export function countsFor(labels: Labels): string {
  return wordsFor([...labels].sort((a, b) => Number(a) - Number(b))).replace(", in order", "");
}

export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null;
}
