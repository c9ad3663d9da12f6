/** Contents, messages and the JSON around them: `*` next to named devices, contents shared by reference. */
import * as fc from "fast-check";
import type * as wire from "../../index.js";
import {
  allDevices,
  directToDevice,
  maxDepth,
  maxEduBytes,
  maxTransactionEdus,
} from "../../index.js";
import { canonicalScalar, choice, looseScalar, objects, open, struct, text } from "./bricks.js";
import { DeviceId, MessageId, ServerName, UserId } from "./identifiers.js";

/** Contents with this number of levels. */
function nested(levels: number): wire.DeviceMessageContents {
  let contents: wire.DeviceMessageContents = {};
  for (let level = 1; level < levels; level++) contents = { deeper: contents };
  return contents;
}

const nearMaxEduBytes: fc.Arbitrary<wire.DeviceMessageContents> = fc
  .tuple(
    fc.integer({ min: maxEduBytes - 600, max: maxEduBytes }),
    fc.constantFrom("x", "\u{1f600}"),
  )
  .map(([bytes, unit]) => ({ body: unit.repeat(unit === "x" ? bytes : Math.floor(bytes / 4)) }));

/** Device Message Contents with canonical JSON, so that `packEdus` can send them unless they are too large. */
export const canonicalContents: fc.Arbitrary<wire.DeviceMessageContents> = choice(
  [50, objects(canonicalScalar)],
  [2, fc.constant(nested(maxDepth))],
  [1, nearMaxEduBytes],
);

/** Any Device Message Contents, including those that cannot be sent: floats, lone surrogates, more levels than `maxDepth`. */
export const DeviceMessageContents: fc.Arbitrary<wire.DeviceMessageContents> = choice(
  [8, canonicalContents],
  [2, objects(choice([2, canonicalScalar], [1, looseScalar]))],
  [1, fc.integer({ min: maxDepth + 1, max: maxDepth + 3 }).map(nested)],
);

/** Which of three contents. */
const which: fc.Arbitrary<0 | 1 | 2> = fc.constantFrom(0, 1, 2);

/** Which contents a user's devices receive: only named devices, only `*`, both, or neither. */
const devices: fc.Arbitrary<ReadonlyArray<readonly [string, 0 | 1 | 2]>> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(DeviceId, which), {
      selector: ([id]) => id,
      maxLength: 4,
    }),
    fc.option(which, { freq: 2 }),
  )
  .map(([named, all]) => (all === null ? named : [...named, [allDevices, all] as const]));

/** Messages with these users and contents. Up to three contents are shared by many devices. */
export function messagesOf(
  user: fc.Arbitrary<wire.UserId>,
  contents: fc.Arbitrary<wire.DeviceMessageContents>,
): fc.Arbitrary<wire.Messages> {
  return fc
    .tuple(
      fc.uniqueArray(fc.tuple(user, devices), { selector: ([userId]) => userId, maxLength: 4 }),
      fc.tuple(contents, contents, contents),
    )
    .map(([users, shared]) =>
      Object.fromEntries(
        users.map(([userId, named]) => [
          userId,
          Object.fromEntries(named.map(([deviceId, index]) => [deviceId, shared[index]])),
        ]),
      ),
    );
}

/** Messages for up to four users, with and without `*`. */
export const Messages: fc.Arbitrary<wire.Messages> = messagesOf(UserId, DeviceMessageContents);

// The JSON around the messages.

/** Event types. */
export const eventType: fc.Arbitrary<string> = choice(
  [4, fc.constantFrom("m.room.encrypted", "m.room_key_request", "m.dummy")],
  [1, text],
);

const anyType: fc.Arbitrary<string> = choice([19, eventType], [1, fc.constant("\ud800")]);

/** Bodies of `PUT /sendToDevice`. */
export const SendToDeviceBody: fc.Arbitrary<wire.SendToDeviceBody> = open(
  struct({ messages: Messages }),
);

/** Requests of one client. */
export const SendToDeviceRequest: fc.Arbitrary<wire.SendToDeviceRequest> = open(
  struct({ sender: UserId, type: anyType, messages: Messages }),
);

/** To Device Messages. */
export const ToDeviceMessage: fc.Arbitrary<wire.ToDeviceMessage> = open(
  struct({ sender: UserId, type: anyType, message_id: MessageId, messages: Messages }),
);

/** EDUs of the type `m.direct_to_device`. */
export const DirectToDeviceEdu: fc.Arbitrary<wire.DirectToDeviceEdu> = open(
  struct({ edu_type: fc.constant(directToDevice), content: ToDeviceMessage }),
);

/** EDUs of other types. */
export const otherEdu: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  { edu_type: "m.typing", content: { room_id: "!a:b", user_id: "@a:b", typing: true } },
  { edu_type: "m.presence", content: { push: [] } },
);

/** Values that are not EDUs. */
export const noEdu: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  1,
  "",
  [],
  {},
  { edu_type: 1 },
);

/** Milliseconds since 1970. */
export const timestamp: fc.Arbitrary<number> = choice(
  [4, fc.constant(1_532_991_320_875)],
  [1, fc.maxSafeInteger()],
);

/** Federation transactions with up to 100 EDUs of any type, or values that are not EDUs. */
export const Transaction: fc.Arbitrary<wire.Transaction> = open(
  fc.record(
    {
      origin: ServerName,
      origin_server_ts: timestamp,
      pdus: few<unknown>(objects(canonicalScalar), 50),
      edus: few(
        choice<unknown>([3, DirectToDeviceEdu], [1, otherEdu], [1, noEdu]),
        maxTransactionEdus,
      ),
    },
    { requiredKeys: ["origin", "origin_server_ts", "pdus"], noNullPrototype: true },
  ) as fc.Arbitrary<wire.Transaction>,
);

/** Up to three elements, or one of them `max` times. */
function few<T>(element: fc.Arbitrary<T>, max: number): fc.Arbitrary<ReadonlyArray<T>> {
  return choice(
    [9, fc.array(element, { maxLength: 3 })],
    [1, element.map((same) => Array<T>(max).fill(same))],
  );
}

/** Events of `/sync`. */
export const ToDeviceEvent: fc.Arbitrary<wire.ToDeviceEvent> = open(
  struct({ type: anyType, sender: UserId, content: DeviceMessageContents }),
);

/** Events for appservices. */
export const AppserviceToDeviceEvent: fc.Arbitrary<wire.AppserviceToDeviceEvent> = open(
  struct({
    type: anyType,
    sender: UserId,
    to_user_id: UserId,
    to_device_id: DeviceId,
    content: DeviceMessageContents,
  }),
);
