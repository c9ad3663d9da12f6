import {
  type DirectToDeviceEdu,
  packEdus,
  receiveTransaction,
  Transaction,
  toTransactions,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { requestWith } from "./support.js";

describe("toTransactions", () => {
  const transactions = toTransactions({ origin: "example.com", origin_server_ts: 17 });
  const edus = (count: number): ReadonlyArray<DirectToDeviceEdu> =>
    Array.from({ length: count }, (_, index) => {
      const { right } = packEdus({ messageId: () => `m${index}` })(
        requestWith({ "@alice:example.org": { A: {} } }),
      );
      return right[0] as DirectToDeviceEdu;
    });

  test.each([
    { count: 0, sizes: [], reason: "no EDU gives no transaction" },
    { count: 1, sizes: [1], reason: "one EDU gives one transaction" },
    { count: 100, sizes: [100], reason: "100 EDUs fit in one transaction" },
    { count: 101, sizes: [100, 1], reason: "the 101st EDU begins another" },
    { count: 250, sizes: [100, 100, 50], reason: "250 EDUs fill two and a half" },
  ])("$reason", ({ count, sizes }) => {
    const sent = edus(count);
    const bodies = transactions(sent);
    expect(bodies.map((body) => body.edus.length)).toEqual(sizes);
    expect(bodies.flatMap((body) => body.edus)).toEqual(sent);
    expect(bodies.every(Transaction.is)).toBe(true);
  });
  test("makes bodies that the destination accepts", () => {
    const receive = receiveTransaction({ origin: "example.com", isLocal: () => true });
    const [received] = transactions(edus(3)).map((body) => receive(body));
    expect(received).toMatchObject({ right: { left: [], right: { length: 3 } } });
    expect(transactions(edus(1))).toMatchObject([{ origin_server_ts: 17, pdus: [] }]);
  });
  test.each([
    {
      options: { origin: "", origin_server_ts: 1 },
      message: "origin must be a valid Server Name (empty)",
    },
    {
      options: { origin: "a", origin_server_ts: 1.5 },
      message: "origin_server_ts must be an integer: milliseconds since 1970",
    },
  ])("throws a TypeError: $message", ({ options, message }) => {
    expect(() => toTransactions(options)).toThrow(new TypeError(message));
  });
});
