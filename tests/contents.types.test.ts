import * as t from "io-ts";
import {
  type AppserviceToDeviceEvent,
  type CiphertextInfo,
  type ContentsOf,
  checkOlmPlaintext,
  contents,
  type DecryptedEvent,
  type DeviceId,
  type DeviceMessageContents,
  type EncryptedType,
  isKnownType,
  type Json,
  type KeyVerificationCancel,
  type KeyVerificationStart,
  type KnownEvent,
  type KnownType,
  type OlmPlaintext,
  type OtherVerificationMethod,
  type OtherWithheldCode,
  type RequestedKeyInfo,
  type RoomEncrypted,
  type RoomId,
  type RoomKey,
  type RoomKeyRequest,
  type RoomKeyWithheld,
  readDecryptedEvent,
  readDecryptedEventWith,
  readEvent,
  readEventWith,
  type SasMethod,
  type SecretRequest,
  type ToDeviceEvent,
  type UserId,
} from "matrix-send-to-device";
import { expectTypeOf, test } from "vitest";

type Strings = ReadonlyArray<string>;
const device = "PHONE" as DeviceId;

test("the action of a key request decides whether it has a body", () => {
  type Request = Extract<RoomKeyRequest, { readonly action: "request" }>;
  expectTypeOf<Request["body"]>().toEqualTypeOf<RequestedKeyInfo>();
  const narrow = (request: RoomKeyRequest) => {
    switch (request.action) {
      case "request":
        return expectTypeOf(request.body).toEqualTypeOf<RequestedKeyInfo>();
      case "request_cancellation":
        return expectTypeOf(request.body).toEqualTypeOf<DeviceMessageContents | null | undefined>();
      default:
        return expectTypeOf(request).toBeNever();
    }
  };
  const common = { requesting_device_id: device, request_id: "1" };
  narrow({ ...common, action: "request_cancellation" });
  narrow({ ...common, action: "request_cancellation", body: null });
  // @ts-expect-error: the body of a request is not null.
  narrow({ ...common, action: "request", body: null });
  // @ts-expect-error: a request has a body.
  narrow({ ...common, action: "request" });
  // @ts-expect-error: the actions are closed.
  narrow({ ...common, action: "deny" });
});

test("the action of a secret request decides whether it has a name", () => {
  const narrow = (request: SecretRequest) => {
    if (request.action === "request") expectTypeOf(request.name).toEqualTypeOf<string>();
    else expectTypeOf(request.name).toEqualTypeOf<string | null | undefined>();
  };
  const common = { requesting_device_id: device, request_id: "1" };
  narrow({ ...common, action: "request_cancellation" });
  // @ts-expect-error: a request has a name.
  narrow({ ...common, action: "request" });
});

test("the algorithm decides the type of the ciphertext", () => {
  const narrow = (encrypted: RoomEncrypted) => {
    switch (encrypted.algorithm) {
      case "m.olm.v1.curve25519-aes-sha2":
        expectTypeOf(encrypted.sender_key).toEqualTypeOf<string>();
        return expectTypeOf(encrypted.ciphertext).toEqualTypeOf<{
          readonly [identityKey: string]: CiphertextInfo;
        }>();
      case "m.megolm.v1.aes-sha2":
        expectTypeOf(encrypted.session_id).toEqualTypeOf<string>();
        return expectTypeOf(encrypted.ciphertext).toEqualTypeOf<string>();
      default:
        return expectTypeOf(encrypted).toBeNever();
    }
  };
  narrow({ algorithm: "m.megolm.v1.aes-sha2", ciphertext: "", session_id: "" });
  // @ts-expect-error: a ciphertext of Megolm is a string.
  narrow({ algorithm: "m.megolm.v1.aes-sha2", ciphertext: {}, session_id: "" });
});

