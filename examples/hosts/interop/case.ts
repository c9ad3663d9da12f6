/** A case: the input, the expected facts, and the observed facts. */
import type { World } from "./world.js";

/** Observed facts, as texts to compare. */
export type Facts = { readonly [what: string]: string };

export type Observation = {
  /** Facts about the real server: a difference is its deviation. */
  readonly peer: Facts;
  /** Facts about the homeserver of this repository only: a difference is a fault. */
  readonly ours: Facts;
};

export type Case = {
  readonly group: string;
  /** How many processes our homeserver must have. */
  readonly processes: 1 | 2;
  readonly name: string;
  /** The input, in Markdown. */
  readonly sent: string;
  /** The specified behaviour, in Markdown. */
  readonly specification: string;
  readonly expected: Observation;
  readonly run: (world: World) => Promise<Observation>;
};
