/**
 * JSON values, and decoded types as plain JSON.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259}
 */

/** A JSON value. It fits the types of the same meaning in fp-ts (`Json`) and type-fest (`JsonValue`). */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject;

/** A JSON object. It fits fp-ts's `JsonRecord` and type-fest's `JsonObject`. */
export type JsonObject = { readonly [name: string]: Json };

/**
 * A decoded object as plain JSON: the identifiers among its members are strings.
 *
 * It is the output type of the codecs, so that clients of typed RPC frameworks can write literals.
 */
export type Unbranded<A> = A extends unknown
  ? {
      readonly [K in keyof A]: A[K] extends string & { readonly [brand: symbol]: string }
        ? string
        : A[K];
    }
  : never;
