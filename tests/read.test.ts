import * as fc from "fast-check";
import * as t from "io-ts";
import { PathReporter } from "io-ts/lib/PathReporter.js";
import {
  AppserviceToDeviceEvent,
  contents,
  type DecryptedEvent,
  explain,
  isKnownType,
  OlmPlaintext,
  readDecryptedEvent,
  readDecryptedEventWith,
  readEvent,
  readEventWith,
  ToDeviceEvent,
} from "matrix-send-to-device";
import { arbitraries } from "matrix-send-to-device/testing";
import { afterEach, describe, expect, test } from "vitest";
import { valid } from "./support.js";

const sender = "@john:example.com";
const megolm = "m.megolm.v1.aes-sha2";

const roomKey = {
  algorithm: megolm,
  room_id: "!Cuyf34gef24t:localhost",
  session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
  session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
};
const withheld = {
  algorithm: megolm,
  code: "m.no_olm",
  sender_key: "RF3s+E7RkTQTGF2d8Deol0FkQvgII2aJDf3/Jp5mxVU",
};
const keyInfo = { algorithm: megolm, room_id: roomKey.room_id, session_id: "s" };
const keyRequest = { action: "request", requesting_device_id: "A", request_id: "1", body: keyInfo };
const olm = { algorithm: "m.olm.v1.curve25519-aes-sha2", ciphertext: {}, sender_key: "k" };
const forwarded = {
  ...roomKey,
  algorithm: "com.example",
  sender_key: "k",
  sender_claimed_ed25519_key: "k",
  forwarding_curve25519_key_chain: [],
};

/** Accepts every value and decodes it to another one. */
const Changing = new t.Type<string, string>(
  "Changing",
  (value): value is string => typeof value === "string",
  () => t.success("hush"),
  t.identity,
);

type Tag = ReturnType<typeof readEvent>["_tag"];

