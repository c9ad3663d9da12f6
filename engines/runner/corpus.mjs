/** The verdict on every case of the conformance corpus. */
import { verdictOf } from "./groups.mjs";
import {
  canonicalJsonBytes,
  checkImplementation,
  conformance,
  contents,
  DeviceId,
  DirectToDeviceEdu,
  deliver,
  inputOf,
  isUserOf,
  MessageId,
  readAppserviceToDevice,
  receiveEdus,
  ServerName,
  ToDeviceMessage,
  Transaction,
  textEntry,
  UserId,
} from "./library.mjs";

const decoding = (codec) => (input) => {
  const decoded = codec.decode(input);
  return decoded._tag === "Right" ? decoded.right : undefined;
};

const codecs = {
  edu: DirectToDeviceEdu,
  message: ToDeviceMessage,
  userId: UserId,
  serverName: ServerName,
  deviceId: DeviceId,
  messageId: MessageId,
  transaction: Transaction,
};

const implementation = {
  ...Object.fromEntries(Object.entries(codecs).map(([kind, codec]) => [kind, decoding(codec)])),
  receipt: (edu, { origin, local }) =>
    receiveEdus({ origin, isLocal: isUserOf(local) })([edu]).right[0],
  contents: (input, { eventType }) => decoding(contents[eventType])(input),
  delivery: (messages, { local, devices }) => {
    const content = { sender: "@john:example.com", type: "m.test", message_id: "m1", messages };
    return receiveEdus({ origin: "example.com", isLocal: isUserOf(local) })([
      { edu_type: "m.direct_to_device", content },
    ])
      .right.flatMap((message) => deliver(new Map(Object.entries(devices)))(message).right)
      .map(({ userId, deviceId, event }) => [userId, deviceId, event.content]);
  },
  canonicalJson: (value) => {
    const bytes = canonicalJsonBytes(value);
    return bytes._tag === "Right" ? bytes.right : undefined;
  },
  appservice: (transaction) => readAppserviceToDevice(transaction).right,
  jsonText: (text) => (textEntry.JsonText.is(text) ? text : undefined),
  transactionText: (text, { origin, local }) => {
    const received = textEntry.receiveTransaction({ origin, isLocal: isUserOf(local) })(text);
    if (received._tag === "Left") return undefined;
    return received.right.right.flatMap(({ messages }) =>
      [...messages].flatMap(([user, devices]) =>
        [...devices].map(([device, contents]) => [user, device, contents]),
      ),
    );
  },
};

/** The cases as a group: each is its own input. */
export const corpus = {
  name: "corpus",
  count: conformance.cases.length,
  input: (_random, index) => conformance.cases[index],
  outcome: (each) => {
    const run = implementation[each.kind];
    if (run === undefined) throw new Error(`no function for cases of kind ${each.kind}`);
    const input = inputOf(each);
    const codec = each.kind === "contents" ? contents[each.eventType] : codecs[each.kind];
    return [each.id, run(input, each), codec === undefined ? [] : verdictOf(codec, input)];
  },
};

/** The cases that the library does not pass. */
export const failures = () => checkImplementation(implementation).map(({ id }) => id);
