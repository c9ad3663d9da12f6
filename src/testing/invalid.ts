/**
 * fast-check arbitraries of what is refused: for each codec, under its name, a valid value with one thing broken, and
 * where. What is broken is JSON as well: a member is missing, of another type, or out of its grammar.
 */
import * as fc from "fast-check";
import { maxTransactionEdus, maxTransactionPdus } from "../index.js";
import * as valid from "./arbitraries.js";

/** A value that its codec refuses, and the keys that lead to the one place where it does. */
export type Invalid = { readonly value: unknown; readonly path: ReadonlyArray<string> };

// How values are broken.

/** What a value is made of, as far as it can be broken. */
type Shape = {
  /** What no valid value is. */
  readonly bad: fc.Arbitrary<unknown>;
  readonly required?: { readonly [name: string]: Shape };
  readonly optional?: { readonly [name: string]: Shape };
  /** The values of a map, and keys that it must not have. */
  readonly entries?: Shape;
  readonly badKey?: fc.Arbitrary<string>;
};

type Members = { readonly [key: string]: unknown };

/** The valid values, each broken in one of all possible places. */
function broken(values: fc.Arbitrary<unknown>, shape: Shape): fc.Arbitrary<Invalid> {
  return values.chain((value) => fc.oneof(...breaksOf(shape, value)));
}

/** A value with each of its places broken: itself, its members, their members. */
function breaksOf(shape: Shape, value: unknown): ReadonlyArray<fc.Arbitrary<Invalid>> {
  const { bad, required = {}, optional = {}, entries, badKey } = shape;
  const members = value as Members;
  const ofEntries =
    entries && Object.fromEntries(Object.keys(members).map((key) => [key, entries]));
  const inner = Object.entries({ ...required, ...optional, ...ofEntries });
  return [
    bad.map((value) => ({ value, path: [] })),
    ...Object.keys(required).map((key) =>
      fc.constant({ value: without(members, key), path: [key] }),
    ),
    ...(badKey ? [badKey.map((key) => ({ value: put(members, key, {}), path: [key] }))] : []),
    ...inner.flatMap(([key, member]) =>
      Object.hasOwn(members, key)
        ? breaksOf(member, members[key]).map((invalid) =>
            invalid.map(({ value, path }) => ({
              value: put(members, key, value),
              path: [key, ...path],
            })),
          )
        : [],
    ),
  ];
}

function put(members: Members, key: string, value: unknown): Members {
  return Object.fromEntries([...Object.entries(members), [key, value]]);
}

function without(members: Members, key: string): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key));
}

// What is broken.

/** JSON of other types. */
const notString = fc.constantFrom<unknown>(null, 0, 35, true, [], ["@alice:example.org"], {});
const notObject = fc.constantFrom<unknown>(null, 0, "", "{}", true, [], [{}]);
const notArray = fc.constantFrom<unknown>(null, 0, "[]", {}, { "0": {}, length: 1 });

const notUserId = fc.constantFrom(
  ...[
    "",
    "@",
    "@alice",
    "@alice:",
    "alice:example.org",
    "*",
    "__proto__",
    "@a\u0000:b",
    "@a\ud800:b",
  ],
  ...[
    "@alice:exa mple.org",
    "@alice:remote_server",
    "@alice:[::1",
    "@alice:b:123456",
    "@alice:b\n",
  ],
  `@${"a".repeat(253)}:b`,
  `@${"\u{1f600}".repeat(60)}:example.organs`,
);

const notServerName = fc.constantFrom(
  ...[
    "",
    ":8448",
    "a_b",
    "a b",
    "bücher.example",
    "example.com:",
    "example.com:123456",
    "example.com\n",
  ],
  ...["[1.2.3.4]", "[::1", "[1:2:3:4:5:6:7]", "[1::2::3]", "[12345::]", "a".repeat(256)],
);

