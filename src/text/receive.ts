/**
 * From the text of a federation transaction to messages whose contents are still text.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import type { Either } from "fp-ts/lib/Either.js";
import type { Separated } from "fp-ts/lib/Separated.js";
import { listReason, type Place, placesOf, type Reason, roomOfOne } from "../explain.js";
import type { AllDevices, DeviceId, UserId } from "../identifiers.js";
import { type Fault, maxDepth, transportFault } from "../internal/canonical-json.js";
import { withExcluded } from "../internal/excluded.js";
import { absent, type PlainObject } from "../internal/plain.js";
import { directToDevice, Transaction } from "../message.js";
import {
  envelopeOf,
  type Notation,
  type ReceiveOptions,
  type Rejection,
  receiverOf,
} from "../receive.js";
import { canonicalJson } from "./canonical.js";
import type { JsonText } from "./json-text.js";
import {
  faultIn,
  type MessagesInText,
  messagesIn,
  newTextFacts,
  partOf,
  strictness,
  type TextFacts,
} from "./messages.js";
import {
  nextElement,
  nextName,
  openArray,
  openObject,
  raw,
  scan,
  skip,
  stringValue,
} from "./reader.js";
import {
  clear,
  type Facts,
  include,
  type NotJson,
  type NotStrict,
  newFacts,
  notStrictOf,
  type Scanner,
} from "./scanner.js";

/**
 * Who receives what: User ID to Device ID (or `*`) to the text of Device Message Contents.
 *
 * A text that is a slice of a longer text may keep the whole text in memory: see `JsonText`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type Messages = ReadonlyMap<UserId, ReadonlyMap<DeviceId | AllDevices, JsonText>>;

/**
 * An accepted To Device Message of another server, with its contents as text.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type ReceivedMessage = {
  /** The sender, who is a user of the origin. */
  readonly sender: UserId;
  /** The event type. */
  readonly type: string;
  /** Together with the origin the key in the host's database: at most 255 code points, perhaps empty. */
  readonly message_id: string;
  /** Who receives what: local users only. */
  readonly messages: Messages;
  /** Members that the specification does not define, as text by name. */
  readonly unknownMembers: ReadonlyMap<string, JsonText>;
};

/**
 * The text is strict JSON, but not a valid body. Answer 400 `M_BAD_JSON`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export type NotValid = {
  /** The text is not a valid body. */
  readonly _tag: "NotValid";
  /** Where and why: at most 100. */
  readonly reasons: ReadonlyArray<Reason>;
};

/**
 * The canonical JSON of a body, to verify its signature.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#request-authentication}
 */
export type CanonicalBody =
  | {
      /** The body has canonical JSON. */
      readonly _tag: "Canonical";
      /** The canonical JSON with numbers as written. If the body is canonical, it is the same string. */
      readonly text: JsonText;
    }
  | {
      /** A rejected EDU or leaf is not strict, so the body has no canonical JSON. Answer 400 `M_BAD_JSON`. */
      readonly _tag: "NotStrict";
    };

/**
 * A received transaction: rejections (`left`), messages (`right`), and the rest of the body.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export type ReceivedTransaction = Separated<
  ReadonlyArray<Rejection>,
  ReadonlyArray<ReceivedMessage>
> & {
  /** The PDUs, in order. */
  readonly pdus: ReadonlyArray<JsonText>;
  /** The EDUs of other types, with their positions in the transaction. */
  readonly otherEdus: ReadonlyArray<{
    /** The position of the EDU in the transaction, from 0. */
    readonly index: number;
    /** The EDU. */
    readonly text: JsonText;
  }>;
  /** The canonical JSON of the body. It is computed when it is read, and costs nothing if the body is canonical. */
  readonly canonical: CanonicalBody;
};

