/** The account of the scenario as text. */
import type { Account } from "./scenario.js";

export function print({ devices, messages, traffic, rejections, shares }: Account): string {
  const rows = [...messages].map(([type, { sent, received }]) => [type, sent, received] as const);
  const sum = (column: 1 | 2) => rows.reduce((total, row) => total + row[column], 0);
  return [
    ...table([["To-device messages", "sent", "received"], ...rows, ["all", sum(1), sum(2)]]),
    "",
    ...table([
      ["From server to server", ...traffic.map(({ from }) => from)],
      ["transactions, each with a malformed EDU", ...traffic.map((each) => each.transactions)],
      ["requests, because each is repeated", ...traffic.map((each) => each.requests)],
      ["EDUs", ...traffic.map((each) => each.edus)],
      ["bytes of EDUs", ...traffic.map((each) => each.bytes)],
      ["bytes of the largest EDU", ...traffic.map((each) => each.largestEdu)],
      ["requests for keys", ...traffic.map((each) => each.keyRequests)],
    ]),
    "",
    ...table([["Rejected EDUs", "with repetitions"], ...rejections]),
    "",
    `${devices} devices have received each of their messages once, in order per sender, and no others.`,
    `Of the CPU time, ${percent(shares.library)} went to matrix-send-to-device, ${percent(shares.crypto)} to the crypto library, ${percent(shares.rest)} to everything else.`,
  ].join("\n");
}

/** Lines with the titles to the left and the numbers to the right. */
function table(
  lines: ReadonlyArray<readonly [title: string, ...cells: ReadonlyArray<string | number>]>,
): ReadonlyArray<string> {
  return lines.map(
    ([title, ...cells]) =>
      title.padEnd(42) + cells.map((cell) => cell.toLocaleString("en").padStart(18)).join(""),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
