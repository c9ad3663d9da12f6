/**
 * fast-check arbitraries: one for each codec, under its name, and `deviceDirectory`, `sendToDeviceBody` and
 * `transaction`, whose users and devices belong together.
 *
 * They are biased to the edges: `*` beside named devices, keys like `__proto__`, identifiers at their exact limits,
 * contents near the largest EDU. Users and devices are few, so that they meet, and contents are shared by reference.
 * Values are as `JSON.parse` makes them, but for that sharing.
 */
import * as fc from "fast-check";
import type * as wire from "../index.js";
import {
  allDevices,
  directToDevice,
  maxDepth,
  maxEduBytes,
  maxTransactionEdus,
  maxTransactionPdus,
} from "../index.js";
import {
  branded,
  canonicalScalar,
  character,
  choice,
  looseScalar,
  objects,
  open,
  struct,
  text,
  trickyKey,
} from "./bricks.js";
import * as typed from "./contents.js";

// Identifiers.

const servers = ["example.org", "example.com", "example.com:8448", "[2001:db8::1]:8448"];

/** A server name of at most 60 characters. */
const shortServerName: fc.Arbitrary<string> = fc
  .tuple(
    choice(
      [2, fc.constantFrom("example.org", "EXAMPLE.org", "a..b", ".", "-", "1.2.3.999")],
      [2, fc.ipV6().map((address) => `[${address}]`)],
      [1, fc.ipV4()],
      [1, fc.string({ unit: fc.constantFrom(..."aZ0-."), minLength: 1, maxLength: 50 })],
    ),
    choice([2, fc.constant("")], [1, fc.stringMatching(/^:[0-9]{1,5}$/)]),
  )
  .map(([hostname, port]) => hostname + port);

/** Server names: few that come again, all kinds of hosts and ports, and names at the limit of 255 characters. */
export const ServerName: fc.Arbitrary<wire.ServerName> = branded(
  choice(
    [4, fc.constantFrom(...servers)],
    [3, shortServerName],
    [1, fc.constantFrom("", ":0", ":99999").map((port) => "a".repeat(255) + port)],
  ),
);

const localpart: fc.Arbitrary<string> = choice(
  [6, fc.constantFrom("alice", "bob")],
  [2, fc.constantFrom("", "JohnSmith", "__proto__", "\u0007", "τ", "\u{1f600}", "a b/c@d")],
  [1, fc.string({ unit: character.filter((unit) => !":\u0000".includes(unit)), maxLength: 20 })],
);

function userOf(server: fc.Arbitrary<string>): fc.Arbitrary<wire.UserId> {
  return branded(fc.tuple(localpart, server).map(([local, name]) => `@${local}:${name}`));
}

/** User IDs: few that come again, of all classes of the grammar, and IDs of exactly 255 bytes. */
export const UserId: fc.Arbitrary<wire.UserId> = choice(
  [6, userOf(fc.constantFrom(...servers))],
  [2, userOf(shortServerName)],
  [1, fc.tuple(fc.nat({ max: 40 }), shortServerName).map(longUserId)],
);

/** A user ID of exactly 255 bytes, of which `astral` characters take four each. */
function longUserId([astral, server]: readonly [number, string]): wire.UserId {
  const ascii = "x".repeat(255 - "@:".length - 4 * astral - server.length);
  return `@${"\u{1f600}".repeat(astral)}${ascii}:${server}` as wire.UserId;
}

/** Device IDs: few that come again, those that plain objects treat in their own way, the empty one, any string. */
export const DeviceId: fc.Arbitrary<wire.DeviceId> = branded(
  choice(
    [5, fc.constantFrom("A", "B", "C")],
    [3, trickyKey],
    [1, choice([4, text], [1, fc.constantFrom("**", "*A", "\ud800")]).filter((id) => id !== "*")],
  ),
);

/** Message IDs: few that come again, and strings up to the limit of 32 code points. */
export const MessageId: fc.Arbitrary<wire.MessageId> = branded(
  choice(
    [3, fc.constantFrom("hiezohf6Hoo7kaev", "0", "")],
    [2, fc.string({ unit: character, maxLength: 32 })],
    [1, fc.constantFrom("x", "é", "\u{1f600}").map((unit) => unit.repeat(32))],
  ),
);

// Contents and messages.

/** Contents of so many levels. */
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

/** Device Message Contents that canonical JSON has a form for, so that `packEdus` can send what is not too large. */
export const canonicalContents: fc.Arbitrary<wire.DeviceMessageContents> = choice(
  [50, objects(canonicalScalar)],
  [2, fc.constant(nested(maxDepth))],
  [1, nearMaxEduBytes],
);

