/** The examples. All of them are made up, so a link may name them. */
import type { UserDevices } from "./report.ts";

export type Example = {
  /** The fragment in the page's address. */
  readonly id: string;
  readonly name: string;
  /** A description of the result. */
  readonly hint: string;
  readonly text: string;
  readonly origin: string;
  readonly ownServer: string;
  readonly devices: ReadonlyArray<UserDevices>;
};

const written = (value: unknown) => JSON.stringify(value, undefined, 2);

const alice = "@alice:example.org";
const john = "@john:example.com";

/** The example of the specification. */
const edu = {
  content: {
    message_id: "hiezohf6Hoo7kaev",
    messages: {
      [alice]: {
        IWHQUZUIAH: {
          algorithm: "m.megolm.v1.aes-sha2",
          room_id: "!Cuyf34gef24t:localhost",
          session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
          session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
        },
      },
    },
    sender: john,
    type: "m.room_key_request",
  },
  edu_type: "m.direct_to_device",
};

const eduOf = (content: object) => ({
  edu_type: edu.edu_type,
  content: { ...edu.content, ...content },
});

const request = {
  action: "request",
  body: {
    algorithm: "m.megolm.v1.aes-sha2",
    room_id: "!Cuyf34gef24t:localhost",
    session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
  },
  request_id: "1495474790150.19",
  requesting_device_id: "RJYKSTBOIE",
};

const verification = {
  from_device: "RJYKSTBOIE",
  methods: ["m.sas.v1"],
  timestamp: 1559598944869,
  transaction_id: "S0meUniqueAndOpaqueString",
};

/** Olm messages with this number of characters. */
const encrypted = (length: number) => ({
  algorithm: "m.olm.v1.curve25519-aes-sha2",
  ciphertext: {
    "7qZcfnBmbEGzxxaWfBjElJuvn7BZx+lSz/SvFrDF/z8": { body: "Awog".repeat(length / 4), type: 1 },
  },
  sender_key: "Szl29ksW/L8yZGWAX+8dY1XyFi+i5wm+DRhTGkbMiwU",
});

const aliceHas = (...deviceIds: ReadonlyArray<string>) => [{ userId: alice, deviceIds }];

const manyDevices = Array.from(
  { length: 28 },
  (_, index) => `DEVICE${String(index).padStart(2, "0")}`,
);

const event = { content: verification, sender: john, type: "m.key.verification.request" };

