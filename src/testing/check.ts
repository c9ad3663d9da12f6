/** Holds any implementation to the conformance corpus. */
import type {
  AppserviceCase,
  CanonicalJsonCase,
  ConformanceCase,
  ContentsCase,
  DeliveryCase,
  EduCase,
  IdentifierCase,
  MessageCase,
  TransactionCase,
} from "./conformance/case.js";
import { conformance, inputOf } from "./conformance/index.js";

/** Gives back what it decoded, or `undefined` where it refuses the input. */
export type Decode<Case> = (input: unknown, conformanceCase: Case) => unknown;

/**
 * The functions of an implementation, as many as it has: one for each kind of cases.
 *
 * A case counts as passed where the function decides as the corpus does and loses nothing on the way: what it gives
 * back for an accepted input has to be the same JSON.
 */
export type Implementation = {
  readonly edu?: Decode<EduCase>;
  readonly message?: Decode<MessageCase>;
  readonly userId?: Decode<IdentifierCase>;
  readonly serverName?: Decode<IdentifierCase>;
  readonly deviceId?: Decode<IdentifierCase>;
  readonly messageId?: Decode<IdentifierCase>;
  readonly transaction?: Decode<TransactionCase>;
  readonly contents?: Decode<ContentsCase>;
  /** Who gets what: a user, one of its devices, and the contents. */
  readonly delivery?: (
    messages: unknown,
    conformanceCase: DeliveryCase,
  ) => Iterable<readonly [userId: string, deviceId: string, contents: unknown]>;
  /** The bytes of a value as canonical JSON, or `undefined` where it has no such form. */
  readonly canonicalJson?: (
    value: unknown,
    conformanceCase: CanonicalJsonCase,
  ) => number | undefined;
  /** The events that are read from a transaction for an appservice. */
  readonly appservice?: (
    transaction: unknown,
    conformanceCase: AppserviceCase,
  ) => Iterable<unknown>;
};

/** A case that an implementation does not pass, and why. */
export type ConformanceFailure = { readonly id: string; readonly reason: string };

/**
 * Runs the cases of the kinds that an implementation has a function for, and gives back those that it does not pass.
 *
 * With `cases`, only these: a suite can make each a test of its own.
 *
 * @example
 * ```ts
 * import { UserId } from "matrix-send-to-device";
 * import { checkImplementation } from "matrix-send-to-device/testing";
 *
 * console.log(checkImplementation({ userId: (input) => (UserId.is(input) ? input : undefined) })); // []
 * ```
 */
export function checkImplementation(
  implementation: Implementation,
  cases: ReadonlyArray<ConformanceCase> = conformance.cases,
): ReadonlyArray<ConformanceFailure> {
  return cases.flatMap((conformanceCase) => {
    const reason = reasonAgainst(implementation, conformanceCase);
    return reason === undefined ? [] : [{ id: conformanceCase.id, reason }];
  });
}

/** Why an implementation does not pass a case, if it does not. */
function reasonAgainst(
  implementation: Implementation,
  conformanceCase: ConformanceCase,
): string | undefined {
  try {
    const outcome = outcomeOf(implementation, conformanceCase);
    if (outcome === undefined) return undefined;
    const [expected, actual] = outcome.map(jsonOf);
    return expected === actual ? undefined : `expected ${expected}, got ${actual}`;
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

/** What has to come out, and what does; nothing where the implementation has no function for the case. */
function outcomeOf(
  implementation: Implementation,
  conformanceCase: ConformanceCase,
): readonly [expected: unknown, actual: unknown] | undefined {
  const input = inputOf(conformanceCase);
  // A text that is no JSON is refused by whoever parses it.
  if (input === undefined) return undefined;
  switch (conformanceCase.kind) {
    case "delivery": {
      const deliveries = implementation.delivery?.(input, conformanceCase);
      return deliveries && [sorted(conformanceCase.deliveries), sorted(deliveries)];
    }
    case "appservice": {
      const events = implementation.appservice?.(input, conformanceCase);
      return events && [sorted(conformanceCase.events), sorted(events)];
    }
    case "canonicalJson": {
      const { canonicalJson } = implementation;
      return canonicalJson && [conformanceCase.bytes, canonicalJson(input, conformanceCase)];
    }
    default: {
      const decode = implementation[conformanceCase.kind] as Decode<ConformanceCase> | undefined;
      const accepted = conformanceCase.verdict === "accept";
      return decode && [accepted ? input : undefined, decode(input, conformanceCase)];
    }
  }
}

/** The same values as texts, in an order that does not depend on theirs. */
function sorted(values: Iterable<unknown>): ReadonlyArray<string> {
  return Array.from(values, jsonOf).sort();
}

/** The text of a JSON value, whatever the order of its members. */
function jsonOf(value: unknown): string {
  if (value === undefined) return "nothing";
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
