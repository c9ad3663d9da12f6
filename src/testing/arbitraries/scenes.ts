/** Requests and transactions with a matching device directory. */
import * as fc from "fast-check";
import type * as wire from "../../index.js";
import { allDevices, directToDevice } from "../../index.js";
import { branded, choice, open, struct } from "./bricks.js";
import { DeviceId, MessageId, servers, userOf } from "./identifiers.js";
import {
  canonicalContents,
  DeviceMessageContents,
  eventType,
  messagesOf,
  noEdu,
  otherEdu,
  timestamp,
} from "./messages.js";

/**
 * The devices that a host lists for each user. Users without devices have no entry. A list may repeat a device or
 * contain a `*`.
 */
export type DeviceDirectory = ReadonlyMap<wire.UserId, ReadonlyArray<wire.DeviceId>>;

/**
 * A directory for the users of some messages. It lists some of the devices that are named there, and others.
 *
 * @param messages - the messages whose users are listed
 * @returns an arbitrary of directories
 *
 * @example
 * ```ts
 * import { arbitraries } from "matrix-send-to-device/testing";
 * import * as fc from "fast-check";
 *
 * const directories = arbitraries.deviceDirectory({ "@alice:example.org": { PHONE: {} } });
 * const listsAliceOnly = fc.property(directories, (directory) =>
 *   [...directory.keys()].every((userId) => userId === "@alice:example.org"),
 * );
 * console.log(fc.check(listsAliceOnly).failed); // false
 * ```
 */
export function deviceDirectory(messages: wire.Messages): fc.Arbitrary<DeviceDirectory> {
  const lists = Object.entries(messages).map(([userId, named]) => {
    const listed = fc.constantFrom("A", "B", "__proto__", "*", ...Object.keys(named));
    return fc.tuple(
      branded<wire.UserId>(fc.constant(userId)),
      fc.array(branded<wire.DeviceId>(listed), { maxLength: 6 }),
    );
  });
  return fc.tuple(...lists).map((entries) => new Map(entries.filter(([, ids]) => ids.length > 0)));
}

/** A client's request, and a directory that knows some of its devices. */
export type SendToDeviceScene = {
  /** The user that the access token belongs to. */
  readonly sender: wire.UserId;
  /** The event type in the path. */
  readonly type: string;
  /** The body of the request. */
  readonly body: wire.SendToDeviceBody;
  /** The devices that the server knows. */
  readonly directory: DeviceDirectory;
};

/**
 * A valid request of a client: contents that can be sent, users of several servers, and a directory of devices.
 *
 * @example
 * ```ts
 * import { deliver } from "matrix-send-to-device";
 * import { arbitraries } from "matrix-send-to-device/testing";
 * import * as fc from "fast-check";
 *
 * // A request reaches listed devices only, and each at most once.
 * const law = fc.property(arbitraries.sendToDeviceBody, ({ sender, type, body, directory }) => {
 *   const request = { sender, type, messages: body.messages };
 *   const { right } = deliver((userId) => directory.get(userId) ?? [])(request);
 *   const reached = right.map(({ userId, deviceId }) => JSON.stringify([userId, deviceId]));
 *   const isListed = right.every(({ userId, deviceId }) => directory.get(userId)?.includes(deviceId));
 *   return isListed && new Set(reached).size === reached.length;
 * });
 * console.log(fc.check(law).failed); // false
 * ```
 */
export const sendToDeviceBody: fc.Arbitrary<SendToDeviceScene> = struct({
  sender: userOf(fc.constantFrom(...servers)),
  type: eventType,
  messages: messagesOf(userOf(fc.constantFrom(...servers)), canonicalContents),
}).chain(({ sender, type, messages }) =>
  deviceDirectory(messages).map((directory) => ({ sender, type, body: { messages }, directory })),
);

/** A transaction that one server receives from another, and a directory with some of the devices. */
export type TransactionScene = {
  /** The server that signed the request. */
  readonly origin: wire.ServerName;
  /** The server that receives it: users of other servers are not local. */
  readonly destination: wire.ServerName;
  /** The body of the request. */
  readonly transaction: wire.Transaction & {
    /** At most 4 EDUs. */
    readonly edus: ReadonlyArray<unknown>;
  };
  /** The devices that the destination knows. */
  readonly directory: DeviceDirectory;
};