test("the method decides the members of a verification start, and another method has unknown members", () => {
  const narrow = (start: KeyVerificationStart) => {
    expectTypeOf(start.method).toExtend<string>();
    switch (start.method) {
      case "m.sas.v1":
        expectTypeOf(start.hashes).toEqualTypeOf<Strings>();
        return expectTypeOf(start.short_authentication_string).toEqualTypeOf<
          ReadonlyArray<SasMethod>
        >();
      case "m.reciprocate.v1":
        // @ts-expect-error: a member of another method.
        start.hashes;
        return expectTypeOf(start.secret).toEqualTypeOf<string>();
      default:
        expectTypeOf(start.method).toEqualTypeOf<OtherVerificationMethod>();
        expectTypeOf(start.from_device).toEqualTypeOf<DeviceId>();
        return expectTypeOf(start["com.example.depth"]).toEqualTypeOf<Json | undefined>();
    }
  };
  const common = { from_device: device, transaction_id: "17" };
  narrow({ ...common, method: "m.reciprocate.v1", secret: "" });
  narrow({ ...common, method: "com.example.palm" as OtherVerificationMethod, depth: 7 });
  // @ts-expect-error: the members of m.sas.v1 are missing.
  narrow({ ...common, method: "m.sas.v1" });
  // @ts-expect-error: a plain string might be m.sas.v1.
  narrow({ ...common, method: "com.example.palm" as string });
});

test("every withheld code except m.no_olm requires a session", () => {
  const narrow = (withheld: RoomKeyWithheld) => {
    switch (withheld.code) {
      case "m.no_olm":
        return expectTypeOf(withheld.session_id).toEqualTypeOf<string | undefined>();
      case "m.unverified":
        return expectTypeOf(withheld.session_id).toEqualTypeOf<string>();
      default:
        expectTypeOf(withheld.code).toExtend<string>();
        return expectTypeOf(withheld.room_id).toEqualTypeOf<RoomId>();
    }
  };
  const common = { algorithm: "m.megolm.v1.aes-sha2", sender_key: "" } as const;
  narrow({ ...common, code: "m.no_olm" });
  narrow({
    ...common,
    code: "com.example.redacted" as OtherWithheldCode,
    room_id: "!r",
    session_id: "s",
  });
  // @ts-expect-error: the session is missing.
  narrow({ ...common, code: "m.unverified" });
});

test("a cancel code is any string", () => {
  expectTypeOf<string>().toExtend<KeyVerificationCancel["code"]>();
  expectTypeOf<KeyVerificationCancel["code"]>().toExtend<string>();
});

test("a room ID begins with its sigil", () => {
  expectTypeOf<"!room:example.org">().toExtend<RoomId>();
  expectTypeOf<"#room:example.org">().not.toExtend<RoomId>();
});

test("the table has the contents of each type", () => {
  expectTypeOf(contents["m.room_key"]._A).toEqualTypeOf<RoomKey>();
  expectTypeOf<ContentsOf<"m.room.encrypted">>().toEqualTypeOf<RoomEncrypted>();
  expectTypeOf(contents["m.room_key"].decode).returns.toEqualTypeOf<t.Validation<RoomKey>>();
  expectTypeOf(isKnownType).guards.toEqualTypeOf<KnownType>();
  // @ts-expect-error: the specification does not define the type.
  void (() => contents["org.example.custom"]);
});

test("typed contents can be sent as they are", () => {
  expectTypeOf<ContentsOf<KnownType>>().toExtend<DeviceMessageContents>();
  expectTypeOf<KnownEvent>().toExtend<ToDeviceEvent>();
});

test("one switch narrows an event, and a second one its contents", () => {
  const narrow = (event: ToDeviceEvent) => {
    const read = readEvent(event);
    if (read._tag !== "Known") return expectTypeOf(read.event).toEqualTypeOf<ToDeviceEvent>();
    expectTypeOf(read.event.sender).toEqualTypeOf<UserId>();
    switch (read.event.type) {
      case "m.room.encrypted":
        return expectTypeOf(read.event.content).toEqualTypeOf<RoomEncrypted>();
      case "m.key.verification.start":
        return read.event.content.method === "m.sas.v1"
          ? expectTypeOf(read.event.content.hashes).toEqualTypeOf<Strings>()
          : expectTypeOf(read.event.content.method).toEqualTypeOf<
              "m.reciprocate.v1" | OtherVerificationMethod
            >();
      default:
        return expectTypeOf(read.event.type).toExtend<KnownType>();
    }
  };
  void narrow;
});

test("an event for an appservice keeps its recipient", () => {
  const narrow = (event: AppserviceToDeviceEvent) => {
    const read = readEvent(event);
    expectTypeOf(read.event.to_user_id).toEqualTypeOf<UserId>();
    expectTypeOf(read.event.to_device_id).toEqualTypeOf<DeviceId>();
  };
  void narrow;
});

type Event<R extends { readonly event: unknown }> = R["event"];
type Known<R extends { readonly _tag: string }> = Extract<R, { readonly _tag: "Known" }>;

