/**
 * JSON values, and decoded types as plain JSON.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259}
 */

/** A JSON value. It is compatible with `Json` of fp-ts and `JsonValue` of type-fest. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject;

/** A JSON object. It is compatible with `JsonRecord` of fp-ts and `JsonObject` of type-fest. */
export type JsonObject = { readonly [name: string]: Json };

/**
 * A decoded object as plain JSON: members that are branded identifiers become strings.
 *
 * Codecs have it as their output type, so that clients of typed RPC frameworks can write literals.
 */
export type Unbranded<A> = A extends unknown
  ? {
      readonly [K in keyof A]: A[K] extends string & { readonly [brand: symbol]: string }
        ? string
        : A[K];
    }
  : never;
