/** Anonymised texts contain no part of the original, and get the same report. */
import { describe, expect, test } from "vitest";
import { cases } from "../../conformance/corpus.json";
import { type Anonymised, anonymise } from "../report/anonymise.ts";
import { examples } from "../report/examples.ts";
import type { Report } from "../report/report.ts";
import { runNow } from "../report/steps.ts";
import { exampleOf, inspectExample, inspectText } from "./support.ts";

/** Pseudo-random numbers, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function anonymised(given: Partial<Anonymised>, seed = 17): Anonymised {
  const whole = { text: "", origin: "", ownServer: "", sender: "", devices: [], ...given };
  return runNow(anonymise(whole, numbers(seed)));
}

/** A report without names. */
function shapeOf({ kind, verdict, findings, recipients, sizes, contents }: Report) {
  return {
    kind,
    verdict,
    findings: findings.items.map(({ severity, tag, rule }) => [severity, tag, rule?.text]),
    recipients: recipients.items.map(({ outcome }) => outcome).sort(),
    sizes: sizes.items.map(({ level, size }) => [
      level,
      size._tag === "Bytes" ? size.bytes : "none",
    ]),
    contents: contents.items.map(({ tag, type }) => [tag, type]),
  };
}

describe("an anonymised example", () => {
  for (const example of examples) {
    test(`${example.id} gets the same verdicts, sizes and recipients`, () => {
      const other = anonymised(example);
      expect(other.text).not.toBe(example.text);
      expect(shapeOf(inspectExample({ ...example, ...other }))).toEqual(
        shapeOf(inspectExample(example)),
      );
    });
    test(`${example.id} keeps no ID, no server and no key`, () => {
      const { text } = anonymised(example);
      for (const secret of [
        "alice",
        "john",
        "example",
        "RJYKSTBOIE",
        "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
        "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY",
        "Cuyf34gef24t",
        "Awog",
        "1495474790150",
      ]) {
        expect(text).not.toContain(secret);
      }
    });
  }
});

test("receipts of the corpus get the same verdict", () => {
  const receipts = cases.filter(({ kind }) => kind === "receipt");
  expect(receipts.length).toBeGreaterThan(25);
  for (const { id, input, inputText, origin = "", local = "" } of receipts) {
    const text = inputText ?? JSON.stringify(input);
    const other = anonymised({ text, origin, ownServer: local });
    const before = inspectText(text, { origin, ownServer: local }).verdict;
    const after = inspectText(other.text, { origin: other.origin, ownServer: other.ownServer });
    expect([id, after.verdict]).toEqual([id, before]);
  }
});

test("the same string becomes the same one, as a name, as a value and in the fields", () => {
  const text = JSON.stringify({
    "@alice:example.org": ["@alice:example.org", "@bob:example.org", "ed25519:PHONE", "PHONE"],
  });
  const other = anonymised({
    text,
    origin: "example.org",
    devices: [{ userId: "@alice:example.org", deviceIds: ["PHONE", "*"] }],
  });
  const [[name = "", list = []] = []] = Object.entries<ReadonlyArray<string>>(
    JSON.parse(other.text),
  );
  const [alice, bob = "", key, phone] = list;
  expect(alice).toBe(name);
  expect(bob).not.toBe(name);
  expect(bob.split(":")[1]).toBe(name.split(":")[1]);
  expect(other.origin).toBe(name.split(":")[1]);
  expect(key).toBe(`ed25519:${phone}`);
  expect(other.devices).toEqual([{ userId: name, deviceIds: [phone, "*"] }]);
});

test("characters keep their kind and their bytes; names of the specification and numbers stay", () => {
  const text = '{"algorithm":"m.megolm.v1.aes-sha2","x":"Ab9-é中😀\\ud800\\u0000","n":17.50}';
  const other: Record<string, unknown> = JSON.parse(anonymised({ text }).text);
  const [unknown = ""] = Object.keys(other).filter((key) => key !== "algorithm");
  expect(other.algorithm).toBe("m.megolm.v1.aes-sha2");
  expect(other[unknown]).toMatch(/^[A-F][a-f][0-9]-[à-ö][一-东]\ud83d[\ude00-\ude10]\ud800\0$/);
  expect(anonymised({ text }).text).toContain(":17.50}");
  expect(new TextEncoder().encode(anonymised({ text }).text).length).toBe(
    new TextEncoder().encode(text).length,
  );
});

test("different strings stay different, even short ones", () => {
  const names = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
  expect(Object.keys(JSON.parse(anonymised({ text }).text))).toHaveLength(26);
});

test("another run returns another text", () => {
  const { text } = exampleOf("specification");
  expect(anonymised({ text }, 1).text).not.toBe(anonymised({ text }, 2).text);
});
