import { runInNewContext } from "node:vm";
import type * as t from "io-ts";
import {
  DeviceMessageContents,
  DirectToDeviceEdu,
  Messages,
  SendToDeviceBody,
  SendToDeviceRequest,
  ToDeviceEvent,
  ToDeviceMessage,
  Transaction,
} from "matrix-send-to-device";
import { describe, expect, test } from "vitest";
import { contentWith, eduWith, linesOf, specEdu, valid, withProto } from "./support.js";

type RejectedRow = readonly [value: unknown, line: string, reason: string];

function rejects(codec: t.Mixed, rows: ReadonlyArray<RejectedRow>): void {
  const named = rows.map(([value, line, reason]) => ({ value, line, reason }));
  test.each(named)(`${codec.name} rejects $reason`, ({ value, line }) => {
    expect(codec.is(value)).toBe(false);
    expect(linesOf(codec, value)).toEqual([line]);
  });
}

function accepts(
  codec: t.Mixed,
  rows: ReadonlyArray<readonly [value: unknown, reason: string]>,
): void {
  const named = rows.map(([value, reason]) => ({ value, reason }));
  test.each(named)(`${codec.name} accepts $reason`, ({ value }) => {
    expect(codec.is(value)).toBe(true);
    const decoded = codec.decode(value);
    // A refinement: the same reference, so no member can be missing.
    expect(decoded._tag === "Right" && decoded.right).toBe(value);
    expect(codec.encode(value)).toBe(value);
  });
}

const alice = "@alice:example.org";
const proto: unknown = JSON.parse('{"__proto__":{"a":1}}');

describe("the EDU (promise 9)", () => {
  test("of the specification survives decoding, encoding and JSON text", () => {
    const edu = valid(DirectToDeviceEdu, specEdu);
    expect(edu).toBe(specEdu);
    expect(JSON.parse(JSON.stringify(DirectToDeviceEdu.encode(edu)))).toEqual(specEdu);
  });
  accepts(DirectToDeviceEdu, [
    [{ ...specEdu, origin: "example.com" }, "unknown members, which one server sends"],
    [eduWith({}, { "org.matrix.opentracing_context": "{}" }), "unknown members of the content"],
    [eduWith({}), "no recipients"],
    [eduWith({}, { type: "" }), "an empty type"],
    [eduWith({}, { message_id: "" }), "an empty message ID"],
    [Object.assign(Object.create(null), specEdu), "an object without a prototype"],
    [
      runInNewContext("JSON.parse(text)", { text: JSON.stringify(specEdu) }),
      "an object of another realm",
    ],
    [withProto({ sender: 1 }, specEdu), "an own member __proto__"],
  ]);
  rejects(DirectToDeviceEdu, [
    [null, "expected object", "null"],
    [[], "expected object", "an array"],
    ["{}", "expected object", "a string"],
    [new Map(Object.entries(specEdu)), "expected object", "a Map"],
    [Promise.resolve(specEdu), "expected object", "a Promise"],
    [Object.create(specEdu), "expected object", "inherited members"],
    [
      Object.create({ __proto__: null, ...specEdu }),
      "expected object",
      "members of a bare prototype",
    ],
    [{ content: specEdu.content }, 'edu_type: expected "m.direct_to_device"', "no edu_type"],
    [
      { ...specEdu, edu_type: "M.DIRECT_TO_DEVICE" },
      'edu_type: expected "m.direct_to_device"',
      "capitals",
    ],
    [{ edu_type: specEdu.edu_type }, "content: expected object", "no content"],
    [{ ...specEdu, content: null }, "content: expected object", "null for the content"],
    [
      { ...specEdu, content: [specEdu.content] },
      "content: expected object",
      "an array of contents",
    ],
  ]);
});

describe("the To Device Message", () => {
  const { sender, type, message_id, messages } = specEdu.content;
  const idLine = "message_id: expected string of at most 32 code points";
  rejects(ToDeviceMessage, [
    [{ type, message_id, messages }, "sender: expected User ID", "no sender"],
    [{ sender, message_id, messages }, "type: expected string", "no type"],
    [{ sender, type, messages }, idLine, "no message ID"],
    [{ sender, type, message_id }, "messages: expected object", "no messages"],
    [contentWith({}, { sender: null }), "sender: expected User ID", "null for the sender"],
    [
      contentWith({}, { sender: "john:example.com" }),
      "sender: expected User ID (no @ at the start)",
      "a sender without sigil",
    ],
    [contentWith({}, { type: ["m.dummy"] }), "type: expected string", "an array for the type"],
    [
      contentWith({}, { message_id: 35 }),
      idLine,
      "a number for the message ID, which deployed servers send",
    ],
    [
      contentWith({}, { message_id: "x".repeat(33) }),
      `${idLine} (too long)`,
      "a message ID that is too long",
    ],
    [
      contentWith({}, { sender: undefined }),
      "sender: expected User ID",
      "undefined for the sender",
    ],
  ]);
});

