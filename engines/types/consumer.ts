// What a user of the package writes, for compilers older than the one that builds it.
import type { Either } from "fp-ts/lib/Either.js";
import type { Errors, TypeOf } from "io-ts";
import {
  DirectToDeviceEdu,
  deliver,
  explain,
  isUserOf,
  type Messages,
  packEdus,
  receiveTransaction,
  recipients,
  requestOf,
  SendToDeviceBody,
  splitByDestination,
  toTransactions,
} from "matrix-send-to-device";

export function inbox(body: unknown, devices: ReadonlyMap<string, readonly string[]>): number {
  const receive = receiveTransaction({ origin: "example.com", isLocal: isUserOf("example.org") });
  const received = receive(body);
  if (received._tag === "Left") return explain(received.left).length;
  const { left, right } = received.right;
  const lines: string[] = left.flatMap(({ reasons }) => reasons.map(({ line }) => line));
  const events = right.flatMap((message) =>
    recipients(message).length > 0 ? deliver(devices)(message).right : [],
  );
  return lines.length + events.length;
}

export const literal: Messages = { "@alice:example.org": { "*": {} } };

export function outbox(body: unknown, sender: string): ReadonlyArray<DirectToDeviceEdu> {
  const decoded: Either<Errors, TypeOf<typeof SendToDeviceBody>> = SendToDeviceBody.decode(body);
  if (decoded._tag === "Left") throw new TypeError(explain(decoded.left).join("\n"));
  const request = requestOf({ sender, type: "m.test" })(decoded.right);
  const pack = packEdus({ messageId: (index) => `m${index}` });
  const bodiesOf = toTransactions({ origin: "example.com", origin_server_ts: 0 });
  return Array.from(splitByDestination(request).values()).flatMap((part) =>
    bodiesOf(pack(part).right).flatMap(({ edus }) => edus),
  );
}

export const isEdu = (value: unknown): value is DirectToDeviceEdu => DirectToDeviceEdu.is(value);
