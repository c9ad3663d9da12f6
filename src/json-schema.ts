/**
 * The EDU and its To Device Message as JSON Schema, for other languages, gateways and API documents.
 *
 * @packageDocumentation
 * @see {@link https://json-schema.org/specification}
 */
import { directToDevice } from "./message.js";

/**
 * A JSON Schema: an object with its keywords.
 *
 * @see {@link https://json-schema.org/specification}
 */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * Returns the JSON Schema of a codec. It accepts the same JSON values as the codec, with one exception.
 *
 * JSON Schema cannot count bytes. The limit for a User ID is 255 bytes of UTF-8; the schema allows 255 characters.
 *
 * @param codec - the name of the codec
 * @param draft - the draft of JSON Schema
 * @returns a new schema, with definitions for its parts
 *
 * @example
 * ```ts
 * import { jsonSchema } from "matrix-send-to-device/json-schema";
 *
 * const schema = jsonSchema("DirectToDeviceEdu", "2020-12");
 * console.log(schema.$ref); // "#/$defs/DirectToDeviceEdu"
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
export function jsonSchema(
  codec: "DirectToDeviceEdu" | "ToDeviceMessage",
  draft: "2020-12" | "draft-07",
): JsonSchema {
  const { $schema, keyword } = dialects[draft];
  const ref = (name: string) => ({ $ref: `#/${keyword}/${name}` });
  const definitions = {
    DirectToDeviceEdu: struct({
      edu_type: { const: directToDevice },
      content: ref("ToDeviceMessage"),
    }),
    ToDeviceMessage: struct({
      sender: ref("UserId"),
      type: { type: "string" },
      message_id: ref("MessageId"),
      messages: ref("Messages"),
    }),
    Messages: { ...record(ref("DeviceMessages")), propertyNames: ref("UserId") },
    DeviceMessages: record(ref("DeviceMessageContents")),
    DeviceMessageContents: { type: "object" },
    UserId: { type: "string", maxLength: 255, pattern: userIdPattern() },
    MessageId: { type: "string", maxLength: 32, pattern: `^${characters("")}$` },
  };
  return { $schema, ...ref(codec), [keyword]: definitions };
}

/** The URI of each draft, and its keyword for definitions. */
const dialects = {
  "2020-12": { $schema: "https://json-schema.org/draft/2020-12/schema", keyword: "$defs" },
  "draft-07": { $schema: "http://json-schema.org/draft-07/schema#", keyword: "definitions" },
} as const;

function struct(properties: JsonSchema): JsonSchema {
  return { type: "object", required: Object.keys(properties), properties };
}

function record(additionalProperties: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties };
}

/** Any characters except `excluded` and lone surrogates. Without the u flag, characters beyond U+FFFF are pairs. */
function characters(excluded: string): string {
  return `(?:[^${excluded}\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])*`;
}

function userIdPattern(): string {
  const hostname = `(?:[A-Za-z0-9.-]+|\\[(?:${ipv6Pattern()})\\])`;
  return `^@${characters(":\\u0000")}:${hostname}(?::\\d{1,5})?$`;
}

/** RFC 3513, 2.2: eight groups; at most one `::`, for one or more groups; an IPv4 address may replace the last two. */
function ipv6Pattern(): string {
  const group = "[0-9A-Fa-f]{1,4}";
  const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  const lastTwo = `(?:${group}:${group}|${octet}(?:\\.${octet}){3})`;
  const last = (count: number) =>
    count > 1 ? `(?:${group}:){${count - 2}}${lastTwo}` : group.repeat(count);
  const atMost = (count: number) => `(?:${group}(?::${group}){0,${count - 1}})?`;
  const compressed = [0, 1, 2, 3, 4, 5, 6].map((count) => `${atMost(7 - count)}::${last(count)}`);
  return [last(8), ...compressed, `::${last(7)}`].join("|");
}
