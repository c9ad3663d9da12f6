/** Answers conformance cases with this library: on objects, or on text. The protocol is in `README.md`. */
import { createInterface } from "node:readline";
import type * as t from "io-ts";
import {
  canonicalJsonBytes,
  contents,
  DeviceId,
  DirectToDeviceEdu,
  deliver,
  explain,
  isKnownType,
  isUserOf,
  MessageId,
  readAppserviceToDevice,
  receiveEdus,
  receiveTransaction,
  ServerName,
  ToDeviceMessage,
  Transaction,
  UserId,
  userIdGrammar,
} from "matrix-send-to-device";
import * as texts from "matrix-send-to-device/text";
import manifest from "../../package.json" with { type: "json" };
import type { Answer, Question } from "./protocol.js";

type Members = Omit<Answer, "id" | "verdict">;
type Functions = { readonly [kind: string]: (question: Question) => Members };

class Rejected extends Error {}
class Unsupported extends Error {}

const john = "@john:example.com";
const eduText = (content: string) => `{"edu_type":"m.direct_to_device","content":${content}}`;
const bodyText = (edu: string) =>
  `{"edus":[${edu}],"origin":"example.com","origin_server_ts":1,"pdus":[]}`;
const messageText = (messages: string) =>
  `{"message_id":"m1","messages":${messages},"sender":"${john}","type":"m.test"}`;

type Codec<A> = { readonly decode: (input: unknown) => t.Validation<A> };

/** The decoded input, or the first fault. */
function decoded<A>(codec: Codec<A>, text: string): A {
  const result = codec.decode(JSON.parse(text));
  if (result._tag === "Left") throw new Rejected(explain(result.left)[0]);
  return result.right;
}

const decoding =
  (codec: Codec<unknown>) =>
  ({ text }: Question): Members => {
    decoded(codec, text);
    return {};
  };

/** Requires a member that questions of this kind have. */
function present<T>(member: T | undefined): T {
  if (member === undefined) throw new TypeError("a question lacks a member of its kind");
  return member;
}

const onObjects: Functions = {
  edu: decoding(DirectToDeviceEdu),
  message: decoding(ToDeviceMessage),
  serverName: decoding(ServerName),
  deviceId: decoding(DeviceId),
  messageId: decoding(MessageId),
  userId: ({ text }) => ({ grammar: userIdGrammar(decoded(UserId, text)) }),
  contents: ({ text, eventType = "" }) => {
    if (!isKnownType(eventType)) throw new Unsupported(`no codec for ${eventType}`);
    decoded<unknown>(contents[eventType], text);
    return {};
  },
  transaction: ({ text }) => {
    const { edus = [] } = decoded(Transaction, text);
    return { edus: edus.map((edu) => (DirectToDeviceEdu.is(edu) ? "accept" : "reject")) };
  },
  receipt: ({ text, origin, local }) => {
    const receive = receiveEdus({ origin: present(origin), isLocal: isUserOf(present(local)) });
    const { left, right } = receive([JSON.parse(text)]);
    if (right.length !== 1) throw new Rejected(left[0]?._tag);
    return {};
  },
  delivery: ({ text, local, devices = {} }) => {
    const receive = receiveTransaction({
      origin: "example.com",
      isLocal: isUserOf(present(local)),
    });
    const received = receive(JSON.parse(bodyText(eduText(messageText(text)))));
    const messages = received._tag === "Right" ? received.right.right : [];
    const delivered = messages.flatMap(
      (message) => deliver(new Map(Object.entries(devices)))(message).right,
    );
    return {
      deliveries: delivered.map(({ userId, deviceId, event }) => [userId, deviceId, event.content]),
    };
  },
  canonicalJson: ({ text }) => {
    const value: unknown = JSON.parse(text);
    const bytes = canonicalJsonBytes(value);
    if (bytes._tag === "Left") throw new Rejected(bytes.left);
    // This entry only computes the size. The text comes from the other entry, and its size must match.
    const written = texts.canonicalJson({ numbers: "integers" })(JSON.stringify(value));
    if (written._tag === "Left" || Buffer.byteLength(written.right) !== bytes.right) {
      throw new Rejected("the size is not that of the text");
    }
    return { text: written.right };
  },
  appservice: ({ text }) => ({
    events: readAppserviceToDevice(JSON.parse(text)).right.map((event) => ({ ...event })),
  }),
};

