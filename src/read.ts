/**
 * From a to-device event or a decrypted event to an event with typed contents.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import type * as t from "io-ts";
import { type ContentsByType, contents, isKnownType, type KnownType } from "./contents/index.js";
import type { UserId } from "./identifiers.js";
import { brick, struct } from "./internal/codec.js";
import { hasOwn } from "./internal/plain.js";
import { ToDeviceEvent } from "./message.js";
import { type DecryptedEvent, OlmPlaintext } from "./olm-plaintext.js";

/**
 * A type that is only valid inside an `m.room.encrypted` with Olm, because its events carry keys or secrets.
 *
 * A plain event of such a type is a forgery or a mistake.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type EncryptedType =
  | "m.room_key"
  | "m.forwarded_room_key"
  | "m.room_key_bundle"
  | "m.secret.send";

/**
 * The contents of each event type that may be sent unencrypted.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type PlainContentsByType = Omit<ContentsByType, EncryptedType>;

/**
 * A to-device event of a type whose contents are known: `type` discriminates.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type KnownEvent<C = ContentsByType> = {
  readonly [T in keyof C & string]: {
    /** The event type: switch on it. */
    readonly type: T;
    /** The user that sent the event. */
    readonly sender: UserId;
    /** The contents, typed. */
    readonly content: C[T];
  };
}[keyof C & string];

/**
 * The result of reading an event. `event` is always the given event, as the same reference.
 *
 * - `Known`: the type is known, and the contents are valid for it.
 * - `Unknown`: the type is unknown. The contents stay opaque.
 * - `Invalid`: the type is known, and the contents are invalid. `errors` says where.
 * - `UnknownAlgorithm`: the type is known, but `algorithm` is a string that this version of the library does not know, so
 *   the other members cannot be checked.
 * - `MustBeEncrypted`: the type is only valid inside Olm, but the event is not encrypted. Do not use its contents.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type TypedEvent<E extends ToDeviceEvent = ToDeviceEvent, C = PlainContentsByType> =
  | {
      /** The type is known, and the contents are valid for it. */
      readonly _tag: "Known";
      /** The event with typed contents. Switch on its `type`. */
      readonly event: Omit<E, "type" | "content"> & KnownEvent<C>;
    }
  | {
      /** The type is unknown. */
      readonly _tag: "Unknown";
      /** The event with opaque contents. */
      readonly event: E;
    }
  | {
      /** The type is known, and the contents are invalid. */
      readonly _tag: "Invalid";
      /** The event. */
      readonly event: E;
      /** Where and why the contents are invalid, for `explain`. */
      readonly errors: t.Errors;
    }
  | {
      /** The type is known, but `algorithm` is unknown to this version of the library. */
      readonly _tag: "UnknownAlgorithm";
      /** The event. Its contents were not checked. */
      readonly event: E;
    }
  | {
      /** The type is only valid inside Olm, but the event is not encrypted. */
      readonly _tag: "MustBeEncrypted";
      /** The event. Do not use its contents. */
      readonly event: E;
    };

/**
 * The result of reading a decrypted event: a `TypedEvent` in which every known type is valid.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type TypedDecryptedEvent<C = ContentsByType> = Exclude<
  TypedEvent<OlmPlaintext, C>,
  { readonly _tag: "MustBeEncrypted" }
>;

/**
 * The host's own codecs for event types that the library does not know.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type HostCodecs = { readonly [type: string]: t.Mixed } & {
  readonly [T in KnownType]?: never;
};

/**
 * The contents of the event types for which the host has codecs.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type HostContents<H extends HostCodecs> = { readonly [T in keyof H]: t.TypeOf<H[T]> };

/**
 * Reads the contents of an unencrypted event by its type.
 *
 * The event may come from `/sync` or from an appservice transaction. It keeps its other members. For the plaintext of an
 * `m.room.encrypted` use `checkOlmPlaintext` and `readDecryptedEvent`.
 *
 * @param event - the event as the client received it
 * @returns the event, tagged and typed
 *
 * @example
 * ```ts
 * import { readEvent, ToDeviceEvent } from "matrix-send-to-device";
 *
 * const event = ToDeviceEvent.decode({
 *   type: "m.key.verification.start",
 *   sender: "@john:example.com",
 *   content: { from_device: "PHONE", transaction_id: "17", method: "m.reciprocate.v1", secret: "c2VjcmV0" },
 * });
 * if (event._tag === "Right") {
 *   const read = readEvent(event.right);
 *   if (read._tag === "Known" && read.event.type === "m.key.verification.start") {
 *     console.log(read.event.content.from_device); // "PHONE"
 *   }
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export function readEvent<E extends ToDeviceEvent>(event: E): TypedEvent<E> {
  return readPlain(event, none);
}

/**
 * `readEvent` with the host's own codecs for further event types.
 *
 * A host codec must accept or reject its input without changing it. Contents are `Invalid` if the codec would decode them
 * to another value, such as a date for a string.
 *
 * If a type is only valid inside Olm, pass its codec to `readDecryptedEventWith` alone. `readEvent` then returns
 * `Unknown` for it.
 *
 * @param options - `codecs`: a codec for each further event type. Only own members are read
 * @returns a function that reads an event as `readEvent` does
 * @throws TypeError if the library knows one of the types itself
 *
 * @example
 * ```ts
 * import * as t from "io-ts";
 * import { readEventWith, ToDeviceEvent } from "matrix-send-to-device";
 *
 * const read = readEventWith({ codecs: { "org.example.ping": t.type({ count: t.number }) } });
 * const event = ToDeviceEvent.decode({
 *   type: "org.example.ping",
 *   sender: "@john:example.com",
 *   content: { count: 3 },
 * });
 * if (event._tag === "Right") {
 *   const ping = read(event.right);
 *   if (ping._tag === "Known" && ping.event.type === "org.example.ping") {
 *     console.log(ping.event.content.count); // 3
 *   }
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export function readEventWith<H extends HostCodecs>(options: {
  /** A codec for each further event type. */
  readonly codecs: H;
}): <E extends ToDeviceEvent>(event: E) => TypedEvent<E, PlainContentsByType & HostContents<H>> {
  const codecs = hostCodecs(options);
  return (event) => readPlain(event, codecs);
}

