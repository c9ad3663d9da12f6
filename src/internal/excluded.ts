/**
 * The devices that do not receive the contents of `*`, because their own contents were rejected.
 *
 * They are stored under a symbol, so that no member of a message from the network can replace them.
 */

import { hasOwn } from "./plain.js";

/** By user, the devices that are excluded from `*`. */
export type Excluded = ReadonlyMap<string, ReadonlySet<string>>;

/** All copies of the library share the symbol. */
const excludedKey: unique symbol = /* #__PURE__ */ Symbol.for("matrix-send-to-device.excluded");

/** A message with the devices that are excluded from its `*`. */
export function withExcluded<M extends object>(message: M, excluded: Excluded): M {
  return excluded.size === 0 ? message : { ...message, [excludedKey]: excluded };
}

/** The devices that are excluded from the `*` of a message. */
export function excludedFrom(message: object): Excluded {
  return hasExcluded(message) ? message[excludedKey] : none;
}

/** Whether a message has excluded devices. A value from the network never does. */
export function hasExcluded(message: object): message is { readonly [excludedKey]: Excluded } {
  return hasOwn(message, excludedKey);
}

const none: Excluded = /* #__PURE__ */ new Map();
