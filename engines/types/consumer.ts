// What a user of the package writes, for compilers older than the one that builds it.
import type { Either } from "fp-ts/lib/Either.js";
import type { Errors, TypeOf } from "io-ts";
import {
  type DeviceId,
  DirectToDeviceEdu,
  deliver,
  explain,
  type MessageId,
  packEdus,
  receiveEdus,
  recipients,
  SendToDeviceBody,
  type SendToDeviceRequest,
  ServerName,
  serverNameOf,
  splitByDestination,
  type UserId,
} from "matrix-send-to-device";

export function inbox(
  body: unknown,
  devicesOf: (userId: UserId) => ReadonlyArray<DeviceId>,
): number {
  const origin = ServerName.decode("example.com");
  if (origin._tag === "Left") return 0;
  const receive = receiveEdus({
    origin: origin.right,
    isLocal: (userId) => serverNameOf(userId) === "example.org",
  });
  const { left, right } = receive(Array.isArray(body) ? body : []);
  const lines: string[] = left.map((rejection) => rejection._tag);
  const events = right.flatMap((message) =>
    recipients(message).length > 0 ? deliver(devicesOf)(message).right : [],
  );
  return lines.length + events.length;
}

export function outbox(body: unknown, sender: UserId): ReadonlyArray<DirectToDeviceEdu> {
  const decoded: Either<Errors, TypeOf<typeof SendToDeviceBody>> = SendToDeviceBody.decode(body);
  if (decoded._tag === "Left") throw new TypeError(explain(decoded.left).join("\n"));
  const request: SendToDeviceRequest = { sender, type: "m.test", messages: decoded.right.messages };
  const pack = packEdus({ messageId: (index) => `m${index}` as MessageId });
  return Array.from(splitByDestination(request).values()).flatMap((part) => pack(part).right);
}

export const isEdu = (value: unknown): value is DirectToDeviceEdu => DirectToDeviceEdu.is(value);