const notMessageId = fc.constantFrom(
  ...["a", "é", "\u{1f600}"].map((unit) => unit.repeat(33)),
  ...["\ud800", "a\udc00b", "a".repeat(1000)],
);

const text: Shape = { bad: notString };
const userId: Shape = { bad: fc.oneof(notUserId, notString) };
const serverName: Shape = { bad: fc.oneof(notServerName, notString) };
const deviceId: Shape = { bad: fc.oneof(fc.constant("*"), notString) };
const messageId: Shape = { bad: fc.oneof(notMessageId, notString) };
const timestamp: Shape = {
  bad: fc.constantFrom<unknown>(null, "1532991320875", 1.5, 2 ** 53, [1]),
};
const contents: Shape = { bad: notObject };
const messages: Shape = {
  bad: notObject,
  badKey: notUserId,
  entries: { bad: notObject, entries: contents },
};

function upTo(max: number): Shape {
  return { bad: fc.oneof(notArray, fc.constant(Array(max + 1).fill({}))) };
}

const message: Shape = {
  bad: notObject,
  required: { sender: userId, type: text, message_id: messageId, messages },
};

const notOurEdu = fc.constantFrom<unknown>("m.presence", "M.DIRECT_TO_DEVICE", "", null, 0);

// One for each codec.

/** No User IDs. */
export const UserId: fc.Arbitrary<Invalid> = broken(valid.UserId, userId);

/** No server names. */
export const ServerName: fc.Arbitrary<Invalid> = broken(valid.ServerName, serverName);

/** No device IDs. */
export const DeviceId: fc.Arbitrary<Invalid> = broken(valid.DeviceId, deviceId);

/** No message IDs. */
export const MessageId: fc.Arbitrary<Invalid> = broken(valid.MessageId, messageId);

/** No contents. */
export const DeviceMessageContents: fc.Arbitrary<Invalid> = broken(
  valid.DeviceMessageContents,
  contents,
);

/** Messages with a bad user, or with something else in the place of devices or contents. */
export const Messages: fc.Arbitrary<Invalid> = broken(valid.Messages, messages);

/** Bodies of `PUT /sendToDevice` with one thing broken. */
export const SendToDeviceBody: fc.Arbitrary<Invalid> = broken(valid.SendToDeviceBody, {
  bad: notObject,
  required: { messages },
});

/** Requests with one thing broken. */
export const SendToDeviceRequest: fc.Arbitrary<Invalid> = broken(valid.SendToDeviceRequest, {
  bad: notObject,
  required: { sender: userId, type: text, messages },
});

/** To Device Messages with one thing broken. */
export const ToDeviceMessage: fc.Arbitrary<Invalid> = broken(valid.ToDeviceMessage, message);

/** EDUs with one thing broken. */
export const DirectToDeviceEdu: fc.Arbitrary<Invalid> = broken(valid.DirectToDeviceEdu, {
  bad: notObject,
  required: { edu_type: { bad: notOurEdu }, content: message },
});

/** Transactions with one thing broken, but in their PDUs and EDUs. */
export const Transaction: fc.Arbitrary<Invalid> = broken(valid.Transaction, {
  bad: notObject,
  required: {
    origin: serverName,
    origin_server_ts: timestamp,
    pdus: upTo(maxTransactionPdus),
  },
  optional: { edus: upTo(maxTransactionEdus) },
});

/** Events of `/sync` with one thing broken. */
export const ToDeviceEvent: fc.Arbitrary<Invalid> = broken(valid.ToDeviceEvent, {
  bad: notObject,
  required: { type: text, sender: userId, content: contents },
});

/** Events for appservices with one thing broken. */
export const AppserviceToDeviceEvent: fc.Arbitrary<Invalid> = broken(
  valid.AppserviceToDeviceEvent,
  {
    bad: notObject,
    required: {
      type: text,
      sender: userId,
      to_user_id: userId,
      to_device_id: deviceId,
      content: contents,
    },
  },
);
