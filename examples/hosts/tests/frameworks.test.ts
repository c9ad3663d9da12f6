/** The codecs in frameworks that take Standard Schema or any validator: accepted and rejected requests. */
import { sValidator } from "@hono/standard-validator";
import { initTRPC, TRPCError } from "@trpc/server";
import { fastify } from "fastify";
import { Hono } from "hono";
import { testClient } from "hono/testing";
import type * as t from "io-ts";
import { SendToDeviceBody, toStandardSchema } from "matrix-send-to-device";
import { expect, expectTypeOf, test } from "vitest";

const right = { messages: { "@alice:example.org": { "*": { hello: "alice" } } }, unknown: "stays" };
const wrong = { messages: { "@alice:example.org": { PHONE: "secret" } } };
const place = ["messages", "@alice:example.org", "PHONE"];

const json = (body: unknown) => ({
  method: "PUT" as const,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

test("Hono's validator", async () => {
  // Without the hook, Hono's answer repeats the whole body next to the issues, and the body contains keys.
  const validator = sValidator("json", toStandardSchema(SendToDeviceBody), (result, c) =>
    result.success ? undefined : c.json({ errcode: "M_BAD_JSON", issues: result.error }, 400),
  );
  const app = new Hono().put("/", validator, (c) => {
    const body = c.req.valid("json");
    expectTypeOf(body).toExtend<SendToDeviceBody>();
    return c.json(body);
  });

  const accepted = await app.request("/", json(right));
  expect(accepted.status).toBe(200);
  expect(await accepted.json()).toEqual(right);

  // A client writes a literal, without a cast.
  const client = testClient(app).index;
  const answer = await client.$put({ json: { messages: { "@alice:example.org": { "*": {} } } } });
  expect(await answer.json()).toEqual({ messages: { "@alice:example.org": { "*": {} } } });
  // @ts-expect-error: contents are an object.
  expect((await client.$put({ json: wrong })).status).toBe(400);

  const refused = await app.request("/", json(wrong));
  expect(refused.status).toBe(400);
  expect(await refused.json()).toEqual({
    errcode: "M_BAD_JSON",
    issues: [{ message: "expected object", path: place }],
  });
});

test("the input of a tRPC procedure", async () => {
  const { procedure, router, createCallerFactory } = initTRPC.create();
  const send = procedure.input(toStandardSchema(SendToDeviceBody)).mutation(({ input }) => {
    expectTypeOf(input).toExtend<SendToDeviceBody>();
    return input;
  });
  const caller = createCallerFactory(router({ send }))({});

  expect(await caller.send(right)).toBe(right);

  // A caller writes a literal, without a cast.
  const sent = await caller.send({ messages: { "@alice:example.org": { "*": {} } } });
  expect(sent).toEqual({ messages: { "@alice:example.org": { "*": {} } } });

  // @ts-expect-error: contents are an object.
  const refused = await caller.send(wrong).catch((error) => error);
  expect(refused).toBeInstanceOf(TRPCError);
  expect(refused).toMatchObject({
    code: "BAD_REQUEST",
    cause: { issues: [{ message: "expected object", path: place }] },
  });
  expect(String(refused.message) + String(refused.cause)).not.toContain("secret");
});

test("a validator compiler of fastify", async () => {
  const app = fastify();
  app.setValidatorCompiler<t.Mixed>(({ schema }) => (value) => {
    const result = toStandardSchema(schema)["~standard"].validate(value);
    if (result instanceof Promise) throw new TypeError("The codecs are synchronous");
    return result.issues === undefined
      ? { value: result.value }
      : { error: result.issues.map(({ message, path = [] }) => toError(path, message)) };
  });
  const toError = (path: ReadonlyArray<unknown>, message: string) => ({
    message,
    instancePath: path.map((key) => `/${String(key)}`).join(""),
    schemaPath: "",
    keyword: "codec",
    params: {},
  });
  app.put("/", { schema: { body: SendToDeviceBody } }, async ({ body }) => body);

  const accepted = await app.inject({ method: "PUT", url: "/", payload: right });
  expect(accepted.statusCode).toBe(200);
  expect(accepted.json()).toEqual(right);

  const refused = await app.inject({ method: "PUT", url: "/", payload: wrong });
  expect(refused.statusCode).toBe(400);
  expect(refused.json().message).toBe("body/messages/@alice:example.org/PHONE expected object");
});
