/** Proposals (MSCs) that are not part of v1.19. */
import type { AppserviceCase, Chapter, DeliveryCase, Draft, ReceiptCase, Verdict } from "./case.js";
import { textTo, without } from "./edus.js";

const surrogates = "https://github.com/matrix-org/matrix-spec-proposals/pull/4458";
const appservice = "https://github.com/matrix-org/matrix-spec-proposals/pull/4203";

// MSC4458: lone surrogates. All of these are texts, because the corpus itself is UTF-8.

type DeliveryRow = Pick<DeliveryCase, "id" | "deliveries" | "note"> & { readonly to: string };

function surrogateDeliveries(
  table: ReadonlyArray<DeliveryRow>,
): ReadonlyArray<Draft<DeliveryCase>> {
  return table.map(({ to, ...rest }) => ({
    kind: "delivery",
    rule: "surrogates-in-contents",
    verdict: "accept",
    inputText: `{"@u:hs1":${to}}`,
    local: "hs1",
    devices: { "@u:hs1": ["A", "B"] },
    undeliverable: [],
    ...rest,
  }));
}

function surrogateReceipts(
  table: ReadonlyArray<readonly [id: string, verdict: Verdict, text: string]>,
): ReadonlyArray<Draft<ReceiptCase>> {
  return table.map(([id, verdict, inputText]) => ({
    id,
    kind: "receipt",
    rule: "surrogates-in-edu",
    verdict,
    inputText,
    origin: "example.com",
    local: "example.org",
  }));
}

/** An EDU with further members in its content, before `sender`. */
const textWith = (members: string) =>
  textTo('{"@alice:example.org":{"DEV":{}}}').replace('{"sender"', `{${members},"sender"`);

const typeText = (type: string) =>
  textTo('{"@alice:example.org":{"DEV":{}}}').replace("m.test", type);

const good = { message: "good" };
const goodText = '{"message":"good"}';

// MSC4203: to-device events for appservices.

const event = (deviceId: string) => ({
  type: "m.dummy",
  sender: "@john:example.com",
  to_user_id: "@_bridge_alice:example.org",
  to_device_id: deviceId,
  content: {},
});
const unstable = "de.sorunome.msc2409.to_device";

function appserviceRows(
  rule: string,
  table: ReadonlyArray<
    readonly [id: string, members: object, events: ReadonlyArray<unknown>, note?: string]
  >,
): ReadonlyArray<Draft<AppserviceCase>> {
  return table.map(([id, members, events, note]) => ({
    id,
    kind: "appservice",
    rule,
    verdict: "accept",
    // `events` is required in a transaction.
    input: { events: [], ...members },
    events,
    ...(note === undefined ? {} : { note }),
  }));
}

