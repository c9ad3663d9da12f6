import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type * as t from "io-ts";
import {
  canonicalJsonBytes,
  contents,
  DeviceId,
  DirectToDeviceEdu,
  deliver,
  directToDevice,
  isKnownType,
  MessageId,
  readAppserviceToDevice,
  receiveEdus,
  ServerName,
  serverNameOf,
  ToDeviceMessage,
  Transaction,
  UserId,
  userIdGrammar,
} from "matrix-send-to-device";
import {
  checkImplementation,
  conformance,
  type DeliveryCase,
  type Implementation,
  inputOf,
  type ReceiptCase,
} from "matrix-send-to-device/testing";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./oracle.js";

const decoding =
  (codec: t.Mixed) =>
  (input: unknown): unknown => {
    const decoded = codec.decode(input);
    return decoded._tag === "Right" ? decoded.right : undefined;
  };

const john = "@john:example.com" as UserId;

/** The deliveries for the messages of a case. */
function received(messages: unknown, { local, devices }: DeliveryCase) {
  const content = { sender: john, type: "m.test", message_id: "m1", messages };
  const receive = receiveEdus({
    origin: serverNameOf(john),
    isLocal: (userId) => serverNameOf(userId) === local,
  });
  const known = (userId: UserId) => (devices[userId] ?? []) as ReadonlyArray<string>;
  const delivered = receive([{ edu_type: directToDevice, content }]).right.map(
    deliver((userId) => known(userId) as ReadonlyArray<DeviceId>),
  );
  return {
    left: delivered.flatMap(({ left }) => left),
    right: delivered.flatMap(({ right }) => right),
  };
}

/** The content of an EDU if it is accepted. */
function receive(edu: unknown, { origin, local }: ReceiptCase): unknown {
  const isLocal = (userId: UserId) => serverNameOf(userId) === local;
  return receiveEdus({ origin: origin as ServerName, isLocal })([edu]).right[0];
}

const ours: Implementation = {
  edu: decoding(DirectToDeviceEdu),
  message: decoding(ToDeviceMessage),
  receipt: receive,
  userId: decoding(UserId),
  serverName: decoding(ServerName),
  deviceId: decoding(DeviceId),
  messageId: decoding(MessageId),
  transaction: decoding(Transaction),
  contents: (input, { eventType }) => {
    if (!isKnownType(eventType)) throw new Error(`no codec for ${eventType}`);
    return decoding(contents[eventType])(input);
  },
  delivery: (messages, conformanceCase) =>
    received(messages, conformanceCase).right.map(
      ({ userId, deviceId, event }) => [userId, deviceId, event.content] as const,
    ),
  canonicalJson: (value) => {
    const bytes = canonicalJsonBytes(value);
    return bytes._tag === "Right" ? bytes.right : undefined;
  },
  appservice: (transaction) => readAppserviceToDevice(transaction).right,
};

const { rules, cases } = conformance;

/** These need the text: tests/text-conformance.test.ts runs them. */
const textKinds: ReadonlyArray<string> = ["jsonText", "transactionText"];

describe("the library passes every case", () => {
  it("has a function for every kind", () => {
    const kinds = new Set(cases.map(({ kind }) => kind));
    expect([...kinds].filter((kind) => ours[kind] === undefined)).toEqual(textKinds);
  });

  it.each(cases.filter(({ kind }) => !textKinds.includes(kind)))("$id", (each) => {
    expect(checkImplementation(ours, { cases: [each] })).toEqual([]);
  });

  it.each(cases.flatMap((each) => (each.kind === "userId" && each.grammar ? [each] : [])))(
    "$id is $grammar",
    (each) => {
      expect(userIdGrammar(inputOf(each) as UserId)).toBe(each.grammar);
    },
  );

  it.each(cases.flatMap((each) => (each.kind === "delivery" ? [each] : [])))(
    "$id: undeliverable contents",
    (each) => {
      const { left } = received(inputOf(each), each);
      expect(left.map(({ userId, deviceId }) => [userId, deviceId]).sort()).toEqual(
        [...each.undeliverable].sort(),
      );
    },
  );

  it.each(cases.flatMap((each) => (each.kind === "transaction" && each.edus ? [each] : [])))(
    "$id: its EDUs",
    (each) => {
      const { edus = [] } = inputOf(each) as Transaction;
      expect(edus.map((edu) => (DirectToDeviceEdu.is(edu) ? "accept" : "reject"))).toEqual(
        each.edus,
      );
    },
  );
});