/** The messages that a server accepts from the text of an EDU. */
function accepted(edu: string, origin: string, local: string) {
  const received = texts.receiveTransaction({ origin, isLocal: isUserOf(local) })(bodyText(edu));
  if (received._tag === "Left") throw new Rejected(received.left._tag);
  return received.right.right;
}

const onText: Functions = {
  receipt: ({ text, origin, local }) => {
    if (accepted(text, present(origin), present(local)).length !== 1) throw new Rejected();
    return {};
  },
  delivery: ({ text, local, devices = {} }) => {
    const messages = accepted(eduText(messageText(text)), "example.com", present(local));
    const delivered = messages.flatMap(
      (message) => texts.deliver(new Map(Object.entries(devices)))(message).right,
    );
    return {
      deliveries: delivered.map(({ userId, deviceId, event }) => {
        const { content } = Object(texts.parse(event));
        return [userId, deviceId, content];
      }),
    };
  },
  transaction: ({ text }) => {
    const receive = texts.receiveTransaction({ origin: "example.com", isLocal: () => true });
    const received = receive(text);
    if (received._tag === "Left") throw new Rejected(received.left._tag);
    return {};
  },
  jsonText: ({ text }) => {
    if (!texts.JsonText.is(text)) throw new Rejected("not strict JSON");
    return {};
  },
  transactionText: ({ text, origin, local }) => {
    const isLocal = isUserOf(present(local));
    const received = texts.receiveTransaction({ origin: present(origin), isLocal })(text);
    if (received._tag === "Left") throw new Rejected(received.left._tag);
    return {
      leaves: received.right.right.flatMap(({ messages }) =>
        [...messages].flatMap(([user, devices]) =>
          [...devices].map(([device, contents]): [string, string, string] => [
            user,
            device,
            contents,
          ]),
        ),
      ),
    };
  },
  canonicalJson: ({ text }) => {
    const written = texts.canonicalJson({ numbers: "integers" })(text);
    if (written._tag === "Left") throw new Rejected(JSON.stringify(written.left));
    return { text: written.right };
  },
};

const entries: {
  readonly [entry: string]: { readonly functions: Functions; readonly kinds: object };
} = {
  objects: {
    functions: onObjects,
    kinds: {
      edu: "DirectToDeviceEdu",
      message: "ToDeviceMessage",
      receipt: "receiveEdus",
      transaction: "Transaction, and DirectToDeviceEdu for each of its EDUs",
      delivery: "receiveTransaction, deliver",
      userId: "UserId, userIdGrammar",
      serverName: "ServerName",
      deviceId: "DeviceId",
      messageId: "MessageId",
      contents: "the codec of the event type",
      canonicalJson: "canonicalJsonBytes",
      appservice: "readAppserviceToDevice",
    },
  },
  text: {
    functions: onText,
    kinds: {
      receipt: "receiveTransaction",
      transaction: "receiveTransaction",
      delivery: "receiveTransaction, deliver",
      canonicalJson: "canonicalJson",
      jsonText: "JsonText",
      transactionText: "receiveTransaction",
    },
  },
};

function answer(functions: Functions, question: Question): Answer {
  const { id, kind } = question;
  const run = functions[kind];
  if (run === undefined) return { id, verdict: "unsupported" };
  try {
    return { id, verdict: "accept", ...run(question) };
  } catch (error) {
    if (error instanceof Unsupported) return { id, verdict: "unsupported", reason: error.message };
    // The parser rejects a text that is not JSON.
    if (error instanceof Rejected || error instanceof SyntaxError) {
      return { id, verdict: "reject", reason: error.message };
    }
    return { id, verdict: "crash", reason: String(error) };
  }
}

const entry = entries[process.argv[2] ?? ""];
if (entry === undefined) throw new TypeError("the argument is objects or text");
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ versions: { "matrix-send-to-device": manifest.version }, kinds: entry.kinds });
for await (const line of createInterface({ input: process.stdin })) {
  say(answer(entry.functions, JSON.parse(line)));
}
