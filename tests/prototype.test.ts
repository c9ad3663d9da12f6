/** A polluted `Object.prototype` changes no outcome (promise 8). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as t from "io-ts";
import * as library from "matrix-send-to-device";
import { jsonSchema } from "matrix-send-to-device/json-schema";
import * as texts from "matrix-send-to-device/text";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { contentWith, eduWith, nested, specEdu } from "./support.js";

const src = new URL("../src/", import.meta.url).pathname;

/** Every member name that the sources read, write or destructure. */
const names = new Set(
  readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("testing"))
    .flatMap((name) => {
      const tree = ts.createSourceFile(name, readFileSync(join(src, name), "utf8"), 99, true);
      const found: Array<string> = [];
      const visit = (node: ts.Node): void => {
        if (ts.isPropertyAccessExpression(node)) found.push(node.name.text);
        if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression)) {
          found.push(node.argumentExpression.text);
        }
        if (ts.isBindingElement(node)) found.push((node.propertyName ?? node.name).getText());
        if (ts.isStringLiteral(node) && /^[\w.]+$/.test(node.text)) found.push(node.text);
        if (ts.isPropertyAssignment(node)) found.push(node.name.getText().replace(/^"|"$/g, ""));
        ts.forEachChild(node, visit);
      };
      visit(tree);
      return found;
    })
    .filter((name) => !(name in {})),
);

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const isLocal = library.isUserOf("example.org");

/** The outcomes of every public operation on valid and invalid input, as text. */
function outcomes(): string {
  const request = {
    sender: "@john:example.com" as library.UserId,
    type: "m.test",
    messages: {
      [alice]: { "*": {}, A: { a: 1 }, B: { f: 0.5 } },
      [bob]: { C: { text: "x".repeat(300) }, D: {} },
    },
  };
  const edus = [
    specEdu,
    eduWith({ [alice]: { "*": { k: 1 }, PHONE: null }, x: {}, "@c:else.where": { A: {} } }),
    eduWith({}, { sender: "@a:evil" }),
    { edu_type: "m.direct_to_device" },
    { edu_type: "m.presence" },
    {},
    null,
  ];
  const transaction = { origin: "example.com", origin_server_ts: 1, pdus: [], edus };
  const receive = library.receiveTransaction({ origin: "example.com", isLocal });
  const received = receive(transaction);
  const messages = received._tag === "Right" ? received.right.right : [];
  const devices = new Map([[alice, ["PHONE", "LAPTOP"]]]);
  const messageId = (index: number) => `m${index}`;
  const packed = library.packEdus({ messageId, maxBytes: 420 })(request);
  const delivered = library.deliver(devices)(request);
  const events = delivered.right.map(library.toAppserviceEvent);
  const codecs = Object.entries(library).flatMap(([name, value]) =>
    value instanceof t.Type ? [[name, value as t.Mixed] as const] : [],
  );
  const values = [null, {}, [], "", request, specEdu, contentWith({}), ...edus, ...events];
  return JSON.stringify([
    received,
    receive({ origin: 1 }),
    receive(JSON.parse(bodyWithoutEdus)),
    library.receiveEdus({ origin: "example.com", isLocal })(undefined),
    library.receiveEdus({ origin: "example.com", isLocal })({ length: 1 }),
    messages.map((message) => [...library.excludedDevices(message)].map(([, ids]) => [...ids])),
    messages.map(library.deliver(devices)),
    messages.map(library.expandWildcards(devices)),
    messages.map(library.recipients),
    [...library.splitByDestination(request)],
    library.packEdus({ messageId })(request),
    packed,
    library.toTransactions({ origin: "example.com", origin_server_ts: 1 })(packed.right),
    library.requestOf({ sender: request.sender, type: "m.test" })({ messages: {} }),
    delivered,
    library.readAppserviceToDevice({ events: [], to_device: [...events, null] }),
    library.readAppserviceToDevice({
      ...library.writeAppserviceToDevice()(delivered.right),
      to_device: events,
    }),
    events.map((event) => library.readEvent(event)),
    [{ a: [1, "é", null, true, { b: {} }] }, { a: 1.5 }, nested(101)].map(
      library.canonicalJsonBytes,
    ),
    codecs.flatMap(([name, codec]) =>
      values.map((value) => {
        const decoded = codec.decode(value);
        const issues = library.toStandardSchema(codec)["~standard"].validate(value);
        return decoded._tag === "Left"
          ? [name, library.explain(decoded.left), issues]
          : [name, decoded.right === value, codec.is(value), codec.encode(decoded.right) === value];
      }),
    ),
    library.explain(
      [t.array(t.string), t.type({ a: t.union([t.string, t.null]) })].flatMap((codec) => {
        const decoded = codec.decode([1]);
        return decoded._tag === "Left" ? decoded.left : [];
      }),
    ),
    jsonSchema("DirectToDeviceEdu", "2020-12"),
    textOutcomes(JSON.stringify(transaction), devices),
  ]);
}

