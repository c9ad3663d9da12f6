/** Reports of the inspector on its examples, the conformance corpus, and broken texts. */
import { describe, expect, test } from "vitest";
import { cases } from "../../conformance/corpus.json";
import { examples } from "../report/examples.ts";
import type { Kind, Verdict } from "../report/report.ts";
import { ruleOf, rulesWithOthers } from "../report/rules.ts";
import { eduOf, exampleOf, inspectExample, inspectText, marked } from "./support.ts";

describe("the examples", () => {
  const expected: ReadonlyArray<readonly [string, Kind, Verdict, number]> = [
    ["specification", "edu", "Accepted", 1],
    ["forged-sender", "edu", "Rejected", 0],
    ["wildcard", "edu", "Accepted", 3],
    ["large", "edu", "Accepted", 28],
    ["lone-surrogate", "edu", "PartlyAccepted", 1],
    ["cancelled-request", "edu", "Accepted", 2],
    ["client-body", "body", "PartlyAccepted", 3],
    ["transaction", "transaction", "PartlyAccepted", 2],
    ["appservice", "appservice", "PartlyAccepted", 1],
    ["sync", "sync", "PartlyAccepted", 1],
  ];
  test("are all in the table", () => {
    expect(examples.map(({ id }) => id)).toEqual(expected.map(([id]) => id));
  });
  for (const [id, kind, verdict, received] of expected) {
    test(`${id}: ${kind}, ${verdict}, ${received} receive something`, () => {
      const report = inspectExample(exampleOf(id));
      expect(report.kind).toBe(kind);
      expect(report.verdict).toBe(verdict);
      const rows = report.recipients.items.filter(({ outcome }) => outcome !== "nothing");
      expect(rows).toHaveLength(received);
    });
  }
  test("forged-sender: the sender is marked", () => {
    const example = exampleOf("forged-sender");
    const report = inspectExample(example);
    expect(report.findings.items[0]).toMatchObject({ severity: "rejection", tag: "ForeignSender" });
    expect(marked(example.text, report)[0]).toBe('"@john:example.com"');
  });
  test("wildcard: the named device keeps its own contents", () => {
    const { recipients } = inspectExample(exampleOf("wildcard"));
    expect(recipients.items.map(({ deviceId, outcome }) => [deviceId, outcome])).toEqual([
      ["LAPTOP", "wildcard"],
      ["TABLET", "wildcard"],
      ["PHONE", "own"],
    ]);
  });
  test("large: it is split in two, each within the limit", () => {
    const { sizes, destinations } = inspectExample(exampleOf("large"));
    expect(sizes.items[0]?.size).toEqual({ _tag: "Bytes", bytes: 70_076 });
    const [destination] = destinations.items;
    expect(destination?.edus.items).toHaveLength(2);
    expect(destination?.edus.items.every(({ bytes }) => bytes <= 65_536)).toBe(true);
    expect(destination?.transactions.items).toHaveLength(1);
  });
  test("lone-surrogate: the string is marked, and the text is the escape", () => {
    const example = exampleOf("lone-surrogate");
    const report = inspectExample(example);
    expect(marked(example.text, report)[0]).toBe('"half \\ud83d"');
    expect(report.findings.items[0]?.rule?.basis).toBe("proposal");
  });
  test("cancelled-request: `body: null` is valid", () => {
    const { contents } = inspectExample(exampleOf("cancelled-request"));
    expect(contents.items.map(({ tag, type }) => [tag, type])).toEqual([
      ["Known", "m.room_key_request"],
    ]);
  });
  test("appservice: the value of an invalid ID is marked", () => {
    const example = exampleOf("appservice");
    expect(marked(example.text, inspectExample(example))).toEqual(['"*"']);
  });
  test("sync: the room key must only come encrypted", () => {
    const { contents } = inspectExample(exampleOf("sync"));
    expect(contents.items.map(({ tag }) => tag)).toEqual(["MustBeEncrypted", "Known", "Invalid"]);
  });
  test("every rejection has a place and a rule with a link", () => {
    for (const example of examples) {
      for (const { severity, span, rule } of inspectExample(example).findings.items) {
        if (severity === "note") continue;
        expect(span).toBeDefined();
        expect(rule?.link).toMatch(/^https:\/\/(spec\.matrix\.org\/v1\.19|github\.com)\//);
      }
    }
  });
});

describe("the conformance corpus", () => {
  const textOf = (each: (typeof cases)[number], value: unknown = each.input): string =>
    each.inputText ?? JSON.stringify(value);
  const ofKind = (kind: string) => cases.filter((each) => each.kind === kind);

  test("receipt: the inspector accepts what the corpus accepts", () => {
    const receipts = ofKind("receipt");
    expect(receipts.length).toBeGreaterThan(25);
    for (const each of receipts) {
      const { origin = "", local = "" } = each;
      const report = inspectText(textOf(each), { origin, ownServer: local });
      const isAccepted = report.verdict === "Accepted";
      expect([each.id, isAccepted]).toEqual([each.id, each.verdict === "accept"]);
    }
  });

  test("delivery: the inspector shows the deliveries of the corpus", () => {
    const deliveries = ofKind("delivery");
    expect(deliveries.length).toBeGreaterThan(60);
    for (const each of deliveries) {
      const text = eduOf({}).replace('{"@alice:example.org":{"PHONE":{}}}', () => textOf(each));
      const users = Object.entries(each.devices ?? {}).map(([userId, deviceIds]) => {
        return { userId, deviceIds };
      });
      const devices = { _tag: "Listed", users } as const;
      const report = inspectText(text, { ownServer: each.local ?? "", devices });
      const shown = report.recipients.items
        .filter(({ outcome }) => outcome !== "nothing")
        .map(({ userId, deviceId }) => JSON.stringify([userId, deviceId]));
      const expected = (each.deliveries ?? []).map(([user, device]) =>
        JSON.stringify([user, device]),
      );
      // For a duplicate name, the corpus follows `JSON.parse`; the inspector reads text.
      if (each.rule === "repeated-member") expect(shown).toEqual([]);
      else expect([each.id, shown.sort()]).toEqual([each.id, expected.sort()]);
    }
  });

  test("transaction: the inspector rejects what the corpus rejects as a whole", () => {
    const transactions = ofKind("transaction");
    expect(transactions.length).toBeGreaterThan(25);
    for (const each of transactions) {
      const report = inspectText(textOf(each));
      if (report.kind !== "transaction") continue;
      const isWhole = report.summary.includes("400");
      expect([each.id, isWhole]).toEqual([each.id, each.verdict === "reject"]);
    }
  });

  test("appservice: the inspector reads the events of the corpus", () => {
    const transactions = ofKind("appservice");
    expect(transactions.length).toBeGreaterThan(10);
    for (const each of transactions) {
      const report = inspectText(textOf(each));
      const read = report.units.items.filter(({ verdict }) => verdict === "Accepted");
      if (report.kind !== "appservice") continue;
      expect([each.id, read.length]).toEqual([each.id, (each.events ?? []).length]);
    }
  });

  test("contents: the inspector judges contents as the corpus does", () => {
    const all = ofKind("contents");
    expect(all.length).toBeGreaterThan(300);
    let judged = 0;
    for (const each of all) {
      const { eventType: type = "" } = each;
      const contents = textOf(each);
      if (!contents.startsWith("{")) continue;
      const text = eduOf({ type }).replace('{"PHONE":{}}', () => `{"PHONE":${contents}}`);
      const [row] = inspectText(text).contents.items;
      if (row === undefined) continue;
      judged++;
      const isValid =
        row.findings.every(({ tag }) => tag === "MustBeEncrypted") &&
        row.tag !== "UnknownAlgorithm";
      expect([each.id, isValid]).toEqual([each.id, each.verdict === "accept"]);
    }
    expect(judged).toBeGreaterThan(280);
  });

  test("no case makes the inspector fail", () => {
    let inspected = 0;
    for (const each of cases) {
      const { verdict } = inspectText(textOf(each));
      expect(verdict).not.toBe("");
      inspected++;
    }
    expect(inspected).toBe(cases.length);
  });
});

describe("broken texts", () => {
  for (const [name, text, verdict] of [
    ["nothing", "", "Empty"],
    ["white space", " \n\t", "Empty"],
    ["no JSON", '{"edu_type":', "Unreadable"],
    ["prose", "why was it lost?", "Unreadable"],
    ["a number", "17", "Unreadable"],
    ["an array", "[]", "Unreadable"],
    ["an object of another kind", '{"a":1}', "Unreadable"],
    ["a BOM", '\ufeff{"edu_type":"m.typing"}', "Unreadable"],
    ["an EDU of another type", '{"edu_type":"m.typing","content":{}}', "Skipped"],
    ["an EDU without content", '{"edu_type":"m.direct_to_device"}', "Rejected"],
    ["an EDU whose type is a number", '{"edu_type":1,"content":{}}', "Rejected"],
    ["a transaction that is none", '{"edus":{}}', "Rejected"],
    ["an empty body", '{"messages":{}}', "Accepted"],
    ["a body of nothing", '{"messages":null}', "Rejected"],
    ["an appservice transaction of nothing", '{"events":[],"to_device":null}', "Rejected"],
    ["a sync response without events", '{"next_batch":"s1"}', "Accepted"],
    [
      "events of a sync response alone",
      '{"events":[{"type":"m.dummy","sender":"@john:example.com","content":{}}]}',
      "Accepted",
    ],
    [
      "an event alone",
      '{"type":"m.dummy","sender":"@john:example.com","content":{}}',
      "Unreadable",
    ],
    ["deep brackets", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "Unreadable"],
    [
      "deep contents",
      eduOf({}).replace('"PHONE":{}', `"PHONE":{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`),
      "Rejected",
    ],
  ] as const) {
    test(`${name}: ${verdict}`, () => {
      expect(inspectText(text).verdict).toBe(verdict);
    });
  }

  test("the place where a text stops being JSON is marked", () => {
    const text = '{"edu_type": tru }';
    const report = inspectText(text);
    expect(report.findings.items[0]).toMatchObject({ tag: "NotJson", reason: "expected value" });
    expect(report.findings.items[0]?.span).toEqual({ from: 13, to: 14 });
  });

  test("the second of two names is marked: in contents it rejects them alone", () => {
    const text = eduOf({}).replace('"PHONE":{}', '"PHONE":{"a":1,"\\u0061":2},"LAPTOP":{}');
    const report = inspectText(text);
    expect(report.verdict).toBe("PartlyAccepted");
    expect(marked(text, report)).toEqual(['"\\u0061"']);
    expect(report.findings.items[0]?.rule?.others).toContain("JSON.parse");
  });

  test("the second of two names around contents rejects the EDU", () => {
    const text = eduOf({}).replace('"message_id":"17"', '"message_id":"17","message_id":"18"');
    const report = inspectText(text);
    expect(report.verdict).toBe("Rejected");
    expect(marked(text, report)).toEqual(['"message_id"']);
    expect(report.findings.items[0]?.span?.from).toBe(text.lastIndexOf('"message_id"'));
  });

  test("a missing member marks the object that lacks it", () => {
    const text = '{"edu_type":"m.direct_to_device","content":{"type":"m.dummy"}}';
    const report = inspectText(text);
    expect(report.findings.items.map(({ reason }) => reason)).toContain(
      "content.sender: expected User ID (missing)",
    );
    expect(new Set(marked(text, report))).toEqual(new Set(["{"]));
  });

  test("an invalid recipient marks its name", () => {
    const text = eduOf({ messages: { alice: { PHONE: {} }, "@alice:example.org": { PHONE: {} } } });
    const report = inspectText(text);
    expect(report.verdict).toBe("PartlyAccepted");
    expect(marked(text, report)).toEqual(['"alice"']);
  });
});

describe("the fields of the page", () => {
  test("empty: the sender's server signs, and every user is local", () => {
    expect(inspectText(eduOf()).verdict).toBe("Accepted");
  });
  test("another origin: the sender is forged", () => {
    expect(inspectText(eduOf(), { origin: "example.net" }).verdict).toBe("Rejected");
  });
  test("another own server: no user is local", () => {
    const report = inspectText(eduOf(), { ownServer: "example.net" });
    expect(report.findings.items[0]?.tag).toBe("RecipientsNotLocal");
    expect(report.verdict).toBe("Rejected");
  });
  test("an invalid name is reported, and counts as empty", () => {
    const report = inspectText(eduOf(), { origin: "no server" });
    expect(report.fields).toEqual([
      { field: "origin", reason: "expected Server Name (invalid host name)" },
    ]);
    expect(report.verdict).toBe("Accepted");
  });
  test("devices are those that the text names, and two for a *", () => {
    const messages = { "@alice:example.org": { WATCH: {}, "*": {} } };
    expect(inspectText(eduOf({ messages })).devices.items).toEqual([
      { userId: "@alice:example.org", deviceIds: ["WATCH", "PHONE", "LAPTOP"] },
    ]);
  });
  test("a device that the server does not know receives nothing", () => {
    const users = [{ userId: "@alice:example.org", deviceIds: ["LAPTOP"] }];
    const { recipients } = inspectText(eduOf(), { devices: { _tag: "Listed", users } });
    expect(recipients.items.map(({ deviceId, outcome }) => [deviceId, outcome])).toEqual([
      ["PHONE", "nothing"],
      ["LAPTOP", "nothing"],
    ]);
    expect(recipients.items[0]?.others).toContain("Synapse");
  });
  test("of a body: the type is guessed, or taken from the field", () => {
    const body = '{"messages":{"@alice:example.org":{"PHONE":{"transaction_id":"17"}}}}';
    expect(inspectText(body).contents.items[0]?.type).toBe("m.key.verification.done");
    const report = inspectText(body, { eventType: "m.secret.send", sender: "@john:example.com" });
    expect(report.contents.items[0]?.tag).toBe("MustBeEncrypted");
    expect(report.units.items[0]).toMatchObject({ sender: "@john:example.com" });
  });
});

describe("notes", () => {
  for (const [name, text, title] of [
    [
      "a long message ID",
      eduOf({ message_id: "m".repeat(37) }),
      "Message ID of more than 32 code points",
    ],
    ["an empty message ID", eduOf({ message_id: "" }), "Empty message ID"],
    [
      "an empty device ID",
      eduOf({ messages: { "@alice:example.org": { "": {} } } }),
      "Empty device ID",
    ],
    [
      "a float",
      eduOf({ messages: { "@alice:example.org": { PHONE: { n: 1.5 } } } }),
      "No canonical JSON",
    ],
    [
      "a * next to a device",
      eduOf({ messages: { "@alice:example.org": { PHONE: {}, "*": {} } } }),
      "* next to a named device",
    ],
    [
      "a large EDU",
      eduOf({ messages: { "@alice:example.org": { PHONE: { a: "a".repeat(70_000) } } } }),
      "Larger than 65,536 bytes",
    ],
    [
      "contents that are not of their type",
      eduOf({ type: "m.secret.send" }),
      "Must only come encrypted",
    ],
  ] as const) {
    test(`${name}: ${title}`, () => {
      const report = inspectText(text);
      expect(report.verdict).toBe("Accepted");
      expect(report.findings.items.map((each) => [each.severity, each.title])).toEqual([
        ["note", title],
      ]);
    });
  }
  test("a device whose contents are rejected is excluded from *", () => {
    const report = inspectText(
      eduOf({ messages: { "@alice:example.org": { PHONE: null, "*": {} } } }),
    );
    expect(report.findings.items.map(({ title }) => title)).toEqual([
      "Contents rejected",
      "Excluded from *",
    ]);
    expect(report.recipients.items.map(({ deviceId, outcome }) => [deviceId, outcome])).toEqual([
      ["LAPTOP", "wildcard"],
      ["PHONE", "nothing"],
    ]);
  });
  test("a sender of another server than the body's origin", () => {
    const text = `{"origin":"example.net","origin_server_ts":1,"pdus":[],"edus":[${eduOf()}]}`;
    const report = inspectText(text);
    expect(report.verdict).toBe("Accepted");
    expect(report.findings.items[0]?.title).toBe("Not a user of the body's origin (EDU 0)");
    expect(inspectText(text, { origin: "example.net" }).verdict).toBe("Rejected");
  });
});

test("the inspector does not fail on damaged texts, and every mark is in the text", () => {
  const pieces = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\\ud800",
    "null",
    "1.5",
    "1e999",
    "*",
    "\0",
  ];
  let state = 17;
  const next = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % limit;
  };
  const verdicts = new Map<string, number>();
  for (let run = 0; run < 600; run++) {
    const { text, ...rest } = examples[run % examples.length] ?? exampleOf("wildcard");
    // The long one has its faults in the first part too.
    const from = next(Math.min(text.length, 3000));
    const piece = pieces[next(pieces.length)] ?? "";
    const damaged = text.slice(0, from) + piece + text.slice(from + next(12));
    const report = inspectExample({ ...rest, text: damaged });
    verdicts.set(report.verdict, (verdicts.get(report.verdict) ?? 0) + 1);
    for (const { span } of report.findings.items) {
      if (span === undefined) continue;
      expect(span.from).toBeGreaterThanOrEqual(0);
      expect(span.to).toBeGreaterThan(span.from);
      expect(span.to).toBeLessThanOrEqual(damaged.length);
    }
  }
  expect([...verdicts.keys()].sort()).toEqual([
    "Accepted",
    "PartlyAccepted",
    "Rejected",
    "Skipped",
    "Unreadable",
  ]);
});

test("lists are bounded, and count omitted items", () => {
  const users = Object.fromEntries(
    Array.from({ length: 3000 }, (_, index) => [
      `@user${index}:example.org`,
      { PHONE: {}, "": null },
    ]),
  );
  const report = inspectText(eduOf({ messages: users }));
  expect(report.recipients.items.length + report.recipients.omitted).toBe(6000);
  expect(report.recipients.items.length).toBe(200);
  expect(report.contents.items.length + report.contents.omitted).toBe(3000);
  expect(report.devices.items.length + report.devices.omitted).toBe(3000);
  expect(JSON.stringify(report).length).toBeLessThan(1_000_000);
});

test("the behaviour of others refers to existing rules", () => {
  expect(rulesWithOthers.length).toBeGreaterThan(30);
  for (const id of rulesWithOthers) expect(ruleOf(id).others).not.toBe("");
  expect(() => ruleOf("no-such-rule")).toThrow(TypeError);
});
