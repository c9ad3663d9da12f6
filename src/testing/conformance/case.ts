/** The shape of the conformance corpus, which `conformance/schema.json` describes for other languages. */

/** What a conforming implementation does with the input. */
export type Verdict = "accept" | "reject";

/** A rule that cases rest on. */
export type ConformanceRule = {
  readonly id: string;
  readonly text: string;
  /** Where the specification says so, or a proposal does. */
  readonly spec: string;
};

/** What every case has. */
export type CaseBase = {
  /** Stays the same from version to version; a case whose meaning changes gets a new one. */
  readonly id: string;
  /** The `id` of a rule. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** Where deployed servers differ, or why the verdict is what it is. */
  readonly note?: string;
};

/** A JSON value, or its text where the text matters: member names like `__proto__`, repeated members, escapes. */
export type CaseInput = { readonly input: unknown } | { readonly inputText: string };

/** A whole EDU. Where there is an `origin`, that server signed the request, and the sender has to be its user. */
export type EduCase = CaseBase & CaseInput & { readonly kind: "edu"; readonly origin?: string };

/** The content of an EDU. */
export type MessageCase = CaseBase & CaseInput & { readonly kind: "message" };

/** An identifier. An accepted user ID has a `grammar`. */
export type IdentifierCase = CaseBase &
  CaseInput & {
    readonly kind: "userId" | "serverName" | "deviceId" | "messageId";
    readonly grammar?: "strict" | "historical" | "noncompliant";
  };

/**
 * A map of messages from another server, which `local` reads tolerantly and expands by the devices that it knows.
 *
 * The order of deliveries and of undeliverable contents does not matter.
 */
export type DeliveryCase = CaseBase &
  CaseInput & {
    readonly kind: "delivery";
    readonly local: string;
    readonly devices: { readonly [userId: string]: ReadonlyArray<string> };
    readonly deliveries: ReadonlyArray<
      readonly [userId: string, deviceId: string, contents: unknown]
    >;
    readonly undeliverable: ReadonlyArray<readonly [userId: string, deviceId: string]>;
  };

/** The body of a federation transaction, and the verdict on each of its EDUs. */
export type TransactionCase = CaseBase &
  CaseInput & { readonly kind: "transaction"; readonly edus?: ReadonlyArray<Verdict> };

/** The contents of a to-device event of a type. */
export type ContentsCase = CaseBase &
  CaseInput & { readonly kind: "contents"; readonly eventType: string };

/** A value to be sent: refused is what canonical JSON has no form for. An accepted one has its exact size. */
export type CanonicalJsonCase = CaseBase &
  CaseInput & { readonly kind: "canonicalJson"; readonly bytes?: number };

/** A transaction for an appservice, of which some events are read, in any order. */
export type AppserviceCase = CaseBase &
  CaseInput & { readonly kind: "appservice"; readonly events: ReadonlyArray<unknown> };

/** One case of the corpus. */
export type ConformanceCase =
  | EduCase
  | MessageCase
  | IdentifierCase
  | DeliveryCase
  | TransactionCase
  | ContentsCase
  | CanonicalJsonCase
  | AppserviceCase;

/** Rules and the cases that rest on them. */
export type Chapter = {
  readonly rules: ReadonlyArray<ConformanceRule>;
  readonly cases: ReadonlyArray<ConformanceCase>;
};
