/** Code that must compile and code that must not: checked by `tsc -p tests`, and also run. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Json as FpTsJson, JsonRecord } from "fp-ts/lib/Json.js";
import type { Separated } from "fp-ts/lib/Separated.js";
import type * as t from "io-ts";
import {
  type AppserviceMember,
  type AppserviceToDeviceEvent,
  type Delivery,
  DeviceId,
  type DeviceMessageContents,
  type DirectToDeviceEdu,
  deliver,
  type ExpandedMessages,
  expandWildcards,
  type InvalidEdus,
  isUserOf,
  type JsonObject,
  type MessageId,
  type Messages,
  packEdus,
  type ReceivedMessage,
  type Rejection,
  receiveEdus,
  receiveTransaction,
  requestOf,
  SendToDeviceBody,
  type SendToDeviceRequest,
  type ServerName,
  serverNameOf,
  splitByDestination,
  type ToDeviceEvent,
  ToDeviceMessage,
  type Transaction,
  toStandardSchema,
  toTransactions,
  type Undeliverable,
  type Unsendable,
  UserId,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { expect, expectTypeOf, test } from "vitest";
import { messageWith, requestWith, user } from "./support.js";

const alice = user("@alice:example.org");
const message = messageWith({ [alice]: { "*": {} } });

test("identifiers are strings, but a string is not an identifier", () => {
  expectTypeOf<UserId>().toExtend<string>();
  expectTypeOf<string>().not.toExtend<UserId>();
  expectTypeOf<UserId>().not.toExtend<ServerName>();
  expectTypeOf<DeviceId>().not.toExtend<MessageId>();
  expectTypeOf(serverNameOf).parameter(0).toEqualTypeOf<UserId>();
  // @ts-expect-error: a plain string is not a user ID.
  serverNameOf("@alice:example.org");
  const id: unknown = "ABC";
  if (DeviceId.is(id)) expectTypeOf(id).toEqualTypeOf<DeviceId>();
});

test("messages are looked up by identifiers and by plain strings, and may be absent", () => {
  expectTypeOf(message.messages[alice]?.["*"]).toEqualTypeOf<DeviceMessageContents | undefined>();
  expectTypeOf(message.messages["@a:b"]?.D).toEqualTypeOf<DeviceMessageContents | undefined>();
});

test("contents are JSON objects for fp-ts and type-fest without a cast", () => {
  // The types of type-fest, which is not a dependency.
  type JsonObjectOfTypeFest = { [Key in string]: JsonValue };
  type JsonValue = string | number | boolean | null | JsonObjectOfTypeFest | JsonArray;
  type JsonArray = JsonValue[] | readonly JsonValue[];
  expectTypeOf<DeviceMessageContents>().toExtend<JsonRecord>();
  expectTypeOf<DeviceMessageContents>().toExtend<JsonObjectOfTypeFest>();
  expectTypeOf<JsonRecord>().toExtend<DeviceMessageContents>();
  expectTypeOf<DeviceMessageContents[string]>().toExtend<FpTsJson>();
  expectTypeOf<DeviceMessageContents>().toEqualTypeOf<JsonObject>();
});

test("messages are checked even if they are not fresh literals", () => {
  const accept = (messages: Messages) => messages;
  const correct = { "@a:b": { D: { n: 42 }, "*": {} } };
  accept(correct);
  accept({ "@a:b": { D: { n: 42 }, "*": {} } });
  const wrong = { "@a:b": { D: 42 } };
  // @ts-expect-error: contents are objects.
  accept(wrong);
  // @ts-expect-error: a date is not JSON.
  accept({ "@a:b": { D: { at: new Date() } } });
});

test("receiving requires the origin and a predicate for local users", () => {
  const options = { origin: "example.com", isLocal: isUserOf("example.org") };
  expectTypeOf(receiveTransaction(options)).returns.toEqualTypeOf<
    t.Validation<Separated<ReadonlyArray<Rejection>, ReadonlyArray<ReceivedMessage>>>
  >();
  expectTypeOf(receiveTransaction(options)).parameter(0).toEqualTypeOf<unknown>();
  expectTypeOf(receiveEdus(options)).returns.toEqualTypeOf<
    Separated<ReadonlyArray<Rejection | InvalidEdus>, ReadonlyArray<ReceivedMessage>>
  >();
  // @ts-expect-error: without an origin a server could send as users of another.
  expect(() => receiveEdus({ isLocal: () => true })).toThrow(TypeError);
  // @ts-expect-error: without isLocal every user would be local.
  receiveEdus({ origin: "example.com" });
});

test("a received message may have a longer ID than the codec allows, and its type says so", () => {
  expectTypeOf<ReceivedMessage["message_id"]>().toEqualTypeOf<string>();
  expectTypeOf<ReceivedMessage>().not.toExtend<ToDeviceMessage>();
  expectTypeOf<ToDeviceMessage>().toExtend<ReceivedMessage>();
});

test("a message with * is not an expanded message", () => {
  const store = (messages: ExpandedMessages): Messages => messages;
  store(expandWildcards(() => [])(message).messages);
  // @ts-expect-error: a * may remain.
  store(message.messages);
  // @ts-expect-error: a map has no row for an unknown user, whose * stays.
  store(expandWildcards(new Map())(message).messages);
  const devices = (): ReadonlyArray<string> | undefined => undefined;
  // @ts-expect-error: the * of an unknown user stays.
  store(expandWildcards(devices)(message).messages);
  expectTypeOf(expandWildcards(() => [])({ ...message, more: 1 }).more).toEqualTypeOf<number>();
});

test("expandWildcards of an instance has no methods in its type: they are not copied", () => {
  class Wrapped {
    readonly messages: Messages = {};
    readonly more: number = 1;
    send(): void {}
  }
  const expanded = expandWildcards(() => [])(new Wrapped());
  expectTypeOf(expanded.more).toEqualTypeOf<number>();
  // @ts-expect-error: the method is on the prototype.
  void expanded.send;
});

test("deliver takes messages and requests, and returns undeliverables and deliveries", () => {
  expectTypeOf(deliver(() => []))
    .parameter(0)
    .toEqualTypeOf<SendToDeviceRequest>();
  expectTypeOf(deliver(() => [])(message)).toEqualTypeOf<
    Separated<ReadonlyArray<Undeliverable>, ReadonlyArray<Delivery>>
  >();
  expectTypeOf<ReceivedMessage>().toExtend<SendToDeviceRequest>();
  deliver(new Map([["@a:b", ["D"]]]));
  deliver((userId) => (userId === alice ? ["D"] : undefined));
  // @ts-expect-error: the host's answer is a list, not a promise of one.
  deliver(async () => []);
});

test("a request is made from a body, which has no sender", () => {
  const request = requestOf({ sender: "@john:example.com", type: "m.test" })({ messages: {} });
  expectTypeOf(request).toEqualTypeOf<SendToDeviceRequest>();
  // @ts-expect-error: a plain string is not a sender.
  const forged: SendToDeviceRequest = { sender: "@john:example.com", type: "m.test", messages: {} };
  void forged;
});

test("the parts of a request are found by server name", () => {
  expectTypeOf(splitByDestination(message)).toEqualTypeOf<
    ReadonlyMap<ServerName, SendToDeviceRequest>
  >();
});

test("packEdus requires message IDs", () => {
  const { left, right } = packEdus({ messageId: String })(requestWith({}));
  expectTypeOf(right).toEqualTypeOf<ReadonlyArray<DirectToDeviceEdu>>();
  for (const lost of left) {
    if (lost._tag === "TooLarge") expectTypeOf(lost.bytes).toEqualTypeOf<number>();
    else expectTypeOf(lost.reason.line).toEqualTypeOf<string>();
  }
  expectTypeOf<Unsendable["_tag"]>().toEqualTypeOf<"TooLarge" | "NotCanonicalJson">();
  const bodies = toTransactions({ origin: "example.com", origin_server_ts: 1 })(right);
  expectTypeOf(bodies).toExtend<ReadonlyArray<Transaction>>();
  // @ts-expect-error: messageId is missing.
  packEdus({});
});

test("wire types can be passed to functions that take a record", () => {
  expectTypeOf<DirectToDeviceEdu>().toExtend<Record<string, unknown>>();
  expectTypeOf<ToDeviceMessage>().toExtend<Record<string, unknown>>();
  expectTypeOf<Messages>().toExtend<Record<string, unknown>>();
  expectTypeOf<SendToDeviceBody>().toExtend<Record<string, unknown>>();
  expectTypeOf<Transaction>().toExtend<Record<string, unknown>>();
  expectTypeOf<ToDeviceEvent>().toExtend<Record<string, unknown>>();
  expectTypeOf<AppserviceToDeviceEvent>().toExtend<Record<string, unknown>>();
});

test("values are read-only", () => {
  const write = (edu: DirectToDeviceEdu) => {
    // @ts-expect-error: decoded values are read-only.
    edu.content = message;
    // @ts-expect-error: so are the values in them.
    edu.content.messages[alice] = {};
  };
  expectTypeOf(write).toBeFunction();
});

test("the output type of a codec is plain JSON, so that clients of typed RPC write literals", () => {
  const schema = toStandardSchema(SendToDeviceBody);
  type Input = StandardSchemaV1.InferInput<typeof schema>;
  const literal: Input = { messages: { "@alice:example.org": { "*": {} } } };
  expectTypeOf(literal).toExtend<Input>();
  expectTypeOf<StandardSchemaV1.InferOutput<typeof schema>>().toEqualTypeOf<SendToDeviceBody>();
  const edu: t.OutputOf<typeof DirectToDeviceEdu> = {
    edu_type: "m.direct_to_device",
    content: {
      sender: "@john:example.com",
      type: "m.dummy",
      message_id: "1",
      messages: { "@alice:example.org": { "*": {} } },
    },
  };
  // @ts-expect-error: it was not decoded.
  const decoded: DirectToDeviceEdu = edu;
  void decoded;
  expectTypeOf(ToDeviceMessage.encode).parameter(0).toEqualTypeOf<ToDeviceMessage>();
  expectTypeOf(UserId.encode).returns.toEqualTypeOf<string>();
});

test("the member of an appservice transaction is in the type", () => {
  type Events = ReadonlyArray<AppserviceToDeviceEvent>;
  expectTypeOf(writeAppserviceToDevice()([])).toEqualTypeOf<{
    readonly "de.sorunome.msc2409.to_device": Events;
  }>();
  expectTypeOf(writeAppserviceToDevice("to_device")([])).toEqualTypeOf<{
    readonly to_device: Events;
  }>();
  const either = writeAppserviceToDevice("to_device" as AppserviceMember)([]);
  // @ts-expect-error: it has one of the members, not both.
  void either.to_device;
  // @ts-expect-error: the member has another name.
  writeAppserviceToDevice("to-device");
});
