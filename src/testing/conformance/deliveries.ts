import type { Basis, Chapter, DeliveryCase, Draft } from "./case.js";

const federation = "https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging";
const clientServer = "https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging";

const first = { message: "first" };
const second = { message: "second" };
const known = { "@u:hs1": ["A", "B"] };

/** A case without the members that its table supplies. */
type Row = Pick<DeliveryCase, "id" | "deliveries"> & {
  readonly to: unknown;
  readonly local?: string;
  readonly devices?: DeliveryCase["devices"];
  readonly undeliverable?: DeliveryCase["undeliverable"];
  readonly note?: string;
  readonly basis?: Basis;
};

/**
 * If `to` is a string, it is JSON text. The verdict is on the map as a whole, which is always accepted: invalid
 * recipients and contents are rejected one by one.
 */
function rows(rule: string, table: ReadonlyArray<Row>): ReadonlyArray<Draft<DeliveryCase>> {
  return table.map(({ to, local = "hs1", devices = known, undeliverable = [], ...rest }) => ({
    kind: "delivery",
    rule,
    verdict: "accept",
    ...(typeof to === "string" ? { inputText: to } : { input: to }),
    local,
    devices,
    undeliverable,
    ...rest,
  }));
}

const manyDevices = Array.from({ length: 150 }, (_, index) => `device_${index}`);

