/** Runs the corpus on the text entry. */
import { isUserOf } from "matrix-send-to-device";
import {
  type ConformanceCase,
  checkImplementation,
  conformance,
  type Implementation,
} from "matrix-send-to-device/testing";
import * as texts from "matrix-send-to-device/text";
import { describe, expect, it } from "vitest";

const textOf = (each: ConformanceCase) =>
  "inputText" in each ? each.inputText : JSON.stringify(each.input);

const bodyText = (edu: string) =>
  `{"edus":[${edu}],"origin":"example.com","origin_server_ts":1,"pdus":[]}`;

/** The messages that a server accepts from the text of an EDU. */
function accepted(edu: string, origin: string, local: string) {
  const received = texts.receiveTransaction({ origin, isLocal: isUserOf(local) })(bodyText(edu));
  return received._tag === "Right" ? received.right.right : [];
}

const byText: Implementation = {
  receipt: (_input, each) => {
    const [message] = accepted(textOf(each), each.origin, each.local);
    if (message === undefined) return undefined;
    const { messages, unknownMembers, ...members } = message;
    const devices = [...messages].map(([user, own]) => [
      user,
      Object.fromEntries([...own].map(([device, part]) => [device, texts.parse(part)])),
    ]);
    const unknown = [...unknownMembers].map(([name, part]) => [name, texts.parse(part)]);
    return { ...Object.fromEntries(unknown), ...members, messages: Object.fromEntries(devices) };
  },
  delivery: (_input, each) => {
    const content = `{"message_id":"m1","messages":${textOf(each)},"sender":"@john:example.com","type":"m.test"}`;
    const edu = `{"content":${content},"edu_type":"m.direct_to_device"}`;
    const devices = new Map(Object.entries(each.devices));
    return accepted(edu, "example.com", each.local).flatMap((message) =>
      texts
        .deliver(devices)(message)
        .right.map(({ userId, deviceId, event }) => {
          const { content: contents } = texts.parse(event) as { readonly content: unknown };
          return [userId, deviceId, contents] as const;
        }),
    );
  },
  transaction: (input, each) => {
    const receive = texts.receiveTransaction({ origin: "example.com", isLocal: () => true });
    return receive(textOf(each))._tag === "Right" ? input : undefined;
  },
  jsonText: (input) => (texts.JsonText.is(input) ? input : undefined),
  transactionText: (text, { origin, local }) => {
    const received = texts.receiveTransaction({ origin, isLocal: isUserOf(local) })(text);
    if (received._tag === "Left") return undefined;
    return received.right.right.flatMap(({ messages }) =>
      [...messages].flatMap(([user, devices]) =>
        [...devices].map(([device, contents]) => [user, device, contents] as const),
      ),
    );
  },
  canonicalJson: (_input, each) => {
    const written = texts.canonicalJson({ numbers: "integers" })(textOf(each));
    return written._tag === "Right" ? written.right : undefined;
  },
};

/** Cases that depend on the parser. */
const differing = new Map([
  ["repeated-member", "a duplicate member name is rejected, because parsers disagree about it"],
]);

const cases = conformance.cases.filter(({ kind }) => byText[kind] !== undefined);

describe("the text entry passes every case for which it has a function", () => {
  it("there are enough cases", () => {
    expect(cases.length).toBeGreaterThan(150);
  });
  it.each(cases.filter(({ id }) => !differing.has(id)))("$id", (each) => {
    expect(checkImplementation(byText, { cases: [each] })).toEqual([]);
  });
  it.each([...differing])("%s differs: %s", (id) => {
    const each = cases.filter((one) => one.id === id);
    expect(checkImplementation(byText, { cases: each })).toHaveLength(1);
  });
});
