/** For strict texts, the text entry has the same outcomes as the main entry for the parsed value. */
import * as fc from "fast-check";
import * as objects from "matrix-send-to-device";
import { arbitraries, fixtures } from "matrix-send-to-device/testing";
import * as texts from "matrix-send-to-device/text";
import { describe, expect, it } from "vitest";
import { canonicalBytes, canonicalJson } from "./oracle.js";

/** `RUNS=1000000 npx vitest run tests/text-laws.test.ts` is the long run. */
const runs = Number(process.env.RUNS ?? 20_000);

const { JsonText } = texts;

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Parts of a text that a mutation may replace, and the replacements. */
const snippets = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    " ",
    "\n",
    "\\",
    "0",
    "1",
    ".5",
    "e400",
    "-",
    "null",
    "1.0",
  ],
  ...[
    '"a":1,',
    '"a":{},',
    '"\\ud800"',
    "\\ud83d\\ude00",
    "\ud800",
    "\\u0061",
    '"*":{},',
    '"*":null,',
  ],
  ...['"edu_type":"m.direct_to_device",', '"content":{},', '"edu_type":"m.x",', "é", "\u0001"],
  ...['"@alice:example.org":{},', '"__proto__":{},', "9007199254740993", "1e2", "-0", '"n":1e400,'],
];

type Cut = { readonly at: number; readonly length: number; readonly insert: string };

const cut: fc.Arbitrary<Cut> = fc.record({
  at: fc.nat(),
  length: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) }),
  insert: fc.constantFrom(...snippets),
});

function mutated(text: string, cuts: ReadonlyArray<Cut>): string {
  return cuts.reduce((before, { at, length, insert }) => {
    const start = at % (before.length + 1);
    return before.slice(0, start) + insert + before.slice(start + length);
  }, text);
}

/** A JSON text with members of objects in order, and sometimes with white space. */
const textOf = (value: unknown, form: number): string => {
  if (form === 0) return canonicalJson(value);
  return JSON.stringify(value, undefined, form === 1 ? undefined : 1);
};

const mutations = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<string> =>
  fc
    .tuple(
      values,
      fc.nat(2),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant<Array<Cut>>([]) },
        { weight: 3, arbitrary: fc.array(cut, { minLength: 1, maxLength: 3 }) },
      ),
    )
    .map(([value, form, cuts]) => mutated(textOf(value, form), cuts));

const bodies = fc.oneof(
  {
    weight: 8,
    arbitrary: mutations(arbitraries.transaction.map(({ transaction }) => transaction)),
  },
  {
    weight: 1,
    arbitrary: mutations(
      fc
        .constantFrom(...Object.values(fixtures.hostileTransactions))
        .filter(({ body }) => body.length < 5000)
        .map(({ body }): unknown => JSON.parse(body)),
    ),
  },
);

/** JavaScript reorders integer-like names, so that another fault may be the first. */
const hasIntegerLikeName = (text: string) => /"\d+"\s*:/.test(text);

const sorted = (list: ReadonlyArray<string>) => [...list].sort();

type Side = { readonly left: ReadonlyArray<objects.Rejection>; readonly right: unknown };

/** Rejections without the parts that depend on the order of members. */
function rejected({ left }: Side, withReasons: boolean): ReadonlyArray<string> {
  return sorted(
    left.map(({ _tag, index, leaves, message_id, reasons }) =>
      JSON.stringify([_tag, index, leaves, message_id, withReasons ? reasons : reasons.length > 0]),
    ),
  );
}

describe("receiving", () => {
  const isLocal = (userId: objects.UserId) => /example\.(org|com)/.test(userId);

  it("has the same outcomes by text and by objects", () => {
    let strict = 0;
    let accepted = 0;
    fc.assert(
      fc.property(bodies, (text) => {
        const byText = texts.receiveTransaction({ origin: "example.com", isLocal })(text);
        const json = parsed(text);
        expect(byText._tag === "Left" && byText.left._tag === "NotJson").toBe(json === undefined);
        if (json === undefined || !JsonText.is(text)) return;
        strict++;
        const { value } = json;
        const byValue = objects.receiveTransaction({ origin: "example.com", isLocal })(value);
        if (byText._tag === "Left" || byValue._tag === "Left") {
          expect(byText).toMatchObject({ _tag: "Left", left: { _tag: "NotValid" } });
          if (byText._tag === "Left" && byValue._tag === "Left" && "reasons" in byText.left) {
            const lines = byText.left.reasons.map(({ line }) => line);
            expect(lines).toEqual(objects.explain(byValue.left));
          }
          return;
        }
        const withReasons = !hasIntegerLikeName(text);
        expect(rejected(byText.right, withReasons)).toEqual(rejected(byValue.right, withReasons));
        const messages = byText.right.right.map((message) => ({
          ...Object.fromEntries(
            [...message.unknownMembers].map(([name, part]) => [name, texts.parse(part)]),
          ),
          sender: message.sender,
          type: message.type,
          message_id: message.message_id,
          messages: Object.fromEntries(
            [...message.messages].map(([userId, devices]) => [
              userId,
              Object.fromEntries([...devices].map(([id, part]) => [id, texts.parse(part)])),
            ]),
          ),
        }));
        expect(messages.map(canonicalJson)).toEqual(byValue.right.right.map(canonicalJson));
        accepted += messages.length;
        const known = ["A", "B", "PHONE", "DESK", "__proto__"];
        const events = byText.right.right.flatMap((message) =>
          texts
            .deliver(() => known)(message)
            .right.map(({ userId, deviceId, event }) =>
              canonicalJson([userId, deviceId, texts.parse(event)]),
            ),
        );
        const eventsByValue = byValue.right.right.flatMap((message) =>
          objects
            .deliver(() => known)(message)
            .right.map(({ userId, deviceId, event }) => canonicalJson([userId, deviceId, event])),
        );
        expect(sorted(events)).toEqual(sorted(eventsByValue));
        const { canonical, pdus, otherEdus } = byText.right;
        expect(canonical).toEqual({
          _tag: "Canonical",
          text: (texts.canonicalJson({ numbers: "asWritten" })(text) as { right: string }).right,
        });
        const body = value as objects.Transaction;
        expect(pdus.map((part) => canonicalJson(texts.parse(part)))).toEqual(
          body.pdus.map(canonicalJson),
        );
        expect(otherEdus.map(({ index, text: part }) => [index, texts.parse(part)])).toEqual(
          (body.edus ?? []).flatMap((edu, index) => {
            const type = (edu as { readonly edu_type?: unknown } | null)?.edu_type;
            return typeof type === "string" && type !== objects.directToDevice
              ? [[index, edu]]
              : [];
          }),
        );
      }),
      { numRuns: runs },
    );
    expect(strict).toBeGreaterThan(runs / 8);
    expect(accepted).toBeGreaterThan(runs / 8);
  }, 3_600_000);
});