/**
 * Receives the text of the body of `PUT /_matrix/federation/v1/send/{txnId}` without parsing contents.
 *
 * It makes the same decisions as `receiveTransaction` of the main entry, but numbers keep their text, and duplicate member
 * names and lone surrogates are detected. In contents or a device ID they reject that leaf, in the rest of an EDU
 * `m.direct_to_device` the EDU, and elsewhere the whole text.
 *
 * @param options - the server that signed the request, and a predicate for local users
 * @returns a function from the text to the reason why it is not a transaction (Left, answer 400: `M_NOT_JSON` for `NotJson`,
 * `M_BAD_JSON` for the others), or to rejections, messages, and the rest of the body
 * @throws TypeError if `origin` is not a valid server name
 *
 * @example
 * ```ts
 * import { isUserOf } from "matrix-send-to-device";
 * import { deliver, receiveTransaction } from "matrix-send-to-device/text";
 *
 * const receive = receiveTransaction({ origin: "example.com", isLocal: isUserOf("example.org") });
 * const received = receive(
 *   '{"edus":[{"content":{"message_id":"17","messages":{"@alice:example.org":{"*":{"n":1.0}}},' +
 *     '"sender":"@john:example.com","type":"m.dummy"},"edu_type":"m.direct_to_device"}],' +
 *     '"origin":"example.com","origin_server_ts":1532991320875,"pdus":[]}',
 * );
 * if (received._tag === "Right") {
 *   const devices = new Map([["@alice:example.org", ["PHONE"]]]);
 *   for (const { event } of received.right.right.flatMap((message) => deliver(devices)(message).right)) {
 *     console.log(event); // '{"content":{"n":1.0},"sender":"@john:example.com","type":"m.dummy"}'
 *   }
 *   console.log(received.right.canonical._tag); // "Canonical"
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export function receiveTransaction(
  options: ReceiveOptions,
): (text: string) => Either<NotJson | NotStrict | NotValid, ReceivedTransaction> {
  const receive = receiverOf(options, texts);
  return (text) => {
    const facts = newTextFacts();
    const read = scan(text, facts.around, (scanner) => bodyIn(scanner, facts));
    if (read._tag === "Left") return read;
    const notStrict = notStrictOf(facts.around);
    if (notStrict !== undefined) return { _tag: "Left", left: notStrict };
    const body = read.right;
    const transaction = Transaction.decode(body);
    if (transaction._tag === "Left") return notValid(placesOf(transaction.left));
    // The codec has accepted the body.
    const accepted = body as AcceptedBody;
    const edus = accepted.edus === absent ? [] : accepted.edus;
    const { left, right } = receive(edus);
    const otherEdus: Array<ReceivedTransaction["otherEdus"][number]> = [];
    edus.forEach((edu, index) => {
      if (edu?.text !== undefined) otherEdus.push({ index, text: edu.text });
    });
    const received = { left, right, pdus: accepted.pdus, otherEdus };
    return { _tag: "Right", right: withCanonical(received, text, facts) };
  };
}

export function notValid(places: ReadonlyArray<Place>): Either<NotValid, never> {
  const reasons: Array<Reason> = [];
  const rooms = [roomOfOne()];
  for (const place of places) listReason(reasons, rooms, place);
  return { _tag: "Left", left: { _tag: "NotValid", reasons } };
}

/** Adds the canonical JSON of a text. Rejected parts may not be strict. */
function withCanonical(
  { left, right, pdus, otherEdus }: Omit<ReceivedTransaction, "canonical">,
  text: string,
  { around, leaves }: TextFacts,
): ReceivedTransaction {
  if (around.isTidy && notStrictOf(leaves) === undefined) {
    // The text was checked: it is JSON, and it is strict.
    const canonical: CanonicalBody = { _tag: "Canonical", text: text as JsonText };
    return { left, right, pdus, otherEdus, canonical };
  }
  let canonical: CanonicalBody | undefined;
  return {
    left,
    right,
    pdus,
    otherEdus,
    get canonical() {
      canonical ??= rewritten(text);
      return canonical;
    },
  };
}

function rewritten(text: string): CanonicalBody {
  const written = canonicalJson({ numbers: "asWritten" })(text);
  return written._tag === "Right"
    ? { _tag: "Canonical", text: written.right }
    : { _tag: "NotStrict" };
}

