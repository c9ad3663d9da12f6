/** What the inspector says about a text: plain data, so that a worker can pass it to the page. */
import type { Span } from "./outline.ts";
import type { Rule } from "./rules.ts";

/** What the page gives to the inspector. */
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
 * - `Accepted`, `PartlyAccepted`, `Rejected`: what becomes of the text as a whole, or of one of its messages.
 * - `Skipped`: an EDU of another type.
 * - `Unreadable`: not JSON, or no kind that the inspector knows.
 * - `Empty`: there is no text.
 */
export type Verdict =
  | "Accepted"
  | "PartlyAccepted"
  | "Rejected"
  | "Skipped"
  | "Unreadable"
  | "Empty";

/** Something that a reader should know, with its place. */
export type Finding = {
  readonly severity: "rejection" | "note";
  /** What it is about, in words. */
  readonly title: string;
  /** The tag of the library, for whoever writes code; empty if there is none. */
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

/** Who receives what, one row for each device or `*`. */
export type Recipient = {
  readonly unit: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly outcome: "own" | "wildcard" | "sent" | "nothing";
  readonly why: string;
  /** What other servers do in this case. */
  readonly others: string;
  readonly span: Span | undefined;
};

export type Size = {
  readonly level: "unit" | "user" | "device" | "contents";
  readonly label: string;
  /** The bytes as canonical JSON, or why there are none. */
  readonly size: { readonly _tag: "Bytes"; readonly bytes: number } | Unsized;
};

export type Unsized = { readonly _tag: "NoCanonicalJson"; readonly reason: string };

/** What goes to one server. */
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
  /** What the specification says of the type, if it does. */
  readonly rule: Rule | undefined;
  readonly span: Span;
};

/** The first items of a list, and how many more there are. */
export type List<A> = { readonly items: ReadonlyArray<A>; readonly omitted: number };

export type Report = {
  readonly kind: Kind;
  /** Which kind of text it is, as a sentence. */
  readonly title: string;
  readonly verdict: Verdict;
  /** What happens to it, as a sentence. */
  readonly summary: string;
  readonly findings: List<Finding>;
  readonly units: List<Unit>;
  readonly devices: List<UserDevices>;
  readonly recipients: List<Recipient>;
  readonly sizes: List<Size>;
  /** What the sizes and the limit mean for this kind of text. */
  readonly transportNote: string;
  readonly destinations: List<Destination>;
  readonly unsendable: List<Unsendable>;
  readonly contents: List<ContentsRow>;
  /** How many contents have each tag, those that are not listed included. */
  readonly contentsCounts: ReadonlyArray<{
    readonly tag: ContentsRow["tag"];
    readonly count: number;
  }>;
  /** Which fields of the page have invalid values, and why. */
  readonly fields: ReadonlyArray<{
    readonly field: "origin" | "ownServer" | "sender";
    readonly reason: string;
  }>;
};

/** What becomes of the text as a whole. */
export type Outcome = Pick<Report, "verdict" | "summary" | "transportNote">;

/** How many items of each list are shown at most. */
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

/** A list that counts what it has no room for. */
export class ListOf<A> implements List<A> {
  readonly items: Array<A> = [];
  omitted = 0;
  constructor(private readonly max: number) {}

  add(item: A): void {
    if (this.items.length < this.max) this.items.push(item);
    else this.omitted++;
  }

  /** Whether another item would be shown. Nobody needs to make one that is not. */
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
