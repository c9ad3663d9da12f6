/** A minimal client: it sends to devices and reads the events for its own device. */
import * as t from "io-ts";
import { DeviceId, explain, type JsonObject, ToDeviceEvent, UserId } from "matrix-send-to-device";

export type Client = Awaited<ReturnType<typeof login>>;

export type Device = { readonly userId: UserId; readonly deviceId: DeviceId };

/** The messages to send, valid or deliberately invalid. */
export type Contents = JsonObject;
export type Messages = { readonly [userId: string]: { readonly [deviceId: string]: Contents } };

/** The messages with one contents for one device. */
export function messagesTo({ userId, deviceId }: Device, contents: Contents): Messages {
  return { [userId]: Object.fromEntries([[deviceId, contents]]) };
}

export async function login(
  addressOf: () => string,
  user: string,
  device: string,
  fetch = globalThis.fetch,
) {
  const response = await fetch(`${addressOf()}/_matrix/client/v3/login`, {
    method: "POST",
    body: JSON.stringify({ identifier: { user }, device_id: device }),
  });
  const { access_token, user_id, device_id } = await decoded(LoginResponse, response);
  const headers = { authorization: `Bearer ${access_token}` };
  let txnCount = 0;
  let since: string | undefined;

  /** One `/sync`, which waits for an event up to this time. */
  const sync = async (from: string | undefined, timeoutMs = 0, signal?: AbortSignal) => {
    const query = new URLSearchParams({
      timeout: String(timeoutMs),
      ...(from !== undefined && { since: from }),
    });
    const url = `${addressOf()}/_matrix/client/v3/sync?${query}`;
    return decoded(SyncResponse, await fetch(url, { headers, signal: signal ?? null }));
  };

  return {
    accessToken: access_token,
    userId: user_id,
    deviceId: device_id,

    /** Sends a request, several times if responses should count as lost. Returns the status of each response. */
    send: async (messages: Messages, { type = "m.dummy", times = 1 } = {}) => {
      const txnId = txnCount++;
      const url = `${addressOf()}/_matrix/client/v3/sendToDevice/${type}/${txnId}`;
      const body = JSON.stringify({ messages });
      const statuses: Array<number> = [];
      for (let time = 0; time < times; time++) {
        const answer = await fetch(url, { method: "PUT", headers, body });
        await answer.arrayBuffer();
        statuses.push(answer.status);
      }
      return statuses;
    },

    sync,

    /** Syncs until the inbox is empty. Sends each request twice, as if the first response had been lost. */
    read: async (): Promise<ReadonlyArray<ToDeviceEvent>> => {
      const read: Array<ToDeviceEvent> = [];
      for (;;) {
        await sync(since);
        const { next_batch, to_device } = await sync(since);
        since = next_batch;
        if (to_device.events.length === 0) return read;
        read.push(...to_device.events);
      }
    },
  };
}

const LoginResponse = t.type({ access_token: t.string, user_id: UserId, device_id: DeviceId });

const SyncResponse = t.type({
  next_batch: t.string,
  to_device: t.type({ events: t.readonlyArray(ToDeviceEvent) }),
});

async function decoded<A>(codec: t.Decoder<unknown, A>, response: Response): Promise<A> {
  const result = codec.decode(await response.json());
  if (result._tag === "Left") throw new TypeError(explain(result.left).join("\n"));
  return result.right;
}