/** The members of a body, `undefined` if they have another type. The codec of a transaction checks them. */
type Body = {
  origin: string | undefined;
  origin_server_ts: number | undefined;
  pdus: ReadonlyArray<JsonText> | undefined;
  /** The only member that may be missing. `undefined` replaces an element that is not an object. */
  edus: ReadonlyArray<Edu | undefined> | typeof absent | undefined;
};

/** A body that the codec has accepted. */
type AcceptedBody = {
  readonly pdus: ReadonlyArray<JsonText>;
  readonly edus: ReadonlyArray<Edu | undefined> | typeof absent;
};

/** Reads a body. Returns `undefined` for a value that is not an object. */
function bodyIn(scanner: Scanner, facts: TextFacts): Body | undefined {
  const { around } = facts;
  const names = openObject(scanner, around);
  if (names === undefined) return undefined;
  const body: Body = {
    origin: undefined,
    origin_server_ts: undefined,
    pdus: undefined,
    edus: absent,
  };
  let name = nextName(scanner, around, names);
  while (name !== undefined) {
    if (name === "origin") body.origin = stringValue(scanner, around);
    else if (name === "origin_server_ts") body.origin_server_ts = numberValue(scanner, around);
    else if (name === "pdus") body.pdus = pdusIn(scanner, around);
    else if (name === "edus") body.edus = edusIn(scanner, facts);
    else skip(scanner, around);
    name = nextName(scanner, around, names);
  }
  return body;
}

/** Reads the PDUs. If one of them is not strict, the whole text is rejected. */
function pdusIn(scanner: Scanner, facts: Facts): ReadonlyArray<JsonText> | undefined {
  if (!openArray(scanner, facts)) return undefined;
  const pdus: Array<JsonText> = [];
  while (nextElement(scanner, facts, pdus.length === 0)) {
    pdus.push(raw(scanner, facts) as JsonText);
  }
  return pdus;
}

function edusIn(scanner: Scanner, facts: TextFacts): ReadonlyArray<Edu | undefined> | undefined {
  if (!openArray(scanner, facts.around)) return undefined;
  const edus: Array<Edu | undefined> = [];
  const own = { ...newTextFacts(), leaf: facts.leaf };
  while (nextElement(scanner, facts.around, edus.length === 0)) {
    edus.push(eduIn(scanner, facts, own));
  }
  return edus;
}

/** Reads a number and returns its value. Skips any other value and returns `undefined`. */
function numberValue(scanner: Scanner, facts: Facts): number | undefined {
  const text = raw(scanner, facts);
  return /^[-\d]/.test(text) ? Number(text) : undefined;
}

/** The result of reading an EDU. */
type Edu = {
  /** `undefined` if it is not a string. */
  readonly edu_type: string | undefined;
  readonly content: Content | undefined;
  /** Why an EDU `m.direct_to_device` is not strict around its leaves. */
  readonly notStrict: NotStrict | undefined;
  /** The text of an EDU of another type. */
  readonly text: JsonText | undefined;
};

/** The known members of a To Device Message, `undefined` if they have another type, and the text of the others. */
type Content = {
  sender: string | undefined;
  type: string | undefined;
  message_id: string | undefined;
  messages: MessagesInText<JsonText | Fault> | undefined;
  unknownMembers: ReadonlyMap<string, JsonText | Fault>;
};

