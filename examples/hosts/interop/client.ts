/** A minimal client for any homeserver: it sends to devices and reads the events for its own device. */
import * as t from "io-ts";
import { DeviceId, explain, UserId } from "matrix-send-to-device";

/** One device of a user. */
export type Device = ReturnType<typeof createDevice>;

export type Session = {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly accessToken: string;
  /** The base URL of the server, or of one of its processes. */
  readonly baseUrl: () => string;
  readonly fetch: typeof fetch;
};

/** Texts of Device Message Contents: JSON, or deliberately invalid. */
export type Messages = ReadonlyMap<string, ReadonlyMap<string, string>>;

export type Event = { readonly type: string; readonly sender: string; readonly content: unknown };

const Login = t.type({ user_id: UserId, device_id: DeviceId, access_token: t.string });

const Sync = t.intersection([
  t.type({ next_batch: t.string }),
  t.partial({
    to_device: t.partial({
      events: t.array(t.type({ type: t.string, sender: t.string, content: t.unknown })),
    }),
  }),
]);

export function createDevice(session: Session) {
  const { userId, deviceId, accessToken, baseUrl, fetch } = session;
  const headers = { authorization: `Bearer ${accessToken}` };
  let txnCount = 0;
  let since: string | undefined;
  const responses: Array<string> = [];

  return {
    ...session,

    /** The raw bodies of all `/sync` responses. */
    responses: responses as ReadonlyArray<string>,

    /** Sends, and returns the status of the answer. An earlier transaction ID repeats that request. */
    send: async (
      messages: Messages,
      { type = "org.example.interop", txnId = `${deviceId}-${++txnCount}` } = {},
    ): Promise<number> => {
      const response = await fetch(`${baseUrl()}/_matrix/client/v3/sendToDevice/${type}/${txnId}`, {
        method: "PUT",
        headers: { ...headers, "content-type": "application/json" },
        body: bodyOf(messages),
      });
      await response.arrayBuffer();
      return response.status;
    },

    /** Returns the next events. The next call acknowledges them. */
    sync: async (timeoutMs: number): Promise<ReadonlyArray<Event>> => {
      const query = new URLSearchParams({ timeout: String(timeoutMs), ...(since && { since }) });
      const response = await fetch(`${baseUrl()}/_matrix/client/v3/sync?${query}`, { headers });
      const text = await response.text();
      responses.push(text);
      const { next_batch, to_device } = decodedText(Sync, response.status, text);
      since = next_batch;
      return to_device?.events ?? [];
    },

    toString: () => `${userId} ${deviceId}`,
  };
}

/** Logs in on a server that requires no password. */
export async function loginWithout(
  options: Pick<Session, "baseUrl" | "fetch">,
  userId: string,
  deviceId: string,
): Promise<Device> {
  return login(options, { identifier: { type: "m.id.user", user: userId }, device_id: deviceId });
}

const password = "correct horse battery staple";

/** Logs in, and registers the user before its first device. */
export async function loginOrRegister(
  options: Pick<Session, "baseUrl" | "fetch">,
  localpart: string,
  deviceId: string,
): Promise<Device> {
  const registered = await options.fetch(`${options.baseUrl()}/_matrix/client/v3/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      username: localpart,
      password,
      device_id: deviceId,
      auth: { type: "m.login.dummy" },
    }),
  });
  if (registered.ok) return deviceOf(options, await decoded(Login, registered));
  await registered.arrayBuffer();
  return login(options, {
    identifier: { type: "m.id.user", user: localpart },
    password,
    device_id: deviceId,
  });
}

async function login(options: Pick<Session, "baseUrl" | "fetch">, request: object) {
  const response = await options.fetch(`${options.baseUrl()}/_matrix/client/v3/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "m.login.password", ...request }),
  });
  return deviceOf(options, await decoded(Login, response));
}

function deviceOf(
  options: Pick<Session, "baseUrl" | "fetch">,
  { user_id: userId, device_id: deviceId, access_token: accessToken }: t.TypeOf<typeof Login>,
): Device {
  return createDevice({ ...options, userId, deviceId, accessToken });
}

async function decoded<A>(codec: t.Decoder<unknown, A>, response: Response): Promise<A> {
  return decodedText(codec, response.status, await response.text());
}

function decodedText<A>(codec: t.Decoder<unknown, A>, status: number, text: string): A {
  const value = codec.decode(JSON.parse(text));
  if (value._tag === "Right") return value.right;
  throw new Error(`${status} ${text.slice(0, 500)}: ${explain(value.left).join("; ")}`);
}

/** The body of a request. Contents are inserted verbatim. */
function bodyOf(messages: Messages): string {
  const object = <A>(entries: ReadonlyMap<string, A>, textOf: (value: A) => string): string =>
    `{${[...entries].map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(",")}}`;
  return `{"messages":${object(messages, (devices) => object(devices, (text) => text))}}`;
}
