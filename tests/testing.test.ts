import * as fc from "fast-check";
import * as t from "io-ts";
import {
  type DeviceId,
  DirectToDeviceEdu,
  deliver,
  maxEduBytes,
  receiveEdus,
  type ServerName,
  serverNameOf,
  Transaction,
  UserId,
} from "matrix-send-to-device";
import * as testing from "matrix-send-to-device/testing";
import {
  arbitraries,
  checkImplementation,
  conformance,
  type DeliveryCase,
  fixtures,
} from "matrix-send-to-device/testing";
import { describe, expect, it } from "vitest";
import { canonicalBytes, canonicalJson } from "./oracle.js";

describe("arbitraries reach edge cases", () => {
  const requests = fc.sample(arbitraries.SendToDeviceRequest, { numRuns: 2000, seed: 4 });
  const users = fc.sample(arbitraries.UserId, { numRuns: 2000, seed: 4 });
  const servers = fc.sample(arbitraries.ServerName, { numRuns: 2000, seed: 4 });
  const messageIds = fc.sample(arbitraries.MessageId, { numRuns: 2000, seed: 4 });
  const maps = requests.flatMap(({ messages }) => Object.values(messages));
  const deviceIds = maps.flatMap((devices) => Object.keys(devices));
  const bodies = maps.flatMap((devices) => Object.values(devices));
  const scenes = fc.sample(arbitraries.sendToDeviceBody, { numRuns: 2000, seed: 4 });
  const lists = scenes.flatMap(({ directory }) => [...directory.values()]);

  it.each<[edge: string, share: number, hits: number, of: number]>([
    [
      "* next to named devices",
      0.2,
      maps.filter((devices) => "*" in devices && Object.keys(devices).length > 1).length,
      maps.length,
    ],
    [
      "* alone",
      0.02,
      maps.filter((devices) => Object.keys(devices).join() === "*").length,
      maps.length,
    ],
    [
      "no devices",
      0.01,
      maps.filter((devices) => Object.keys(devices).length === 0).length,
      maps.length,
    ],
    ["__proto__", 0.01, deviceIds.filter((id) => id === "__proto__").length, deviceIds.length],
    ["constructor", 0.01, deviceIds.filter((id) => id === "constructor").length, deviceIds.length],
    ["integer-like", 0.02, deviceIds.filter((id) => /^\d+$/.test(id)).length, deviceIds.length],
    ["empty device ID", 0.01, deviceIds.filter((id) => id === "").length, deviceIds.length],
    [
      "contents shared by reference",
      0.2,
      requests.filter(({ messages }) => {
        const all = Object.values(messages).flatMap((devices) => Object.values(devices));
        return new Set(all).size < all.length;
      }).length,
      requests.length,
    ],
    [
      "contents near the limit",
      0.005,
      bodies.filter((body) => canonicalBytes(body) > maxEduBytes - 1000).length,
      bodies.length,
    ],
    [
      "users of 255 bytes",
      0.05,
      users.filter((user) => Buffer.byteLength(user) === 255).length,
      users.length,
    ],
    ["empty localparts", 0.01, users.filter((user) => user.startsWith("@:")).length, users.length],
    [
      "astral characters in users",
      0.05,
      users.filter((user) => /[\u{10000}-\u{10ffff}]/u.test(user)).length,
      users.length,
    ],
    [
      "control characters in users",
      0.01,
      users.filter((user) => /\p{Cc}/u.test(user)).length,
      users.length,
    ],
    ["a recurring user", 0.5, users.length - new Set(users).size, users.length],
    ["IPv6", 0.1, servers.filter((server) => server.startsWith("[")).length, servers.length],
    ["ports", 0.2, servers.filter((server) => /[^:]:\d+$/.test(server)).length, servers.length],
    [
      "host names of 255",
      0.05,
      servers.filter((server) => server.replace(/:\d+$/, "").length === 255).length,
      servers.length,
    ],
    [
      "message IDs of 32 code points",
      0.05,
      messageIds.filter((id) => [...id].length === 32).length,
      messageIds.length,
    ],
    [
      "devices listed twice",
      0.1,
      lists.filter((list) => new Set(list).size < list.length).length,
      lists.length,
    ],
    ["* listed", 0.1, lists.filter((list) => list.includes("*" as DeviceId)).length, lists.length],
  ])("%s: at least %f", (_edge, share, hits, of) => {
    expect(hits / of).toBeGreaterThanOrEqual(share);
  });

  it("directories have some of the devices and lack others", () => {
    const sides = scenes.map(({ sender, type, body, directory }) =>
      deliver((userId) => directory.get(userId) ?? [])({ sender, type, messages: body.messages }),
    );
    expect(sides.filter(({ right }) => right.length > 0).length).toBeGreaterThan(scenes.length / 3);
    expect(sides.filter(({ left }) => left.length > 0).length).toBeGreaterThan(scenes.length / 3);
  });

  it("transactions cause every kind of rejection", () => {
    const tags = fc.sample(arbitraries.transaction, { numRuns: 500, seed: 4 }).flatMap((scene) => {
      const receive = receiveEdus({
        origin: scene.origin,
        isLocal: (userId) => serverNameOf(userId) === scene.destination,
      });
      return receive(scene.transaction.edus).left.map(({ _tag }) => _tag);
    });
    expect(new Set(tags)).toEqual(
      new Set([
        "InvalidEdu",
        "ForeignSender",
        "InvalidRecipients",
        "InvalidContents",
        "RecipientsNotLocal",
      ]),
    );
  });

  it("shrink to the smallest counterexample", () => {
    const hasBoth = (devices: object) => "*" in devices && Object.keys(devices).length > 1;
    const { counterexample } = fc.check(
      fc.property(arbitraries.Messages, (messages) => !Object.values(messages).some(hasBoth)),
    );
    expect(counterexample).toEqual([{ "@alice:example.org": { A: {}, "*": {} } }]);
  });
});

