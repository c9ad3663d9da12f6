/**
 * From the text of a client's request to EDUs and transactions as canonical JSON text.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import type { Either, Left } from "fp-ts/lib/Either.js";
import type { Separated } from "fp-ts/lib/Separated.js";
import type * as t from "io-ts";
import { placesOf } from "../explain.js";
import {
  type AllDevices,
  type DeviceId,
  isUserId,
  type MessageId,
  type ServerName,
  type UserId,
  userIdArgument,
} from "../identifiers.js";
import { contentsSize, type Fault, maxDepth } from "../internal/canonical-json.js";
import { entriesIn, fromEntries } from "../internal/entries.js";
import { utf8Length } from "../internal/text.js";
import { SendToDeviceBody } from "../message.js";
import { type OpenEdu, type PackOptions, packIn, type Unsendable } from "../pack.js";
import { splitIn } from "../split.js";
import { transactionsOf } from "../transactions.js";
import { canonicalJson } from "./canonical.js";
import { compareCodePoints } from "./code-points.js";
import { jsonArray } from "./deliver.js";
import type { JsonText } from "./json-text.js";
import {
  faultIn,
  type MessagesInText,
  messagesIn,
  newTextFacts,
  type TextFacts,
} from "./messages.js";
import { nextName, openObject, scan, skip } from "./reader.js";
import { type Messages, type NotValid, notValid } from "./receive.js";
import { type Facts, type NotJson, type NotStrict, notStrictOf, type Scanner } from "./scanner.js";

/**
 * Device Message Contents of a client's request: canonical JSON, or the reason why they have no canonical JSON.
 *
 * @see {@link https://spec.matrix.org/v1.19/appendices/#canonical-json}
 */
export type ContentsToSend =
  | {
      /** The contents have canonical JSON. */
      readonly _tag: "Canonical";
      /** The canonical JSON. */
      readonly text: JsonText;
      /** Its size in bytes of UTF-8. */
      readonly bytes: number;
    }
  | {
      /** The contents have no canonical JSON. */
      readonly _tag: "NotCanonicalJson";
      /** The keys that lead to the fault, outermost first. */
      readonly path: ReadonlyArray<string>;
      /** What was expected there. */
      readonly expected: string;
    };

/**
 * A client's request: its messages, with the sender from the access token and the type from the path.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
export type SendToDeviceRequest = {
  /** The user that the access token belongs to. */
  readonly sender: UserId;
  /** The event type in the path. */
  readonly type: string;
  /** Who receives what. */
  readonly messages: ReadonlyMap<UserId, ReadonlyMap<DeviceId | AllDevices, ContentsToSend>>;
};

/**
 * An EDU as canonical JSON text, and its content for local delivery with `deliver`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type PackedEdu = {
  /** The To Device Message. */
  readonly content: {
    /** The user that sends the message. */
    readonly sender: UserId;
    /** The event type. */
    readonly type: string;
    /** The ID by which the receiver recognises a repetition. */
    readonly message_id: MessageId;
    /** Who receives what. */
    readonly messages: Messages;
  };
  /** The EDU as canonical JSON, for the queue of its destination. */
  readonly text: JsonText;
};

/**
 * Makes a request from the text of a client's body and from the sender and type that the server knows.
 *
 * Contents stay text. If contents have no canonical JSON (a float, a duplicate member name, a lone surrogate), `packEdus`
 * returns them on the left.
 *
 * @param from - `sender`: the user that the access token belongs to; `type`: the event type in the path
 * @returns a function from the text of the body to the reason why it is invalid (Left, answer 400: `M_NOT_JSON` for
 * `NotJson`, `M_BAD_JSON` for the others) or to the request
 * @throws TypeError if `sender` is not a valid user ID
 *
 * @example
 * ```ts
 * import { requestOf } from "matrix-send-to-device/text";
 *
 * const read = requestOf({ sender: "@john:example.com", type: "m.dummy" });
 * console.log(read('{"messages":{}}')._tag, read("[]")._tag); // "Right" "Left"
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
export function requestOf(from: {
  /** The user that the access token belongs to. */
  readonly sender: string;
  /** The event type in the path. */
  readonly type: string;
}): (text: string) => Either<NotJson | NotStrict | NotValid, SendToDeviceRequest> {
  const { type } = from;
  const sender = userIdArgument("sender", from.sender);
  return (text) => {
    const facts = newTextFacts();
    const read = scan(text, facts.around, (scanner) => bodyIn(scanner, facts));
    if (read._tag === "Left") return read;
    const notStrict = notStrictOf(facts.around);
    if (notStrict !== undefined) return { _tag: "Left", left: notStrict };
    const body = read.right;
    if (isComplete(body?.messages)) {
      return { _tag: "Right", right: { sender, type, messages: body.messages } };
    }
    // It is invalid. The codec of the main entry finds the faults.
    const { left } = SendToDeviceBody.decode(plainBody(body)) as Left<t.Errors>;
    return notValid(placesOf(left));
  };
}

