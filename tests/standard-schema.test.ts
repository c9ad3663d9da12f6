import * as t from "io-ts";
import { SendToDeviceBody, toStandardSchema } from "matrix-send-to-device";
import { expect, test } from "vitest";

const { validate } = toStandardSchema(SendToDeviceBody)["~standard"];
const body = { messages: { "@alice:example.org": { "*": {} } } };

test("names the version of the standard and the vendor", () => {
  const { vendor, version } = toStandardSchema(SendToDeviceBody)["~standard"];
  expect({ vendor, version }).toEqual({ vendor: "matrix-send-to-device", version: 1 });
});

test("a valid value is returned as the same reference", () => {
  expect(validate(body)).toEqual({ value: body });
  expect(validate(body)).toHaveProperty("value", body);
});

test("an invalid value has issues with path and message, and no value", () => {
  const secret = "sEcReT";
  const result = validate({ messages: { "@alice:example.org": { A: secret }, bob: { A: {} } } });
  expect(result).toEqual({
    issues: [
      { message: "expected object", path: ["messages", "@alice:example.org", "A"] },
      { message: "expected User ID (no @ at the start)", path: ["messages", "bob"] },
    ],
  });
  expect(JSON.stringify(result)).not.toContain(secret);
});

test("any io-ts codec is accepted, and the input type is its output type", () => {
  const schema = toStandardSchema(t.type({ a: t.array(t.number) }));
  expect(schema["~standard"].validate({ a: [1, "2"] })).toEqual({
    issues: [{ message: "expected number", path: ["a", "1"] }],
  });
});
