/**
 * fast-check arbitraries of invalid values: one per codec, with the same name. Each makes a valid value with one fault, and
 * the path to the fault. The value is still JSON: a member is missing, has another type, or violates its grammar.
 */
import * as fc from "fast-check";
import { maxTransactionEdus } from "../index.js";
import * as valid from "./arbitraries/index.js";
import { broken, type Invalid, notArray, notObject, notString, type Shape } from "./shape.js";
import * as typed from "./typed-contents.js";

export type { Invalid };

// Invalid parts.

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

// One per codec.

/** Invalid user IDs. */
export const UserId: fc.Arbitrary<Invalid> = broken(valid.UserId, userId);

/** Invalid server names. */
export const ServerName: fc.Arbitrary<Invalid> = broken(valid.ServerName, serverName);

/** Invalid device IDs. */
export const DeviceId: fc.Arbitrary<Invalid> = broken(valid.DeviceId, deviceId);

/** Invalid message IDs. */
export const MessageId: fc.Arbitrary<Invalid> = broken(valid.MessageId, messageId);

/** Values that are not contents. */
export const DeviceMessageContents: fc.Arbitrary<Invalid> = broken(
  valid.DeviceMessageContents,
  contents,
);

/** Messages with one fault: an invalid user ID, or no object in place of devices or contents. */
export const Messages: fc.Arbitrary<Invalid> = broken(valid.Messages, messages);

/** Bodies of `PUT /sendToDevice` with one fault. */
export const SendToDeviceBody: fc.Arbitrary<Invalid> = broken(valid.SendToDeviceBody, {
  bad: notObject,
  required: { messages },
});

/** Requests with one fault. */
export const SendToDeviceRequest: fc.Arbitrary<Invalid> = broken(valid.SendToDeviceRequest, {
  bad: notObject,
  required: { sender: userId, type: text, messages },
});

/** To Device Messages with one fault. */
export const ToDeviceMessage: fc.Arbitrary<Invalid> = broken(valid.ToDeviceMessage, message);

/** EDUs with one fault. */
export const DirectToDeviceEdu: fc.Arbitrary<Invalid> = broken(valid.DirectToDeviceEdu, {
  bad: notObject,
  required: { edu_type: { bad: notOurEdu }, content: message },
});

/** Transactions with one fault outside their PDUs and EDUs. */
export const Transaction: fc.Arbitrary<Invalid> = broken(valid.Transaction, {
  bad: notObject,
  required: {
    origin: serverName,
    origin_server_ts: timestamp,
    pdus: upTo(50),
  },
  optional: { edus: upTo(maxTransactionEdus) },
});

/** Events of `/sync` with one fault. */
export const ToDeviceEvent: fc.Arbitrary<Invalid> = broken(valid.ToDeviceEvent, {
  bad: notObject,
  required: { type: text, sender: userId, content: contents },
});

/** Events for appservices with one fault. */
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

// Typed contents.

/** Contents of `m.dummy` with one fault. */
export const Dummy: fc.Arbitrary<Invalid> = typed.dummy.invalid;

/** Contents of `m.room.encrypted` with one fault. */
export const RoomEncrypted: fc.Arbitrary<Invalid> = typed.roomEncrypted.invalid;

/** Invalid room IDs. */
export const RoomId: fc.Arbitrary<Invalid> = typed.roomId.invalid;

/** Contents of `m.room_key` with one fault. */
export const RoomKey: fc.Arbitrary<Invalid> = typed.roomKey.invalid;

/** Contents of `m.forwarded_room_key` with one fault. */
export const ForwardedRoomKey: fc.Arbitrary<Invalid> = typed.forwardedRoomKey.invalid;

/** Contents of `m.room_key_request` with one fault. */
export const RoomKeyRequest: fc.Arbitrary<Invalid> = typed.roomKeyRequest.invalid;

/** Contents of `m.room_key.withheld` with one fault. */
export const RoomKeyWithheld: fc.Arbitrary<Invalid> = typed.roomKeyWithheld.invalid;

/** Contents of `m.room_key_bundle` with one fault. */
export const RoomKeyBundle: fc.Arbitrary<Invalid> = typed.roomKeyBundle.invalid;

/** Contents of `m.secret.request` with one fault. */
export const SecretRequest: fc.Arbitrary<Invalid> = typed.secretRequest.invalid;

/** Contents of `m.secret.send` with one fault. */
export const SecretSend: fc.Arbitrary<Invalid> = typed.secretSend.invalid;

/** Contents of `m.key.verification.request` with one fault. */
export const KeyVerificationRequest: fc.Arbitrary<Invalid> = typed.keyVerificationRequest.invalid;

/** Contents of `m.key.verification.ready` with one fault. */
export const KeyVerificationReady: fc.Arbitrary<Invalid> = typed.keyVerificationReady.invalid;

/** Contents of `m.key.verification.start` with one fault. */
export const KeyVerificationStart: fc.Arbitrary<Invalid> = typed.keyVerificationStart.invalid;

/** Contents of `m.key.verification.accept` with one fault. */
export const KeyVerificationAccept: fc.Arbitrary<Invalid> = typed.keyVerificationAccept.invalid;

/** Contents of `m.key.verification.key` with one fault. */
export const KeyVerificationKey: fc.Arbitrary<Invalid> = typed.keyVerificationKey.invalid;

/** Contents of `m.key.verification.mac` with one fault. */
export const KeyVerificationMac: fc.Arbitrary<Invalid> = typed.keyVerificationMac.invalid;

/** Contents of `m.key.verification.done` with one fault. */
export const KeyVerificationDone: fc.Arbitrary<Invalid> = typed.keyVerificationDone.invalid;

/** Contents of `m.key.verification.cancel` with one fault. */
export const KeyVerificationCancel: fc.Arbitrary<Invalid> = typed.keyVerificationCancel.invalid;

/** Plaintexts of Olm messages with one fault. */
export const OlmPlaintext: fc.Arbitrary<Invalid> = typed.olmPlaintext.invalid;
