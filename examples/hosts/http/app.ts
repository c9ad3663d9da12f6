/** The common base of the HTTP servers here: endpoints read their bodies, and errors have the specified form. */
import type { Socket } from "node:net";
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from "fastify";
import { maxEduBytes, maxTransactionEdus } from "matrix-send-to-device";
import { type MatrixError, matrixError } from "./matrix-error.js";

/**
 * The maximum number of PDUs in one federation transaction.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
const maxTransactionPdus = 50;

/** The maximum size of a body, in bytes: a full transaction with PDUs as large as its EDUs. */
const bodyLimit = (maxTransactionEdus + maxTransactionPdus + 1) * maxEduBytes;

/** The maximum number of characters in an event type or a transaction ID. */
const maxParamLength = 1024;

/** A certificate and its key, as PEM. */
export type Tls = { readonly cert: string; readonly key: string };

export function createApp(tls?: Tls): FastifyInstance {
  const app = fastify({
    bodyLimit,
    routerOptions: { maxParamLength, ignoreTrailingSlash: true },
    https: tls ?? null,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.code(400).send({ errcode: "M_INVALID_PARAM", error: "Invalid path" });
    },
  });
  endUnusedConnections(app, tls === undefined ? "connection" : "secureConnection");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, async (_request: unknown, body: Buffer) =>
    Promise.resolve(body),
  );
  const paths: Array<RegExp> = [];
  app.addHook("onRoute", ({ url }) => {
    paths.push(new RegExp(`^${url.replace(/:\w+/g, "[^/]+")}/?$`));
  });
  app.setErrorHandler<FastifyError | MatrixError>((error, _request, reply) => {
    const statusCode = error.statusCode ?? 500;
    if (statusCode >= 500) {
      return reply.code(statusCode).send({ errcode: "M_UNKNOWN", error: "Internal error" });
    }
    const errcode = "errcode" in error ? error.errcode : errcodeOf(statusCode);
    return reply.code(statusCode).send({ errcode, error: error.message });
  });
  app.setNotFoundHandler(({ url }) => {
    const [path = ""] = url.split("?");
    if (paths.some((known) => known.test(path))) {
      throw matrixError(405, "M_UNRECOGNIZED", "Method not allowed");
    }
    throw matrixError(404, "M_UNRECOGNIZED", "No such endpoint");
  });
  return app;
}

/**
 * Closing ends each connection after its response. Node counts a connection without a first request as busy, and
 * would wait for it. Clients open such connections in advance.
 */
function endUnusedConnections(app: FastifyInstance, event: string): void {
  const unused = new Set<Socket>();
  app.server.on(event, (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  app.server.on("request", ({ socket }) => unused.delete(socket));
  app.addHook("preClose", async () => {
    for (const socket of unused) socket.destroy();
  });
}

function errcodeOf(statusCode: number): string {
  return statusCode === 413 ? "M_TOO_LARGE" : "M_UNKNOWN";
}
