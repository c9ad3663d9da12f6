/** The server that the examples play, and helpers that they share. */
import { readFileSync } from "node:fs";
import { isUserOf, type Messages } from "matrix-send-to-device";

export const here = "example.org";

/** The devices of the users of this server. */
export const devices: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["@alice:example.org", ["IWHQUZUIAH", "LAPTOP", "TABLET"]],
  ["@bob:example.org", ["PHONE", "DESKTOP"]],
  ["@carol:example.org", []],
]);

export const isLocal = isUserOf(here);

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

/** The number of leaves (Device Message Contents) in a message. */
export function leavesOf({ messages }: { readonly messages: Messages }): number {
  return total(Object.values(messages).map((devices) => Object.keys(devices).length));
}

export function total(numbers: ReadonlyArray<number>): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
