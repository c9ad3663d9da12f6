/**
 * The known disagreements of a peer, with their reasons: `expectations/NAME.json`.
 *
 * An unlisted one fails the run. So does a listed one that no longer occurs, so no list goes stale.
 */
import { existsSync, readFileSync } from "node:fs";
import * as t from "io-ts";
import { explain } from "matrix-send-to-device";

/** `ours`: the corpus contradicts the specification, or this library does. */
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

/** The differences between a list of expectations and the observations. */
export function differences(
  listed: ReadonlyArray<string>,
  seen: ReadonlyArray<string>,
): ReadonlyArray<string> {
  const twice = listed.filter((each, index) => listed.indexOf(each) !== index);
  return [
    ...seen.filter((each) => !listed.includes(each)).map((each) => `not listed: ${each}`),
    ...listed
      .filter((each) => !seen.includes(each))
      .map((each) => `listed, but did not occur: ${each}`),
    ...twice.map((each) => `listed twice: ${each}`),
  ];
}
