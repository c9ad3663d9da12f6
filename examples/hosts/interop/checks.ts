/** Compares recorded transactions with the events that devices have read, without the library. */
import type { Facts } from "./case.js";
import type { Exchange, Gate } from "./gate.js";
import { isObject, labelIn, theLast, type World, wordsFor } from "./world.js";

/** Facts about the EDUs that our homeserver has sent, from the requests that the other one has accepted. */
export function sentOut({ peer }: World, mark: string, wanted: Facts): Facts {
  const edus = peer.gate.exchanges
    .filter(({ status }) => status === 200)
    .flatMap(edusOf)
    .filter(({ messages }) =>
      messages.some(([, , contents]) => {
        const text = JSON.stringify(contents);
        return text.includes(`"mark":"${mark}"`) && !text.includes(`"${theLast}"`);
      }),
    );
  const distinct = new Set(edus.map(({ messageId }) => messageId));
  const twice = edus.length - distinct.size;
  const largest = Math.max(0, ...edus.map(({ bytes }) => bytes)).toLocaleString("en");
  const all: Facts = { "EDUs sent": `${distinct.size}`, "largest EDU": `${largest} bytes` };
  const asked = Object.keys(wanted).map((what) => [what, all[what] ?? ""] as const);
  return { "EDUs accepted twice": twice === 0 ? "none" : `${twice}`, ...Object.fromEntries(asked) };
}

/**
 * Whether the devices have read the received EDUs: for each message ID the first EDU, with `*` for the devices
 * that are not named next to it, in the order of arrival.
 */
export function deliveredIn({ ours, alice }: World, mark: string): string {
  const seen = new Set<string>();
  const arrived = ours.gate.exchanges
    .filter(({ inner }) => inner === 200)
    .flatMap(edusOf)
    .filter(({ messageId }) => !seen.has(messageId) && seen.add(messageId));
  for (const device of [alice.phone, alice.tablet]) {
    const due = arrived.flatMap(({ messages }) => {
      const own = messages.filter(([userId]) => userId === alice.userId);
      const named = own.find(([, deviceId]) => deviceId === device.deviceId);
      const chosen = named ?? own.find(([, deviceId]) => deviceId === "*");
      return chosen === undefined ? [] : [chosen[2]];
    });
    const read = device.responses.flatMap((text) => JSON.parse(text).to_device?.events ?? []);
    const isOfCase = (contents: unknown) => JSON.stringify(contents).includes(`"mark":"${mark}"`);
    const dueTexts = due.filter(isOfCase).map((each) => JSON.stringify(each));
    const readTexts = read
      .map(({ content }: { readonly content: unknown }) => content)
      .filter(isOfCase)
      .map((each: unknown) => JSON.stringify(each));
    if (dueTexts.join("\n") !== readTexts.join("\n")) {
      return `${device.deviceId}: ${readTexts.length} read of ${dueTexts.length}, or not in order`;
    }
  }
  return "each once, in order";
}

/** How the first transaction of some exchanges is retried. */
export function repetition([first, ...others]: ReadonlyArray<Exchange>): string {
  if (first === undefined) return "never";
  const idsOf = (exchange: Exchange) => edusOf(exchange).map(({ messageId }) => messageId);
  const ids = idsOf(first);
  const again = others.find((each) => each.status === 200 && idsOf(each).includes(ids[0] ?? ""));
  if (again === undefined) return "never";
  const more = idsOf(again).length - ids.length;
  const txnId = again.txnId === first.txnId ? "the same ID" : "a new ID";
  const messageIds = more === 0 ? "the same" : more > 0 ? "more" : "fewer";
  return `with ${txnId} and ${messageIds} message IDs`;
}

/** The requests with contents of a case. */
export function exchangesOf({ exchanges }: Gate, mark: string): ReadonlyArray<Exchange> {
  return exchanges.filter(({ body }) => body.includes(`"mark":"${mark}"`));
}

/** The EDUs that a server has accepted from our homeserver, each message ID once. */
export function acceptedBy(gate: Gate, mark: string): string {
  const seen = new Set<string>();
  const labels = exchangesOf(gate, mark)
    .filter(({ inner }) => inner === 200)
    .flatMap(edusOf)
    .filter(({ messageId }) => !seen.has(messageId) && seen.add(messageId))
    .flatMap(({ messages }) => messages.map(([, , contents]) => labelIn(contents)));
  return wordsFor(labels.filter((label) => label !== theLast));
}

/** The `m.direct_to_device` EDUs of a transaction. */
export type WireEdu = {
  readonly messageId: string;
  readonly messages: ReadonlyArray<readonly [userId: string, deviceId: string, contents: unknown]>;
  readonly bytes: number;
};

export function edusOf({ body }: Exchange): ReadonlyArray<WireEdu> {
  const transaction = JSON.parse(body);
  return (transaction.edus ?? []).flatMap((edu: unknown): Array<WireEdu> => {
    if (!isObject(edu) || edu.edu_type !== "m.direct_to_device" || !isObject(edu.content))
      return [];
    const { message_id: messageId, messages } = edu.content;
    return [
      {
        messageId: String(messageId),
        messages: Object.entries(isObject(messages) ? messages : {}).flatMap(([userId, devices]) =>
          Object.entries(isObject(devices) ? devices : {}).map(
            ([deviceId, contents]) => [userId, deviceId, contents] as const,
          ),
        ),
        bytes: Buffer.byteLength(JSON.stringify(edu)),
      },
    ];
  });
}
