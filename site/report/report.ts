/** The report on a text: plain data, so that a worker can pass it to the page. */
import type { Span } from "./outline.ts";
import type { Rule } from "./rules.ts";

/** The input from the page. */
export type Inspection = {
  readonly text: string;
  /** The server that signed the request. Empty: the sender's server. */
  readonly origin: string;
  /** The server that receives. Empty: every user is local. */
  readonly ownServer: string;
  /** For a client's body: the user that the access token belongs to. Empty: a made-up one. */
  readonly sender: string;
  /** For a client's body: the event type in the path. Empty: guessed from the contents. */
  readonly eventType: string;
  readonly devices: KnownDevices;
};

/** The devices that the receiving server knows: as listed, or those that the text names and made-up ones for `*`. */
export type KnownDevices =
  | { readonly _tag: "Listed"; readonly users: ReadonlyArray<UserDevices> }
  | { readonly _tag: "Suggested" };

export type UserDevices = { readonly userId: string; readonly deviceIds: ReadonlyArray<string> };

export type Kind = "edu" | "transaction" | "body" | "appservice" | "sync" | "unknown";

/**
 * - `Accepted`, `PartlyAccepted`, `Rejected`: the outcome of the text, or of one of its messages.
 * - `Skipped`: an EDU of another type.
 * - `Unreadable`: not JSON, or of an unknown kind.
 * - `Empty`: there is no text.
 */
export type Verdict =
  | "Accepted"
  | "PartlyAccepted"
  | "Rejected"
  | "Skipped"
  | "Unreadable"
  | "Empty";

/** A remark for the reader, with its place. */
export type Finding = {
  readonly severity: "rejection" | "note";
  /** What it is about, in words. */
  readonly title: string;
  /** The tag of the library, for programmers; may be empty. */
  readonly tag: string;
  /** The line of the library, or a sentence. */
  readonly reason: string;
  readonly span: Span | undefined;
  readonly rule: Rule | undefined;
};

/** An EDU, an event, or a client's body. */
export type Unit = {
  readonly label: string;
  readonly verdict: Verdict;
  readonly sender: string;
  readonly type: string;
  readonly messageId: string;
  readonly span: Span;
};

/** The recipients, one row for each device or `*`. */
export type Recipient = {
  readonly unit: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly outcome: "own" | "wildcard" | "sent" | "nothing";
  readonly why: string;
  /** The behaviour of other servers in this case. */
  readonly others: string;
  readonly span: Span | undefined;
};

export type Size = {
  readonly level: "unit" | "user" | "device" | "contents";
  readonly label: string;
  /** The size as canonical JSON, or why there is none. */
  readonly size: { readonly _tag: "Bytes"; readonly bytes: number } | Unsized;
};

export type Unsized = { readonly _tag: "NoCanonicalJson"; readonly reason: string };

/** The EDUs for one server. */
export type Destination = {
  readonly unit: string;
  readonly server: string;
  readonly edus: List<{
    readonly bytes: number;
    readonly users: number;
    readonly contents: number;
  }>;
  readonly transactions: List<{ readonly edus: number; readonly bytes: number }>;
};

export type Unsendable = { readonly who: string; readonly reason: string };

/** The contents for one device, read by their type. */
export type ContentsRow = {
  readonly unit: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly type: string;
  readonly tag: "Known" | "Unknown" | "Invalid" | "UnknownAlgorithm" | "MustBeEncrypted";
  readonly findings: ReadonlyArray<Finding>;
  readonly members: List<{ readonly name: string; readonly value: string }>;
  /** The specification's description of the type, if any. */
  readonly rule: Rule | undefined;
  readonly span: Span;
};

/** The first items of a list, and the number of omitted ones. */
export type List<A> = { readonly items: ReadonlyArray<A>; readonly omitted: number };

export type Report = {
  readonly kind: Kind;
  /** The kind of text, as a sentence. */
  readonly title: string;
  readonly verdict: Verdict;
  /** The outcome, as a sentence. */
  readonly summary: string;
  readonly findings: List<Finding>;
  readonly units: List<Unit>;
  readonly devices: List<UserDevices>;
  readonly recipients: List<Recipient>;
  readonly sizes: List<Size>;
  /** How the sizes and the limit apply to this kind of text. */
  readonly transportNote: string;
  readonly destinations: List<Destination>;
  readonly unsendable: List<Unsendable>;
  readonly contents: List<ContentsRow>;
  /** The number of contents per tag, including omitted ones. */
  readonly contentsCounts: ReadonlyArray<{
    readonly tag: ContentsRow["tag"];
    readonly count: number;
  }>;
  /** The fields of the page with invalid values, and the reasons. */
  readonly fields: ReadonlyArray<{
    readonly field: "origin" | "ownServer" | "sender";
    readonly reason: string;
  }>;
};

/** The outcome of the text as a whole. */
export type Outcome = Pick<Report, "verdict" | "summary" | "transportNote">;

/** The maximum number of items shown in each list. */
export const maxItems = {
  findings: 100,
  units: 100,
  devices: 30,
  recipients: 200,
  sizes: 200,
  edus: 100,
  destinations: 100,
  unsendable: 100,
  contents: 60,
  members: 20,
} as const;

/** A bounded list that counts omitted items. */
export class ListOf<A> implements List<A> {
  readonly items: Array<A> = [];
  omitted = 0;
  constructor(private readonly max: number) {}

  add(item: A): void {
    if (this.items.length < this.max) this.items.push(item);
    else this.omitted++;
  }

  /** Whether another item would be shown. Callers can skip creating one that is not. */
  get hasRoom(): boolean {
    return this.items.length < this.max;
  }

  get length(): number {
    return this.items.length + this.omitted;
  }

  toList(): List<A> {
    return { items: this.items, omitted: this.omitted };
  }
}
