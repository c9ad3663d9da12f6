/** The faults that a codec finds in a value: paths and expectations. */
import type { Mixed } from "io-ts";
import { toStandardSchema } from "matrix-send-to-device";

export type Issue = { readonly path: ReadonlyArray<string>; readonly expected: string };

export function issuesOf(codec: Mixed, value: unknown): ReadonlyArray<Issue> {
  const result = toStandardSchema(codec)["~standard"].validate(value);
  // The schemas of the library are synchronous.
  const issues = result instanceof Promise ? [] : (result.issues ?? []);
  return issues.map(({ path = [], message }) => ({ path: path.map(String), expected: message }));
}
