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

/** Which devices a host lists for a user: with those left out who have none, with repetitions, and with a `*`. */
export type DeviceDirectory = ReadonlyMap<wire.UserId, ReadonlyArray<wire.DeviceId>>;

/** A host's list for the users of some messages: it knows some of the devices named there, and others. */
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
  /** Who the access token belongs to. */
  readonly sender: wire.UserId;
  /** From the path. */
  readonly type: string;
  readonly body: wire.SendToDeviceBody;
  readonly directory: DeviceDirectory;
};

/** What a client may ask of its server: contents that can be sent, users of some servers, and their devices. */
export const sendToDeviceBody: fc.Arbitrary<SendToDeviceScene> = struct({
  sender: userOf(fc.constantFrom(...servers)),
  type: eventType,
  messages: messagesOf(userOf(fc.constantFrom(...servers)), canonicalContents),
}).chain(({ sender, type, messages }) =>
  deviceDirectory(messages).map((directory) => ({ sender, type, body: { messages }, directory })),
);

/** What one server gets from another, and a directory that knows some of the devices. */
export type TransactionScene = {
  /** The server that signed the request. */
  readonly origin: wire.ServerName;
  /** The server that gets it: users of others are not local. */
  readonly destination: wire.ServerName;
  readonly transaction: wire.Transaction & { readonly edus: ReadonlyArray<unknown> };
  readonly directory: DeviceDirectory;
};

/** The same, to which a recipient or contents that is none is added now and then. */
function marred(messages: fc.Arbitrary<wire.Messages>): fc.Arbitrary<wire.Messages> {
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

/** An EDU of the server `origin`, for users of the server `destination` most often. */
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
    messages: marred(messages),
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
 * A transaction between two servers. Most is right; now and then there is an EDU of another type or none, a sender of
 * another server, a recipient that is not local, or a recipient or contents that is none.
 */
export const transaction: fc.Arbitrary<TransactionScene> = choice(
  [2, transactionBetween("example.com", "example.org")],
  [1, transactionBetween("[2001:db8::1]:8448", "example.org")],
);