/**
 * Reads the contents of a decrypted event by its type. Every known type is valid here, including `m.room_key`.
 *
 * @param decrypted - the result of `checkOlmPlaintext` if every check passed
 * @returns the plaintext, tagged and typed
 *
 * @example
 * ```ts
 * import { type DecryptedEvent, readDecryptedEvent } from "matrix-send-to-device";
 *
 * export function roomOf(decrypted: DecryptedEvent): string {
 *   const read = readDecryptedEvent(decrypted);
 *   return read._tag === "Known" && read.event.type === "m.room_key"
 *     ? read.event.content.room_id
 *     : `${read._tag}: ${read.event.type}`;
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export function readDecryptedEvent(decrypted: DecryptedEvent): TypedDecryptedEvent {
  return read<OlmPlaintext, ContentsByType>(decrypted.event, none, OlmPlaintext);
}

/**
 * `readDecryptedEvent` with the host's own codecs for further event types, as in `readEventWith`.
 *
 * @param options - `codecs`: a codec for each further event type. Only own members are read
 * @returns a function that reads a decrypted event as `readDecryptedEvent` does
 * @throws TypeError if the library knows one of the types itself
 *
 * @example
 * ```ts
 * import * as t from "io-ts";
 * import { type DecryptedEvent, readDecryptedEventWith } from "matrix-send-to-device";
 *
 * const readWith = readDecryptedEventWith({ codecs: { "org.example.key": t.type({ key: t.string }) } });
 * export function keyOf(decrypted: DecryptedEvent): string | undefined {
 *   const read = readWith(decrypted);
 *   return read._tag === "Known" && read.event.type === "org.example.key" ? read.event.content.key : undefined;
 * }
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export function readDecryptedEventWith<H extends HostCodecs>(options: {
  /** A codec for each further event type. */
  readonly codecs: H;
}): (decrypted: DecryptedEvent) => TypedDecryptedEvent<ContentsByType & HostContents<H>> {
  const codecs = hostCodecs(options);
  return ({ event }) =>
    read<OlmPlaintext, ContentsByType & HostContents<H>>(event, codecs, OlmPlaintext);
}

type Codecs = ReadonlyMap<string, t.Mixed>;

const none: Codecs = /* #__PURE__ */ new Map();

/** The host's codecs by event type, as they are now. */
function hostCodecs(options: { readonly codecs: HostCodecs }): Codecs {
  const codecs: Codecs = hasOwn(options, "codecs") ? new Map(Object.entries(options.codecs)) : none;
  for (const type of codecs.keys()) {
    if (isKnownType(type)) {
      throw new TypeError(`codecs: the library has a codec for ${type}; leave it out`);
    }
  }
  return codecs;
}

function readPlain<E extends ToDeviceEvent, C>(event: E, codecs: Codecs): TypedEvent<E, C> {
  return encryptedTypes.has(event.type)
    ? { _tag: "MustBeEncrypted", event }
    : read(event, codecs, ToDeviceEvent);
}

const encryptedTypes: ReadonlySet<string> = /* #__PURE__ */ new Set<EncryptedType>([
  "m.room_key",
  "m.forwarded_room_key",
  "m.room_key_bundle",
  "m.secret.send",
]);

function read<E extends ToDeviceEvent, C>(
  event: E,
  codecs: Codecs,
  root: t.Mixed,
): Exclude<TypedEvent<E, C>, { readonly _tag: "MustBeEncrypted" }> {
  const { type, content } = event;
  const codec: t.Mixed | undefined = isKnownType(type) ? contents[type] : codecs.get(type);
  if (codec === undefined) return { _tag: "Unknown", event };
  // A guard, not `decode`: a host codec may decode to another value than the one in the event.
  if (codec.is(content)) {
    return {
      _tag: "Known",
      event: event as unknown as Omit<E, "type" | "content"> & KnownEvent<C>,
    };
  }
  if (unknownAlgorithms.get(type)?.is(content)) return { _tag: "UnknownAlgorithm", event };
  // The context makes the errors name the member of the event, as a codec of the whole event would.
  const context: t.Context = [
    { key: "", type: root },
    { key: "content", type: codec },
  ];
  const decoded = codec.validate(content, context);
  const errors = decoded._tag === "Left" ? decoded.left : [{ value: undefined, context }];
  return { _tag: "Invalid", event, errors };
}

/** For the types whose algorithms the specification lists: contents with an algorithm that is not in the list. */
const unknownAlgorithms: ReadonlyMap<string, t.Mixed> = /* #__PURE__ */ new Map([
  [
    "m.room.encrypted",
    /* #__PURE__ */ otherThan("m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"),
  ],
  ["m.room_key", /* #__PURE__ */ otherThan("m.megolm.v1.aes-sha2")],
  ["m.room_key.withheld", /* #__PURE__ */ otherThan("m.megolm.v1.aes-sha2")],
]);

/** Contents with an algorithm other than these. */
function otherThan(...known: ReadonlyArray<string>): t.Mixed {
  return struct("OtherAlgorithm", {
    algorithm: brick(
      "AlgorithmName",
      "expected another algorithm",
      (value) => typeof value === "string" && !known.includes(value),
    ),
  });
}