const bodyWithoutEdus = '{"origin":"example.com","origin_server_ts":1,"pdus":[]}';

/** The outcomes of the text entry. */
function textOutcomes(body: string, devices: ReadonlyMap<string, ReadonlyArray<string>>): unknown {
  const receive = texts.receiveTransaction({ origin: "example.com", isLocal });
  const received = receive(body);
  const requestOf = texts.requestOf({ sender: "@john:example.com", type: "m.test" });
  const request = requestOf(
    `{"messages":{"${alice}":{"*":{"n":1.0},"A":{"f":0.5}},"${bob}":{"B":{}}}}`,
  );
  const parts = request._tag === "Right" ? [...texts.splitByDestination(request.right)] : [];
  const messages = received._tag === "Right" ? received.right.right : [];
  const delivered = messages.flatMap((message) => texts.deliver(devices)(message).right);
  return [
    received._tag === "Right" ? { ...received.right, right: [] } : received,
    [bodyWithoutEdus, "{", "{}", "[]", '{"a":1,"a":2}'].map((text) => receive(text)),
    ["{}", "[]", '{"messages":1}'].map((text) => requestOf(text)),
    messages.map(({ messages: of, unknownMembers, ...message }) => [
      message,
      [...unknownMembers],
      [...of].map(([userId, own]) => [userId, [...own]]),
    ]),
    messages.map((message) => [...texts.expandWildcards(devices)(message).messages.keys()]),
    delivered.map(texts.toAppserviceEvent),
    texts.appserviceTransaction()(delivered.map(texts.toAppserviceEvent)),
    parts.map(([destination, part]) => {
      const { left, right } = texts.packEdus({ messageId: String })(part);
      const edus = right.map(({ text }) => text);
      return [
        destination,
        left,
        texts.toTransactions({ origin: "example.com", origin_server_ts: 1 })(edus),
      ];
    }),
    texts.canonicalJson({ numbers: "integers" })('{"b":1.0,"a":[2]}'),
    texts.canonicalJson({ numbers: "integers" })('{"b":1.5}'),
  ];
}

describe("a polluted Object.prototype changes nothing (promise 8)", () => {
  const expected = outcomes();
  const root = Object.prototype as Record<string, unknown>;

  test("the sources have member names, so that the next test pollutes some", () => {
    expect(names.size).toBeGreaterThan(100);
    for (const name of ["message", "users", "maxBytes", "expected", "check", "_tag", "edus"]) {
      expect(names).toContain(name);
    }
  });
  test.each([...names].map((name) => ({ name })))("$name", ({ name }) => {
    const pollutions = [1, "text", { _tag: "Open", users: ["@evil:example.org"] }, ["PHONE"]];
    for (const value of pollutions) {
      let actual: string;
      // Without a setter, assignments to members with this name would fail.
      Object.defineProperty(root, name, { value, configurable: true, writable: true });
      try {
        actual = outcomes();
      } finally {
        delete root[name];
      }
      expect(actual).toBe(expected);
    }
  });
});
