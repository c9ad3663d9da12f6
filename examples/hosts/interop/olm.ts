/** A client with real encryption, an `OlmMachine` of the Rust SDK, on any homeserver. */
import {
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  OlmMachine,
  RequestType,
  ToDeviceRequest,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import * as t from "io-ts";
import type { Request } from "../encryption/olm-client.js";
import type { Device } from "./client.js";

const Counts = t.type({ one_time_key_counts: t.record(t.string, t.number) });

const paths = new Map([
  [RequestType.KeysUpload, "keys/upload"],
  [RequestType.KeysQuery, "keys/query"],
  [RequestType.KeysClaim, "keys/claim"],
]);

export async function createOlmDevice(device: Device) {
  const { userId, deviceId, accessToken, baseUrl, fetch } = device;
  const machine = await OlmMachine.initialize(new UserId(userId), new DeviceId(deviceId));

  async function call(method: string, path: string, body: string): Promise<string> {
    const response = await fetch(`${baseUrl()}/_matrix/client/v3/${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      body,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }

  async function send(request: Request): Promise<void> {
    const answer = await answerTo(request);
    if (request.id !== undefined) {
      await machine.markRequestAsSent(request.id, request.type, answer);
    }
  }

  function answerTo(request: Request): Promise<string> {
    if (request instanceof ToDeviceRequest) {
      const { event_type, txn_id, body } = request;
      return call("PUT", `sendToDevice/${event_type}/${txn_id}`, body);
    }
    const path = paths.get(request.type);
    if (path === undefined) throw new Error(`No request of type ${request.type} was expected`);
    return call("POST", path, request.body);
  }

  return {
    machine,
    user: userId,
    send,

    /** Sends the machine's outgoing requests. */
    flush: async (): Promise<void> => {
      for (const request of await machine.outgoingRequests()) await send(request);
    },

    /** Queries the devices of users. */
    track: (users: ReadonlyArray<string>): Promise<void> =>
      machine.updateTrackedUsers(users.map((tracked) => new UserId(tracked))),

    /** Passes the next events to the machine. */
    receive: async (timeoutMs: number): Promise<void> => {
      const events = await device.sync(timeoutMs);
      const counts = Counts.decode(JSON.parse(await call("POST", "keys/upload", "{}")));
      if (counts._tag === "Left") throw new Error("No counts of one-time keys");
      await machine.receiveSyncChanges(
        JSON.stringify(events),
        new DeviceLists(),
        new Map(Object.entries(counts.right.one_time_key_counts)),
        new Set(),
        new DecryptionSettings(TrustRequirement.Untrusted),
      );
    },
  };
}
