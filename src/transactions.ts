/**
 * From EDUs for one destination to federation transactions.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
import { type ServerName, serverNameArgument } from "./identifiers.js";
import { type DirectToDeviceEdu, maxTransactionEdus, type Transaction } from "./message.js";

/**
 * Makes the bodies of `PUT /_matrix/federation/v1/send/{txnId}`: transactions of at most 100 EDUs, in order.
 *
 * Send one transaction at a time, and repeat it with the same transaction ID until it is answered. If the destination
 * answers 413 (MSC4514), split the transaction into halves, each with its own transaction ID, until a single EDU fails.
 * Set that EDU aside, because it will never be accepted. Keep the message IDs, so that nothing is delivered twice.
 *
 * @param options - `origin`: the sending server; `origin_server_ts`: milliseconds since 1970
 * @returns a function from the EDUs for one destination to the bodies. No EDUs give no transaction
 * @throws TypeError if `origin` is not a valid server name or `origin_server_ts` is not an integer
 *
 * @example
 * ```ts
 * import { packEdus, requestOf, toTransactions } from "matrix-send-to-device";
 *
 * const request = requestOf({ sender: "@john:example.com", type: "m.dummy" })({
 *   messages: { "@alice:example.org": { "*": {} } },
 * });
 * const { right } = packEdus({ messageId: (index) => `request-17-${index}` })(request);
 * const bodies = toTransactions({ origin: "example.com", origin_server_ts: 1532991320875 })(right);
 * console.log(bodies.map(({ edus }) => edus.length)); // [1]
 * ```
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#transactions}
 */
export function toTransactions(options: {
  /** The server that sends and signs the transactions. */
  readonly origin: string;
  /** The time of sending, in milliseconds since 1970. */
  readonly origin_server_ts: number;
}): (edus: ReadonlyArray<DirectToDeviceEdu>) => ReadonlyArray<
  Transaction & {
    /** At most 100 EDUs. */
    readonly edus: ReadonlyArray<DirectToDeviceEdu>;
  }
> {
  return transactionsOf(options, (edus: ReadonlyArray<DirectToDeviceEdu>, from) => {
    return { ...from, pdus: [], edus };
  });
}

/** `toTransactions` for EDUs of either entry. */
export function transactionsOf<E, B>(
  options: { readonly origin: string; readonly origin_server_ts: number },
  bodyOf: (
    edus: ReadonlyArray<E>,
    from: { readonly origin: ServerName; readonly origin_server_ts: number },
  ) => B,
): (edus: ReadonlyArray<E>) => ReadonlyArray<B> {
  const { origin_server_ts } = options;
  const origin = serverNameArgument("origin", options.origin);
  if (!Number.isSafeInteger(origin_server_ts)) {
    throw new TypeError("origin_server_ts must be an integer: milliseconds since 1970");
  }
  return (edus) =>
    Array.from({ length: Math.ceil(edus.length / maxTransactionEdus) }, (_, index) => {
      const first = index * maxTransactionEdus;
      return bodyOf(edus.slice(first, first + maxTransactionEdus), { origin, origin_server_ts });
    });
}
