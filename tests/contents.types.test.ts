import {
  type AppserviceToDeviceEvent,
  type CiphertextInfo,
  type ContentsOf,
  contents,
  type DeviceId,
  type DeviceMessageContents,
  decodeContents,
  type KeyVerificationCancel,
  type KeyVerificationStart,
  type KnownEvent,
  type OtherVerificationMethod,
  type RequestedKeyInfo,
  type RoomEncrypted,
  type RoomId,
  type RoomKey,
  type RoomKeyRequest,
  type RoomKeyWithheld,
  readEvent,
  type SecretRequest,
  type ToDeviceEvent,
} from "matrix-send-to-device";
import { expectTypeOf, test } from "vitest";

test("start", () => {
  const f = (c: KeyVerificationStart) => {
    switch (c.method) {
      case "m.sas.v1":
        expectTypeOf(c.hashes).toEqualTypeOf<ReadonlyArray<string>>();
        // @ts-expect-error
        c.secret;
        break;
      case "m.reciprocate.v1":
        expectTypeOf(c.secret).toEqualTypeOf<string>();
        break;
      default:
        expectTypeOf(c.method).toEqualTypeOf<OtherVerificationMethod>();
        expectTypeOf(c["x"]).toEqualTypeOf<unknown>();
    }
  };
  const g = (e: ToDeviceEvent) => {
    const read = readEvent(e);
    if (read._tag !== "Known") return;
    switch (read.event.type) {
      case "m.key.verification.start":
        f(read.event.content);
        if (read.event.content.method === "m.sas.v1")
          expectTypeOf(read.event.content.hashes).toEqualTypeOf<ReadonlyArray<string>>();
        break;
      case "m.room.encrypted":
        if (read.event.content.algorithm === "m.megolm.v1.aes-sha2")
          expectTypeOf(read.event.content.ciphertext).toEqualTypeOf<string>();
        else
          expectTypeOf(read.event.content.ciphertext).toEqualTypeOf<{
            readonly [k: string]: CiphertextInfo;
          }>();
        break;
      case "m.room_key_request":
        if (read.event.content.action === "request")
          expectTypeOf(read.event.content.body).toEqualTypeOf<RequestedKeyInfo>();
        break;
      case "m.room_key.withheld": {
        const c = read.event.content;
        if (c.code === "m.no_olm") expectTypeOf(c.room_id).toEqualTypeOf<RoomId | undefined>();
        else expectTypeOf(c.room_id).toEqualTypeOf<RoomId>();
      }
    }
  };
  void g;
});
