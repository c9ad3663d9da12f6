/** What must compile and what must not: checked by `tsc -p tests`, and run so that the file cannot rot. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Separated } from "fp-ts/lib/Separated.js";
import {
  type AppserviceToDeviceEvent,
  type Delivery,
  DeviceId,
  type DirectToDeviceEdu,
  deliver,
  type Expanded,
  expandWildcards,
  type MessageId,
  type Messages,
  packEdus,
  type Rejection,
  receiveEdus,
  SendToDeviceBody,
  type SendToDeviceRequest,
  type ServerName,
  serverNameOf,
  splitByDestination,
  type ToDeviceEvent,
  ToDeviceMessage,
  type Transaction,
  toStandardSchema,
  type Undeliverable,
  type Unsendable,
  UserId,
  writeAppserviceToDevice,
} from "matrix-send-to-device";
import { expectTypeOf, test } from "vitest";
import { messageWith, requestWith, server, user } from "./support.js";

const alice = user("@alice:example.org");
const message = messageWith({ [alice]: { "*": {} } });

test("identifiers are strings, but a string is no identifier", () => {
  expectTypeOf<UserId>().toExtend<string>();
  expectTypeOf<string>().not.toExtend<UserId>();
  expectTypeOf<UserId>().not.toExtend<ServerName>();
  expectTypeOf<DeviceId>().not.toExtend<MessageId>();
  expectTypeOf(serverNameOf).parameter(0).toEqualTypeOf<UserId>();
  // @ts-expect-error: a plain string is no user ID.
  serverNameOf("@alice:example.org");
  const id: unknown = "ABC";
  if (DeviceId.is(id)) expectTypeOf(id).toEqualTypeOf<DeviceId>();
});

test("messages are looked up by identifiers, and what is not there is undefined", () => {
  const devices = message.messages[alice];
  expectTypeOf(devices?.["*"]).toEqualTypeOf<{ readonly [key: string]: unknown } | undefined>();
  // @ts-expect-error: a plain string is no key of the map.
  void message.messages["@alice:example.org"];
});

test("receiveEdus asks for the origin, and for who is local", () => {
  const receive = receiveEdus({ origin: server("example.com"), isLocal: () => true });
  expectTypeOf(receive).returns.toEqualTypeOf<
    Separated<ReadonlyArray<Rejection>, ReadonlyArray<ToDeviceMessage>>
  >();
  // @ts-expect-error: without an origin a server could speak for the users of another.
  receiveEdus({ isLocal: () => true });
  // @ts-expect-error: an origin is a server name.
  receiveEdus({ origin: "example.com", isLocal: () => true });
  // @ts-expect-error: without isLocal everybody would be.
  receiveEdus({ origin: server("example.com") });
});

test("a message with * is not an expanded one", () => {
  const store = (expanded: Expanded<ToDeviceMessage>): ToDeviceMessage => expanded;
  const expanded = expandWildcards(() => [])(message);
  expectTypeOf(expanded).toEqualTypeOf<Expanded<ToDeviceMessage>>();
  store(expanded);
  // @ts-expect-error: there may be a * left.
  store(message);
  expectTypeOf(expandWildcards(() => [])({ ...message, more: 1 }).more).toEqualTypeOf<number>();
});

test("deliver takes messages and requests, and says what became of them", () => {
  expectTypeOf(deliver(() => []))
    .parameter(0)
    .toEqualTypeOf<SendToDeviceRequest>();
  expectTypeOf(deliver(() => [])(message)).toEqualTypeOf<
    Separated<ReadonlyArray<Undeliverable>, ReadonlyArray<Delivery>>
  >();
  // @ts-expect-error: the host's answer is a list, not a promise of one.
  deliver(async () => []);
});

test("the parts of a request are found by server name", () => {
  expectTypeOf(splitByDestination(message)).toEqualTypeOf<
    ReadonlyMap<ServerName, SendToDeviceRequest>
  >();
});

test("packEdus asks for message IDs", () => {
  const { left, right } = packEdus({ messageId: String })(requestWith({}));
  expectTypeOf(right).toEqualTypeOf<ReadonlyArray<DirectToDeviceEdu>>();
  for (const lost of left) {
    if (lost._tag === "TooLarge") expectTypeOf(lost.bytes).toEqualTypeOf<number>();
    else expectTypeOf(lost.where).toEqualTypeOf<string>();
  }
  expectTypeOf<Unsendable["_tag"]>().toEqualTypeOf<"TooLarge" | "NotCanonicalJson">();
  // @ts-expect-error: without IDs no EDU can be told from its repetition.
  packEdus({});
});

test("wire types can be handed to whoever wants a record", () => {
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
    // @ts-expect-error: nobody changes what was decoded.
    edu.content = message;
    // @ts-expect-error: nor anything in it.
    edu.content.messages[alice] = {};
  };
  expectTypeOf(write).toBeFunction();
});

test("a codec and its type have one name, and Standard Schema infers it", () => {
  const schema = toStandardSchema(SendToDeviceBody);
  expectTypeOf<StandardSchemaV1.InferOutput<typeof schema>>().toEqualTypeOf<SendToDeviceBody>();
  expectTypeOf<StandardSchemaV1.InferInput<typeof schema>>().toEqualTypeOf<SendToDeviceBody>();
  expectTypeOf(ToDeviceMessage.encode).returns.toEqualTypeOf<ToDeviceMessage>();
  expectTypeOf(UserId.encode).returns.toEqualTypeOf<UserId>();
});

test("the member of an appservice transaction is in the type", () => {
  expectTypeOf(writeAppserviceToDevice("to_device")([])).toEqualTypeOf<{
    readonly to_device: ReadonlyArray<AppserviceToDeviceEvent>;
  }>();
  // @ts-expect-error: there are two names.
  writeAppserviceToDevice("to-device");
});
