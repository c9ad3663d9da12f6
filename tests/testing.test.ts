import * as fc from "fast-check";
import * as t from "io-ts";
import {
  type DeviceId,
  DirectToDeviceEdu,
  deliver,
  maxEduBytes,
  receiveEdus,
  serverNameOf,
  Transaction,
  UserId,
} from "matrix-send-to-device";
import {
  arbitraries,
  checkImplementation,
  type DeliveryCase,
  fixtures,
} from "matrix-send-to-device/testing";
import { describe, expect, it } from "vitest";
import { canonicalBytes, canonicalJson } from "./oracle.js";

describe("arbitraries meet the edges", () => {
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
      "* beside named devices",
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
    ["the same user again", 0.5, users.length - new Set(users).size, users.length],
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

  it("directories know some of the devices and do not know others", () => {
    const sides = scenes.map(({ sender, type, body, directory }) =>
      deliver((userId) => directory.get(userId) ?? [])({ sender, type, ...body }),
    );
    expect(sides.filter(({ right }) => right.length > 0).length).toBeGreaterThan(scenes.length / 3);
    expect(sides.filter(({ left }) => left.length > 0).length).toBeGreaterThan(scenes.length / 3);
  });

  it("transactions have all there is to refuse", () => {
    const tags = fc.sample(arbitraries.transaction, { numRuns: 500, seed: 4 }).flatMap((scene) => {
      const receive = receiveEdus({
        origin: scene.origin,
        isLocal: (userId) => serverNameOf(userId) === scene.destination,
      });
      return receive(scene.transaction.edus).left.map(({ _tag }) => _tag);
    });
    expect(new Set(tags)).toEqual(
      new Set(["Malformed", "ForeignSender", "RecipientsRefused", "RecipientsNotLocal"]),
    );
  });

  it("what is found shrinks to what matters", () => {
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

  it.each(Object.entries(fixtures.hostileTransactions))(
    "%s: the good message is delivered",
    (_name, text) => {
      const transaction = JSON.parse(text);
      expect(Transaction.is(transaction)).toBe(true);
      const receive = receiveEdus({
        origin: transaction.origin,
        isLocal: (userId) => serverNameOf(userId) === "example.org",
      });
      const { left, right } = receive(transaction.edus);
      expect(right.at(-1)?.message_id).toBe("good");
      expect(canonicalJson(JSON.parse(JSON.stringify(right)))).toBe(canonicalJson(right));
      expect(JSON.stringify(left).length).toBeLessThan(65_536);
      expect(Object.getPrototypeOf({})).not.toHaveProperty("isAdmin");
    },
  );
});

describe("checkImplementation", () => {
  const decoding = (codec: t.Mixed) => (input: unknown) => {
    const decoded = codec.decode(input);
    return decoded._tag === "Right" ? decoded.right : undefined;
  };

  // What one would write with io-ts alone.
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

  it("finds what a naive implementation loses", () => {
    const failures = new Map(
      checkImplementation({ edu: decoding(NaiveEdu), delivery: naiveDelivery }).map(
        ({ id, reason }) => [id, reason],
      ),
    );
    // Recipients whose key is no User ID are dropped without a word.
    expect(failures.get("edu-recipient-bad-among-good")).toMatch(/^expected nothing, got \{/);
    expect(failures.get("edu-json-prototype-user")).toMatch(/^expected nothing, got \{/);
    // The device `__proto__` becomes the prototype, and is lost.
    expect(failures.get("prototype-device")).toMatch(/^expected \["\[.*__proto__.*, got \[\]$/);
    expect(failures.has("prototype-device-beside-wildcard")).toBe(true);
    // One bad leaf takes the good ones with it.
    expect(failures.has("null-contents-among-good")).toBe(true);
    expect(failures.has("edu-message-id-33-letters")).toBe(true);
    expect(failures.has("edu-origin-other")).toBe(true);
    expect(failures.has("edu-spec-example")).toBe(false);
    expect(failures.has("wildcard-beside-one")).toBe(false);
  });

  it("says what an implementation throws, and goes on", () => {
    const failures = checkImplementation({
      deviceId: (input) => {
        if (typeof input !== "string") throw new TypeError("no string");
        return input;
      },
    });
    expect(failures).toEqual([
      { id: "device-wildcard", reason: 'expected nothing, got "*"' },
      { id: "device-number", reason: "threw TypeError: no string" },
      { id: "device-null", reason: "threw TypeError: no string" },
    ]);
  });

  it("asks nothing of what an implementation does not have", () => {
    expect(checkImplementation({})).toEqual([]);
  });
});
