/**
 * A codec as Standard Schema, for the frameworks that take one.
 *
 * @see {@link https://standardschema.dev}
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type * as t from "io-ts";
import { keysOf, refusalOf } from "./explain.js";

/**
 * A codec as Standard Schema v1, for tRPC, Hono and whatever else takes one.
 *
 * The issues carry the path and what was expected, never the value, as in `explain`. Any io-ts codec will do.
 *
 * @example
 * ```ts
 * import { SendToDeviceBody, toStandardSchema } from "matrix-send-to-device";
 *
 * const schema = toStandardSchema(SendToDeviceBody);
 * console.log(schema["~standard"].validate({ messages: [] }));
 * // { issues: [{ message: "expected object", path: ["messages"] }] }
 * ```
 */
export function toStandardSchema<A, O>(codec: t.Type<A, O>): StandardSchemaV1<O, A> {
  return {
    "~standard": {
      version: 1,
      vendor: "matrix-send-to-device",
      validate: (value) => {
        const decoded = codec.decode(value);
        return decoded._tag === "Right"
          ? { value: decoded.right }
          : { issues: decoded.left.map(toIssue) };
      },
    },
  };
}

function toIssue({ context }: t.ValidationError): StandardSchemaV1.Issue {
  return { message: refusalOf(context.at(-1)?.type), path: keysOf(context) };
}
