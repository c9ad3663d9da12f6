/**
 * From a to-device event to one whose contents are typed by its event type.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
import type * as t from "io-ts";
import { type ContentsOf, contents, isKnownType, type KnownType } from "./contents/index.js";
import type { UserId } from "./identifiers.js";
import { ToDeviceEvent } from "./message.js";

/**
 * A to-device event of a type that the specification knows, with what that type carries: `type` discriminates.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type KnownEvent = {
  readonly [T in KnownType]: {
    readonly type: T;
    readonly sender: UserId;
    readonly content: ContentsOf<T>;
  };
}[KnownType];

/**
 * An event after its contents were read; `event` is always the event that was given, the same reference.
 *
 * - `Known`: the type is known, and the contents are what it carries.
 * - `Unknown`: the specification does not know the type; the contents stay opaque.
 * - `Refused`: the type is known, and `errors` says where the contents are wrong.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging}
 */
export type TypedEvent<E extends ToDeviceEvent = ToDeviceEvent> =
  | { readonly _tag: "Known"; readonly event: Omit<E, "type" | "content"> & KnownEvent }
  | { readonly _tag: "Unknown"; readonly event: E }
  | { readonly _tag: "Refused"; readonly event: E; readonly errors: t.Errors };

/**
 * Reads the contents of an event by its type. An event of `/sync` or of an appservice transaction will do, and keeps
 * the members that it has beside.
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
  if (!isKnownType(event.type)) return { _tag: "Unknown", event };
  const codec: t.Mixed = contents[event.type];
  // The context makes the errors name the member of the event, as a codec of the whole event would.
  const decoded = codec.validate(event.content, [
    { key: "", type: ToDeviceEvent },
    { key: "content", type: codec },
  ]);
  return decoded._tag === "Left"
    ? { _tag: "Refused", event, errors: decoded.left }
    : { _tag: "Known", event: event as Omit<E, "type" | "content"> & KnownEvent };
}