/** Any Device Message Contents, also what cannot be sent: floats, lone surrogates, and more levels than `maxDepth`. */
export const DeviceMessageContents: fc.Arbitrary<wire.DeviceMessageContents> = choice(
  [8, canonicalContents],
  [2, objects(choice([2, canonicalScalar], [1, looseScalar]))],
  [1, fc.integer({ min: maxDepth + 1, max: maxDepth + 3 }).map(nested)],
);

/** Which of three contents. */
const which: fc.Arbitrary<0 | 1 | 2> = fc.constantFrom(0, 1, 2);

/** Which contents a user's devices get: only named devices, only `*`, both, or nothing. */
const devices: fc.Arbitrary<ReadonlyArray<readonly [string, 0 | 1 | 2]>> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(DeviceId, which), {
      selector: ([id]) => id,
      maxLength: 4,
    }),
    fc.option(which, { freq: 2 }),
  )
  .map(([named, all]) => (all === null ? named : [...named, [allDevices, all] as const]));

/** Messages of such users and contents: some of three contents, each for many devices. */
function messagesOf(
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

// What stands around the messages.

const eventType: fc.Arbitrary<string> = choice(
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

const otherEdu: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  { edu_type: "m.typing", content: { room_id: "!a:b", user_id: "@a:b", typing: true } },
  { edu_type: "m.presence", content: { push: [] } },
);

const noEdu: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(null, 1, "", [], {}, { edu_type: 1 });

const timestamp: fc.Arbitrary<number> = choice(
  [4, fc.constant(1_532_991_320_875)],
  [1, fc.maxSafeInteger()],
);

/** Federation transactions: their EDUs are of any type or none, and as many as 100. */
export const Transaction: fc.Arbitrary<wire.Transaction> = open(
  fc.record(
    {
      origin: ServerName,
      origin_server_ts: timestamp,
      pdus: few<unknown>(objects(canonicalScalar), maxTransactionPdus),
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

// Typed contents.

/** Contents of `m.dummy`. */
export const Dummy: fc.Arbitrary<wire.Dummy> = typed.dummy.valid;

/** Contents of `m.room.encrypted`. */
export const RoomEncrypted: fc.Arbitrary<wire.RoomEncrypted> = typed.roomEncrypted.valid;

/** Room IDs. */
export const RoomId: fc.Arbitrary<wire.RoomId> = typed.roomId.valid;

/** Contents of `m.room_key`. */
export const RoomKey: fc.Arbitrary<wire.RoomKey> = typed.roomKey.valid;

/** Contents of `m.forwarded_room_key`. */
export const ForwardedRoomKey: fc.Arbitrary<wire.ForwardedRoomKey> = typed.forwardedRoomKey.valid;

/** Contents of `m.room_key_request`. */
export const RoomKeyRequest: fc.Arbitrary<wire.RoomKeyRequest> = typed.roomKeyRequest.valid;

/** Contents of `m.room_key.withheld`. */
export const RoomKeyWithheld: fc.Arbitrary<wire.RoomKeyWithheld> = typed.roomKeyWithheld.valid;

/** Contents of `m.room_key_bundle`. */
export const RoomKeyBundle: fc.Arbitrary<wire.RoomKeyBundle> = typed.roomKeyBundle.valid;

/** Contents of `m.secret.request`. */
export const SecretRequest: fc.Arbitrary<wire.SecretRequest> = typed.secretRequest.valid;

/** Contents of `m.secret.send`. */
export const SecretSend: fc.Arbitrary<wire.SecretSend> = typed.secretSend.valid;

/** Contents of `m.key.verification.request`. */
export const KeyVerificationRequest: fc.Arbitrary<wire.KeyVerificationRequest> =
  typed.keyVerificationRequest.valid;

/** Contents of `m.key.verification.ready`. */
export const KeyVerificationReady: fc.Arbitrary<wire.KeyVerificationReady> =
  typed.keyVerificationReady.valid;

/** Contents of `m.key.verification.start`. */
export const KeyVerificationStart: fc.Arbitrary<wire.KeyVerificationStart> =
  typed.keyVerificationStart.valid;

/** Contents of `m.key.verification.accept`. */
export const KeyVerificationAccept: fc.Arbitrary<wire.KeyVerificationAccept> =
  typed.keyVerificationAccept.valid;

/** Contents of `m.key.verification.key`. */
export const KeyVerificationKey: fc.Arbitrary<wire.KeyVerificationKey> =
  typed.keyVerificationKey.valid;

/** Contents of `m.key.verification.mac`. */
export const KeyVerificationMac: fc.Arbitrary<wire.KeyVerificationMac> =
  typed.keyVerificationMac.valid;

/** Contents of `m.key.verification.done`. */
export const KeyVerificationDone: fc.Arbitrary<wire.KeyVerificationDone> =
  typed.keyVerificationDone.valid;

/** Contents of `m.key.verification.cancel`. */
export const KeyVerificationCancel: fc.Arbitrary<wire.KeyVerificationCancel> =
  typed.keyVerificationCancel.valid;

// Users and devices that belong together.

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