/** The body of a client. `messages` is `undefined` if the member is missing or not an object: both are invalid. */
type Body = { messages: MessagesInText<ContentsToSend> | undefined };

/** Reads a body. Returns `undefined` for a value that is not an object. */
function bodyIn(scanner: Scanner, facts: TextFacts): Body | undefined {
  const names = openObject(scanner, facts.around);
  if (names === undefined) return undefined;
  const body: Body = { messages: undefined };
  let name = nextName(scanner, facts.around, names);
  while (name !== undefined) {
    if (name === "messages") body.messages = messagesIn(scanner, facts, contentsToSend);
    else skip(scanner, facts.around);
    name = nextName(scanner, facts.around, names);
  }
  return body;
}

/** Whether every user ID is valid, and every user has a map of contents. */
function isComplete(
  messages: MessagesInText<ContentsToSend> | undefined,
): messages is SendToDeviceRequest["messages"] {
  if (messages === undefined) return false;
  for (const [userId, devices] of messages) {
    if (!isUserId(userId) || devices === undefined) return false;
    for (const contents of devices.values()) if (contents === undefined) return false;
  }
  return true;
}

/** A body as a value for the codec. Values that were not objects are undefined. */
function plainBody(body: Body | undefined): unknown {
  if (body?.messages === undefined) return body;
  const users = [...body.messages].map(
    ([user, devices]) => [user, devices && fromEntries(devices)] as const,
  );
  return { messages: fromEntries(users) };
}

function contentsToSend(text: string, facts: Facts): ContentsToSend {
  const isStrict = notStrictOf(facts) === undefined;
  if (isStrict && facts.depth <= maxDepth) {
    const isCanonical = facts.isTidy && !facts.hasUntidyNumber && !facts.hasUnsafeNumber;
    // The text was checked: it is JSON, and it is strict.
    if (isCanonical) return canonical(text as JsonText, text.length + facts.extraBytes);
    const written = canonicalJson({ numbers: "integers" })(text);
    if (written._tag === "Right") return canonical(written.right, utf8Length(written.right));
  }
  // Without canonical JSON, `contentsSize` returns a fault.
  const fault = faultIn(text, facts, (value) => contentsSize(value) as Fault);
  return { _tag: "NotCanonicalJson", ...fault };
}

function canonical(text: JsonText, bytes: number): ContentsToSend {
  return { _tag: "Canonical", text, bytes };
}