describe("fixtures", () => {
  const { specExample, roomKey, keyRequest, verification, secret } = fixtures;

  it.each([specExample, ...roomKey, ...keyRequest, ...verification, ...secret])(
    "$content.message_id is an EDU",
    (edu) => {
      expect(DirectToDeviceEdu.is(edu)).toBe(true);
      expect(canonicalBytes(edu)).toBeLessThan(maxEduBytes);
    },
  );

  it("have contents of 17 event types", () => {
    expect(Object.keys(fixtures.contents).length).toBe(17);
  });

  const hostile = Object.entries(fixtures.hostileTransactions);
  const directory = fixtures.deviceDirectory;

  type Options = Parameters<typeof receiveEdus>[0];

  /** A handler of example.org, made from the library. */
  const options: Options = {
    origin: "example.com" as ServerName,
    isLocal: (userId) => serverNameOf(userId) === "example.org",
  };
  const deliveriesOf = deliver(
    (userId) => (directory.get(userId) ?? []) as ReadonlyArray<DeviceId>,
  );

  function handle(edus: ReadonlyArray<unknown>, with_: Options = options) {
    return receiveEdus(with_)(edus)
      .right.flatMap((message) => deliveriesOf(message).right)
      .map(({ userId, deviceId, event }) => [userId, deviceId, event.content] as const);
  }

  type Handler = (edus: ReadonlyArray<unknown>) => ReadonlyArray<readonly unknown[]>;

  /** The fixtures that a handler fails. */
  function failuresOf(handler: Handler): ReadonlyArray<string> {
    const texts = (deliveries: Iterable<unknown>) => Array.from(deliveries, canonicalJson).sort();
    return hostile.flatMap(([name, { body, deliveries }]) =>
      texts(handler(JSON.parse(body).edus)).join() === texts(deliveries).join() ? [] : [name],
    );
  }

  it.each(hostile)("%s: is a transaction that the library accepts", (_name, fixture) => {
    const transaction = JSON.parse(fixture.body);
    expect(Transaction.is(transaction)).toBe(true);
    expect(transaction.origin).toBe(options.origin);
    const { left, right } = receiveEdus(options)(transaction.edus);
    expect(right.at(-1)?.message_id).toBe("good");
    expect(canonicalJson(JSON.parse(JSON.stringify(right)))).toBe(canonicalJson(right));
    expect(JSON.stringify(left).length).toBeLessThan(100_000);
    expect(Object.getPrototypeOf({})).not.toHaveProperty("isAdmin");
  });

  it.each(hostile)("%s: the library makes the expected deliveries", (name) => {
    expect(failuresOf(handle)).not.toContain(name);
  });

  it.each(hostile)(
    "%s: the expected deliveries include the valid message, and only local devices",
    (_name, fixture) => {
      expect(fixture.deliveries).toContainEqual(["@alice:example.org", "PHONE", {}]);
      for (const [userId, deviceId] of fixture.deliveries) {
        expect(userId).toMatch(/:example\.org$/);
        expect(directory.get(userId)).toContain(deviceId);
      }
    },
  );

  type Members = { readonly [key: string]: unknown };
  const isObject = (value: unknown): value is Members =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const hasObjects = (value: unknown): value is { readonly [key: string]: Members } =>
    isObject(value) && Object.values(value).every(isObject);

  /** The EDU with each user's devices changed. */
  function withDevices(edu: unknown, change: (devices: Members) => Members): unknown {
    if (!isObject(edu) || !isObject(edu.content) || !hasObjects(edu.content.messages)) return edu;
    const users = Object.entries(edu.content.messages).map(([userId, devices]) => [
      userId,
      change(devices),
    ]);
    return { ...edu, content: { ...edu.content, messages: Object.fromEntries(users) } };
  }

  const naive: ReadonlyArray<readonly [fault: string, handler: Handler, fails: string]> = [
    [
      "never checks the sender",
      (edus) =>
        edus.flatMap((edu) => {
          const sender = isObject(edu) && isObject(edu.content) && edu.content.sender;
          return UserId.is(sender)
            ? handle([edu], { ...options, origin: serverNameOf(sender) })
            : [];
        }),
      "a sender of another server",
    ],
    [
      "accepts its own users as senders from outside",
      (edus) => [
        ...handle(edus),
        ...handle(edus, { ...options, origin: "example.org" as ServerName }),
      ],
      "a sender of the receiving server",
    ],
    [
      "delivers to users of other servers",
      (edus) => handle(edus, { ...options, isLocal: () => true }),
      "a recipient of another server",
    ],
    [
      "drops the transaction at the first fault",
      (edus) => (receiveEdus(options)(edus).left.length > 0 ? [] : handle(edus)),
      "null as content",
    ],
    [
      "drops an EDU at the first fault",
      (edus) =>
        edus.flatMap((edu) => (receiveEdus(options)([edu]).left.length > 0 ? [] : handle([edu]))),
      "invalid user next to a valid one",
    ],
    [
      "removes invalid contents before it expands *",
      (edus) =>
        handle(
          edus.map((edu) =>
            withDevices(edu, (devices) =>
              Object.fromEntries(Object.entries(devices).filter(([, each]) => isObject(each))),
            ),
          ),
        ),
      "* next to contents that are null",
    ],
    [
      "ignores * next to a named device",
      (edus) =>
        handle(
          edus.map((edu) =>
            withDevices(edu, ({ "*": all, ...named }) =>
              all === undefined || Object.keys(named).length > 0 ? named : { "*": all },
            ),
          ),
        ),
      "* next to a named device",
    ],
    [
      "copies devices by assignment",
      (edus) =>
        handle(
          edus.map((edu) =>
            withDevices(edu, (devices) => {
              const copy: { [key: string]: unknown } = {};
              for (const [deviceId, each] of Object.entries(devices)) copy[deviceId] = each;
              return copy;
            }),
          ),
        ),
      "__proto__ as device",
    ],
    [
      "accepts only message IDs of 32 characters",
      (edus) => handle(edus.filter((edu) => DirectToDeviceEdu.is(edu))),
      "a message ID of 74 characters",
    ],
    ["delivers nothing", () => [], "null as content"],
  ];

  it.each(naive)("a handler that %s fails", (_fault, handler, fails) => {
    expect(failuresOf(handler)).toContain(fails);
  });
});

