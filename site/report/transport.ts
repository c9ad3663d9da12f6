/**
 * The size of a message, and how a server splits and packs it.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
import { maxEduBytes, maxTransactionEdus } from "matrix-send-to-device";
import {
  canonicalJson,
  type PackedEdu,
  packEdus,
  type SendToDeviceRequest,
  splitByDestination,
  toTransactions,
  type Unsendable,
} from "matrix-send-to-device/text";
import { count, type Draft } from "./draft.ts";
import { ListOf, maxItems, type Size, type Unsized } from "./report.ts";

/** The introduction to the packing of EDUs. */
export const packingNote = `This is how a server packs the accepted messages for sending, with message IDs of 32 characters. An EDU has at most ${count(maxEduBytes, "byte")}.`;

/** The same of a client's body. */
export const sendingNote = `An EDU has at most ${count(maxEduBytes, "byte")} of canonical JSON. A user's devices stay together if they fit into one EDU. Message IDs of 32 characters are counted.`;

/** The bytes of a text as canonical JSON. */
export function sizeOf(text: string): Size["size"] {
  const written = canonicalJson({ numbers: "integers" })(text);
  if (written._tag === "Right") return { _tag: "Bytes", bytes: utf8Length(written.right) };
  const { left } = written;
  const reason =
    left._tag === "NotCanonicalJson"
      ? left.line
      : left._tag === "NotStrict"
        ? left.reason
        : left.expected;
  return { _tag: "NoCanonicalJson", reason };
}

/** Adds the sizes of the users, devices and contents of a request. */
export function addSizes(draft: Draft, { messages }: Pick<SendToDeviceRequest, "messages">): void {
  for (const [userId, devices] of messages) {
    const rows: Array<Size> = [];
    let bytes = "{}".length + keyBytes(userId) + Math.max(0, devices.size - 1);
    let unsized: Unsized | undefined;
    for (const [deviceId, contents] of devices) {
      if (contents._tag === "Canonical") {
        const ofDevice = keyBytes(deviceId) + contents.bytes;
        bytes += ofDevice;
        rows.push({ level: "device", label: deviceId, size: { _tag: "Bytes", bytes: ofDevice } });
        const size = { _tag: "Bytes", bytes: contents.bytes } as const;
        rows.push({ level: "contents", label: "contents", size });
      } else {
        const place = contents.path.join(".");
        const reason = place === "" ? contents.expected : `${place}: ${contents.expected}`;
        unsized = { _tag: "NoCanonicalJson", reason };
        rows.push({ level: "device", label: deviceId, size: unsized });
      }
    }
    draft.sizes.add({ level: "user", label: userId, size: unsized ?? { _tag: "Bytes", bytes } });
    for (const row of rows) draft.sizes.add(row);
  }
}

/** The bytes of a name and its colon. */
function keyBytes(name: string): number {
  return utf8Length(JSON.stringify(name)) + ":".length;
}

const encoder = new TextEncoder();

export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** The EDUs for one server, and the contents that cannot be sent. */
export type Parcel = {
  readonly server: string;
  readonly edus: ReadonlyArray<PackedEdu>;
  readonly unsendable: ReadonlyArray<Unsendable>;
};

/** Splits a request by destination and packs each part, and adds the outcome to the report. */
export function addPacking(
  draft: Draft,
  unit: string,
  request: SendToDeviceRequest,
  origin: string,
): ReadonlyArray<Parcel> {
  const parcels: Array<Parcel> = [];
  for (const [server, part] of splitByDestination(request)) {
    const { left, right } = packEdus({ messageId: longestId })(part);
    for (const unsendable of left) {
      const who = `${unsendable.userId} ${unsendable.deviceIds.join(", ")}`;
      draft.unsendable.add({ who, reason: reasonOf(unsendable) });
    }
    const edus = new ListOf<{ bytes: number; users: number; contents: number }>(maxItems.edus);
    for (const { text, content } of right) {
      const contents = [...content.messages.values()].reduce((sum, { size }) => sum + size, 0);
      edus.add({ bytes: utf8Length(text), users: content.messages.size, contents });
    }
    const transactions = new ListOf<{ edus: number; bytes: number }>(maxItems.edus);
    const bodies = toTransactions({ origin, origin_server_ts: 1532991320875 })(
      right.map(({ text }) => text),
    );
    bodies.forEach((body, index) => {
      transactions.add({
        edus: Math.min(maxTransactionEdus, right.length - index * maxTransactionEdus),
        bytes: utf8Length(body),
      });
    });
    draft.destinations.add({
      unit,
      server,
      edus: edus.toList(),
      transactions: transactions.toList(),
    });
    parcels.push({ server, edus: right, unsendable: left });
  }
  return parcels;
}

/** An ID of the maximum length, so that a real one cannot make an EDU larger. */
function longestId(index: number): string {
  return String(index).padStart(32, "0");
}

export function reasonOf(unsendable: Unsendable): string {
  return unsendable._tag === "TooLarge"
    ? `An EDU with only these contents has ${count(unsendable.bytes, "byte")}, more than ${count(maxEduBytes, "byte")}.`
    : unsendable.reason.line;
}
