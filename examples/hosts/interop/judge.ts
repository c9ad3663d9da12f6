/** Compares observed facts with the expected ones and with the known deviations. */
import type { Case, Facts, Observation } from "./case.js";
import type { Deviation } from "./expectations.js";

export type Verdict =
  | { readonly _tag: "AsExpected" }
  | { readonly _tag: "KnownDeviation"; readonly deviation: Deviation }
  | { readonly _tag: "Failed"; readonly lines: ReadonlyArray<string> };

export function judge(
  { expected }: Case,
  deviation: Deviation | undefined,
  { peer, ours }: Observation,
): Verdict {
  const lines: Array<string> = [];
  for (const what of namesOf(expected.ours, ours)) {
    if (ours[what] !== expected.ours[what]) {
      lines.push(`ours: ${what}: ${ours[what]}, instead of ${expected.ours[what]}`);
    }
  }
  let isKnown = false;
  for (const what of namesOf(expected.peer, peer)) {
    const known = deviation?.facts[what];
    const seen = peer[what] ?? "no observation";
    if (seen === expected.peer[what]) {
      if (known !== undefined && deviation?.sometimes === undefined) {
        lines.push(`${what}: ${seen}: the known deviation no longer occurs`);
      }
    } else if (known !== undefined && matches(known, seen)) isKnown = true;
    else lines.push(`${what}: ${seen}, instead of ${expected.peer[what]}`);
  }
  if (lines.length > 0) return { _tag: "Failed", lines };
  return isKnown && deviation !== undefined
    ? { _tag: "KnownDeviation", deviation }
    : { _tag: "AsExpected" };
}

function namesOf(...facts: ReadonlyArray<Facts>): ReadonlySet<string> {
  return new Set(facts.flatMap((each) => Object.keys(each)));
}

function matches(known: string | RegExp, seen: string): boolean {
  return typeof known === "string" ? known === seen : known.test(seen);
}