test("a plain event never has a type that is only valid inside Olm", () => {
  type Types = Event<Known<ReturnType<typeof readEvent>>>["type"];
  expectTypeOf<Types>().toEqualTypeOf<Exclude<KnownType, EncryptedType>>();
  expectTypeOf<EncryptedType>().toExtend<KnownType>();
  expectTypeOf<ReturnType<typeof readEvent>["_tag"]>().toEqualTypeOf<
    "Known" | "Unknown" | "Invalid" | "UnknownAlgorithm" | "MustBeEncrypted"
  >();
});

test("a decrypted event may have any known type", () => {
  const narrow = (decrypted: DecryptedEvent) => {
    const read = readDecryptedEvent(decrypted);
    expectTypeOf(read._tag).toEqualTypeOf<"Known" | "Unknown" | "Invalid" | "UnknownAlgorithm">();
    if (read._tag !== "Known") return expectTypeOf(read.event).toEqualTypeOf<OlmPlaintext>();
    expectTypeOf(read.event.type).toEqualTypeOf<KnownType>();
    expectTypeOf(read.event.keys.ed25519).toEqualTypeOf<string>();
    return read.event.type === "m.room_key"
      ? expectTypeOf(read.event.content).toEqualTypeOf<RoomKey>()
      : expectTypeOf(read.event.type).toEqualTypeOf<Exclude<KnownType, "m.room_key">>();
  };
  void narrow;
});

test("only a checked plaintext is read as a decrypted event", () => {
  const check = (event: ToDeviceEvent, plaintext: OlmPlaintext) => {
    const checked = checkOlmPlaintext({
      sender: event.sender,
      senderCurve25519: "",
      senderEd25519: undefined,
      recipient: "@bob:example.com",
      recipientEd25519: "",
    })(plaintext);
    // @ts-expect-error: a check may have failed.
    readDecryptedEvent(checked);
    if (checked._tag === "Decrypted") readDecryptedEvent(checked);
    else if (checked._tag !== "InvalidPlaintext") {
      expectTypeOf(checked).toEqualTypeOf<{ readonly _tag: typeof checked._tag }>();
    }
    // @ts-expect-error: the plaintext was not checked.
    readDecryptedEvent(plaintext);
    // @ts-expect-error: the event is not decrypted.
    readDecryptedEvent(event);
    // @ts-expect-error: senderEd25519 is missing.
    checkOlmPlaintext({ sender: "", senderCurve25519: "", recipient: "", recipientEd25519: "" });
  };
  void check;
});

test("the codecs of the host give the contents of their types", () => {
  const codecs = {
    "m.secret.push": t.type({ secret: t.string }),
    "org.example.ping": t.type({ count: t.number }),
  };
  const narrow = (event: AppserviceToDeviceEvent, decrypted: DecryptedEvent) => {
    const read = readEventWith({ codecs })(event);
    expectTypeOf(read.event.to_user_id).toEqualTypeOf<UserId>();
    if (read._tag === "Known") {
      expectTypeOf(read.event.type).toEqualTypeOf<
        Exclude<KnownType, EncryptedType> | "m.secret.push" | "org.example.ping"
      >();
      if (read.event.type === "org.example.ping") {
        expectTypeOf(read.event.content).toEqualTypeOf<{ count: number }>();
      }
      if (read.event.type === "m.room.encrypted") {
        expectTypeOf(read.event.content).toEqualTypeOf<RoomEncrypted>();
      }
    }
    const opened = readDecryptedEventWith({ codecs })(decrypted);
    if (opened._tag === "Known") {
      expectTypeOf(opened.event.type).toEqualTypeOf<
        KnownType | "m.secret.push" | "org.example.ping"
      >();
      if (opened.event.type === "m.secret.push") {
        expectTypeOf(opened.event.content).toEqualTypeOf<{ secret: string }>();
      }
      if (opened.event.type === "m.room_key") {
        expectTypeOf(opened.event.content).toEqualTypeOf<RoomKey>();
      }
    }
  };
  void narrow;
});

test("the codecs of the host are for other types", () => {
  const replace = () => {
    // @ts-expect-error: the library has a codec for it.
    readEventWith({ codecs: { "m.room_key": t.unknown } });
    // @ts-expect-error: the library has a codec for it.
    readDecryptedEventWith({ codecs: { "m.dummy": t.unknown, "org.example.ping": t.unknown } });
    // @ts-expect-error: the codecs are missing.
    readEventWith({});
  };
  void replace;
});
