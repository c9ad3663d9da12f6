/**
 * The known disagreements of a peer, with their reasons: `expectations/NAME.json`.
 *
 * One that is not listed fails the run. So does a listed one that has gone, so no list goes stale.
 */
import { existsSync, readFileSync } from "node:fs";
import * as t from "io-ts";
import { explain } from "matrix-send-to-device";

/** `ours`: the specification does not say what the corpus says, or this library does not do what it says. */
const fault = t.partial({ fault: t.literal("ours") });

const Expectations = t.readonly(
  t.type({
    /** Cases of the corpus. */
    disagreements: t.readonlyArray(
      t.intersection([t.type({ reason: t.string, cases: t.readonlyArray(t.string) }), fault]),
    ),
    /** Classes of differences on mutations. */
    mutations: t.readonlyArray(
      t.intersection([t.type({ reason: t.string, classes: t.readonlyArray(t.string) }), fault]),
    ),
  }),
);

export type Expectations = t.TypeOf<typeof Expectations>;

export function expectationsOf(file: string): Expectations {
  const url = new URL(`expectations/${file}.json`, import.meta.url);
  if (!existsSync(url)) return { disagreements: [], mutations: [] };
  const decoded = Expectations.decode(JSON.parse(readFileSync(url, "utf8")));
  if (decoded._tag === "Left") throw new TypeError(`${file}.json: ${explain(decoded.left)[0]}`);
  return decoded.right;
}

/** What is wrong with a list of what was expected, given what was seen. */
export function differences(
  listed: ReadonlyArray<string>,
  seen: ReadonlyArray<string>,
): ReadonlyArray<string> {
  const twice = listed.filter((each, index) => listed.indexOf(each) !== index);
  return [
    ...seen.filter((each) => !listed.includes(each)).map((each) => `not listed: ${each}`),
    ...listed.filter((each) => !seen.includes(each)).map((each) => `listed, but gone: ${each}`),
    ...twice.map((each) => `listed twice: ${each}`),
  ];
}
