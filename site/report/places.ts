/**
 * Finds places in the text: paths of reasons, and the leaves of a map of messages.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 */
import { serverNameOf, UserId } from "matrix-send-to-device";
import { canonicalJson } from "matrix-send-to-device/text";
import type { Outline, Span } from "./outline.ts";

/** The line of the library, and whether it is about a missing member. */
export function withMissing(
  outline: Outline,
  path: ReadonlyArray<string>,
  from: Span,
  line: string,
): string {
  return outline.locate(path, from).isFound ? line : `${line} (missing)`;
}

/** The place to mark for a reason: the value, the name of an invalid key, or the object that lacks a member. */
export function spanOf(
  outline: Outline,
  tag: string,
  path: ReadonlyArray<string>,
  from: Span,
  line: string,
): Span {
  const place = outline.locate(path, from);
  if (!place.isFound) return opening(place.value);
  if (line.includes("duplicate member name") || line.includes("lone surrogate")) {
    return notStrictIn(outline, place.value) ?? place.name;
  }
  // A map of messages has IDs for keys; anywhere else an ID is a value.
  const isAboutKey =
    tag === "RecipientsNotLocal" ||
    (path.slice(0, 2).includes("messages") && /User ID|Device ID/.test(line));
  return isAboutKey ? place.name : place.value;
}

/** The name or string in a value that makes it not strict. */
export function notStrictIn(outline: Outline, { from, to }: Span): Span | undefined {
  const text = outline.text.slice(from, to);
  const written = canonicalJson({ numbers: "asWritten" })(text);
  if (written._tag === "Right" || written.left._tag !== "NotStrict") return undefined;
  return stringAt(outline.text, from + written.left.position);
}

/** The string that begins at a position. */
export function stringAt(text: string, from: number): Span {
  const literal = /^"(?:[^"\\]|\\.){0,200}"?/s.exec(text.slice(from, from + 1000));
  return { from, to: from + (literal?.[0].length ?? 1) };
}

/** The opening bracket of an object that lacks a member. */
export function opening({ from }: Span): Span {
  return { from, to: from + 1 };
}

/** A place in the map of messages: contents, or an invalid value. */
export type Leaf = {
  readonly user: string;
  readonly device: string;
  readonly name: Span;
  readonly value: Span;
};

export function leavesIn(outline: Outline, messages: Span | undefined): ReadonlyArray<Leaf> {
  if (messages === undefined || !outline.isObject(messages)) return [];
  return outline.members(messages).flatMap(({ name: user, value: devices }) =>
    outline.isObject(devices)
      ? outline.members(devices).map(({ name: device, nameSpan: name, value }) => {
          return { user, device, name, value };
        })
      : [],
  );
}

/** The server of a user ID; empty for any other text. */
export function serverOf(text: string): string {
  const user = UserId.decode(text);
  return user._tag === "Right" ? serverNameOf(user.right) : "";
}
