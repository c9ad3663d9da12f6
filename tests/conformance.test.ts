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
  type CaseInput,
  checkImplementation,
  conformance,
  type DeliveryCase,
  type EduCase,
  type Implementation,
  inputOf,
} from "matrix-send-to-device/testing";
import { describe, expect, it } from "vitest";

const decoding =
  (codec: t.Mixed) =>
  (input: unknown): unknown => {
    const decoded = codec.decode(input);
    return decoded._tag === "Right" ? decoded.right : undefined;
  };

const john = "@john:example.com" as UserId;

/** What a server makes of the messages of a case. */
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

function decodeEdu(input: unknown, { origin }: EduCase): unknown {
  const edu = decoding(DirectToDeviceEdu)(input) as DirectToDeviceEdu | undefined;
  if (edu === undefined || origin === undefined) return edu;
  const { right } = receiveEdus({ origin: origin as ServerName, isLocal: () => true })([edu]);
  return right.length === 1 ? edu : undefined;
}

const ours: Implementation = {
  edu: decodeEdu,
  message: decoding(ToDeviceMessage),
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

describe("the library passes every case", () => {
  it("has a function for every kind", () => {
    expect(cases.filter(({ kind }) => ours[kind] === undefined)).toEqual([]);
  });

  it.each(cases)("$id", (each) => {
    expect(checkImplementation(ours, [each])).toEqual([]);
  });

  it.each(cases.flatMap((each) => (each.kind === "userId" && each.grammar ? [each] : [])))(
    "$id is $grammar",
    (each) => {
      expect(userIdGrammar(inputOf(each) as UserId)).toBe(each.grammar);
    },
  );

  it.each(cases.flatMap((each) => (each.kind === "delivery" ? [each] : [])))(
    "$id: what reaches nobody",
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
  it("has at least 300 cases with IDs of their own", () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  /** What these rules say is only that something is accepted. */
  const permissive = ["edu-device", "edu-receipt-size", "canonical-size"];

  it.each(rules)("$id is covered in both directions: $text", ({ id }) => {
    const covering = cases.filter(({ rule }) => rule === id);
    const verdicts = new Set(covering.map(({ verdict }) => verdict));
    expect(verdicts).toContain("accept");
    // Deliveries and appservices: what falls alone is in the expected outcome.
    const isTolerant = covering.some(({ kind }) => kind === "delivery" || kind === "appservice");
    const isOneWay = isTolerant || permissive.includes(id) || id === "transaction-edus";
    expect(verdicts.has("reject")).toBe(!isOneWay);
  });

  it("rests on rules that are there", () => {
    const known = new Set(rules.map(({ id }) => id));
    expect(cases.filter(({ rule }) => !known.has(rule))).toEqual([]);
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

  it("is what the module holds: `npm run conformance` writes it", () => {
    const { $schema, ...rest } = corpus;
    expect($schema).toBe("./schema.json");
    expect(rest).toEqual(JSON.parse(JSON.stringify(conformance)));
  });

  it("fits its schema", () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(file("schema.json")));
    expect(validate(corpus), JSON.stringify(validate.errors)).toBe(true);
  });

  it("the schema refuses a case without input, and one with both", () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(file("schema.json")));
    const plain = { id: "a", kind: "edu", rule: "edu-type", verdict: "accept" };
    const withCase = (input: Partial<CaseInput & { inputText: string }>) => ({
      ...corpus,
      cases: [{ ...plain, ...input }],
    });
    expect(validate(withCase({ input: 1 }))).toBe(true);
    expect(validate(withCase({}))).toBe(false);
    expect(validate(withCase({ input: 1, inputText: "1" }))).toBe(false);
  });

  it("can be read by every parser: no lone surrogate, float or `__proto__` but in texts", () => {
    expect(file("corpus.json")).not.toMatch(/[^\\]\\ud[89a-f]/i);
    expect(file("corpus.json")).not.toContain('"__proto__":');
  });
});
