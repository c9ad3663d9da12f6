import { packEdus, splitByDestination } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { requestWith, server, withProto } from "./support.js";

test("each server has its users, in the order in which the servers first occur", () => {
  const request = requestWith({
    "@a:one.example": { A: {} },
    "@b:two.example": { "*": {}, B: {} },
    "@c:one.example": { "*": {} },
  });
  const parts = splitByDestination(request);
  expect([...parts.keys()]).toEqual(["one.example", "two.example"]);
  expect(parts.get(server("one.example"))).toEqual({
    ...request,
    messages: { "@a:one.example": { A: {} }, "@c:one.example": { "*": {} } },
  });
  expect(parts.get(server("two.example"))).toEqual({
    ...request,
    messages: { "@b:two.example": { "*": {}, B: {} } },
  });
});

test("promise 4: server names are compared as whole strings: case and port count", () => {
  const users = ["@a:x", "@a:X", "@a:x:8448", "@a:x:08448", "@a:[::1]", "@a:[::1]:1"];
  const parts = splitByDestination(
    requestWith(Object.fromEntries(users.map((id) => [id, { A: {} }]))),
  );
  expect([...parts.keys()]).toEqual(["x", "X", "x:8448", "x:08448", "[::1]", "[::1]:1"]);
});

test("a server with the name of a member of Object.prototype is a destination", () => {
  const parts = splitByDestination(requestWith({ "@a:constructor": { A: {} } }));
  expect([...parts.keys()]).toEqual(["constructor"]);
});

test("devices are not copied, and unknown members of the request are dropped", () => {
  const devices = withProto({ a: 1 }, { "*": {} });
  const parts = splitByDestination(requestWith({ "@a:x": devices }, { more: 1 }));
  const part = parts.get(server("x"));
  expect(Object.keys(part ?? {})).toEqual(["sender", "type", "messages"]);
  expect(Object.values(part?.messages ?? {})[0]).toBe(devices);
});

describe("messages that were not decoded throw a TypeError", () => {
  test.each([
    { messages: { nonsense: { A: {} } }, reason: "a key that is not a user ID" },
    { messages: { "@a:x_y": { A: {} } }, reason: "a user of an invalid server" },
    { messages: { "@a:x": null }, reason: "no device map" },
    { messages: withProto({}), reason: "a user named __proto__" },
  ])("$reason", ({ messages }) => {
    const request = { ...requestWith({}), messages: messages as never };
    const error = new TypeError(
      "messages must map user IDs to objects: decode them with SendToDeviceBody or SendToDeviceRequest",
    );
    expect(() => splitByDestination(request)).toThrow(error);
    expect(() => packEdus({ messageId: String })(request)).toThrow(error);
  });
});

test("a request without users has no destination", () => {
  expect(splitByDestination(requestWith({})).size).toBe(0);
});
