/** Helpers for tests: decoded values, and access to an `Either`. */
import type { Either } from "fp-ts/lib/Either.js";
import type * as t from "io-ts";
import {
  explain,
  SendToDeviceRequest,
  ServerName,
  ToDeviceMessage,
  UserId,
} from "matrix-send-to-device";

/** The example of the specification. */
export const specEdu = {
  content: {
    message_id: "hiezohf6Hoo7kaev",
    messages: {
      "@alice:example.org": {
        IWHQUZUIAH: {
          algorithm: "m.megolm.v1.aes-sha2",
          room_id: "!Cuyf34gef24t:localhost",
          session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
          session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
        },
      },
    },
    sender: "@john:example.com",
    type: "m.room_key_request",
  },
  edu_type: "m.direct_to_device",
};

/** The value, if the codec accepts it. Throws otherwise. */
export function valid<A, O>(codec: t.Type<A, O>, value: unknown): A {
  const decoded = codec.decode(value);
  if (decoded._tag === "Left") throw new Error(explain(decoded.left).join("\n"));
  return decoded.right;
}

/** The error lines of a codec for a value. Empty if it accepts the value. */
export function linesOf(codec: t.Mixed, value: unknown): ReadonlyArray<string> {
  const decoded = codec.decode(value);
  return decoded._tag === "Left" ? explain(decoded.left) : [];
}

export function leftOf<E, A>(either: Either<E, A>): E {
  if (either._tag === "Right") throw new Error("expected a left");
  return either.left;
}

export const user = (id: string): UserId => valid(UserId, id);
export const server = (name: string): ServerName => valid(ServerName, name);

/** A request of `@john:example.com`. */
export function requestWith(messages: unknown, members: object = {}): SendToDeviceRequest {
  const request = { sender: "@john:example.com", type: "m.test", messages, ...members };
  return valid(SendToDeviceRequest, request);
}

export function messageWith(messages: unknown): ToDeviceMessage {
  return valid(ToDeviceMessage, contentWith(messages));
}

/** The content of an EDU of `@john:example.com`, with any messages. */
export function contentWith(messages: unknown, members: object = {}): object {
  return { sender: "@john:example.com", type: "m.test", message_id: "1", messages, ...members };
}

export function eduWith(messages: unknown, members: object = {}): object {
  return { edu_type: "m.direct_to_device", content: contentWith(messages, members) };
}

/** An object with this number of levels. */
export function nested(levels: number): object {
  let value = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

/** An object of 90 levels that each hold the next one twice: 2^90 values in 90 objects. */
export function sharedGraph(): object {
  let value: object = {};
  for (let level = 1; level < 90; level++) value = { a: value, b: value };
  return value;
}

/** An object with an own member `__proto__`, as from `JSON.parse`. */
export function withProto(value: unknown, rest: object = {}): object {
  return Object.fromEntries([["__proto__", value], ...Object.entries(rest)]);
}
