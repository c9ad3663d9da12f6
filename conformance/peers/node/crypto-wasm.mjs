/** matrix-sdk-crypto-wasm: the Rust SDK as JavaScript clients use it. */
import {
  DeviceId,
  DeviceLists,
  initAsync,
  OlmMachine,
  ProcessedToDeviceEventType,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import { serve, stringOf, Unsupported, versionsOf } from "./protocol.mjs";

await initAsync();
const machine = await OlmMachine.initialize(
  new UserId("@alice:example.org"),
  new DeviceId("DEVICE"),
);

async function isInvalid(eventType, contents) {
  const type = JSON.stringify(eventType);
  const events = `[{"type":${type},"sender":"@john:example.com","content":${contents}}]`;
  const processed = await machine.receiveSyncChanges(events, new DeviceLists(), new Map());
  if (processed.length !== 1) throw new Error(`${processed.length} events`);
  return processed[0].type === ProcessedToDeviceEventType.Invalid;
}

/**
 * Whether it reads the contents of a type by its schema. Every type except `m.dummy` requires members, so `{}` shows
 * it. It decodes keys and ciphertexts, but those of the corpus are placeholders.
 */
const isRead = new Map([
  ["m.dummy", true],
  ["m.room.encrypted", false],
  ["m.room_key", false],
  ["m.forwarded_room_key", false],
]);

async function contents({ text, eventType }) {
  if (!isRead.has(eventType)) isRead.set(eventType, await isInvalid(eventType, "{}"));
  if (!isRead.get(eventType)) throw new Unsupported("not read by the schema");
  if (await isInvalid(eventType, text)) throw new Error("invalid");
}

function userId({ text }) {
  new UserId(stringOf(text));
}

await serve(
  {
    versions: versionsOf(["@matrix-org/matrix-sdk-crypto-wasm"]),
    kinds: { userId: "new UserId", contents: "OlmMachine.receiveSyncChanges" },
  },
  { userId, contents },
);