/** Messages, sometimes with an invalid recipient or invalid contents. */
function withFaults(messages: fc.Arbitrary<wire.Messages>): fc.Arbitrary<wire.Messages> {
  const bad = fc.constantFrom(
    ...["alice:example.org", "", "@alice", "__proto__"].map((user) => [user, { A: {} }] as const),
    ...[null, [], "{}"].map((notObject) => ["@carol:example.org", notObject] as const),
    ...[null, [], "{}"].map(
      (notObject) => ["@carol:example.org", { A: notObject, B: {} }] as const,
    ),
  );
  const added = fc.tuple(messages, bad).map(([good, entry]) => ({
    ...good,
    ...Object.fromEntries([entry]),
  }));
  return choice([5, messages], [1, added]);
}

/** An EDU of the server `origin`, most often for users of the server `destination`. */
function eduFrom(origin: string, destination: string): fc.Arbitrary<unknown> {
  const anywhere = fc.constantFrom(...servers);
  const messages = choice(
    [5, messagesOf(userOf(fc.constant(destination)), DeviceMessageContents)],
    [1, messagesOf(userOf(anywhere), DeviceMessageContents)],
  );
  const content = struct({
    sender: userOf(choice([9, fc.constant(origin)], [1, anywhere])),
    type: eventType,
    message_id: MessageId,
    messages: withFaults(messages),
  });
  return struct({ edu_type: fc.constant(directToDevice), content: open(content) });
}

function transactionBetween(origin: string, destination: string): fc.Arbitrary<TransactionScene> {
  const edu = choice([6, eduFrom(origin, destination)], [1, otherEdu], [1, noEdu]);
  const listed = choice<wire.DeviceId>([9, DeviceId], [1, branded(fc.constant(allDevices))]);
  const listedUser = fc.tuple(userOf(fc.constant(destination)), fc.array(listed, { maxLength: 5 }));
  return struct<TransactionScene>({
    origin: branded(fc.constant(origin)),
    destination: branded(fc.constant(destination)),
    transaction: struct<TransactionScene["transaction"]>({
      origin: branded(fc.constant(origin)),
      origin_server_ts: timestamp,
      pdus: fc.constant([]),
      edus: fc.array(edu, { maxLength: 4 }),
    }),
    directory: fc.array(listedUser, { maxLength: 3 }).map((entries) => new Map(entries)),
  });
}

/**
 * A transaction between two servers. Most of it is valid. Sometimes it has an EDU of another type, an invalid EDU, a
 * sender of another server, a recipient that is not local, an invalid recipient, or invalid contents.
 *
 * @example
 * ```ts
 * import { deliver, receiveEdus, serverNameOf } from "matrix-send-to-device";
 * import { arbitraries } from "matrix-send-to-device/testing";
 * import * as fc from "fast-check";
 *
 * // Whatever another server sends, only its own users reach listed devices of local users.
 * const law = fc.property(
 *   arbitraries.transaction,
 *   ({ origin, destination, transaction, directory }) => {
 *     const isLocal = (userId: string) => userId.endsWith(`:${destination}`);
 *     const { right } = receiveEdus({ origin, isLocal })(transaction.edus);
 *     return right.every((message) => {
 *       const deliveries = deliver((userId) => directory.get(userId) ?? [])(message).right;
 *       const isListed = deliveries.every(
 *         ({ userId, deviceId }) => isLocal(userId) && directory.get(userId)?.includes(deviceId),
 *       );
 *       return isListed && serverNameOf(message.sender) === origin;
 *     });
 *   },
 * );
 * console.log(fc.check(law).failed); // false
 * ```
 */
export const transaction: fc.Arbitrary<TransactionScene> = choice(
  [2, transactionBetween("example.com", "example.org")],
  [1, transactionBetween("[2001:db8::1]:8448", "example.org")],
);