/** Reads an element of `edus`. Returns `undefined` for a value that is not an object. */
function eduIn(scanner: Scanner, facts: TextFacts, own: TextFacts): Edu | undefined {
  const start = scanner.position;
  clear(own.around);
  clear(own.leaves);
  let edu_type: string | undefined;
  let isDirect = false;
  let content: Content | undefined;
  const names = openObject(scanner, own.around);
  if (names !== undefined) {
    let name = nextName(scanner, own.around, names);
    while (name !== undefined) {
      if (name === "edu_type") {
        edu_type = stringValue(scanner, own.around);
        if (edu_type === directToDevice) isDirect = true;
      } else if (name === "content") content = contentIn(scanner, own);
      else skip(scanner, own.around);
      name = nextName(scanner, own.around, names);
    }
  }
  if (isDirect) {
    // Faults of strictness reject this EDU or some of its leaves only.
    facts.around.isTidy &&= own.around.isTidy;
    include(facts.leaves, own.around);
    include(facts.leaves, own.leaves);
    const notStrict = notStrictOf(own.around);
    return { edu_type: directToDevice, content, notStrict, text: undefined };
  }
  include(facts.around, own.around);
  facts.around.duplicateName ??= own.leaves.duplicateName;
  facts.around.loneSurrogate ??= own.leaves.loneSurrogate;
  if (names === undefined) return undefined;
  // If any part of it is not strict, the whole text is rejected.
  const text = scanner.text.slice(start, scanner.position) as JsonText;
  return {
    edu_type,
    content,
    notStrict: undefined,
    text: edu_type === undefined ? undefined : text,
  };
}

function contentIn(scanner: Scanner, facts: TextFacts): Content | undefined {
  const { around } = facts;
  const names = openObject(scanner, around);
  if (names === undefined) return undefined;
  let unknown: Map<string, JsonText | Fault> | undefined;
  const content: Content = {
    sender: undefined,
    type: undefined,
    message_id: undefined,
    messages: undefined,
    unknownMembers: none,
  };
  let name = nextName(scanner, around, names);
  while (name !== undefined) {
    if (name === "sender") content.sender = stringValue(scanner, around);
    else if (name === "type") content.type = stringValue(scanner, around);
    else if (name === "message_id") content.message_id = stringValue(scanner, around);
    else if (name === "messages") content.messages = messagesIn(scanner, facts, partOf);
    else {
      unknown ??= new Map();
      unknown.set(name, memberIn(scanner, around));
    }
    name = nextName(scanner, around, names);
  }
  if (unknown !== undefined) content.unknownMembers = unknown;
  return content;
}

/** Most messages have no unknown members. */
const none: ReadonlyMap<string, JsonText> = /* #__PURE__ */ new Map();

/** Reads an unknown member. If it is not strict, the EDU is rejected. */
function memberIn(scanner: Scanner, facts: Facts): JsonText | Fault {
  const own = newFacts();
  const text = raw(scanner, own);
  include(facts, own);
  const isSound = own.depth <= maxDepth && !own.hasInfiniteNumber;
  return isSound ? (text as JsonText) : faultIn(text, own, transportFault);
}

/** EDUs as text: maps whose contents are text or a fault, and plain objects from the reader. */
const texts: Notation<ReceivedMessage> = {
  envelope: /* #__PURE__ */ envelopeOf(isMap),
  eduFault: (edu) => {
    // The reader made the EDU, and the contents below.
    const notStrict = (edu as Edu | undefined)?.notStrict;
    return notStrict && { path: [], expected: strictness(notStrict) };
  },
  each: (map, visit) => {
    if (!isMap(map)) return false;
    map.forEach(visit);
    return true;
  },
  contentsFault: (contents) => {
    if (typeof contents === "string") return undefined;
    return (contents as Fault | undefined) ?? { path: [], expected: "expected object" };
  },
  unknownMemberFault: (content) => {
    for (const [name, member] of contentOf(content).unknownMembers) {
      if (typeof member === "string") continue;
      return { path: ["content", name, ...member.path], expected: member.expected };
    }
    return undefined;
  },
  mapOf: (entries) => new Map(entries),
  whole: (content) => messageOf(contentOf(content)),
  rest: (content, messages, excluded) =>
    withExcluded({ ...messageOf(contentOf(content)), messages: messages as Messages }, excluded),
};

function isMap(value: unknown): value is ReadonlyMap<string, unknown> {
  return value instanceof Map;
}

/** The reader made it. */
function contentOf(content: PlainObject): Content {
  return content as Content;
}

/** A content that was checked. */
function messageOf(content: Content): ReceivedMessage {
  return content as unknown as ReceivedMessage;
}
