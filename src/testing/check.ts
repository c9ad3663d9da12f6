/** Runs the conformance corpus against any implementation. */
import type {
  AppserviceCase,
  Basis,
  CanonicalJsonCase,
  ConformanceCase,
  ContentsCase,
  DeliveryCase,
  EduCase,
  IdentifierCase,
  JsonTextCase,
  MessageCase,
  ReceiptCase,
  TransactionCase,
  TransactionTextCase,
} from "./conformance/case.js";
import { conformance, inputOf, ruleOf } from "./conformance/index.js";

/** Returns the decoded value, or `undefined` if it rejects the input. */
export type Decode<Case> = (input: unknown, conformanceCase: Case) => unknown;

/**
 * The functions of an implementation, one per kind of case. Kinds without a function are skipped.
 *
 * A case passes if the function makes the same decision as the corpus. For an accepted input it must return the same
 * JSON, so that nothing is lost.
 */
export type Implementation = {
  /** Decodes a whole EDU strictly. */
  readonly edu?: Decode<EduCase>;
  /** Decodes the content of an EDU strictly. */
  readonly message?: Decode<MessageCase>;
  /** Receives an EDU from another server. Returns its content, or `undefined` if the EDU is rejected. */
  readonly receipt?: Decode<ReceiptCase>;
  /** Decodes a user ID. */
  readonly userId?: Decode<IdentifierCase>;
  /** Decodes a server name. */
  readonly serverName?: Decode<IdentifierCase>;
  /** Decodes a device ID. */
  readonly deviceId?: Decode<IdentifierCase>;
  /** Decodes a message ID. */
  readonly messageId?: Decode<IdentifierCase>;
  /** Decodes the body of a federation transaction, without its EDUs. */
  readonly transaction?: Decode<TransactionCase>;
  /** Decodes the contents of an event by its type. */
  readonly contents?: Decode<ContentsCase>;
  /** Delivers a map of messages. Returns a user, one of its devices and the contents for each delivery. */
  readonly delivery?: (
    messages: unknown,
    conformanceCase: DeliveryCase,
  ) => Iterable<readonly [userId: string, deviceId: string, contents: unknown]>;
  /** Returns the canonical JSON of a value, or only its size in bytes, or `undefined` if it has none. */
  readonly canonicalJson?: (
    value: unknown,
    conformanceCase: CanonicalJsonCase,
  ) => string | number | undefined;
  /** Reads a transaction for an appservice. Returns the accepted events. */
  readonly appservice?: (
    transaction: unknown,
    conformanceCase: AppserviceCase,
  ) => Iterable<unknown>;
  /** Decodes a text: JSON that every parser reads in the same way. */
  readonly jsonText?: Decode<JsonTextCase>;
  /** Receives the text of a transaction. Returns the accepted contents as text, or `undefined` if it is rejected. */
  readonly transactionText?: (
    text: string,
    conformanceCase: TransactionTextCase,
  ) => Iterable<readonly [userId: string, deviceId: string, contents: string]> | undefined;
};

/** Options of `checkImplementation`. */
export type CheckOptions = {
  /**
   * Runs only cases with one of these bases. With `["specification"]`, every failure is a fault of the implementation.
   *
   * @defaultValue all bases
   */
  readonly bases?: ReadonlyArray<Basis>;
  /**
   * The cases to run. A test suite can run each case as a test of its own.
   *
   * @defaultValue all cases of `conformance`
   */
  readonly cases?: ReadonlyArray<ConformanceCase>;
};

/** A case that an implementation does not pass, with its rule and the reason. */
export type ConformanceFailure = {
  /** The ID of the case. */
  readonly id: string;
  /** The ID of its rule. */
  readonly rule: string;
  /** The text of the rule. */
  readonly text: string;
  /** The section of the specification, or the proposal. */
  readonly spec: string;
  /** What the verdict rests on. Only the specification binds every implementation. */
  readonly basis: Basis;
  /** The expected and the actual outcome, or the exception. */
  readonly reason: string;
};

