/**
 * A client with real encryption: an `OlmMachine` of the Rust SDK, and the HTTP requests that it asks for.
 *
 * The machine decides what to send and interprets what arrives. This file only makes the requests.
 */
import { equal } from "node:assert/strict";
import {
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  KeysUploadRequest,
  OlmMachine,
  RequestType,
  ToDeviceRequest,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import * as t from "io-ts";
import { explain, ToDeviceEvent } from "matrix-send-to-device";
import type { Ledger } from "./ledger.js";

export type OlmClient = Awaited<ReturnType<typeof createOlmClient>>;

/** A request that a machine asks for. */
export type Request = {
  readonly id?: string | undefined;
  readonly type: RequestType;
  readonly body: string;
};

export type OlmClientOptions = {
  readonly address: string;
  readonly user: string;
  readonly device: string;
  readonly ledger: Ledger;
};

const Login = t.type({ access_token: t.string });

const Sync = t.type({
  next_batch: t.string,
  to_device: t.type({ events: t.readonlyArray(ToDeviceEvent) }),
});

const Counts = t.type({ one_time_key_counts: t.record(t.string, t.number) });

export async function createOlmClient({ address, user, device, ledger }: OlmClientOptions) {
  const login = { identifier: { user }, device_id: device };
  const loginText = await call("POST", "login", JSON.stringify(login), {});
  const headers = { authorization: `Bearer ${decoded(Login, loginText).access_token}` };
  const machine = await OlmMachine.initialize(new UserId(user), new DeviceId(device));
  let since: string | undefined;

  async function call(method: string, path: string, body: string | undefined, headers: object) {
    const response = await fetch(`${address}/_matrix/client/v3/${path}`, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    equal(response.status, 200, `${method} ${path}: ${text}`);
    return text;
  }

  const post = (path: string, body: string) => call("POST", path, body, headers);

  async function send(request: Request): Promise<void> {
    const answer =
      request instanceof ToDeviceRequest
        ? await sendToDevice(request)
        : await post(pathOf(request.type), request.body);
    if (request.id !== undefined) {
      await machine.markRequestAsSent(request.id, request.type, answer);
    }
  }

  /** Sends the request twice, as if the first response had been lost. */
  async function sendToDevice({ event_type, txn_id, body }: ToDeviceRequest): Promise<string> {
    ledger.sends(user, event_type, JSON.parse(body).messages);
    const path = `sendToDevice/${encodeURIComponent(event_type)}/${encodeURIComponent(txn_id)}`;
    await call("PUT", path, body, headers);
    return call("PUT", path, body, headers);
  }

  /** Hands events to the machine, and the changed users, which a server with rooms would name in `/sync`. */
  async function hand(events: ReadonlyArray<ToDeviceEvent>, changedUsers: ReadonlyArray<string>) {
    const { one_time_key_counts } = decoded(Counts, await post("keys/upload", "{}"));
    await machine.receiveSyncChanges(
      JSON.stringify(events),
      new DeviceLists(changedUsers.map((changed) => new UserId(changed))),
      new Map(Object.entries(one_time_key_counts)),
      new Set(),
      new DecryptionSettings(TrustRequirement.Untrusted),
    );
  }

  return {
    machine,
    user,
    device,
    send,

    /** Sends the requests of the machine. Returns whether there were any. */
    flush: async (): Promise<boolean> => {
      const requests = await machine.outgoingRequests();
      for (const request of requests) await send(request);
      return requests.length > 0;
    },

    /** Syncs twice, as if the first response had been lost. Returns whether there were events. */
    receive: async (): Promise<boolean> => {
      const path = since === undefined ? "sync" : `sync?since=${since}`;
      await call("GET", path, undefined, headers);
      const { next_batch, to_device } = decoded(Sync, await call("GET", path, undefined, headers));
      since = next_batch;
      ledger.receives(user, device, to_device.events);
      if (to_device.events.length > 0) await hand(to_device.events, []);
      return to_device.events.length > 0;
    },

    /** Asks for the devices of users, now and when they change. */
    track: (users: ReadonlyArray<string>): Promise<void> =>
      machine.updateTrackedUsers(users.map((tracked) => new UserId(tracked))),

    /** Tells the machine that devices or keys of users have changed. */
    devicesChanged: (users: ReadonlyArray<string>): Promise<void> => hand([], users),

    /** Publishes new cross-signing keys of the user. */
    bootstrap: async (): Promise<void> => {
      const requests = await machine.bootstrapCrossSigning(true);
      const { uploadKeysRequest: keys } = requests;
      if (keys instanceof KeysUploadRequest) await send(keys);
      await post("keys/device_signing/upload", requests.uploadSigningKeysRequest.body);
      await send(requests.uploadSignaturesRequest);
    },
  };
}

function pathOf(type: RequestType): string {
  switch (type) {
    case RequestType.KeysUpload:
      return "keys/upload";
    case RequestType.KeysQuery:
      return "keys/query";
    case RequestType.KeysClaim:
      return "keys/claim";
    case RequestType.SignatureUpload:
      return "keys/signatures/upload";
    default:
      throw new Error("Unexpected request: these machines have no rooms and no backups");
  }
}

function decoded<A>(codec: t.Decoder<unknown, A>, text: string): A {
  const result = codec.decode(JSON.parse(text));
  if (result._tag === "Left") throw new TypeError(explain(result.left).join("\n"));
  return result.right;
}
