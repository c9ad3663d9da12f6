/**
 * The EDU `m.direct_to_device`, its To Device Message, and what stands around them.
 *
 * Every codec is a refinement: what it accepts comes back as the same reference with all its unknown members, and
 * encoding changes nothing.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import * as t from "io-ts";
import {
  type DeviceId,
  isMessageId,
  isUserId,
  MessageId,
  ServerName,
  UserId,
} from "./identifiers.js";
import { array, brick, dictionary, Integer, record, shortcut, struct } from "./internal/codec.js";
import { isPlainObject, type PlainObject } from "./internal/plain.js";

/**
 * What one device gets: a JSON object, opaque to servers. It is not walked.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type DeviceMessageContents = { readonly [key: string]: unknown };
/** The codec of Device Message Contents: a plain object, which is not walked. */
export const DeviceMessageContents: t.Type<DeviceMessageContents> = /* #__PURE__ */ brick(
  "DeviceMessageContents",
  "expected object",
  isPlainObject,
);

/** What each device of one user gets; `*` stands for the user's other known devices. */
export type DeviceMessages = {
  readonly [deviceId: DeviceId]: DeviceMessageContents;
  readonly "*"?: DeviceMessageContents;
};
const DeviceMessages: t.Type<DeviceMessages> = /* #__PURE__ */ dictionary(
  "DeviceMessages",
  DeviceMessageContents,
);

/**
 * Who gets what: User ID to Device ID (or `*`) to Device Message Contents.
 *
 * A key that is no User ID is an error; it is never dropped.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type Messages = { readonly [userId: UserId]: DeviceMessages };
/** The codec of the map of messages, keys included. */
export const Messages: t.Type<Messages> = /* #__PURE__ */ record(
  "Messages",
  UserId,
  DeviceMessages,
);

/** `Messages` in which no `*` is left. */
export type ExpandedMessages = {
  readonly [userId: UserId]: {
    readonly [deviceId: DeviceId]: DeviceMessageContents;
    readonly "*"?: never;
  };
};

/**
 * The body of `PUT /_matrix/client/v3/sendToDevice/{eventType}/{txnId}`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
export type SendToDeviceBody = { readonly messages: Messages };
/** The codec of the body of a client's request. */
export const SendToDeviceBody: t.Type<SendToDeviceBody> = /* #__PURE__ */ struct(
  "SendToDeviceBody",
  {
    messages: Messages,
  },
);

/** What one client asks for: its body, with the sender from its access token and the type from the path. */
export type SendToDeviceRequest = {
  readonly sender: UserId;
  readonly type: string;
  readonly messages: Messages;
};
/** The codec of a request with its sender and type. */
export const SendToDeviceRequest: t.Type<SendToDeviceRequest> = /* #__PURE__ */ struct(
  "SendToDeviceRequest",
  { sender: UserId, type: t.string, messages: Messages },
);

/**
 * The content of the EDU.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type ToDeviceMessage = {
  readonly sender: UserId;
  readonly type: string;
  readonly message_id: MessageId;
  readonly messages: Messages;
};
/** The codec of a To Device Message, which must be right as a whole. */
export const ToDeviceMessage: t.Type<ToDeviceMessage> = /* #__PURE__ */ struct("ToDeviceMessage", {
  sender: UserId,
  type: t.string,
  message_id: MessageId,
  messages: Messages,
});

/** The `edu_type` of send-to-device messaging. */
export const directToDevice = "m.direct_to_device";

/**
 * The EDU by which one server hands messages for devices to another. It must be right as a whole.
 *
 * For a transaction from the network use `receiveEdus`, which lets a bad recipient fall alone and checks the sender.
 *
 * @example
 * ```ts
 * import { DirectToDeviceEdu } from "matrix-send-to-device";
 *
 * const decoded = DirectToDeviceEdu.decode({
 *   edu_type: "m.direct_to_device",
 *   content: {
 *     sender: "@john:example.com",
 *     type: "m.room_key_request",
 *     message_id: "hiezohf6Hoo7kaev",
 *     messages: { "@alice:example.org": { IWHQUZUIAH: { algorithm: "m.megolm.v1.aes-sha2" } } },
 *   },
 * });
 * console.log(decoded._tag); // "Right"
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type DirectToDeviceEdu = {
  readonly edu_type: "m.direct_to_device";
  readonly content: ToDeviceMessage;
};
/** The codec of the EDU, which must be right as a whole. */
export const DirectToDeviceEdu: t.Type<DirectToDeviceEdu> = /* #__PURE__ */ shortcut(
  /* #__PURE__ */ struct("DirectToDeviceEdu", {
    edu_type: /* #__PURE__ */ brick<typeof directToDevice>(
      "EduType",
      'expected "m.direct_to_device"',
      (value) => value === directToDevice,
    ),
    content: ToDeviceMessage,
  }),
  [
    { key: "messages", type: Messages },
    { key: "content", type: ToDeviceMessage },
  ],
  (edu) => contentOf(edu)?.messages,
);

/** The content of an EDU in which all but the messages is right, or nothing where that takes a closer look. */
export function contentOf(
  edu: unknown,
): (Omit<ToDeviceMessage, "messages"> & { readonly messages: unknown }) | undefined {
  if (!inheritsNothing(edu)) return undefined;
  const { edu_type, content } = edu;
  if (edu_type !== directToDevice || !inheritsNothing(content)) return undefined;
  const { sender, type, message_id } = content;
  return isUserId(sender) && typeof type === "string" && isMessageId(message_id)
    ? (content as ToDeviceMessage)
    : undefined;
}

/** Whether a value inherits no member that an EDU has. Engines know the answer for all names without looking. */
function inheritsNothing(value: unknown): value is PlainObject {
  const root = Object.prototype;
  return (
    isPlainObject(value) &&
    value instanceof Object &&
    !("edu_type" in root) &&
    !("content" in root) &&
    !("sender" in root) &&
    !("type" in root) &&
    !("message_id" in root) &&
    !("messages" in root)
  );
}

/** The most EDUs of one federation transaction. */
export const maxTransactionEdus = 100;

/** The most PDUs of one federation transaction. */
export const maxTransactionPdus = 50;

/**
 * The body of `PUT /_matrix/federation/v1/send/{txnId}`. Its EDUs are not looked at: `receiveEdus` does that.
 *
 * The `origin` that counts is the server that signed the request, not this member.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export type Transaction = {
  readonly origin: ServerName;
  /** Milliseconds since 1970. */
  readonly origin_server_ts: number;
  readonly pdus: ReadonlyArray<unknown>;
  readonly edus?: ReadonlyArray<unknown>;
};
/** The codec of a transaction, without its EDUs and PDUs. */
export const Transaction: t.Type<Transaction> = /* #__PURE__ */ struct(
  "Transaction",
  {
    origin: ServerName,
    origin_server_ts: Integer,
    pdus: /* #__PURE__ */ array("Pdus", t.unknown, maxTransactionPdus),
  },
  { edus: /* #__PURE__ */ array("Edus", t.unknown, maxTransactionEdus) },
);

/**
 * What a client finds in `to_device.events` of `/sync`: one message, without whom it was for.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
export type ToDeviceEvent = {
  readonly type: string;
  readonly sender: UserId;
  readonly content: DeviceMessageContents;
};
/** The codec of the event that a client reads. */
export const ToDeviceEvent: t.Type<ToDeviceEvent> = /* #__PURE__ */ struct("ToDeviceEvent", {
  type: t.string,
  sender: UserId,
  content: DeviceMessageContents,
});
