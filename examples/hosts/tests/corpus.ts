/** The conformance corpus of the library, as any other program reads it: from its JSON. */
import { readFileSync } from "node:fs";

export type Case = {
  readonly id: string;
  readonly kind: string;
  readonly verdict: "accept" | "reject";
  /** A JSON value, or its text where the text matters. */
  readonly input?: unknown;
  readonly inputText?: string;
  /** Who signed the request. */
  readonly origin?: string;
};

/** Who gets what of a map of messages from another server. */
export type DeliveryCase = Case & {
  readonly local: string;
  readonly devices: { readonly [userId: string]: ReadonlyArray<string> };
  readonly deliveries: ReadonlyArray<readonly [userId: string, deviceId: string, contents: object]>;
};

const corpus = new URL("../../../conformance/corpus.json", import.meta.url);
const { cases }: { readonly cases: ReadonlyArray<Case> } = JSON.parse(readFileSync(corpus, "utf8"));

export function casesOf(kind: string): ReadonlyArray<Case> {
  return cases.filter((each) => each.kind === kind);
}

export function deliveryCases(): ReadonlyArray<DeliveryCase> {
  return casesOf("delivery").filter((each): each is DeliveryCase => "deliveries" in each);
}

export function textOf({ input, inputText }: Case): string {
  return inputText ?? JSON.stringify(input);
}

/** The value of a case; none where its text is no JSON. */
export function inputOf(each: Case): unknown {
  try {
    return JSON.parse(textOf(each));
  } catch {
    return undefined;
  }
}