/**
 * Splits a request by the server of each recipient, as `splitByDestination` of the main entry does.
 *
 * @param request - a request of `requestOf`
 * @returns the part for each server, with the same sender and type
 *
 * @example
 * ```ts
 * import { requestOf, splitByDestination } from "matrix-send-to-device/text";
 *
 * const request = requestOf({ sender: "@john:example.com", type: "m.dummy" })(
 *   '{"messages":{"@alice:example.org":{"A":{}},"@bob:example.com":{"*":{}}}}',
 * );
 * if (request._tag === "Right") {
 *   console.log([...splitByDestination(request.right).keys()]); // ["example.org", "example.com"]
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function splitByDestination({
  sender,
  type,
  messages,
}: SendToDeviceRequest): ReadonlyMap<ServerName, SendToDeviceRequest> {
  const parts = new Map<ServerName, SendToDeviceRequest>();
  for (const [destination, part] of splitIn(messages)) {
    parts.set(destination, { sender, type, messages: part });
  }
  return parts;
}

/**
 * Packs a request into EDUs of at most `maxBytes` bytes, as `packEdus` of the main entry does. The EDUs are canonical JSON.
 *
 * @param options - a source of message IDs, and the limit
 * @returns a function from a request to contents that cannot be sent (`left`) and EDUs (`right`)
 * @throws TypeError if `maxBytes` is not positive, or if an ID is empty, too long or repeated
 *
 * @example
 * ```ts
 * import { packEdus, requestOf, splitByDestination, toTransactions } from "matrix-send-to-device/text";
 *
 * const body = '{"messages":{"@alice:example.org":{"A":{"n":1.0},"B":{"n":1.5}}}}';
 * const request = requestOf({ sender: "@john:example.com", type: "m.dummy" })(body);
 * if (request._tag === "Right") {
 *   for (const [, part] of splitByDestination(request.right)) {
 *     const { left, right } = packEdus({ messageId: (index) => `request-17-${index}` })(part);
 *     console.log(left.map(({ _tag, deviceIds }) => [_tag, ...deviceIds])); // [["NotCanonicalJson", "B"]]
 *     const edus = right.map(({ text }) => text);
 *     console.log(toTransactions({ origin: "example.com", origin_server_ts: 1532991320875 })(edus).length); // 1
 *   }
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function packEdus(
  options: PackOptions,
): (
  request: SendToDeviceRequest,
) => Separated<ReadonlyArray<Unsendable>, ReadonlyArray<PackedEdu>> {
  return packIn<SendToDeviceRequest, ContentsToSend, PackedEdu>(options, () => sizeOf, packedEdu);
}

function sizeOf(contents: ContentsToSend): number | Fault {
  if (contents._tag === "Canonical") return contents.bytes;
  return { path: [...contents.path], expected: contents.expected };
}

function packedEdu(
  { sender, type }: SendToDeviceRequest,
  { id, users }: OpenEdu<ContentsToSend>,
): PackedEdu {
  const messages = new Map(
    users.map(({ userId, share }) => {
      const entries = share._tag === "All" ? entriesIn(share.devices) : share.entries;
      return [userId, new Map(entries.map(([deviceId, contents]) => [deviceId, textOf(contents)]))];
    }),
  );
  const text =
    `{"content":{"message_id":${JSON.stringify(id)},"messages":${messagesText(messages)},` +
    `"sender":${JSON.stringify(sender)},"type":${JSON.stringify(type)}},"edu_type":"m.direct_to_device"}`;
  // The parts are canonical JSON, and the names are in order.
  return { content: { sender, type, message_id: id, messages }, text: text as JsonText };
}

/** The text of contents that have a size. */
function textOf(contents: ContentsToSend): JsonText {
  return (contents as Extract<ContentsToSend, { readonly _tag: "Canonical" }>).text;
}

function messagesText(messages: Messages): string {
  return objectText(messages, (devices) => objectText(devices, (contents) => contents));
}

/** An object from a map, with sorted members. */
function objectText<V>(map: ReadonlyMap<string, V>, textOf: (value: V) => string): string {
  const members = [...map].sort(([first], [second]) => compareCodePoints(first, second));
  const texts = members.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`);
  return `{${texts.join(",")}}`;
}

/**
 * Makes the bodies of `PUT /_matrix/federation/v1/send/{txnId}` from EDUs as canonical JSON text: at most 100 EDUs each.
 *
 * The bodies are canonical JSON: sign and send them unchanged. See `toTransactions` of the main entry for retries and 413.
 *
 * @param options - `origin`: the sending server; `origin_server_ts`: milliseconds since 1970
 * @returns a function from the EDUs for one destination to the bodies. No EDUs give no transaction
 * @throws TypeError if `origin` is not a valid server name or `origin_server_ts` is not an integer
 *
 * @example
 * ```ts
 * import { toTransactions } from "matrix-send-to-device/text";
 *
 * const bodies = toTransactions({ origin: "example.com", origin_server_ts: 1532991320875 });
 * console.log(bodies([]).length); // 0
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export function toTransactions(options: {
  /** The server that sends and signs the transactions. */
  readonly origin: string;
  /** The time of sending, in milliseconds since 1970. */
  readonly origin_server_ts: number;
}): (edus: ReadonlyArray<JsonText>) => ReadonlyArray<JsonText> {
  return transactionsOf(options, (edus: ReadonlyArray<JsonText>, { origin, origin_server_ts }) => {
    const rest = `"origin":${JSON.stringify(origin)},"origin_server_ts":${origin_server_ts}`;
    // The parts are canonical JSON, and the names are in order.
    return `{"edus":${jsonArray(edus)},${rest},"pdus":[]}` as JsonText;
  });
}