describe("checkImplementation", () => {
  const decoding = (codec: t.Mixed) => (input: unknown) => {
    const decoded = codec.decode(input);
    return decoded._tag === "Right" ? decoded.right : undefined;
  };

  // A naive implementation with plain io-ts.
  const NaiveMessages = t.record(UserId, t.record(t.string, t.UnknownRecord));
  const NaiveEdu = t.type({
    edu_type: t.literal("m.direct_to_device"),
    content: t.type({
      sender: UserId,
      type: t.string,
      message_id: t.string,
      messages: NaiveMessages,
    }),
  });

  /** Expansion into plain objects, by assignment. */
  function naiveDelivery(messages: unknown, { devices }: DeliveryCase) {
    const decoded = NaiveMessages.decode(messages);
    if (decoded._tag === "Left") return [];
    const expanded: Record<string, Record<string, unknown>> = {};
    for (const [userId, named] of Object.entries(decoded.right)) {
      const reached: Record<string, unknown> = {};
      for (const deviceId of devices[userId] ?? []) {
        const contents = named[deviceId] ?? named["*"];
        if (contents !== undefined) reached[deviceId] = contents;
      }
      expanded[userId] = reached;
    }
    return Object.entries(expanded).flatMap(([userId, reached]) =>
      Object.entries(reached).map(([deviceId, contents]) => [userId, deviceId, contents] as const),
    );
  }

  it("finds the data that a naive implementation loses", () => {
    const failures = new Map(
      checkImplementation({ edu: decoding(NaiveEdu), delivery: naiveDelivery }).map(
        ({ id, reason }) => [id, reason],
      ),
    );
    // Recipients whose key is not a user ID are silently dropped.
    expect(failures.get("edu-recipient-bad-among-good")).toMatch(/^expected nothing, got \{/);
    expect(failures.get("edu-json-prototype-user")).toMatch(/^expected nothing, got \{/);
    // The device `__proto__` becomes the prototype, and is lost.
    expect(failures.get("prototype-device")).toMatch(/^expected \["\[.*__proto__.*, got \[\]$/);
    expect(failures.has("prototype-device-next-to-wildcard")).toBe(true);
    // Invalid contents remove the valid ones too.
    expect(failures.has("null-contents-among-good")).toBe(true);
    expect(failures.has("edu-message-id-33-letters")).toBe(true);
    expect(failures.has("null-contents-next-to-wildcard")).toBe(true);
    expect(failures.has("edu-spec-example")).toBe(false);
    expect(failures.has("wildcard-next-to-one")).toBe(false);
  });

  const strings = {
    deviceId: (input: unknown) => {
      if (typeof input !== "string") throw new TypeError("no string");
      return input;
    },
  };
  const deviceIdRule = {
    rule: "device-id",
    text: "Any string is a device ID, except `*`, which stands for all devices.",
    spec: "https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging",
    basis: "specification",
  };

  it("reports exceptions of an implementation, and continues", () => {
    expect(checkImplementation(strings)).toEqual([
      { id: "device-wildcard", ...deviceIdRule, reason: 'expected nothing, got "*"' },
      { id: "device-number", ...deviceIdRule, reason: "threw TypeError: no string" },
      { id: "device-null", ...deviceIdRule, reason: "threw TypeError: no string" },
    ]);
  });

  it("skips kinds for which an implementation has no function", () => {
    expect(checkImplementation({})).toEqual([]);
  });

  const nothing = {
    edu: () => undefined,
    receipt: () => undefined,
    deviceId: () => undefined,
    delivery: () => [],
    canonicalJson: () => undefined,
    appservice: () => [],
  };

  it.each(["specification", "proposal", "decision", "limit"] as const)(
    "runs only cases with the basis %s if asked to",
    (basis) => {
      const failures = checkImplementation(nothing, { bases: [basis] });
      expect(new Set(failures.map((failure) => failure.basis))).toEqual(new Set([basis]));
      const all = checkImplementation(nothing);
      expect(failures).toEqual(all.filter((failure) => failure.basis === basis));
    },
  );

  it("runs only the given cases", () => {
    const cases = conformance.cases.filter(({ id }) => id === "device-wildcard");
    expect(checkImplementation(strings, { cases }).map(({ id }) => id)).toEqual([
      "device-wildcard",
    ]);
  });

  it("ignores inherited members of the options", () => {
    const polluted = Object.create({ bases: [], cases: [] });
    expect(checkImplementation(strings, polluted).length).toBe(3);
  });

  it("throws if a case names a rule that is not in the corpus", () => {
    const cases = conformance.cases.slice(0, 1).map((each) => ({ ...each, rule: "unknown" }));
    expect(() => checkImplementation({}, { cases })).toThrow(
      new TypeError(`the case ${cases[0]?.id} names a rule that is not in the corpus`),
    );
  });

  const keeping = (contents: unknown) => ({
    delivery: () => [["@u:hs1", "GONE", contents] as const],
  });

  it.each<[reason: string, contents: unknown, failures: number]>([
    ["may keep contents for a device that it does not know", { message: "first" }, 0],
    ["must not keep other contents for it", { message: "second" }, 1],
  ])("an implementation %s", (_reason, contents, failures) => {
    const cases = conformance.cases.filter(({ id }) => id === "unknown-device");
    expect(cases.length).toBe(1);
    expect(checkImplementation(keeping(contents), { cases }).length).toBe(failures);
  });

  it.each<[reason: string, canonical: (value: unknown) => string | number, passes: boolean]>([
    ["canonical JSON", canonicalJson, true],
    ["the size of canonical JSON", canonicalBytes, true],
    ["JSON in the order of members", JSON.stringify, false],
    ["the length in UTF-16 units", (value) => canonicalJson(value).length, false],
  ])("%s counts as an answer about canonical JSON: %s", (_reason, canonical, passes) => {
    const cases = conformance.cases.filter(
      ({ kind, verdict }) => kind === "canonicalJson" && verdict === "accept",
    );
    expect(checkImplementation({ canonicalJson: canonical }, { cases }).length === 0).toBe(passes);
  });

  it("compares the received message with the content of the EDU", () => {
    const cases = conformance.cases.filter(({ kind }) => kind === "receipt");
    const failures = checkImplementation({ receipt: (edu) => edu }, { cases });
    expect(failures.map(({ id }) => id)).toContain("edu-origin-same");
    expect(failures.length).toBe(cases.length);
  });
});

describe("the testing entry", () => {
  it("has the arbitraries, the fixtures and the invalid values as namespaces", () => {
    expect(Object.keys(testing).sort()).toEqual([
      "arbitraries",
      "checkImplementation",
      "conformance",
      "fixtures",
      "inputOf",
      "invalid",
    ]);
  });
});
