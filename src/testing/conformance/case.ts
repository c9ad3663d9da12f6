/** The shape of the conformance corpus, which `conformance/schema.json` describes for other languages. */

/** What a conforming implementation does with the input. */
export type Verdict = "accept" | "reject";

/**
 * What a rule or a verdict rests on.
 *
 * - `specification`: the text of the specification, in the version of the corpus. A failure is a fault of the
 *   implementation.
 * - `proposal`: a proposal (MSC) that is not part of that version. `spec` links it.
 * - `decision`: a decision of this project where the specification is silent. Another implementation may decide
 *   otherwise.
 * - `limit`: a limit of this project. Another implementation may have another one, or none.
 */
export type Basis = "specification" | "proposal" | "decision" | "limit";

/** A rule that cases rest on. */
export type ConformanceRule = {
  readonly id: string;
  readonly text: string;
  /** The section of the specification that the rule is about, or the proposal. */
  readonly spec: string;
  readonly basis: Basis;
};

/** What every case has. */
export type CaseBase = {
  /** Stays the same from version to version; a case whose meaning changes gets a new one. */
  readonly id: string;
  /** The `id` of a rule. */
  readonly rule: string;
  /** What the verdict rests on. It is the basis of the rule, unless the case needs more than the rule says. */
  readonly basis: Basis;
  readonly verdict: Verdict;
  /** Where deployed servers differ, or why the verdict is what it is. */
  readonly note?: string;
};

/** A JSON value, or its text where the text matters: member names like `__proto__`, repeated members, escapes. */
export type CaseInput = { readonly input: unknown } | { readonly inputText: string };

/** A whole EDU, decoded strictly: one fault rejects it. */
export type EduCase = CaseBase & CaseInput & { readonly kind: "edu" };

/** The content of an EDU, decoded strictly. */
export type MessageCase = CaseBase & CaseInput & { readonly kind: "message" };

/**
 * A whole EDU that the server `local` receives in a request that the server `origin` signed. All recipients are users
 * of `local`. If it is accepted, the content of the EDU comes out unchanged.
 */
export type ReceiptCase = CaseBase &
  CaseInput & { readonly kind: "receipt"; readonly origin: string; readonly local: string };

/** An identifier. An accepted user ID has a `grammar`. */
export type IdentifierCase = CaseBase &
  CaseInput & {
    readonly kind: "userId" | "serverName" | "deviceId" | "messageId";
    readonly grammar?: "strict" | "historical" | "noncompliant";
  };

/**
 * A map of messages from another server. The server `local` rejects invalid recipients and contents one by one, and
 * expands `*` to the devices that it knows.
 *
 * The order of `deliveries` and of `undeliverable` does not matter.
 */
export type DeliveryCase = CaseBase &
  CaseInput & {
    readonly kind: "delivery";
    readonly local: string;
    readonly devices: { readonly [userId: string]: ReadonlyArray<string> };
    readonly deliveries: ReadonlyArray<
      readonly [userId: string, deviceId: string, contents: unknown]
    >;
    /**
     * Valid contents that reach no known device. A server may report them, drop them, or keep them for the named
     * device: none of this is a requirement.
     */
    readonly undeliverable: ReadonlyArray<readonly [userId: string, deviceId: string]>;
  };

/** The body of a federation transaction, and the verdict on each of its EDUs. */
export type TransactionCase = CaseBase &
  CaseInput & { readonly kind: "transaction"; readonly edus?: ReadonlyArray<Verdict> };

/** The contents of a to-device event of a type. */
export type ContentsCase = CaseBase &
  CaseInput & { readonly kind: "contents"; readonly eventType: string };

/** A value to send. It is rejected if it has no canonical JSON; otherwise `text` is that, and `bytes` its size. */
export type CanonicalJsonCase = CaseBase &
  CaseInput & { readonly kind: "canonicalJson"; readonly text?: string; readonly bytes?: number };

/** A transaction for an appservice, and the events that are read from it, in any order. */
export type AppserviceCase = CaseBase &
  CaseInput & { readonly kind: "appservice"; readonly events: ReadonlyArray<unknown> };

/** A text, as a string. It is accepted if it is JSON and every parser makes the same of it. */
export type JsonTextCase = CaseBase & { readonly kind: "jsonText"; readonly input: string };

/**
 * The text of a federation transaction, as a string, that the server `local` receives in a request that the server
 * `origin` signed. It is for servers that read the text: `leaves` are the contents that they accept, as written.
 */
export type TransactionTextCase = CaseBase & {
  readonly kind: "transactionText";
  readonly input: string;
  readonly origin: string;
  readonly local: string;
  /** User ID, device ID (or `*`) and the text of contents, in any order. Empty if the text is rejected. */
  readonly leaves: ReadonlyArray<readonly [userId: string, deviceId: string, contents: string]>;
};

/** One case of the corpus. */
export type ConformanceCase =
  | EduCase
  | MessageCase
  | ReceiptCase
  | IdentifierCase
  | DeliveryCase
  | TransactionCase
  | ContentsCase
  | CanonicalJsonCase
  | AppserviceCase
  | JsonTextCase
  | TransactionTextCase;

/** A case as a chapter has it: where it names no basis, it has that of its rule. */
export type Draft<Case extends ConformanceCase> = Case extends unknown
  ? Omit<Case, "basis"> & { readonly basis?: Basis }
  : never;

/** Rules and the cases that rest on them; a case may also rest on a rule of another chapter. */
export type Chapter = {
  readonly rules: ReadonlyArray<ConformanceRule>;
  readonly cases: ReadonlyArray<Draft<ConformanceCase>>;
};