describe("with a polluted Object.prototype", () => {
  const here = { root: Object.prototype, parse: JSON.parse };
  const there = runInNewContext("({ root: Object.prototype, parse: JSON.parse })") as typeof here;
  const { edu_type, content } = specEdu;
  const { sender, type, message_id, messages } = content;
  const idLine = "content.message_id: expected string of at most 32 code points";
  const rows = [
    { member: { edu_type }, edu: { content }, line: 'edu_type: expected "m.direct_to_device"' },
    { member: { content }, edu: { edu_type }, line: "content: expected object" },
    {
      member: { sender },
      edu: { edu_type, content: { type, message_id, messages } },
      line: "content.sender: expected User ID",
    },
    {
      member: { type },
      edu: { edu_type, content: { sender, message_id, messages } },
      line: "content.type: expected string",
    },
    {
      member: { message_id },
      edu: { edu_type, content: { sender, type, messages } },
      line: idLine,
    },
    {
      member: { messages },
      edu: { edu_type, content: { sender, type, message_id } },
      line: "content.messages: expected object",
    },
  ].flatMap(({ member, edu, line }) =>
    [here, there].map((realm) => ({
      ...realm,
      member,
      edu,
      line,
      name: Object.keys(member)[0],
      where: realm === here ? "this realm" : "another realm",
    })),
  );
  test.each(rows)(
    "an EDU of $where without $name is rejected",
    ({ root, parse, member, edu, line }) => {
      const value: unknown = parse(JSON.stringify(edu));
      Object.assign(root, member);
      try {
        expect(linesOf(DirectToDeviceEdu, value)).toEqual([line]);
        expect(DirectToDeviceEdu.is(value)).toBe(false);
      } finally {
        for (const name of Object.keys(member)) Reflect.deleteProperty(root, name);
      }
    },
  );
  test.each(rows)("an EDU of $where with an own $name is accepted", ({ root, parse, member }) => {
    const value: unknown = parse(JSON.stringify(specEdu));
    Object.assign(root, member);
    try {
      expect(linesOf(DirectToDeviceEdu, value)).toEqual([]);
    } finally {
      for (const name of Object.keys(member)) Reflect.deleteProperty(root, name);
    }
  });
});

describe("Messages (promise 8)", () => {
  accepts(Messages, [
    [{}, "no users"],
    [{ [alice]: {} }, "a user without devices"],
    [{ [alice]: { "*": {} } }, "all devices"],
    [{ [alice]: { "*": {}, A: {}, "": {}, "**": {}, "0": {}, toString: {} } }, "any device ID"],
    [{ [alice]: proto }, "a device named __proto__"],
    [{ [alice]: { A: proto } }, "contents with a member __proto__"],
  ]);
  rejects(Messages, [
    [
      { "alice:example.org": {} },
      '["alice:example.org"]: expected User ID (no @ at the start)',
      "a key that is not a user ID",
    ],
    [{ "": {} }, '[""]: expected User ID (no @ at the start)', "an empty key"],
    [
      proto,
      "__proto__: expected User ID (no @ at the start)",
      "a user named __proto__, which would be lost by copying",
    ],
    [{ [alice]: null }, '["@alice:example.org"]: expected object', "null for the devices"],
    [{ [alice]: [{}] }, '["@alice:example.org"]: expected object', "an array for the devices"],
    [
      { [alice]: { A: null } },
      '["@alice:example.org"].A: expected object',
      "null for the contents",
    ],
    [
      { [alice]: { A: [] } },
      '["@alice:example.org"].A: expected object',
      "an array for the contents",
    ],
    [
      { [alice]: { "*": 0 } },
      '["@alice:example.org"]["*"]: expected object',
      "a number for all devices",
    ],
    [
      { [alice]: { 7: "" } },
      '["@alice:example.org"][7]: expected object',
      "a string for the contents",
    ],
  ]);
});

