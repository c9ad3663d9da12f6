// The entry for tests, whose declarations include those of fast-check.
import { arbitraries, checkImplementation, conformance } from "matrix-send-to-device/testing";

export const failures: ReadonlyArray<{ readonly id: string }> = checkImplementation({
  userId: (input) => input,
});
export const count: number = conformance.cases.length;
export const names: string[] = Object.keys(arbitraries);
