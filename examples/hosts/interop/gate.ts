/**
 * The proxy in front of a server: the TLS endpoint at its server name. It forwards requests to the server's processes,
 * records transactions, and injects faults on demand.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { buffer } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import type { ServerName } from "matrix-send-to-device";
import type { Tls } from "../http/app.js";

export type Gate = Awaited<ReturnType<typeof openGate>>;

/** One request to `/send/`, with its answer. */
export type Exchange = {
  readonly txnId: string;
  readonly body: string;
  /** The status that the sender got; 0 if it got none. */
  readonly status: number;
  /** The status of the server behind the gate; 0 if the request did not reach it. */
  readonly inner: number;
};

/** A fault, applied to a request instead of forwarding it and returning the answer. */
export type Trouble =
  | { readonly _tag: "Answer"; readonly status: number; readonly headers?: Record<string, string> }
  /** The server gets the request, but the sender gets no answer. */
  | { readonly _tag: "LoseAnswer" };

export type GateOptions = {
  readonly name: ServerName;
  readonly tls: Tls;
  readonly fetch: typeof fetch;
  /** The base URLs of the processes, used in turn. */
  readonly targets: ReadonlyArray<string>;
};

const hopByHop = [
  "connection",
  "host",
  "transfer-encoding",
  "content-length",
  "keep-alive",
  "expect",
];

export async function openGate({ name, tls, fetch, targets }: GateOptions) {
  const exchanges: Array<Exchange> = [];
  const troubles: Array<Trouble> = [];
  let isCut = false;
  let open = 0;
  let turn = 0;

  /** Uses the processes in turn, and skips unresponsive ones. */
  async function pass(request: IncomingMessage, body: Buffer): Promise<Response> {
    const headers = Object.entries(request.headers).flatMap(
      ([name, value]): Array<[string, string]> =>
        typeof value === "string" && !hopByHop.includes(name) ? [[name, value]] : [],
    );
    const method = request.method ?? "GET";
    let failure: unknown;
    for (let tries = 0; tries < targets.length; tries++) {
      const target = targets[turn++ % targets.length];
      try {
        return await fetch(`${target}${request.url}`, {
          method,
          headers,
          ...(method !== "GET" && { body: new Uint8Array(body) }),
          redirect: "manual",
        });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const txnId = /^\/_matrix\/federation\/v1\/send\/([^/?]+)/.exec(request.url ?? "")?.[1];
    if (txnId === undefined) {
      const passed = await pass(request, body);
      reply(response, passed, Buffer.from(await passed.arrayBuffer()));
      return;
    }
    open++;
    await answerSend(request, response, txnId, body).finally(() => open--);
  }

  async function answerSend(
    request: IncomingMessage,
    response: ServerResponse,
    txnId: string,
    body: Buffer,
  ): Promise<void> {
    const record = (status: number, inner: number) => {
      exchanges.push({ txnId, body: body.toString(), status, inner });
    };
    const trouble = isCut ? undefined : troubles.shift();
    if (isCut) {
      record(0, 0);
      response.destroy();
    } else if (trouble?._tag === "Answer") {
      record(trouble.status, 0);
      response.writeHead(trouble.status, {
        "content-type": "application/json",
        ...trouble.headers,
      });
      response.end(JSON.stringify({ errcode: "M_UNKNOWN", error: "Trouble" }));
    } else {
      let inner = 0;
      try {
        const passed = await pass(request, body);
        inner = passed.status;
        if (trouble !== undefined) throw new Error("The answer is lost");
        const bytes = Buffer.from(await passed.arrayBuffer());
        record(inner, inner);
        reply(response, passed, bytes);
      } catch {
        record(0, inner);
        response.destroy();
      }
    }
  }

  const server = createServer(tls, (request, response) => {
    // A killed process, or an incomplete body: the sender's connection is closed.
    answer(request, response).catch(() => response.destroy());
  });
  const port = Number(name.split(":").at(-1));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));

  return {
    name,
    /** The requests to `/send/`, in the order of their answers. */
    exchanges: exchanges as ReadonlyArray<Exchange>,
    /** Resolves when no request to `/send/` is in flight, so that all of them are recorded. */
    quiet: async (): Promise<void> => {
      while (open > 0) await wait(10);
    },
    /** Applies one fault to each of the next requests. */
    trouble: (...next: ReadonlyArray<Trouble>): void => {
      troubles.push(...next);
    },
    /** Blocks all transactions until `repair`. */
    cut: (): void => {
      isCut = true;
    },
    repair: (): void => {
      isCut = false;
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(response: ServerResponse, passed: Response, body: Buffer): void {
  const type = passed.headers.get("content-type");
  response.writeHead(passed.status, type === null ? {} : { "content-type": type });
  response.end(body);
}
