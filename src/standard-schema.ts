/**
 * Codecs as Standard Schema, for frameworks that accept it.
 *
 * @see {@link https://standardschema.dev}
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type * as t from "io-ts";
import { placesOf } from "./explain.js";

/**
 * Turns any io-ts codec into a Standard Schema v1, for tRPC, Hono and other frameworks.
 *
 * Issues contain the path and what was expected, never the value. There are at most 100 issues. If there are more, the
 * last one says so.
 *
 * @param codec - any io-ts codec
 * @returns a schema whose input is the codec's output type: plain JSON
 *
 * @example
 * ```ts
 * import { SendToDeviceBody, toStandardSchema } from "matrix-send-to-device";
 *
 * const schema = toStandardSchema(SendToDeviceBody);
 * console.log(schema["~standard"].validate({ messages: [] }));
 * // { issues: [{ path: ["messages"], message: "expected object" }] }
 * ```
 *
 * @see {@link https://standardschema.dev}
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
          : {
              issues: placesOf(decoded.left).map(({ path, expected }) => ({
                path,
                message: expected,
              })),
            };
      },
    },
  };
}
