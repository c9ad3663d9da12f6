/**
 * Reads the map of messages in a text: users and devices as maps, contents as they stand.
 *
 * What is not strict in one contents concerns that leaf alone, so it is kept apart from what is not strict around them.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { contentsFault, type Fault, maxDepth } from "../internal/canonical-json.js";
import type { JsonText } from "./json-text.js";
import { isNext, type Names, nextName, openObject, raw } from "./reader.js";
import {
  clear,
  type Facts,
  type NotStrict,
  newFacts,
  notStrictOf,
  type Scanner,
} from "./scanner.js";

/** What stands in a text: of the leaves, of everything else, and of both together. */
export type TextFacts = {
  /** What is not strict around the leaves, and what is canonical of everything. */
  readonly around: Facts;
  /** What is not strict in the contents, in device IDs and in user IDs. */
  readonly leaves: Facts;
  /** What stands in one contents after the other: an object for each would cost more than reading it. */
  readonly leaf: Facts;
};

export function newTextFacts(): TextFacts {
  return { around: newFacts(), leaves: newFacts(), leaf: newFacts() };
}

/** Users to devices to what `leafOf` makes of contents; `undefined` stands for any value that is not an object. */
export type MessagesInText<Leaf> = ReadonlyMap<
  string,
  ReadonlyMap<string, Leaf | undefined> | undefined
>;

/** Makes something of the text of an object and of the facts about it. */
export type LeafOf<Leaf> = (text: string, facts: Facts) => Leaf;

/** Reads a map of messages; `undefined` if there is no object. */
export function messagesIn<Leaf>(
  scanner: Scanner,
  facts: TextFacts,
  leafOf: LeafOf<Leaf>,
): MessagesInText<Leaf> | undefined {
  const names = openObject(scanner, facts.around);
  if (names === undefined) return undefined;
  const users = new Map<string, ReadonlyMap<string, Leaf | undefined> | undefined>();
  let user = nextId(scanner, facts, names);
  while (user !== undefined) {
    users.set(user, devicesIn(scanner, facts, leafOf));
    user = nextId(scanner, facts, names);
  }
  return users;
}

/** Reads a map of devices; `undefined` if there is no object. */
function devicesIn<Leaf>(
  scanner: Scanner,
  facts: TextFacts,
  leafOf: LeafOf<Leaf>,
): ReadonlyMap<string, Leaf | undefined> | undefined {
  const names = openObject(scanner, facts.around);
  if (names === undefined) return undefined;
  const devices = new Map<string, Leaf | undefined>();
  let device = nextId(scanner, facts, names);
  while (device !== undefined) {
    devices.set(device, leafIn(scanner, facts, leafOf));
    device = nextId(scanner, facts, names);
  }
  return devices;
}

/** Reads the next user or device ID. A lone surrogate in it concerns the leaves below. */
function nextId(scanner: Scanner, { around, leaves }: TextFacts, names: Names): string | undefined {
  const { loneSurrogate } = around;
  const id = nextName(scanner, around, names);
  if (around.loneSurrogate !== loneSurrogate) {
    leaves.loneSurrogate ??= around.loneSurrogate;
    around.loneSurrogate = loneSurrogate;
  }
  return id;
}

function leafIn<Leaf>(
  scanner: Scanner,
  { around, leaves, leaf }: TextFacts,
  leafOf: LeafOf<Leaf>,
): Leaf | undefined {
  clear(leaf);
  const isObject = isNext(scanner, leaf, "{");
  const text = raw(scanner, leaf);
  leaves.duplicateName ??= leaf.duplicateName;
  leaves.loneSurrogate ??= leaf.loneSurrogate;
  around.isTidy &&= leaf.isTidy;
  return isObject ? leafOf(text, leaf) : undefined;
}

/** A part of a text that can be passed on, or why not. */
export function partOf(text: string, facts: Facts): JsonText | Fault {
  const isSound =
    facts.depth <= maxDepth && !facts.hasInfiniteNumber && notStrictOf(facts) === undefined;
  // The text was read, and it is strict.
  return isSound ? (text as JsonText) : faultIn(text, facts, contentsFault);
}

/** The first fault of a part of a text that has one: that it is not strict, or what a rule for values finds. */
export function faultIn(
  text: string,
  facts: Facts,
  faultOf: (value: unknown) => Fault | undefined,
): Fault {
  const notStrict = notStrictOf(facts);
  // The facts say that the rule finds something.
  if (notStrict === undefined) return faultOf(parsed(text)) as Fault;
  return { path: [], expected: strictness(notStrict) };
}

/** What was expected of a part of a text that is not strict. */
export function strictness({ reason }: NotStrict): string {
  return reason === "lone surrogate"
    ? "expected no lone surrogate"
    : "expected no duplicate member names";
}

/** The value of a JSON text. Some engines cannot parse very deep ones: an object of too many levels stands for them. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(`${'{"":'.repeat(maxDepth + 1)}0${"}".repeat(maxDepth + 1)}`);
  }
}
