/** A case: what is tried, what is expected, and what was seen. */
import type { World } from "./world.js";

/** What was seen, in words that are compared. */
export type Facts = { readonly [what: string]: string };

export type Observation = {
  /** What depends on the real server: an entry that differs is a deviation of it. */
  readonly peer: Facts;
  /** What depends on the homeserver of this repository only: an entry that differs is a fault. */
  readonly ours: Facts;
};

export type Case = {
  readonly group: string;
  /** How many processes our homeserver must have. */
  readonly processes: 1 | 2;
  readonly name: string;
  /** What is sent, in Markdown. */
  readonly sent: string;
  /** What the specification says about it, in Markdown. */
  readonly specification: string;
  readonly expected: Observation;
  readonly run: (world: World) => Promise<Observation>;
};