describe("sending", () => {
  const requests = mutations(arbitraries.SendToDeviceRequest.map(({ messages }) => ({ messages })));
  const from = { sender: "@john:example.com", type: "m.test" };
  const messageId = (index: number) => String(index).padStart(8, "0");

  it("has the same outcomes by text and by objects, and writes canonical JSON", () => {
    let sent = 0;
    fc.assert(
      fc.property(requests, fc.integer({ min: 200, max: 700 }), (text, maxBytes) => {
        const byText = texts.requestOf(from)(text);
        const json = parsed(text);
        expect(byText._tag === "Left" && byText.left._tag === "NotJson").toBe(json === undefined);
        if (json === undefined || !JsonText.is(text)) return;
        const body = objects.SendToDeviceBody.decode(json.value);
        expect(byText._tag).toBe(body._tag);
        if (byText._tag === "Left" || body._tag === "Left") {
          if (byText._tag === "Left" && body._tag === "Left" && "reasons" in byText.left) {
            const lines = byText.left.reasons.map(({ line }) => line);
            if (!hasIntegerLikeName(text)) expect(lines).toEqual(objects.explain(body.left));
          }
          return;
        }
        const parts = texts.splitByDestination(byText.right);
        const partsByValue = objects.splitByDestination(objects.requestOf(from)(body.right));
        expect(sorted([...parts.keys()])).toEqual(sorted([...partsByValue.keys()]));
        for (const [destination, part] of parts) {
          const packed = texts.packEdus({ messageId, maxBytes })(part);
          const partByValue = partsByValue.get(destination);
          if (partByValue === undefined) throw new Error("expected the same destinations");
          const packedByValue = objects.packEdus({ messageId, maxBytes })(partByValue);
          const lost = (left: ReadonlyArray<objects.Unsendable>) =>
            sorted(
              left.map((it) =>
                JSON.stringify([
                  it._tag,
                  it.userId,
                  sorted(it.deviceIds),
                  it._tag === "NotCanonicalJson" && it.deviceIds.length === 1 ? it.reason : 0,
                ]),
              ),
            );
          if (!hasIntegerLikeName(text))
            expect(lost(packed.left)).toEqual(lost(packedByValue.left));
          const leaves = (edus: ReadonlyArray<objects.DirectToDeviceEdu>) =>
            sorted(
              edus.flatMap(({ content }) =>
                Object.entries(content.messages).flatMap(([userId, devices]) =>
                  Object.entries(devices).map(([id, part]) => canonicalJson([userId, id, part])),
                ),
              ),
            );
          const edus = packed.right.map(({ text: edu }) => JSON.parse(edu));
          expect(leaves(edus)).toEqual(leaves(packedByValue.right));
          for (const { text: edu } of packed.right) {
            sent++;
            expect(edu).toBe(canonicalJson(JSON.parse(edu)));
            expect(Buffer.byteLength(edu)).toBe(canonicalBytes(JSON.parse(edu)));
            expect(Buffer.byteLength(edu)).toBeLessThanOrEqual(maxBytes);
            expect(objects.DirectToDeviceEdu.is(JSON.parse(edu))).toBe(true);
          }
          const options = { origin: "example.com", origin_server_ts: 17 };
          const bodies = texts.toTransactions(options)(packed.right.map((edu) => edu.text));
          expect(bodies).toEqual(objects.toTransactions(options)(edus).map(canonicalJson));
        }
      }),
      { numRuns: runs / 4 },
    );
    expect(sent).toBeGreaterThan(runs / 16);
  }, 3_600_000);
});