describe("the corpus", () => {
  it("has at least 300 cases with unique IDs", () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  /** These rules only say that something is accepted. */
  const permissive = [
    "edu-device",
    "edu-numbers",
    "edu-receipt-size",
    "canonical-order",
    "canonical-size",
    "text-numbers",
  ];

  it.each(rules)("$id is covered in both directions: $text", ({ id }) => {
    const covering = cases.filter(({ rule }) => rule === id);
    const verdicts = new Set(covering.map(({ verdict }) => verdict));
    expect(verdicts).toContain("accept");
    // Deliveries and appservices: the expected outcome says which entries are rejected.
    const tolerant = ["delivery", "appservice"];
    const isTolerant =
      covering.some(({ kind }) => tolerant.includes(kind)) ||
      ["text-leaf", "text-edu"].includes(id);
    const isOneWay = isTolerant || permissive.includes(id) || id === "transaction-edus";
    expect(verdicts.has("reject")).toBe(!isOneWay);
  });

  it("refers only to rules that exist", () => {
    const known = new Set(rules.map(({ id }) => id));
    expect(cases.filter(({ rule }) => !known.has(rule))).toEqual([]);
  });

  it.each(rules)("$id rests on the $basis, and links it", ({ basis, spec }) => {
    const isProposal = spec.startsWith("https://github.com/matrix-org/matrix-spec-proposals/pull/");
    if (basis === "specification") expect(isProposal).toBe(false);
    if (basis === "proposal") expect(isProposal).toBe(true);
  });

  it("has cases for each basis", () => {
    expect(new Set(cases.map(({ basis }) => basis))).toEqual(
      new Set(["specification", "proposal", "decision", "limit"]),
    );
  });

  it("tests limits only under the basis limit", () => {
    const text = (each: (typeof cases)[number]) =>
      "inputText" in each ? each.inputText : JSON.stringify(each.input);
    const beyond = cases.filter(
      (each) => /[[{]{99}|(?:\{"a":){99}|1e400/.test(text(each)) && each.id !== "number-infinite",
    );
    expect(beyond.length).toBeGreaterThan(5);
    expect(beyond.filter(({ basis }) => basis !== "limit")).toEqual([]);
  });

  it("has the required `events` in every appservice transaction", () => {
    const appservices = cases.flatMap((each) => (each.kind === "appservice" ? [each] : []));
    expect(appservices.length).toBeGreaterThan(10);
    for (const each of appservices) expect(inputOf(each), each.id).toHaveProperty("events", []);
  });

  const canonical = cases.flatMap((each) => (each.kind === "canonicalJson" ? [each] : []));

  it.each(canonical.filter(({ verdict }) => verdict === "accept"))(
    "$id has its canonical JSON and its size",
    (each) => {
      expect(each.text).toBe(canonicalJson(inputOf(each)));
      expect(each.bytes).toBe(Buffer.byteLength(each.text ?? ""));
    },
  );

  it("has no integer in a notation that can only be rejected in the text", () => {
    const texts = canonical.map((each) => ("inputText" in each ? each.inputText : ""));
    const withoutStrings = texts.map((text) => text.replace(/"(?:[^"\\]|\\.)*"/g, ""));
    const numbers = withoutStrings.flatMap(
      (text) => text.match(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi) ?? [],
    );
    const unusual = numbers.filter(
      (number) => /[.e]/i.test(number) && Number.isSafeInteger(Number(number)),
    );
    expect(unusual).toEqual([]);
  });

  it("links one version of the specification", () => {
    const versions = rules.map(
      ({ spec }) => /^https:\/\/spec\.matrix\.org\/([^/]+)\//.exec(spec)?.[1],
    );
    expect(new Set(versions.filter((version) => version !== undefined))).toEqual(
      new Set([conformance.specification]),
    );
  });
});

describe("conformance/corpus.json", () => {
  const file = (name: string) =>
    readFileSync(new URL(`../conformance/${name}`, import.meta.url), "utf8");
  const corpus = JSON.parse(file("corpus.json"));

  it("equals the module: `npm run conformance` writes it", () => {
    const { $schema, ...rest } = corpus;
    expect($schema).toBe("./schema.json");
    expect(rest).toEqual(JSON.parse(JSON.stringify(conformance)));
  });

  it("conforms to its schema", () => {
    expect(validate(corpus), JSON.stringify(validate.errors)).toBe(true);
  });

  const validate = new Ajv({ strict: false }).compile(JSON.parse(file("schema.json")));
  const edu = { id: "a", kind: "edu", rule: "edu-type", basis: "specification", verdict: "accept" };
  const receipt = { ...edu, kind: "receipt", input: 1, origin: "a", local: "b" };
  const canonical = { ...edu, kind: "canonicalJson", input: 1, text: "1", bytes: 1 };
  const text = {
    ...edu,
    kind: "transactionText",
    input: "{}",
    origin: "a",
    local: "b",
    leaves: [],
  };
  const without = (value: object, key: string) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));

  it.each<[reason: string, isValid: boolean, each: object]>([
    ["an edu with an input", true, { ...edu, input: 1 }],
    ["a case without input", false, edu],
    ["a case with an input and a text", false, { ...edu, input: 1, inputText: "1" }],
    ["a case without a basis", false, { ...without(edu, "basis"), input: 1 }],
    ["a case with an unknown basis", false, { ...edu, basis: "custom", input: 1 }],
    ["an edu with an origin", false, { ...edu, input: 1, origin: "a" }],
    ["an edu with a local server", false, { ...edu, input: 1, local: "a" }],
    ["a receipt with both servers", true, receipt],
    ["a receipt without an origin", false, without(receipt, "origin")],
    ["a receipt without a local server", false, without(receipt, "local")],
    ["a text with leaves", true, text],
    ["a text without leaves", false, without(text, "leaves")],
    ["a text that is a value", false, { ...text, input: {} }],
    ["canonical JSON with text and size", true, canonical],
    ["canonical JSON without text", false, without(canonical, "text")],
    ["canonical JSON without size", false, without(canonical, "bytes")],
    ["rejected canonical JSON with text", false, { ...canonical, verdict: "reject" }],
  ])("the schema has the right verdict on %s", (_reason, isValid, each) => {
    expect(validate({ ...corpus, cases: [each] })).toBe(isValid);
  });

  it("the schema rejects a rule without a basis", () => {
    const [rule] = rules;
    expect(validate({ ...corpus, rules: [rule] })).toBe(true);
    expect(validate({ ...corpus, rules: [without({ ...rule }, "basis")] })).toBe(false);
  });

  it("can be read by every parser: lone surrogates, floats and `__proto__` are only in texts", () => {
    expect(file("corpus.json")).not.toMatch(/[^\\]\\ud[89a-f]/i);
    expect(file("corpus.json")).not.toContain('"__proto__":');
  });
});
