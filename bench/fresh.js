/**
 * Traffic with new users, devices and keys in every call, which engines have not cached.
 *
 * An engine learns the keys of objects that it parses, and takes them from its tables the next time. Device IDs and
 * session IDs are random, so a server mostly parses new keys.
 */
import { canonicalJson } from "../dist/esm/text/index.js";
import { olmBody, range, smallBody } from "./workloads.js";

let seed = 1;
const fresh = () => seed++;
const letters = (number) => (number * 2_654_435_761).toString(36).toUpperCase();
const device = () => `D${letters(fresh())}`;
const user = () => `@user-${fresh()}:example.org`;
const ipv6User = () => `@u${fresh()}:[2001:db8::${(fresh() % 65_536).toString(16)}:1]`;
const longUser = () => `@${"пользователь".repeat(9)}${fresh()}:example.org`;

const devicesOf = (ids, body) => Object.fromEntries(ids.map((id) => [id, body(fresh())]));
const messagesOf = (users, ids, body) =>
  Object.fromEntries(users.map((id) => [id, devicesOf(ids(), body)]));

const eduOf = (messages) => ({
  edu_type: "m.direct_to_device",
  content: {
    sender: "@john:example.com",
    type: "m.room.encrypted",
    message_id: `m${fresh()}`,
    messages,
  },
});

/** A typical PDU: mostly known keys, and some new ones. */
const pdu = () => ({
  auth_events: range(3, () => `$${letters(fresh())}${"a".repeat(30)}`),
  content: { body: `Hello ${fresh()}, this is a message of usual length.`, msgtype: "m.text" },
  depth: fresh(),
  hashes: { sha256: "A".repeat(43) },
  origin_server_ts: 1_532_991_320_875,
  prev_events: [`$${letters(fresh())}${"b".repeat(30)}`],
  room_id: "!Cuyf34gef24t:localhost",
  sender: user(),
  signatures: { "example.com": { [`ed25519:${letters(fresh())}`]: "B".repeat(86) } },
  type: "m.room.message",
});

const olmEdu = (users, devices) =>
  eduOf(messagesOf(range(users, user), () => range(devices, device), olmBody));

const bodyOf = (edus, pdus = []) => ({
  edus,
  origin: "example.com",
  origin_server_ts: 1_532_991_320_875,
  pdus,
});

const single = () => eduOf({ [user()]: { [device()]: smallBody(fresh()) } });
const withoutSender = (edu) => ({ ...edu, content: { ...edu.content, sender: undefined } });

/** EDUs, and transactions of them. */
export const edus = {
  "single EDU": single,
  "Olm 20 x 5": () => olmEdu(20, 5),
  "1 x 10,000": () => eduOf(messagesOf([user()], () => range(10_000, device), smallBody)),
  "5,000 x *": () => eduOf(messagesOf(range(5000, user), () => ["*"], smallBody)),
  "100 IPv6 IDs": () => eduOf(messagesOf(range(100, ipv6User), () => range(2, device), smallBody)),
  "100 long Cyrillic IDs": () =>
    eduOf(messagesOf(range(100, longUser), () => range(2, device), smallBody)),
};

/** EDUs that are rejected, as a whole or entry by entry. */
export const rejected = {
  "no sender, single EDU": () => withoutSender(single()),
  "no sender, Olm 20 x 5": () => withoutSender(olmEdu(20, 5)),
  "1,000 bad entries": () =>
    eduOf(
      messagesOf(
        range(500, user),
        () => range(2, device),
        () => null,
      ),
    ),
};

export const workloads = {
  ...Object.fromEntries(Object.entries(edus).map(([name, make]) => [name, () => bodyOf([make()])])),
  "100 EDUs": () =>
    bodyOf(range(100, () => eduOf(messagesOf([user()], () => range(2, device), smallBody)))),
};

export const transactions = {
  "50 PDUs, 20 EDUs": () =>
    bodyOf(
      range(20, () => olmEdu(2, 3)),
      range(50, pdu),
    ),
  "10 PDUs, 50 EDUs": () =>
    bodyOf(
      range(50, () => olmEdu(2, 3)),
      range(10, pdu),
    ),
  "100 EDUs of 6": () => bodyOf(range(100, () => olmEdu(2, 3))),
  "50 PDUs": () => bodyOf([], range(50, pdu)),
};

export const requests = {
  "Olm 20 x 5": () => ({ messages: messagesOf(range(20, user), () => range(5, device), olmBody) }),
  "1 x 10,000": () => ({ messages: messagesOf([user()], () => range(10_000, device), smallBody) }),
  "5,000 x *": () => ({ messages: messagesOf(range(5000, user), () => ["*"], smallBody) }),
};

/** Requests to pack as objects. */
export const packable = {
  "Olm 20 x 5": requests["Olm 20 x 5"],
  "500 x 2, small": () => ({
    messages: messagesOf(range(500, user), () => range(2, device), smallBody),
  }),
};

/** The same contents, by reference, for 10,000 devices of 1,000 users. */
export function sharedContents() {
  const body = olmBody(fresh());
  return messagesOf(
    range(1000, user),
    () => range(10, device),
    () => body,
  );
}

const canonical = canonicalJson({ numbers: "asWritten" });

/** The canonical JSON of a value, as a server sends it. */
export function textOf(value) {
  return Buffer.from(canonical(JSON.stringify(value)).right).toString();
}
