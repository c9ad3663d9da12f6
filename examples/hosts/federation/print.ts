/** The account of a scenario as text: aligned, with sums. */
import type { Row } from "./ledger.js";
import type { Account } from "./scenario.js";

type Cells = readonly [title: string, ...numbers: ReadonlyArray<number | string>];

const columns: ReadonlyArray<readonly [title: string, count: (row: Row) => number]> = [
  ["sent", ({ sent }) => sent],
  ["+ by *", ({ expanded }) => expanded],
  ["= delivered", ({ found }) => found.delivered],
  ["+ rejected", ({ found }) => found.refused],
  ["+ unknown", ({ found }) => found.undeliverable],
];

export function print({ rows, rejections, ...account }: Account): string {
  const counts = columns.map(([, count]) => count);
  const sums = counts.map((count) => rows.reduce((sum, row) => sum + count(row), 0));
  return [
    ...table([
      ["Device Message Contents", ...columns.map(([title]) => title)],
      ...rows.map((row): Cells => [row.title, ...counts.map((count) => count(row))]),
      ["all", ...sums],
    ]),
    "",
    ...table([
      ["Entries that two.example rejects", "sent", "rejected"],
      ...rejections.map(({ tag, due, found }): Cells => [tag, due, found]),
    ]),
    "",
    `${grouped(account.devices)} devices have read each of their messages once, in order per sender, and no others.`,
    `${account.requests} transactions went between the servers; ${account.lostResponses} responses were lost.`,
  ].join("\n");
}

/** Lines with the titles to the left and the numbers to the right. */
export function table(lines: ReadonlyArray<Cells>): ReadonlyArray<string> {
  return lines.map(([title, ...cells]) => title.padEnd(42) + cells.map(aligned).join(""));
}

function aligned(cell: number | string): string {
  return grouped(cell).padStart(13);
}

export function grouped(cell: number | string): string {
  return cell.toLocaleString("en");
}
