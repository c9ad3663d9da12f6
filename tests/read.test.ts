import * as t from "io-ts";
import { PathReporter } from "io-ts/lib/PathReporter.js";
import {
  AppserviceToDeviceEvent,
  DeviceId,
  deliver,
  explain,
  readEvent,
  SendToDeviceRequest,
  ToDeviceEvent,
} from "matrix-send-to-device";
import { expect, test } from "vitest";

const sender = "@john:example.com";

const roomKey = {
  algorithm: "m.megolm.v1.aes-sha2",
  room_id: "!Cuyf34gef24t:localhost",
  session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
  session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
};

test("a known type with good contents is Known, and the event the same reference", () => {
  const event = eventOf("m.room_key", roomKey);
  const read = readEvent(event);
  expect(read).toEqual({ _tag: "Known", event });
  expect(read.event).toBe(event);
});

test.each(["org.example.custom", "", "constructor", "__proto__", "m.room.message"])(
  "the type %j is Unknown, and its contents are not looked at",
  (type) => {
    const event = eventOf(type, { session_key: 1 });
    const read = readEvent(event);
    expect(read).toEqual({ _tag: "Unknown", event });
    expect(read.event).toBe(event);
  },
);

test("a known type with bad contents is Refused: the event stays, the errors say where, not what", () => {
  const event = eventOf("m.room_key", { ...roomKey, room_id: 1 });
  const read = readEvent(event);
  const errors = read._tag === "Refused" ? read.errors : [];
  expect(read.event).toBe(event);
  expect(explain(errors)).toEqual(["content.room_id: expected Room ID"]);
  const printed = JSON.stringify(errors) + PathReporter.report(t.failures(errors)).join();
  expect(printed).not.toContain(roomKey.session_key);
  expect(printed).not.toContain(roomKey.session_id);
});

test("the errors have the path of a codec of the whole event", () => {
  const read = readEvent(eventOf("m.room_key_request", { action: "request" }));
  expect(read._tag === "Refused" && read.errors.map(({ context }) => context)).toMatchObject(
    ["requesting_device_id", "request_id", "body"].map((key) => [
      { key: "", type: { name: "ToDeviceEvent" } },
      { key: "content", type: { name: "RoomKeyRequest" } },
      { key },
    ]),
  );
});

test("an event of an appservice transaction keeps for whom it is", () => {
  const event = right(
    AppserviceToDeviceEvent.decode({
      ...eventOf("m.dummy", {}),
      to_user_id: "@_bridge_alice:example.org",
      to_device_id: "GHOST",
    }),
  );
  expect(readEvent(event).event.to_device_id).toBe("GHOST");
});

test("the contents of a message are read device by device, and a bad one does not stop the others", () => {
  const request = right(
    SendToDeviceRequest.decode({
      sender,
      type: "m.room_key",
      messages: { "@alice:example.org": { A: roomKey, B: {} } },
    }),
  );
  const { right: deliveries } = deliver(() => ["A", "B"].filter(DeviceId.is))(request);
  expect(deliveries.map(({ deviceId, event }) => [deviceId, readEvent(event)._tag])).toEqual([
    ["A", "Known"],
    ["B", "Refused"],
  ]);
});

function eventOf(type: string, content: object): ToDeviceEvent {
  return right(ToDeviceEvent.decode({ type, sender, content }));
}

function right<A>(decoded: t.Validation<A>): A {
  if (decoded._tag === "Left") throw new Error(explain(decoded.left).join("\n"));
  return decoded.right;
}
