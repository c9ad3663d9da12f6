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

/** Types whose contents it reads: every type but `m.dummy` requires members. */
const isRead = new Map([["m.dummy", true]]);

async function contents({ text, eventType }) {
  if (!isRead.has(eventType)) isRead.set(eventType, await isInvalid(eventType, "{}"));
  if (!isRead.get(eventType)) throw new Unsupported("contents are not read");
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