/** From a map of messages to one event per device. */
export const deliveries: Chapter = {
  rules: [
    {
      id: "wildcard",
      text: "`*` stands for all devices of the user that the receiving server knows.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "wildcard-next-to-named",
      text: "A device that is named next to `*` receives its own contents only: one message per device.",
      spec: clientServer,
      basis: "decision",
    },
    {
      id: "wildcard-next-to-rejected",
      text: "If the own contents of a device next to `*` are rejected, it does not receive the contents of `*`.",
      spec: clientServer,
      basis: "decision",
    },
    {
      id: "wildcard-exact",
      text: "Only `*` is the wildcard.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "unknown-device",
      text: "Contents for a device that the server does not know reach no other device. The server may report, drop or keep them.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "device-list",
      text: "In the server's list of devices a repeated device counts once, and `*` is not a device.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "own-device",
      text: "`*` includes the sender's own device if the server lists it. A server that leaves it out filters its list.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "invalid-recipient",
      text: "A recipient that is invalid or not local is rejected; the rest of the EDU is delivered.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "invalid-contents",
      text: "Invalid contents are rejected; the rest of the EDU is delivered.",
      spec: federation,
      basis: "decision",
    },
    {
      id: "limits",
      text: "Contents have at most 100 levels, and numbers within the range of a double. Others are rejected; the rest of the EDU is delivered.",
      spec: federation,
      basis: "limit",
    },
    {
      id: "own-keys",
      text: "Device IDs are own members in JSON, whatever their names.",
      spec: federation,
      basis: "specification",
    },
    {
      id: "repeated-member",
      text: "If a member is repeated, the last one counts.",
      spec: "https://github.com/matrix-org/matrix-spec-proposals/pull/4458",
      basis: "decision",
    },
  ],
  cases: [
    ...rows("wildcard", [
      {
        id: "wildcard-two-devices",
        to: { "@u:hs1": { "*": first } },
        deliveries: [
          ["@u:hs1", "A", first],
          ["@u:hs1", "B", first],
        ],
      },
      {
        id: "wildcard-no-devices",
        to: { "@u:hs1": { "*": first } },
        devices: { "@u:hs1": [] },
        deliveries: [],
        undeliverable: [["@u:hs1", "*"]],
      },
      {
        id: "wildcard-user-not-listed",
        to: { "@v:hs1": { "*": first } },
        deliveries: [],
        undeliverable: [["@v:hs1", "*"]],
      },
      {
        id: "wildcard-for-one-user-of-two",
        to: { "@a:hs1": { "*": { k: "a" } }, "@b:hs1": { B1: { k: "b" } } },
        devices: { "@a:hs1": ["A1", "A2"], "@b:hs1": ["B1", "B2"] },
        deliveries: [
          ["@a:hs1", "A1", { k: "a" }],
          ["@a:hs1", "A2", { k: "a" }],
          ["@b:hs1", "B1", { k: "b" }],
        ],
      },
      {
        id: "wildcard-150-devices",
        to: { "@exclusive_as_user:test": { "*": { "some key": "some interesting value" } } },
        local: "test",
        devices: { "@exclusive_as_user:test": manyDevices },
        deliveries: manyDevices.map((deviceId) => [
          "@exclusive_as_user:test",
          deviceId,
          { "some key": "some interesting value" },
        ]),
      },
      {
        id: "wildcard-empty-contents",
        to: { "@u:hs1": { "*": {} } },
        deliveries: [
          ["@u:hs1", "A", {}],
          ["@u:hs1", "B", {}],
        ],
      },
      { id: "no-recipients", to: {}, deliveries: [] },
      { id: "user-without-devices", to: { "@u:hs1": {} }, deliveries: [] },
    ]),
    ...rows("wildcard-next-to-named", [
      {
        id: "wildcard-next-to-one",
        to: { "@u:hs1": { "*": first, B: second } },
        deliveries: [
          ["@u:hs1", "A", first],
          ["@u:hs1", "B", second],
        ],
        note: "Synapse 1.163.2 drops `*` here; Dendrite 0.15.2 delivers both to the named device.",
      },
      {
        id: "wildcard-behind-one",
        to: { "@u:hs1": { B: second, "*": first } },
        deliveries: [
          ["@u:hs1", "A", first],
          ["@u:hs1", "B", second],
        ],
      },
      {
        id: "wildcard-next-to-all",
        to: { "@u:hs1": { "*": first, A: second, B: second } },
        deliveries: [
          ["@u:hs1", "A", second],
          ["@u:hs1", "B", second],
        ],
        undeliverable: [["@u:hs1", "*"]],
      },
      {
        id: "wildcard-next-to-unknown",
        to: { "@u:hs1": { "*": first, GONE: second } },
        deliveries: [
          ["@u:hs1", "A", first],
          ["@u:hs1", "B", first],
        ],
        undeliverable: [["@u:hs1", "GONE"]],
      },
      {
        id: "wildcard-next-to-empty-contents",
        to: { "@u:hs1": { "*": first, A: {} } },
        deliveries: [
          ["@u:hs1", "A", {}],
          ["@u:hs1", "B", first],
        ],
      },
    ]),
    ...rows("wildcard-next-to-rejected", [
      {
        id: "null-contents-next-to-wildcard",
        to: { "@u:hs1": { "*": first, B: null } },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "null-contents-before-wildcard",
        to: { "@u:hs1": { B: null, "*": first } },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "array-contents-next-to-wildcard",
        to: { "@u:hs1": { "*": first, B: [] } },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "null-contents-next-to-wildcard-and-named",
        to: { "@u:hs1": { "*": first, A: null, B: second } },
        devices: { "@u:hs1": ["A", "B", "C"] },
        deliveries: [
          ["@u:hs1", "B", second],
          ["@u:hs1", "C", first],
        ],
      },
      {
        id: "null-contents-for-the-only-device-next-to-wildcard",
        to: { "@u:hs1": { "*": first, A: null } },
        devices: { "@u:hs1": ["A"] },
        deliveries: [],
        undeliverable: [["@u:hs1", "*"]],
      },
      {
        id: "null-contents-for-unknown-device-next-to-wildcard",
        to: { "@u:hs1": { "*": first, GONE: null } },
        deliveries: [
          ["@u:hs1", "A", first],
          ["@u:hs1", "B", first],
        ],
      },
      {
        id: "null-contents-next-to-null-wildcard",
        to: { "@u:hs1": { "*": null, A: null, B: first } },
        deliveries: [["@u:hs1", "B", first]],
      },
      {
        id: "null-contents-of-one-user-next-to-wildcard",
        to: { "@u:hs1": { "*": first, A: null }, "@v:hs1": { "*": second } },
        devices: { "@u:hs1": ["A", "B"], "@v:hs1": ["A", "B"] },
        deliveries: [
          ["@u:hs1", "B", first],
          ["@v:hs1", "A", second],
          ["@v:hs1", "B", second],
        ],
        note: "Devices of two users may have the same ID.",
      },
      {
        id: "null-contents-for-prototype-next-to-wildcard",
        to: '{"@u:hs1":{"*":{"message":"first"},"__proto__":null}}',
        devices: { "@u:hs1": ["__proto__", "A"] },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "null-contents-for-empty-device-next-to-wildcard",
        to: { "@u:hs1": { "*": first, "": null } },
        devices: { "@u:hs1": ["", "A"] },
        deliveries: [["@u:hs1", "A", first]],
      },
    ]),
    ...rows("wildcard-exact", [
      {
        id: "two-stars-are-a-device",
        to: { "@u:hs1": { "**": first } },
        devices: { "@u:hs1": ["A", "**"] },
        deliveries: [["@u:hs1", "**", first]],
      },
      {
        id: "star-prefix-is-a-device",
        to: { "@u:hs1": { "*A": first } },
        deliveries: [],
        undeliverable: [["@u:hs1", "*A"]],
      },
    ]),
    ...rows("unknown-device", [
      {
        id: "unknown-device",
        to: { "@u:hs1": { GONE: first } },
        deliveries: [],
        undeliverable: [["@u:hs1", "GONE"]],
      },
      {
        id: "unknown-next-to-known",
        to: { "@u:hs1": { GONE: first, A: second } },
        deliveries: [["@u:hs1", "A", second]],
        undeliverable: [["@u:hs1", "GONE"]],
      },
      {
        id: "device-of-other-user",
        to: { "@u:hs1": { B1: first } },
        devices: { "@u:hs1": ["A"], "@b:hs1": ["B1"] },
        deliveries: [],
        undeliverable: [["@u:hs1", "B1"]],
      },
      {
        id: "device-in-other-case",
        to: { "@u:hs1": { a: first } },
        deliveries: [],
        undeliverable: [["@u:hs1", "a"]],
      },
      {
        id: "user-in-other-case",
        to: { "@U:hs1": { "*": first } },
        deliveries: [],
        undeliverable: [["@U:hs1", "*"]],
      },
      {
        id: "unknown-constructor",
        to: { "@u:hs1": { constructor: first, toString: first } },
        deliveries: [],
        undeliverable: [
          ["@u:hs1", "constructor"],
          ["@u:hs1", "toString"],
        ],
        note: "An inherited member is not a device.",
      },
    ]),
    ...rows("device-list", [
      {
        id: "device-listed-twice",
        to: { "@u:hs1": { "*": first } },
        devices: { "@u:hs1": ["A", "A", "B"] },
        deliveries: [
          ["@u:hs1", "A", first],
          ["@u:hs1", "B", first],
        ],
      },
      {
        id: "named-device-listed-twice",
        to: { "@u:hs1": { A: first } },
        devices: { "@u:hs1": ["A", "A"] },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "star-listed",
        to: { "@u:hs1": { "*": first } },
        devices: { "@u:hs1": ["*", "A"] },
        deliveries: [["@u:hs1", "A", first]],
      },
    ]),
    ...rows("own-device", [
      {
        id: "own-device-listed",
        to: { "@john:hs1": { "*": first } },
        devices: { "@john:hs1": ["SENDER", "OTHER"] },
        deliveries: [
          ["@john:hs1", "SENDER", first],
          ["@john:hs1", "OTHER", first],
        ],
        note: "One test suite requires it.",
      },
    ]),
    ...rows("invalid-recipient", [
      {
        id: "star-for-users",
        to: { "*": { A: first }, "@u:hs1": { A: second } },
        deliveries: [["@u:hs1", "A", second]],
      },
      {
        id: "bad-domain-among-good",
        to: { "@x:exa mple": { "*": first }, "@u:hs1": { A: first } },
        deliveries: [["@u:hs1", "A", first]],
        note: "Synapse 1.163.2 answers 500 for the whole transaction.",
      },
      {
        id: "no-sigil-among-good",
        to: { "x:hs1": { "*": first }, "@u:hs1": { A: first } },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "not-local-among-local",
        to: { "@bob:elsewhere.example": { D: first }, "@u:hs1": { A: first } },
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "not-local-by-port",
        to: { "@u:hs1:8448": { A: first }, "@u:hs1": { A: second } },
        deliveries: [["@u:hs1", "A", second]],
      },
      {
        id: "not-local-by-case",
        to: { "@u:HS1": { A: first }, "@u:hs1": { A: second } },
        deliveries: [["@u:hs1", "A", second]],
      },
      {
        id: "prototype-among-good",
        to: '{"__proto__":{"A":{"message":"first"}},"@u:hs1":{"A":{"message":"second"}}}',
        deliveries: [["@u:hs1", "A", second]],
      },
      { id: "only-bad-recipients", to: { "": { A: first }, x: { A: first } }, deliveries: [] },
    ]),
    ...rows("invalid-contents", [
      {
        id: "null-contents-among-good",
        to: { "@u:hs1": { A: null, B: first } },
        deliveries: [["@u:hs1", "B", first]],
        note: "Synapse 1.163.2 answers 500; Dendrite 0.15.2 delivers null.",
      },
      {
        id: "array-contents-among-good",
        to: { "@u:hs1": { A: [], B: first } },
        deliveries: [["@u:hs1", "B", first]],
      },
      {
        id: "null-wildcard-next-to-good",
        to: { "@u:hs1": { "*": null, B: first } },
        deliveries: [["@u:hs1", "B", first]],
      },
      {
        id: "null-devices-among-good",
        to: { "@u:hs1": null, "@v:hs1": { A: first } },
        devices: { "@u:hs1": ["A"], "@v:hs1": ["A"] },
        deliveries: [["@v:hs1", "A", first]],
      },
    ]),
    ...rows("limits", [
      {
        id: "infinite-number-among-good",
        to: '{"@u:hs1":{"A":{"n":1e400},"B":{"message":"first"}}}',
        deliveries: [["@u:hs1", "B", first]],
        note: "JSON has no infinity, so most servers cannot pass it on.",
      },
      {
        id: "infinite-number-next-to-wildcard",
        to: '{"@u:hs1":{"*":{"message":"first"},"B":{"n":1e400}}}',
        deliveries: [["@u:hs1", "A", first]],
        note: "A named device whose own contents are rejected does not receive the contents of `*`.",
      },
      {
        id: "infinite-number-in-wildcard",
        to: '{"@u:hs1":{"*":{"n":-1e400},"B":{"message":"first"}}}',
        deliveries: [["@u:hs1", "B", first]],
      },
      {
        id: "deep-contents-among-good",
        to: `{"@u:hs1":{"A":${'{"a":'.repeat(100)}{}${"}".repeat(100)},"B":{"message":"first"}}}`,
        deliveries: [["@u:hs1", "B", first]],
        note: "101 levels. matrix-sdk-crypto-wasm 18.9.0 discards more than 126; Synapse 1.163.2 fails at 480.",
      },
      {
        id: "deep-contents-next-to-wildcard",
        to: `{"@u:hs1":{"*":{"message":"first"},"B":${'{"a":'.repeat(100)}{}${"}".repeat(100)}}}`,
        deliveries: [["@u:hs1", "A", first]],
      },
      {
        id: "contents-of-100-levels",
        to: `{"@u:hs1":{"A":{"deep":${"[".repeat(99)}${"]".repeat(99)}}}}`,
        deliveries: [["@u:hs1", "A", { deep: JSON.parse("[".repeat(99) + "]".repeat(99)) }]],
      },
    ]),
    ...rows("edu-numbers", [
      {
        id: "float-contents",
        to: '{"@u:hs1":{"A":{"n":15e-1}}}',
        deliveries: [["@u:hs1", "A", { n: 1.5 }]],
        note: "Accepted on receipt, rejected on sending.",
      },
    ]),
    ...rows("empty-string", [
      {
        id: "wildcard-next-to-empty-device-id",
        to: { "@u:hs1": { "*": first, "": second } },
        devices: { "@u:hs1": ["", "A"] },
        deliveries: [
          ["@u:hs1", "", second],
          ["@u:hs1", "A", first],
        ],
      },
    ]),
    ...rows("repeated-member", [
      {
        id: "repeated-member",
        to: '{"@u:hs1":{"A":{"message":"first"},"A":{"message":"second"}}}',
        deliveries: [["@u:hs1", "A", second]],
        note: "Most parsers do so. Some keep the first, and some reject the text.",
      },
    ]),
    ...rows("own-keys", [
      {
        id: "prototype-device",
        to: '{"@u:hs1":{"__proto__":{"message":"first"}}}',
        devices: { "@u:hs1": ["__proto__", "A"] },
        deliveries: [["@u:hs1", "__proto__", first]],
        note: "A copy by assignment loses it.",
      },
      {
        id: "prototype-device-next-to-wildcard",
        to: '{"@u:hs1":{"__proto__":{"message":"first"},"*":{"message":"second"}}}',
        devices: { "@u:hs1": ["__proto__", "A"] },
        deliveries: [
          ["@u:hs1", "__proto__", first],
          ["@u:hs1", "A", second],
        ],
        basis: "decision",
        note: "It rests on what becomes of `*` next to a named device.",
      },
      {
        id: "prototype-device-unknown",
        to: '{"@u:hs1":{"__proto__":{"message":"first"}}}',
        deliveries: [],
        undeliverable: [["@u:hs1", "__proto__"]],
      },
      {
        id: "wildcard-reaches-prototype",
        to: { "@u:hs1": { "*": first } },
        devices: { "@u:hs1": ["__proto__", "constructor"] },
        deliveries: [
          ["@u:hs1", "__proto__", first],
          ["@u:hs1", "constructor", first],
        ],
      },
      {
        id: "integer-devices",
        to: { "@u:hs1": { B: first, "2": second, "1": first } },
        devices: { "@u:hs1": ["1", "2", "B"] },
        deliveries: [
          ["@u:hs1", "1", first],
          ["@u:hs1", "2", second],
          ["@u:hs1", "B", first],
        ],
      },
    ]),
  ],
};