describe("Device Message Contents", () => {
  accepts(DeviceMessageContents, [
    [{}, "an empty object"],
    [{ a: () => 1 }, "a value that is not JSON: the codec does not walk the contents"],
    [JSON.parse('{"n":-0,"big":1e400,"deep":{"a":[{}]}}'), "any JSON object"],
  ]);
  rejects(DeviceMessageContents, [
    [new Date(0), "expected object", "a Date"],
    [Object(1), "expected object", "a boxed number"],
    [() => 1, "expected object", "a function"],
    [Object.setPrototypeOf([], null), "expected object", "an array without a prototype"],
    [runInNewContext("[]"), "expected object", "an array of another realm"],
    [runInNewContext("new Map()"), "expected object", "a Map of another realm"],
    [undefined, "expected object", "undefined"],
  ]);
});

describe("a client's requests and events", () => {
  const messages = { [alice]: { "*": {} } };
  accepts(SendToDeviceBody, [
    [{ messages }, "a body"],
    [{ messages, "org.example": 1 }, "a body with unknown members"],
  ]);
  rejects(SendToDeviceBody, [[{}, "messages: expected object", "a body without messages"]]);
  accepts(SendToDeviceRequest, [[{ sender: alice, type: "m.dummy", messages }, "a request"]]);
  rejects(SendToDeviceRequest, [
    [{ type: "m.dummy", messages }, "sender: expected User ID", "a request without sender"],
  ]);
  accepts(ToDeviceEvent, [[{ sender: alice, type: "m.dummy", content: {} }, "an event"]]);
  rejects(ToDeviceEvent, [
    [{ sender: alice, type: "m.dummy" }, "content: expected object", "an event without content"],
  ]);
});

describe("the transaction", () => {
  const envelope = { origin: "example.com", origin_server_ts: 1532991320875, pdus: [] };
  const of = (length: number) => Array.from({ length }, () => null);
  accepts(Transaction, [
    [envelope, "no EDUs at all"],
    [{ ...envelope, edus: [], more: 1 }, "unknown members"],
    [{ ...envelope, edus: of(100), pdus: of(50) }, "100 EDUs and 50 PDUs, whatever they are"],
  ]);
  rejects(Transaction, [
    [[], "expected object", "an array"],
    [
      { ...envelope, origin: "exa_mple" },
      "origin: expected Server Name (invalid host name)",
      "an invalid origin",
    ],
    [
      { ...envelope, origin_server_ts: "1" },
      "origin_server_ts: expected integer",
      "a string for the time",
    ],
    [
      { ...envelope, origin_server_ts: 1.5 },
      "origin_server_ts: expected integer",
      "a time between two",
    ],
    [
      { ...envelope, origin_server_ts: 2 ** 53 },
      "origin_server_ts: expected integer",
      "an unsafe time",
    ],
    [{ ...envelope, pdus: undefined }, "pdus: expected array of at most 50", "no PDUs"],
    [{ ...envelope, pdus: of(51) }, "pdus: expected array of at most 50", "51 PDUs"],
    [
      { ...envelope, edus: null },
      "edus: expected array of at most 100",
      "null in place of the EDUs",
    ],
    [
      { ...envelope, edus: undefined },
      "edus: expected array of at most 100",
      "undefined for the EDUs",
    ],
    [
      { ...envelope, edus: { 0: specEdu } },
      "edus: expected array of at most 100",
      "an object of EDUs",
    ],
    [{ ...envelope, edus: of(101) }, "edus: expected array of at most 100", "101 EDUs"],
  ]);
});

describe("hostile values in memory (promise 6)", () => {
  const throwing = Object.defineProperty({}, "edu_type", {
    enumerable: true,
    get: () => {
      throw new Error("secret");
    },
  });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const named = [
    { value: throwing, reason: "a getter that throws" },
    { value: revoked.proxy, reason: "a revoked proxy" },
    { value: eduWith(revoked.proxy), reason: "a revoked proxy inside" },
    {
      value: new Proxy({}, { ownKeys: () => ["a", "a"] }),
      reason: "a proxy that violates its invariants",
    },
  ];
  test.each(named)("$reason is rejected and does not throw", ({ value }) => {
    expect(DirectToDeviceEdu.is(value)).toBe(false);
    expect(DirectToDeviceEdu.decode(value)._tag).toBe("Left");
  });
  test("if the call stack is full, the engine's error is thrown and no verdict returned", () => {
    const outcomes = new Set<string>();
    const dive = (): void => {
      try {
        dive();
      } catch {
        // Only the deepest calls throw. All others return the correct verdict.
      }
      try {
        outcomes.add(DirectToDeviceEdu.decode(specEdu)._tag);
      } catch (error) {
        outcomes.add(String(error));
      }
    };
    dive();
    expect(outcomes).toContain("Right");
    expect(outcomes).not.toContain("Left");
  });
});
