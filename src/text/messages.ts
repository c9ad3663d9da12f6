/**
 * Reads the map of messages in a text: users and devices as maps, contents as text.
 *
 * Faults of strictness inside contents reject only that leaf, so they are recorded separately from faults around the leaves.
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

/** Facts about a text, for the leaves and for the rest. */
export type TextFacts = {
  /** Strictness around the leaves, and canonical form of everything. */
  readonly around: Facts;
  /** Strictness of contents, device IDs and user IDs. */
  readonly leaves: Facts;
  /** Facts about one contents after the other: an object for each would cost more than reading the contents. */
  readonly leaf: Facts;
};

export function newTextFacts(): TextFacts {
  return { around: newFacts(), leaves: newFacts(), leaf: newFacts() };
}

/** Users to devices to the results of `leafOf`. `undefined` replaces every value that is not an object. */
export type MessagesInText<Leaf> = ReadonlyMap<
  string,
  ReadonlyMap<string, Leaf | undefined> | undefined
>;

/** Makes a leaf from the text of an object and the facts about it. */
export type LeafOf<Leaf> = (text: string, facts: Facts) => Leaf;

/** Reads a map of messages. Returns `undefined` for a value that is not an object. */
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

/** Reads a map of devices. Returns `undefined` for a value that is not an object. */
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

/** Reads the next user or device ID. A lone surrogate in it rejects only the leaves below. */
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

/** A part of a text if it can be passed on, or the reason why not. */
export function partOf(text: string, facts: Facts): JsonText | Fault {
  const isSound =
    facts.depth <= maxDepth && !facts.hasInfiniteNumber && notStrictOf(facts) === undefined;
  // The text was checked: it is JSON, and it is strict.
  return isSound ? (text as JsonText) : faultIn(text, facts, contentsFault);
}

/** The first fault of a part of a text: its strictness, or a fault that `faultOf` finds in its value. */
export function faultIn(
  text: string,
  facts: Facts,
  faultOf: (value: unknown) => Fault | undefined,
): Fault {
  const notStrict = notStrictOf(facts);
  // The facts imply that `faultOf` finds a fault.
  if (notStrict === undefined) return faultOf(parsed(text)) as Fault;
  return { path: [], expected: strictness(notStrict) };
}

/** The error for a part of a text that is not strict. */
export function strictness({ reason }: NotStrict): string {
  return reason === "lone surrogate"
    ? "expected no lone surrogate"
    : "expected no duplicate member names";
}

/** The value of a JSON text. Some engines cannot parse very deep texts: an object with too many levels replaces them. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(`${'{"":'.repeat(maxDepth + 1)}0${"}".repeat(maxDepth + 1)}`);
  }
}
