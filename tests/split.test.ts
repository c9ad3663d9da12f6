import { splitByDestination } from "matrix-send-to-device";
import { expect, test } from "vitest";
import { requestWith, server, withProto } from "./support.js";

test("each server gets its users, in the order in which the servers first occur", () => {
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

test("promise 4: server names are whole strings: case and port make another destination", () => {
  const users = ["@a:x", "@a:X", "@a:x:8448", "@a:x:08448", "@a:[::1]", "@a:[::1]:1"];
  const parts = splitByDestination(
    requestWith(Object.fromEntries(users.map((id) => [id, { A: {} }]))),
  );
  expect([...parts.keys()]).toEqual(["x", "X", "x:8448", "x:08448", "[::1]", "[::1]:1"]);
});

test("a server named like a member of Object.prototype is a destination", () => {
  const parts = splitByDestination(requestWith({ "@a:constructor": { A: {} } }));
  expect([...parts.keys()]).toEqual(["constructor"]);
});

test("devices are not copied, unknown members of the request go along", () => {
  const devices = withProto({ a: 1 }, { "*": {} });
  const parts = splitByDestination(requestWith({ "@a:x": devices }, { more: 1 }));
  const part = parts.get(server("x"));
  expect(part).toMatchObject({ more: 1 });
  expect(Object.values(part?.messages ?? {})[0]).toBe(devices);
});

test("a request to nobody has no destination", () => {
  expect(splitByDestination(requestWith({})).size).toBe(0);
});
