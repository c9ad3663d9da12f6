/**
 * The EDU `m.direct_to_device`, its To Device Message, and the JSON around them.
 *
 * Every codec is a refinement: it returns the same reference with all its unknown members, and encoding changes nothing.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import * as t from "io-ts";
import { MessageId, ServerName, UserId } from "./identifiers.js";
import { array, brick, Integer, record, struct } from "./internal/codec.js";
import { isPlainObject } from "./internal/plain.js";
import type { JsonObject, Unbranded } from "./json.js";

/**
 * The contents of a message for one device: a JSON object, opaque to servers.
 *
 * The codecs do not check its members. `receiveTransaction` and `packEdus` do.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type DeviceMessageContents = JsonObject;
/** The codec of Device Message Contents: a plain object, whose members are not checked. */
export const DeviceMessageContents: t.Type<DeviceMessageContents> = /* #__PURE__ */ brick(
  "DeviceMessageContents",
  "expected object",
  isPlainObject,
);

/**
 * The messages for the devices of one user: Device ID to contents. `*` stands for the user's other known devices.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type DeviceMessages = { readonly [deviceId: string]: DeviceMessageContents };
const DeviceMessages: t.Type<DeviceMessages> = /* #__PURE__ */ record(
  "DeviceMessages",
  DeviceMessageContents,
);

/**
 * Who receives what: User ID to Device ID (or `*`) to Device Message Contents.
 *
 * In the type, keys are plain strings. The codec checks them: an invalid key is an error and is never dropped.
 * `splitByDestination` and `packEdus` throw a `TypeError` for a map that was not decoded.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export interface Messages {
  /** The messages for the devices of a user. */
  readonly [userId: string]: DeviceMessages;
}
/** The codec of the map of messages, keys included. */
export const Messages: t.Type<Messages> = /* #__PURE__ */ record(
  "Messages",
  DeviceMessages,
  UserId,
);

/**
 * `Messages` without any `*`.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type ExpandedMessages = Messages & {
  // An interface has no implicit index signature, unlike a type alias: `Messages` are not assignable to this type.
  readonly [brand: symbol]: "ExpandedMessages";
};

/**
 * The body of `PUT /_matrix/client/v3/sendToDevice/{eventType}/{txnId}`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
export type SendToDeviceBody = {
  /** Who receives what. */
  readonly messages: Messages;
};
/** The codec of the body of a client's request. */
export const SendToDeviceBody: t.Type<SendToDeviceBody> = /* #__PURE__ */ struct(
  "SendToDeviceBody",
  { messages: Messages },
);

/**
 * A client's request: its messages, with the sender from the access token and the type from the path.
 *
 * Make it with `requestOf`, so that the body cannot choose the sender.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid}
 */
export type SendToDeviceRequest = {
  /** The user that the access token belongs to. */
  readonly sender: UserId;
  /** The event type in the path. */
  readonly type: string;
  /** Who receives what. */
  readonly messages: Messages;
};
/** The codec of a request with its sender and type. */
export const SendToDeviceRequest: t.Type<
  SendToDeviceRequest,
  Unbranded<SendToDeviceRequest>
> = /* #__PURE__ */ struct("SendToDeviceRequest", {
  sender: UserId,
  type: t.string,
  messages: Messages,
});

/**
 * The content of the EDU.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export type ToDeviceMessage = {
  /** The user that sends the message. */
  readonly sender: UserId;
  /** The event type. */
  readonly type: string;
  /** The ID by which the receiver recognises a repetition. */
  readonly message_id: MessageId;
  /** Who receives what. */
  readonly messages: Messages;
};
/** The codec of a To Device Message: it accepts the whole message or rejects it. */
export const ToDeviceMessage: t.Type<
  ToDeviceMessage,
  Unbranded<ToDeviceMessage>
> = /* #__PURE__ */ struct("ToDeviceMessage", {
  sender: UserId,
  type: t.string,
  message_id: MessageId,
  messages: Messages,
});

/** The `edu_type` of send-to-device messaging. */
export const directToDevice = "m.direct_to_device";

/**
 * The EDU by which one server sends messages for devices to another.
 *
 * The codec accepts the whole EDU or rejects it. To receive a transaction from another server, use `receiveTransaction`:
 * it checks the sender, and rejects an invalid recipient without the rest of the EDU.
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
  /** Always `m.direct_to_device`. */
  readonly edu_type: "m.direct_to_device";
  /** The To Device Message. */
  readonly content: ToDeviceMessage;
};
/** The codec of the EDU: it accepts the whole EDU or rejects it. */
export const DirectToDeviceEdu: t.Type<
  DirectToDeviceEdu,
  {
    readonly edu_type: "m.direct_to_device";
    readonly content: Unbranded<ToDeviceMessage>;
  }
> = /* #__PURE__ */ struct("DirectToDeviceEdu", {
  edu_type: /* #__PURE__ */ brick<typeof directToDevice>(
    "EduType",
    'expected "m.direct_to_device"',
    (value) => value === directToDevice,
  ),
  content: ToDeviceMessage,
});

/** The most EDUs in one federation transaction. */
export const maxTransactionEdus = 100;

/** The most PDUs in one federation transaction. */
const maxTransactionPdus = 50;

/**
 * The body of `PUT /_matrix/federation/v1/send/{txnId}`. The codec does not check the EDUs and PDUs in it.
 *
 * Do not trust its `origin`: the sender of a transaction is the server that signed the request.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export type Transaction = {
  /** The server that claims to send the transaction. */
  readonly origin: ServerName;
  /** Milliseconds since 1970. */
  readonly origin_server_ts: number;
  /** At most 50 persistent data units. */
  readonly pdus: ReadonlyArray<unknown>;
  /** At most 100 ephemeral data units, of any type. */
  readonly edus?: ReadonlyArray<unknown>;
};
/** The codec of a transaction, without its EDUs and PDUs. */
export const Transaction: t.Type<Transaction, Unbranded<Transaction>> = /* #__PURE__ */ struct(
  "Transaction",
  {
    origin: ServerName,
    origin_server_ts: Integer,
    pdus: /* #__PURE__ */ array("Pdus", t.unknown, maxTransactionPdus),
  },
  { edus: /* #__PURE__ */ array("Edus", t.unknown, maxTransactionEdus) },
);

/**
 * An event in `to_device.events` of `/sync`: one message, without its recipient.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#extensions-to-sync}
 */
export type ToDeviceEvent = {
  /** The event type. */
  readonly type: string;
  /** The user that sent the message. */
  readonly sender: UserId;
  /** The contents for this device. */
  readonly content: DeviceMessageContents;
};
/** The codec of a to-device event. */
export const ToDeviceEvent: t.Type<
  ToDeviceEvent,
  Unbranded<ToDeviceEvent>
> = /* #__PURE__ */ struct("ToDeviceEvent", {
  type: t.string,
  sender: UserId,
  content: DeviceMessageContents,
});
