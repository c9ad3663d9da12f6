/**
 * From a to-device event, or a decrypted one, to an event whose contents are typed by its event type.
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
 * A type whose events only count inside an `m.room.encrypted` with Olm: they carry keys and secrets. In a plain event
 * they are forgeries or mistakes.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type EncryptedType =
  | "m.room_key"
  | "m.forwarded_room_key"
  | "m.room_key_bundle"
  | "m.secret.send";

/**
 * What the events of each type carry that count when they are sent in plain.
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
    readonly type: T;
    readonly sender: UserId;
    readonly content: C[T];
  };
}[keyof C & string];

/**
 * An event after its contents were read. `event` is always the given event, the same reference.
 *
 * - `Known`: the type is known, and the contents are valid for it.
 * - `Unknown`: the type is unknown; the contents stay opaque.
 * - `Invalid`: the type is known, and `errors` says where the contents are invalid.
 * - `UnknownAlgorithm`: the type is known, and `algorithm` is a string that this version of the library does not know.
 *   What the other members have to be is therefore unknown too.
 * - `MustBeEncrypted`: the type only counts inside Olm, but the event came in plain. Do not use its contents.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type TypedEvent<E extends ToDeviceEvent = ToDeviceEvent, C = PlainContentsByType> =
  | { readonly _tag: "Known"; readonly event: Omit<E, "type" | "content"> & KnownEvent<C> }
  | { readonly _tag: "Unknown"; readonly event: E }
  | { readonly _tag: "Invalid"; readonly event: E; readonly errors: t.Errors }
  | { readonly _tag: "UnknownAlgorithm"; readonly event: E }
  | { readonly _tag: "MustBeEncrypted"; readonly event: E };

/**
 * A decrypted event after its contents were read: a `TypedEvent`, but every known type counts.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export type TypedDecryptedEvent<C = ContentsByType> = Exclude<
  TypedEvent<OlmPlaintext, C>,
  { readonly _tag: "MustBeEncrypted" }
>;

/**
 * Codecs of the host's own for event types that the library does not know.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type HostCodecs = { readonly [type: string]: t.Mixed } & {
  readonly [T in KnownType]?: never;
};

/**
 * What the events of the types of the host's codecs carry.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type HostContents<H extends HostCodecs> = { readonly [T in keyof H]: t.TypeOf<H[T]> };

/**
 * Reads the contents of a plain event by its type. An event of `/sync` or of an appservice transaction will do; it keeps
 * its other members.
 *
 * For the plaintext of an `m.room.encrypted` use `checkOlmPlaintext` and `readDecryptedEvent`.
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
 * `readEvent` with codecs of the host's own for further event types.
 *
 * A host codec must accept or reject its input and change nothing. If the contents are not what the codec's type says,
 * for instance because it would turn a string into a date, they are `Invalid`.
 *
 * A type that only counts inside Olm belongs in the codecs of `readDecryptedEventWith` alone, so that it is `Unknown` in plain.
 *
 * @param options - `codecs`: a codec for each further event type; own members only
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
  readonly codecs: H;
}): <E extends ToDeviceEvent>(event: E) => TypedEvent<E, PlainContentsByType & HostContents<H>> {
  const codecs = hostCodecs(options);
  return (event) => readPlain(event, codecs);
}

/**
 * Reads the contents of a decrypted event by its type. Every known type counts here, also `m.room_key`.
 *
 * @param decrypted - what `checkOlmPlaintext` gives if every check passes
 * @returns the plaintext, tagged and typed
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export function readDecryptedEvent(decrypted: DecryptedEvent): TypedDecryptedEvent {
  return read<OlmPlaintext, ContentsByType>(decrypted.event, none, OlmPlaintext);
}

/**
 * `readDecryptedEvent` with codecs of the host's own for further event types, as in `readEventWith`.
 *
 * @param options - `codecs`: a codec for each further event type; own members only
 * @returns a function that reads a decrypted event as `readDecryptedEvent` does
 * @throws TypeError if the library knows one of the types itself
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#molmv1curve25519-aes-sha2}
 */
export function readDecryptedEventWith<H extends HostCodecs>(options: {
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
  // A guard, not `decode`: a codec of the host may give another value than the one in the event.
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

/** The types whose algorithms are closed in the specification, and contents that have another one. */
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
