/**
 * Reads the map of messages in a text: users and devices as maps, contents as they stand.
 *
 * What is not strict in one contents concerns that leaf alone, so it is kept apart from what is not strict around them.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { contentsFault, type Fault, maxDepth } from "../internal/canonical-json.js";
import type { JsonText } from "./json-text.js";
import { isNext, members, raw, skip } from "./reader.js";
import {
  clear,
  type Facts,
  include,
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
};

export function newTextFacts(): TextFacts {
  return { around: newFacts(), leaves: newFacts() };
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
  // The facts about one user or leaf after the other: objects for each would cost more than reading it.
  const ofUsers = newFacts();
  const ofDevices = newFacts();
  const ofLeaf = newFacts();
  return mapIn(scanner, facts, ofUsers, () =>
    mapIn(scanner, facts, ofDevices, () => leafIn(scanner, facts, ofLeaf, leafOf)),
  );
}

/** Reads an object as a map. Lone surrogates in its names concern the leaves below them. */
function mapIn<V>(
  scanner: Scanner,
  facts: TextFacts,
  own: Facts,
  valueIn: () => V,
): ReadonlyMap<string, V> | undefined {
  clear(own);
  const map = new Map<string, V>();
  const isObject = isNext(scanner, own, "{");
  if (isObject) members(scanner, own, (name) => void map.set(name, valueIn()));
  else skip(scanner, facts.around);
  facts.around.duplicateName ??= own.duplicateName;
  facts.leaves.loneSurrogate ??= own.loneSurrogate;
  includeForm(facts.around, own);
  return isObject ? map : undefined;
}

function leafIn<Leaf>(
  scanner: Scanner,
  facts: TextFacts,
  own: Facts,
  leafOf: LeafOf<Leaf>,
): Leaf | undefined {
  clear(own);
  const isObject = isNext(scanner, own, "{");
  const text = raw(scanner, own);
  facts.leaves.duplicateName ??= own.duplicateName;
  facts.leaves.loneSurrogate ??= own.loneSurrogate;
  includeForm(facts.around, own);
  return isObject ? leafOf(text, own) : undefined;
}

/** Adds what concerns canonical JSON, but not what is not strict. */
export function includeForm(facts: Facts, others: Facts): void {
  const { duplicateName, loneSurrogate } = facts;
  include(facts, others);
  facts.duplicateName = duplicateName;
  facts.loneSurrogate = loneSurrogate;
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
