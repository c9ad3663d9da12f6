/** Independent helpers for tests: leaves as texts, canonical JSON, frozen inputs, and inputs that count reads. */

import * as t from "io-ts";
import type { DirectToDeviceEdu, Messages } from "matrix-send-to-device";
import * as library from "matrix-send-to-device";

/** Every public codec, by its name. */
export const codecs: ReadonlyArray<readonly [name: string, codec: t.Mixed]> = Object.entries(
  library,
).flatMap(([name, value]) => (value instanceof t.Type ? [[name, value] as const] : []));

/** A value as canonical JSON, implemented independently of the library. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

export function canonicalBytes(value: unknown): number {
  return Buffer.byteLength(canonicalJson(value));
}

/** One text for each leaf of some messages, sorted: equal lists are equal multisets. */
export function leaves(messages: Messages): ReadonlyArray<string> {
  return Object.entries(messages)
    .flatMap(([userId, devices]) =>
      Object.entries(devices).map(([deviceId, contents]) =>
        canonicalJson([userId, deviceId, contents]),
      ),
    )
    .sort();
}

export function leavesOfEdus(edus: ReadonlyArray<DirectToDeviceEdu>): ReadonlyArray<string> {
  return edus.flatMap(({ content }) => leaves(content.messages)).sort();
}

/** The same value, deep-frozen. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

/** The same value behind proxies that count how often keys are listed and members are read. */
export function counted<T>(value: T) {
  const counts = { listed: 0, read: 0 };
  const wrap = (inner: unknown): unknown =>
    typeof inner === "object" && inner !== null
      ? new Proxy(inner, {
          ownKeys: (target) => {
            counts.listed++;
            return Reflect.ownKeys(target);
          },
          get: (target, key) => {
            counts.read++;
            return wrap(Reflect.get(target, key));
          },
        })
      : inner;
  return { value: wrap(value) as T, counts };
}
