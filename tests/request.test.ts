import { requestOf, SendToDeviceBody, SendToDeviceRequest } from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { valid } from "./support.js";

describe("requestOf (promise 1)", () => {
  const from = { sender: "@john:example.com", type: "m.test" };
  const messages = { "@alice:example.org": { A: { a: 1 } } };

  test("makes a valid request, whose messages are the same reference", () => {
    const request = requestOf(from)(valid(SendToDeviceBody, { messages }));
    expect(SendToDeviceRequest.is(request)).toBe(true);
    expect(request).toEqual({ ...from, messages });
    expect(request.messages).toBe(messages);
  });
  test("ignores other members of the body: a client cannot choose its sender", () => {
    const forged = { messages, sender: "@admin:example.com", type: "m.other", more: 1 };
    expect(requestOf(from)(valid(SendToDeviceBody, forged))).toStrictEqual({ ...from, messages });
  });
  test.each([
    { sender: "john", reason: "no @ at the start" },
    { sender: "@john", reason: "no :" },
    { sender: "@john:a b", reason: "invalid server name" },
  ])("throws a TypeError for an invalid sender: $reason", ({ sender, reason }) => {
    expect(() => requestOf({ ...from, sender })).toThrow(
      new TypeError(`sender must be a valid User ID (${reason})`),
    );
  });
});