describe("an event", () => {
  test.each<[reason: string, type: string, content: object, plain: Tag, decrypted?: Tag]>([
    ["of a known type with valid contents", "m.room_key_request", keyRequest, "Known"],
    ["of a known type with invalid contents", "m.room_key_request", {}, "Invalid"],
    ["of an unknown type", "org.example.custom", { session_key: 1 }, "Unknown"],
    ["of an unknown type with an algorithm", "org.example.custom", { algorithm: "x" }, "Unknown"],
    ["of an empty type", "", {}, "Unknown"],
    ["of a type with the name of an inherited member", "constructor", {}, "Unknown"],
    ["of the type __proto__", "__proto__", {}, "Unknown"],
    ["of a type of room events", "m.room.message", {}, "Unknown"],

    ["with a room key", "m.room_key", roomKey, "MustBeEncrypted", "Known"],
    ["with an invalid room key", "m.room_key", {}, "MustBeEncrypted", "Invalid"],
    ["with a forwarded room key", "m.forwarded_room_key", forwarded, "MustBeEncrypted", "Known"],
    ["with a secret", "m.secret.send", { request_id: "", secret: "" }, "MustBeEncrypted", "Known"],
    ["with a room key bundle", "m.room_key_bundle", {}, "MustBeEncrypted", "Invalid"],
    ["that withholds a key, which is sent unencrypted", "m.room_key.withheld", withheld, "Known"],
    ["of a type that is sent encrypted and unencrypted", "m.dummy", {}, "Known"],

    ["encrypted with Olm", "m.room.encrypted", olm, "Known"],
    [
      "encrypted with Olm, with invalid contents",
      "m.room.encrypted",
      { ...olm, ciphertext: "" },
      "Invalid",
    ],
    [
      "encrypted with Megolm, with invalid contents",
      "m.room.encrypted",
      { algorithm: megolm },
      "Invalid",
    ],
    [
      "encrypted with another algorithm",
      "m.room.encrypted",
      { ...olm, algorithm: "m.x" },
      "UnknownAlgorithm",
    ],
    [
      "encrypted with another algorithm, and nothing else",
      "m.room.encrypted",
      { algorithm: "" },
      "UnknownAlgorithm",
    ],
    [
      "encrypted with an algorithm that is not a string",
      "m.room.encrypted",
      { ...olm, algorithm: 1 },
      "Invalid",
    ],
    ["encrypted without algorithm", "m.room.encrypted", {}, "Invalid"],
    [
      "encrypted with the name of an inherited member as algorithm",
      "m.room.encrypted",
      { algorithm: "toString" },
      "UnknownAlgorithm",
    ],
    [
      "that withholds a key of another algorithm",
      "m.room_key.withheld",
      { ...withheld, algorithm: "m.x" },
      "UnknownAlgorithm",
    ],
    [
      "that withholds a key of Olm",
      "m.room_key.withheld",
      { ...withheld, algorithm: olm.algorithm },
      "UnknownAlgorithm",
    ],
    [
      "that withholds a key of Megolm, with invalid contents",
      "m.room_key.withheld",
      { algorithm: megolm },
      "Invalid",
    ],
    [
      "with a room key of another algorithm",
      "m.room_key",
      { ...roomKey, algorithm: "m.x" },
      "MustBeEncrypted",
      "UnknownAlgorithm",
    ],
    [
      "with a room key of Olm",
      "m.room_key",
      { ...roomKey, algorithm: olm.algorithm },
      "MustBeEncrypted",
      "UnknownAlgorithm",
    ],
    [
      "with an invalid room key of Megolm",
      "m.room_key",
      { algorithm: megolm },
      "MustBeEncrypted",
      "Invalid",
    ],
    [
      "with an invalid forwarded key of any algorithm",
      "m.forwarded_room_key",
      { algorithm: "m.x" },
      "MustBeEncrypted",
      "Invalid",
    ],
    [
      "that asks for a key of any algorithm",
      "m.room_key_request",
      { ...keyRequest, body: { ...keyInfo, algorithm: "m.x" } },
      "Known",
    ],
  ])("%s", (_, type, content, plain, decrypted = plain) => {
    const event = eventOf(type, content);
    const read = readEvent(event);
    expect(read._tag).toBe(plain);
    expect(read.event).toBe(event);
    const opened = decryptedOf(type, content);
    const readOpened = readDecryptedEvent(opened);
    expect(readOpened._tag).toBe(decrypted);
    expect(readOpened.event).toBe(opened.event);
    // Host codecs for other types change nothing.
    const codecs = { "org.example.other": t.unknown };
    expect(readEventWith({ codecs })(event)).toEqual(read);
    expect(readDecryptedEventWith({ codecs })(opened)).toEqual(readOpened);
  });

  test("has errors only if it is Invalid, and they contain no values", () => {
    const event = eventOf("m.secret.request", { name: "hush", request_id: 1 });
    const read = readEvent(event);
    const errors = read._tag === "Invalid" ? read.errors : [];
    expect(explain(errors)).toEqual([
      'content.action: expected "request" or "request_cancellation"',
    ]);
    const printed = JSON.stringify(errors) + PathReporter.report(t.failures(errors)).join();
    expect(printed).not.toContain("hush");
    for (const [type, content] of [
      ["m.dummy", {}],
      ["m.x", {}],
      ["m.room_key", {}],
    ] as const) {
      expect(readEvent(eventOf(type, content))).not.toHaveProperty("errors");
    }
  });

  test("has the same errors as with a codec of the whole event", () => {
    const read = readEvent(eventOf("m.room_key_request", { action: "request" }));
    expect(read._tag === "Invalid" && read.errors.map(({ context }) => context)).toMatchObject(
      ["requesting_device_id", "request_id", "body"].map((key) => [
        { key: "", type: { name: "ToDeviceEvent" } },
        { key: "content", type: { name: "RoomKeyRequest" } },
        { key },
      ]),
    );
    const opened = readDecryptedEvent(decryptedOf("m.room_key", { ...roomKey, room_id: 1 }));
    expect(opened._tag === "Invalid" && opened.errors.map(({ context }) => context)).toMatchObject([
      [
        { key: "", type: { name: "OlmPlaintext" } },
        { key: "content", type: { name: "RoomKey" } },
        { key: "room_id" },
      ],
    ]);
  });

  test("of an appservice transaction keeps its recipient", () => {
    const event = valid(AppserviceToDeviceEvent, {
      ...eventOf("m.dummy", {}),
      to_user_id: "@_bridge_alice:example.org",
      to_device_id: "GHOST",
    });
    expect(readEvent(event).event.to_device_id).toBe("GHOST");
  });

  test("with contents that throw is Invalid", () => {
    const content = new Proxy(olm, {
      get: () => {
        throw new Error("hush");
      },
    });
    expect(readEvent(eventOf("m.room.encrypted", content))._tag).toBe("Invalid");
  });

  test("is Known after decryption if and only if the codec of its type accepts the contents", () => {
    const types = Object.keys(contents).filter(isKnownType);
    fc.assert(
      fc.property(fc.constantFrom(...types), arbitraries.DeviceMessageContents, (type, content) => {
        const read = readDecryptedEvent(decryptedOf(type, content));
        expect(read._tag === "Known").toBe(contents[type].is(content));
      }),
    );
  });
});

