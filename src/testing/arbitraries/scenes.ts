/** Users and devices that belong together. */
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
 * The devices that a host lists for each user. A user without devices has no entry. Lists may have repetitions and a
 * `*`.
 */
export type DeviceDirectory = ReadonlyMap<wire.UserId, ReadonlyArray<wire.DeviceId>>;

/**
 * A host's directory for the users of some messages. It has some of the devices that are named there, and others.
 *
 * @param messages - The messages whose users are listed.
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
  /** From the path. */
  readonly type: string;
  readonly body: wire.SendToDeviceBody;
  readonly directory: DeviceDirectory;
};

/**
 * What a client may ask of its server: contents that can be sent, users of some servers, and a directory of devices.
 *
 * @example
 * ```ts
 * import { deliver } from "matrix-send-to-device";
 * import { arbitraries } from "matrix-send-to-device/testing";
 * import * as fc from "fast-check";
 *
 * // What your code delivers for a request goes to listed devices only, and to each at most once.
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

/** What one server receives from another, and a directory that has some of the devices. */
export type TransactionScene = {
  /** The server that signed the request. */
  readonly origin: wire.ServerName;
  /** The server that receives it: users of other servers are not local. */
  readonly destination: wire.ServerName;
  readonly transaction: wire.Transaction & { readonly edus: ReadonlyArray<unknown> };
  readonly directory: DeviceDirectory;
};

/** The same, now and then with an invalid recipient or invalid contents. */
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
 * A transaction between two servers. Most of it is valid. Now and then it has an EDU of another type, an invalid EDU, a
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