/**
 * Runs all cases for which an implementation has a function.
 *
 * @param implementation - the functions to check, one per kind of case
 * @param options - which cases to run
 * @returns the cases that the implementation does not pass
 * @throws TypeError if a case names a rule that is not in the corpus
 *
 * @example
 * ```ts
 * import { UserId } from "matrix-send-to-device";
 * import { checkImplementation } from "matrix-send-to-device/testing";
 *
 * console.log(checkImplementation({ userId: (input) => (UserId.is(input) ? input : undefined) })); // []
 *
 * const [failure] = checkImplementation(
 *   { deviceId: (input) => (typeof input === "string" ? input : undefined) },
 *   { bases: ["specification"] },
 * );
 * console.log(failure?.id, failure?.basis); // "device-wildcard" "specification"
 * ```
 */
export function checkImplementation(
  implementation: Implementation,
  options: CheckOptions = {},
): ReadonlyArray<ConformanceFailure> {
  const { bases, cases = conformance.cases } = ownMembers(options);
  const failures: Array<ConformanceFailure> = [];
  for (const conformanceCase of cases) {
    const { id, basis } = conformanceCase;
    if (bases !== undefined && !bases.includes(basis)) continue;
    const { id: rule, text, spec } = ruleOf(conformanceCase);
    const reason = reasonAgainst(implementation, conformanceCase);
    if (reason !== undefined) failures.push({ id, rule, text, spec, basis, reason });
  }
  return failures;
}

/** A copy of its own members, without a prototype: an inherited member is not an option. */
function ownMembers<T extends object>(options: T): T {
  return { __proto__: null, ...options };
}

/** Why an implementation does not pass a case, or `undefined` if it does. */
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

/** What has to come out, and what does; `undefined` if the implementation has no function for the case. */
function outcomeOf(
  implementation: Implementation,
  conformanceCase: ConformanceCase,
): readonly [expected: unknown, actual: unknown] | undefined {
  const input = inputOf(conformanceCase);
  // The parser rejects a text that is not JSON.
  if (input === undefined) return undefined;
  switch (conformanceCase.kind) {
    case "delivery": {
      const deliveries = implementation.delivery?.(input, conformanceCase);
      return deliveries && deliveryOutcome(input, conformanceCase, deliveries);
    }
    case "appservice": {
      const events = implementation.appservice?.(input, conformanceCase);
      return events && [sorted(conformanceCase.events), sorted(events)];
    }
    case "canonicalJson": {
      const { canonicalJson } = implementation;
      if (canonicalJson === undefined) return undefined;
      const { text, bytes } = conformanceCase;
      const actual = canonicalJson(input, conformanceCase);
      return [typeof actual === "string" ? text : bytes, actual];
    }
    case "transactionText": {
      const { transactionText } = implementation;
      if (transactionText === undefined) return undefined;
      const { verdict, leaves } = conformanceCase;
      const actual = transactionText(conformanceCase.input, conformanceCase);
      return [verdict === "accept" ? sorted(leaves) : undefined, actual && sorted(actual)];
    }
    case "receipt": {
      const { receipt } = implementation;
      const accepted = conformanceCase.verdict === "accept";
      return (
        receipt && [
          accepted ? memberOf(input, "content") : undefined,
          receipt(input, conformanceCase),
        ]
      );
    }
    default: {
      const decode = implementation[conformanceCase.kind] as Decode<ConformanceCase> | undefined;
      const accepted = conformanceCase.verdict === "accept";
      return decode && [accepted ? input : undefined, decode(input, conformanceCase)];
    }
  }
}

/** Deliveries without those to a named device that the server does not know: whether it keeps them is its choice. */
function deliveryOutcome(
  input: unknown,
  { deliveries, undeliverable }: DeliveryCase,
  actual: Iterable<unknown>,
): readonly [expected: unknown, actual: unknown] {
  const mayBeKept = undeliverable
    .filter(([, deviceId]) => deviceId !== "*")
    .map(([userId, deviceId]) =>
      jsonOf([userId, deviceId, memberOf(memberOf(input, userId), deviceId)]),
    );
  return [sorted(deliveries), sorted(actual).filter((delivery) => !mayBeKept.includes(delivery))];
}

/** An own member of an object. */
function memberOf(value: unknown, name: string): unknown {
  return Object.entries(Object(value)).find(([key]) => key === name)?.[1];
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