export const examples: ReadonlyArray<Example> = [
  {
    id: "specification",
    name: "The specification's EDU",
    hint: "The EDU is accepted. Its contents are invalid for m.room_key_request: servers relay them, and clients discard them.",
    text: written(edu),
    origin: "example.com",
    ownServer: "example.org",
    devices: aliceHas("IWHQUZUIAH"),
  },
  {
    id: "forged-sender",
    name: "Forged sender",
    hint: "A user of example.com in a request that another server signed.",
    text: written(edu),
    origin: "malicious.example",
    ownServer: "example.org",
    devices: aliceHas("IWHQUZUIAH"),
  },
  {
    id: "wildcard",
    name: "* next to a named device",
    hint: "PHONE keeps its own contents, and * reaches the other devices.",
    text: written(
      eduOf({
        message_id: "wildcard-17",
        messages: { [alice]: { "*": request, PHONE: { ...request, request_id: "for-the-phone" } } },
      }),
    ),
    origin: "example.com",
    ownServer: "example.org",
    devices: aliceHas("PHONE", "LAPTOP", "TABLET"),
  },
  {
    id: "large",
    name: "EDU of 70 kB",
    hint: "It is accepted on receipt. A sender has to split it by device.",
    text: written(
      eduOf({
        message_id: "large-17",
        type: "m.room.encrypted",
        messages: {
          [alice]: Object.fromEntries(manyDevices.map((device) => [device, encrypted(2300)])),
        },
      }),
    ),
    origin: "example.com",
    ownServer: "example.org",
    devices: aliceHas(...manyDevices),
  },
  {
    id: "lone-surrogate",
    name: "Lone surrogate",
    hint: "The contents for PHONE have a lone surrogate, which UTF-8 cannot encode. LAPTOP receives its own.",
    text: written(
      eduOf({
        message_id: "surrogate-17",
        messages: {
          [alice]: { PHONE: { ...request, request_id: "half \ud83d" }, LAPTOP: request },
        },
      }),
    ),
    origin: "example.com",
    ownServer: "example.org",
    devices: aliceHas("PHONE", "LAPTOP"),
  },
  {
    id: "cancelled-request",
    name: "Cancelled key request",
    hint: "Element's clients send body: null with every cancelled request. No client reads it, so it is valid.",
    text: written(
      eduOf({
        message_id: "cancelled-17",
        messages: { [alice]: { "*": { ...request, action: "request_cancellation", body: null } } },
      }),
    ),
    origin: "example.com",
    ownServer: "example.org",
    devices: aliceHas("PHONE", "LAPTOP"),
  },
  {
    id: "client-body",
    name: "Client's /sendToDevice body",
    hint: "One recipient is local, one of another server. One of the contents has a float, which cannot be signed.",
    text: written({
      messages: {
        [alice]: { "*": encrypted(80) },
        "@bob:example.net": {
          TABLET: encrypted(80),
          WATCH: { ...encrypted(80), "org.example.age": 1.5 },
        },
      },
    }),
    origin: "",
    ownServer: "example.org",
    devices: aliceHas("PHONE", "LAPTOP"),
  },
  {
    id: "transaction",
    name: "Federation transaction",
    hint: "Four EDUs: one accepted in part, one that repeats its message ID, one malformed, and one of another type.",
    text: written({
      edus: [
        eduOf({
          message_id: "transaction-17",
          type: "m.key.verification.request",
          messages: {
            [alice]: { PHONE: verification, GONE: verification },
            "@bob:example.net": { TABLET: verification },
          },
        }),
        eduOf({
          message_id: "transaction-17",
          type: "m.dummy",
          messages: { [alice]: { LAPTOP: {} } },
        }),
        eduOf({ message_id: 17, type: "m.dummy", messages: { [alice]: { "*": {} } } }),
        {
          content: { room_id: "!room:example.com", typing: true, user_id: john },
          edu_type: "m.typing",
        },
      ],
      origin: "example.com",
      origin_server_ts: 1532991320875,
      pdus: [],
    }),
    origin: "example.com",
    ownServer: "example.org",
    devices: aliceHas("PHONE", "LAPTOP"),
  },
  {
    id: "appservice",
    name: "Appservice transaction",
    hint: "One event is read, and one is rejected: * is not a device.",
    text: written({
      "de.sorunome.msc2409.to_device": [
        { ...event, to_device_id: "GHOST", to_user_id: "@_bridge_alice:example.org" },
        { ...event, to_device_id: "*", to_user_id: "@_bridge_alice:example.org" },
      ],
      events: [],
    }),
    origin: "",
    ownServer: "",
    devices: [{ userId: "@_bridge_alice:example.org", deviceIds: ["GHOST"] }],
  },
  {
    id: "sync",
    name: "/sync response",
    hint: "A room key arrived unencrypted. It is only valid inside Olm: do not import it.",
    text: written({
      next_batch: "s72595_4483_1934",
      to_device: {
        events: [
          {
            content: {
              algorithm: "m.megolm.v1.aes-sha2",
              room_id: "!Cuyf34gef24t:localhost",
              session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
              session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
            },
            sender: john,
            type: "m.room_key",
          },
          { content: encrypted(80), sender: john, type: "m.room.encrypted" },
          {
            content: { reason: "no room", code: "m.no_olm" },
            sender: john,
            type: "m.room_key.withheld",
          },
        ],
      },
    }),
    origin: "",
    ownServer: "",
    devices: [],
  },
];
