/** The types of the conformance corpus. For other languages `conformance/schema.json` describes it. */

/** Whether a conforming implementation accepts or rejects the input. */
export type Verdict = "accept" | "reject";

/**
 * What a rule or a verdict rests on.
 *
 * - `specification`: the text of the specification, in the version of the corpus. A failure is a fault of the
 *   implementation.
 * - `proposal`: a proposal (MSC) that is not part of that version. `spec` links it.
 * - `decision`: a decision of this project, because the specification is silent. Other implementations may differ.
 * - `limit`: a limit of this project. Other implementations may have another limit or none.
 */
export type Basis = "specification" | "proposal" | "decision" | "limit";

/** A rule that cases rest on. */
export type ConformanceRule = {
  /** The name of the rule. */
  readonly id: string;
  /** The rule in one sentence. */
  readonly text: string;
  /** The link to the section of the specification or to the proposal. */
  readonly spec: string;
  /** What the rule rests on. */
  readonly basis: Basis;
};

/** The members of every case. */
export type CaseBase = {
  /** Stays the same from version to version. If the meaning of a case changes, it gets a new ID. */
  readonly id: string;
  /** The `id` of a rule. */
  readonly rule: string;
  /** What the verdict rests on: the basis of the rule, unless the case needs more than the rule says. */
  readonly basis: Basis;
  /** Whether the input is accepted. */
  readonly verdict: Verdict;
  /** The reason for the verdict, or how deployed servers differ. */
  readonly note?: string;
};

/** A JSON value, or its text if the text matters: member names such as `__proto__`, repeated members, escapes. */
export type CaseInput =
  | {
      /** The value. */
      readonly input: unknown;
    }
  | {
      /** The JSON text, which may be invalid. */
      readonly inputText: string;
    };

/** A whole EDU, decoded strictly: one fault rejects it. */
export type EduCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "edu";
  };

/** The content of an EDU, decoded strictly. */
export type MessageCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "message";
  };

/**
 * A whole EDU that the server `local` receives in a request that the server `origin` signed. All recipients are users
 * of `local`. If the EDU is accepted, its content is returned unchanged.
 */
export type ReceiptCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "receipt";
    /** The server that signed the request. */
    readonly origin: string;
    /** The server that receives the request. */
    readonly local: string;
  };

/** An identifier. An accepted user ID has a `grammar`. */
export type IdentifierCase = CaseBase &
  CaseInput & {
    /** The kind of identifier. */
    readonly kind: "userId" | "serverName" | "deviceId" | "messageId";
    /** The class of an accepted user ID. */
    readonly grammar?: "strict" | "historical" | "noncompliant";
  };

/**
 * A map of messages from another server. The server `local` rejects invalid recipients and contents one by one, and
 * expands `*` to the devices that it knows.
 */
export type DeliveryCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "delivery";
    /** The server that receives the messages. */
    readonly local: string;
    /** The devices that the server knows, by user. */
    readonly devices: { readonly [userId: string]: ReadonlyArray<string> };
    /** The expected deliveries, in any order. */
    readonly deliveries: ReadonlyArray<
      readonly [userId: string, deviceId: string, contents: unknown]
    >;
    /**
     * Valid contents that reach no known device, in any order. A server may report them, drop them, or keep them for
     * the named device.
     */
    readonly undeliverable: ReadonlyArray<readonly [userId: string, deviceId: string]>;
  };

/** The body of a federation transaction, and the verdict on each of its EDUs. */
export type TransactionCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "transaction";
    /** The strict verdict on each EDU, in order. */
    readonly edus?: ReadonlyArray<Verdict>;
  };

/** The contents of a to-device event of a type. */
export type ContentsCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "contents";
    /** The type of the event. */
    readonly eventType: string;
  };

/** A value to send. It is rejected if it has no canonical JSON. */
export type CanonicalJsonCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "canonicalJson";
    /** The canonical JSON of an accepted value. */
    readonly text?: string;
    /** The size of that text in bytes of UTF-8. */
    readonly bytes?: number;
  };

/** A transaction for an appservice. */
export type AppserviceCase = CaseBase &
  CaseInput & {
    /** The kind of case. */
    readonly kind: "appservice";
    /** The events that are read from the transaction, in any order. */
    readonly events: ReadonlyArray<unknown>;
  };

/** A text. It is accepted if it is JSON that every parser reads in the same way. */
export type JsonTextCase = CaseBase & {
  /** The kind of case. */
  readonly kind: "jsonText";
  /** The text, as a string. */
  readonly input: string;
};

/**
 * The text of a federation transaction that the server `local` receives in a request that the server `origin` signed. It is
 * for servers that read the text.
 */
export type TransactionTextCase = CaseBase & {
  /** The kind of case. */
  readonly kind: "transactionText";
  /** The text, as a string. */
  readonly input: string;
  /** The server that signed the request. */
  readonly origin: string;
  /** The server that receives the request. */
  readonly local: string;
  /** The accepted contents as written: user ID, device ID (or `*`) and text, in any order. Empty if the text is rejected. */
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

/** A case as written in a chapter: without a basis of its own it has the basis of its rule. */
export type Draft<Case extends ConformanceCase> = Case extends unknown
  ? Omit<Case, "basis"> & { readonly basis?: Basis }
  : never;

/** Rules and the cases that rest on them. A case may also rest on a rule of another chapter. */
export type Chapter = {
  readonly rules: ReadonlyArray<ConformanceRule>;
  readonly cases: ReadonlyArray<Draft<ConformanceCase>>;
};