describe("codecs of the host", () => {
  const type = "m.secret.push";
  const Push = t.type({ name: t.string, secret: t.string });
  const push = { name: "m.megolm_backup.v1", secret: "hush" };

  test.each<
    [reason: string, codec: t.Mixed, content: object, tag: Tag, lines?: ReadonlyArray<string>]
  >([
    ["that accepts the contents", Push, push, "Known"],
    ["that rejects a member", Push, { name: "x" }, "Invalid", ["content.secret: expected string"]],
    ["that would strip members", t.strict({ name: t.string }), push, "Known"],
    ["that changes the contents", Changing, push, "Invalid", ["content: expected Changing"]],
    [
      "that rejects another algorithm",
      Push,
      { algorithm: "m.x" },
      "Invalid",
      ["content.name: expected string", "content.secret: expected string"],
    ],
  ])("%s", (_, codec, content, tag, lines = []) => {
    const event = eventOf(type, content);
    const read = readEventWith({ codecs: { [type]: codec } })(event);
    expect(read._tag).toBe(tag);
    expect(read.event).toBe(event);
    expect(read._tag === "Invalid" ? explain(read.errors) : []).toEqual(lines);
    const opened = decryptedOf(type, content);
    const readOpened = readDecryptedEventWith({ codecs: { [type]: codec } })(opened);
    expect(readOpened._tag).toBe(tag);
    expect(readOpened.event).toBe(opened.event);
  });

  test("for a type that is only valid inside Olm: a plain event is Unknown", () => {
    expect(readEvent(eventOf(type, push))._tag).toBe("Unknown");
  });

  test("may have types with the names of inherited members", () => {
    const codecs = Object.fromEntries([
      ["__proto__", Push],
      ["constructor", Push],
    ]);
    const read = readEventWith({ codecs });
    expect(read(eventOf("__proto__", push))._tag).toBe("Known");
    expect(read(eventOf("constructor", push))._tag).toBe("Known");
    expect(read(eventOf("toString", push))._tag).toBe("Unknown");
  });

  test("are copied when the function is made", () => {
    const codecs: Record<string, t.Mixed> = { [type]: Push };
    const read = readEventWith({ codecs });
    delete codecs[type];
    expect(read(eventOf(type, push))._tag).toBe("Known");
  });

  test.each([...Object.keys(contents)])("must not replace the codec of %s", (known) => {
    const message = `codecs: the library has a codec for ${known}; leave it out`;
    const options = { codecs: { [type]: Push, [known]: t.unknown } };
    expect(() => readEventWith(options)).toThrow(new TypeError(message));
    expect(() => readDecryptedEventWith(options)).toThrow(new TypeError(message));
  });

  const root: { codecs?: object; [type]?: t.Mixed } = Object.prototype;
  afterEach(() => {
    delete root.codecs;
    delete root[type];
  });
  test("are own members: a polluted prototype adds no codec", () => {
    root[type] = Push;
    root.codecs = { [type]: Push };
    const event = eventOf(type, push);
    expect(readEvent(event)._tag).toBe("Unknown");
    expect(readEventWith({ codecs: {} })(event)._tag).toBe("Unknown");
    // @ts-expect-error: the codecs are missing.
    expect(readEventWith({})(event)._tag).toBe("Unknown");
  });
});

function eventOf(type: string, content: object): ToDeviceEvent {
  return valid(ToDeviceEvent, { type, sender, content });
}

function decryptedOf(type: string, content: object): DecryptedEvent {
  const event = valid(OlmPlaintext, {
    type,
    content,
    sender,
    recipient: sender,
    recipient_keys: { ed25519: "a" },
    keys: { ed25519: "b" },
  });
  return { _tag: "Decrypted", event };
}