/** Lone surrogates on receipt, and to-device events for appservices. */
export const proposals: Chapter = {
  rules: [
    {
      id: "surrogates-in-contents",
      text: "A lone surrogate in contents or in a device ID rejects these contents; the rest of the EDU is delivered.",
      spec: surrogates,
      basis: "proposal",
    },
    {
      id: "surrogates-in-edu",
      text: "A lone surrogate in the type or in an unknown member of the content rejects the EDU.",
      spec: surrogates,
      basis: "proposal",
    },
    {
      id: "appservice-members",
      text: "Events are in the member `to_device` of the transaction, or in the member with the unstable name.",
      spec: appservice,
      basis: "proposal",
    },
    {
      id: "appservice-both-members",
      text: "Events are read from both members, and an event in both is read once.",
      spec: appservice,
      basis: "decision",
    },
    {
      id: "appservice-event",
      text: "An entry is an event of `/sync` with `to_user_id` and `to_device_id`.",
      spec: appservice,
      basis: "proposal",
    },
    {
      id: "appservice-invalid-event",
      text: "An invalid entry is rejected; the others are read. `*` is not a `to_device_id`.",
      spec: appservice,
      basis: "decision",
    },
  ],
  cases: [
    ...surrogateDeliveries([
      {
        id: "lone-surrogate-in-contents",
        to: `{"A":{"s":"\\ud800"},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
        note: "matrix-sdk-crypto-wasm 18.9.0 discards the event. Synapse 1.163.2 answers 500; Dendrite 0.15.2 delivers it.",
      },
      {
        id: "lone-surrogate-deep-in-contents",
        to: `{"A":{"a":[{"b":"x\\udc00"}]},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "lone-surrogate-in-member-name",
        to: `{"A":{"\\ud83d":1},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "lone-surrogates-swapped-in-contents",
        to: `{"A":{"s":"\\ude00\\ud83d"},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "lead-surrogate-then-feff-in-contents",
        to: `{"A":{"s":"\\ud800\\ufeff"},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "f800-then-trail-surrogate-in-contents",
        to: `{"A":{"s":"\\uf800\\udc00"},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "surrogate-pair-in-contents",
        to: '{"A":{"\\ud83d\\ude00":"\\ud83d\\ude00"}}',
        deliveries: [["@u:hs1", "A", { "\u{1f600}": "\u{1f600}" }]],
      },
      {
        id: "lone-surrogate-in-wildcard-contents",
        to: `{"*":{"s":"\\ud800"},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "lone-surrogate-in-contents-next-to-wildcard",
        to: `{"*":${goodText},"A":{"s":"\\ud800"}}`,
        deliveries: [["@u:hs1", "B", good]],
        note: "A named device whose own contents are rejected does not receive the contents of `*`.",
      },
      {
        id: "lone-surrogate-in-device",
        to: `{"\\ud800":{},"B":${goodText}}`,
        deliveries: [["@u:hs1", "B", good]],
      },
      {
        id: "lone-surrogate-in-device-next-to-wildcard",
        to: `{"*":${goodText},"A\\udc00":{}}`,
        deliveries: [
          ["@u:hs1", "A", good],
          ["@u:hs1", "B", good],
        ],
      },
    ]),
    ...surrogateReceipts([
      ["lone-surrogate-in-type", "reject", typeText("m.\\ud800")],
      ["lone-trail-surrogate-in-type", "reject", typeText("\\udfffm")],
      ["lead-surrogate-then-feff-in-type", "reject", typeText("\\ud800\\ufeff")],
      ["surrogate-pair-in-type", "accept", typeText("m.\\ud83d\\ude00")],
      ["lone-surrogate-in-unknown-member", "reject", textWith('"org.example.extra":"\\ud800"')],
      ["lone-surrogate-deep-in-unknown-member", "reject", textWith('"x":[{"y":"\\udc00"}]')],
      ["lone-surrogate-in-unknown-member-name", "reject", textWith('"\\ud800":1')],
      ["surrogate-pair-in-unknown-member", "accept", textWith('"\\ud83d\\ude00":"\\ud83d\\ude00"')],
    ]),
    ...appserviceRows("appservice-members", [
      ["appservice-stable", { to_device: [event("A"), event("B")] }, [event("A"), event("B")]],
      [
        "appservice-unstable",
        { [unstable]: [event("A")] },
        [event("A")],
        "ruma 0.17.2 and both bot SDKs read only the unstable name.",
      ],
      ["appservice-neither", {}, []],
    ]),
    ...appserviceRows("appservice-both-members", [
      [
        "appservice-both",
        { to_device: [event("A")], [unstable]: [event("B")] },
        [event("A"), event("B")],
      ],
      [
        "appservice-both-the-same",
        { to_device: [event("A")], [unstable]: [event("A")] },
        [event("A")],
        "A server that writes both members sends every event twice.",
      ],
      [
        "appservice-empty-stable",
        { to_device: [], [unstable]: [event("B")] },
        [event("B")],
        "A reader that stops at the stable member loses it.",
      ],
      ["appservice-bad-stable", { to_device: null, [unstable]: [event("B")] }, [event("B")]],
    ]),
    ...appserviceRows("appservice-event", [
      ["appservice-event-device", { [unstable]: [event("GHOSTDEV")] }, [event("GHOSTDEV")]],
    ]),
    ...appserviceRows("appservice-invalid-event", [
      ["appservice-bad-among-good", { to_device: [null, event("A"), {}] }, [event("A")]],
      ["appservice-event-wildcard", { to_device: [event("*"), event("A")] }, [event("A")]],
      ["appservice-event-without-user", { to_device: [without(event("A"), "to_user_id")] }, []],
      ["appservice-event-bad-sender", { to_device: [{ ...event("A"), sender: "john" }] }, []],
      ["appservice-event-null-content", { to_device: [{ ...event("A"), content: null }] }, []],
    ]),
    ...appserviceRows("unknown-members-kept", [
      [
        "appservice-event-unknown-member",
        { to_device: [{ ...event("A"), message_id: "1" }] },
        [{ ...event("A"), message_id: "1" }],
      ],
    ]),
    ...appserviceRows("empty-string", [
      ["appservice-event-empty-device", { to_device: [event("")] }, [event("")]],
    ]),
  ],
};
