import * as fc from "fast-check";
import {
  allDevices,
  canonicalJsonBytes,
  type Delivery,
  type DeviceId,
  DirectToDeviceEdu,
  deliver,
  directToDevice,
  expandWildcards,
  type MessageId,
  type Messages,
  maxEduBytes,
  packEdus,
  receiveEdus,
  recipients,
  requestOf,
  type SendToDeviceRequest,
  serverNameOf,
  splitByDestination,
  type Undeliverable,
  type UserId,
} from "matrix-send-to-device";
import { arbitraries, invalid } from "matrix-send-to-device/testing";
import { describe, expect, it } from "vitest";
import { fromEntries } from "../src/internal/entries.js";
import {
  canonicalBytes,
  canonicalJson,
  codecs,
  counted,
  frozen,
  leaves,
  leavesOfEdus,
} from "./oracle.js";

/** The users of some messages with their device maps. */
const usersIn = (messages: Messages) =>
  recipients({ messages }).map((userId) => [userId, messages[userId] ?? {}] as const);

/** A property over deep-frozen inputs: changing one throws. */
function holds<T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void, numRuns = 200): void {
  fc.assert(
    fc.property(arbitrary, (value) => law(frozen(value))),
    { numRuns },
  );
}

const arbitraryOf = (name: string) =>
  (arbitraries as unknown as Record<string, fc.Arbitrary<unknown>>)[name] ?? fc.constant(undefined);

const invalidOf = (name: string) =>
  (invalid as unknown as Record<string, fc.Arbitrary<invalid.Invalid>>)[name] ??
  fc.constant({ value: undefined, path: ["no arbitrary of invalid values"] });

/** The devices of a directory, as a look-up. */
type LookUp = (userId: UserId) => ReadonlyArray<string>;

const devicesIn =
  (directory: arbitraries.DeviceDirectory): LookUp =>
  (userId) =>
    directory.get(userId) ?? [];

const requestIn = ({ sender, type, body }: arbitraries.SendToDeviceScene): SendToDeviceRequest =>
  requestOf({ sender, type })(body);

/** Message IDs of one length, so that sizes can be compared. */
const messageId = (index: number) => String(index).padStart(8, "0") as MessageId;

/** Deliveries or undeliverables as a multiset. */
function outcome(sides: ReadonlyArray<Delivery | Undeliverable>): ReadonlyArray<string> {
  return sides.map((side) => canonicalJson(side)).sort();
}

describe("every public codec", () => {
  it.each(codecs)("%s has an arbitrary with the same name", (name) => {
    expect(arbitraries).toHaveProperty(name);
    expect(invalid).toHaveProperty(name);
  });

  it.each(codecs)(
    "%s accepts every value of its arbitrary, and returns the same reference",
    (name, codec) => {
      holds(arbitraryOf(name), (value) => {
        const decoded = codec.decode(value);
        expect(decoded._tag === "Right" && Object.is(decoded.right, value)).toBe(true);
        expect(codec.is(value)).toBe(true);
        expect(Object.is(codec.encode(value), value)).toBe(true);
      });
    },
  );

  it.each(codecs)("%s rejects a value with one fault, at the place of the fault", (name, codec) => {
    holds(invalidOf(name), ({ value, path }) => {
      const decoded = codec.decode(value);
      expect(codec.is(value)).toBe(false);
      expect(decoded).toMatchObject({ _tag: "Left", left: { length: 1 } });
      if (decoded._tag === "Right") return;
      const paths = decoded.left.map(({ context }) => context.slice(1).map(({ key }) => key));
      expect(paths).toEqual([path]);
    });
  });

  it.each(codecs)("%s: decode and is agree on every value", (name, codec) => {
    const others = codecs.map(([other]) => arbitraryOf(other));
    const anything = fc.oneof(
      arbitraryOf(name),
      ...others,
      fc.anything({ withNullPrototype: true }),
    );
    holds(anything, (value) => {
      expect(codec.decode(value)._tag === "Right").toBe(codec.is(value));
    });
  });

  it.each(codecs)("%s: shrinking ends in a small value", (name) => {
    const { counterexample } = fc.check(fc.property(arbitraryOf(name), () => false));
    expect(canonicalJson(counterexample?.[0]).length).toBeLessThan(300);
  });
});

describe("entries", () => {
  it("return the same map for any keys", () => {
    holds(arbitraries.Messages, (messages) => {
      const again = fromEntries(usersIn(messages));
      expect(Object.entries(again)).toEqual(usersIn(messages));
      for (const [, devices] of usersIn(messages)) {
        const copy = fromEntries(Object.entries(devices));
        expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
        expect(Object.entries(copy)).toEqual(Object.entries(devices));
      }
    });
  });
});

/** The rule for `*`, written out: the leaves of each user after expansion. */
function expandedLeaves(messages: Messages, devicesOf: LookUp): ReadonlyArray<string> {
  return usersIn(messages)
    .flatMap(([userId, devices]) => {
      const reached = new Map<string, unknown>(Object.entries(devices));
      const all = reached.get(allDevices);
      reached.delete(allDevices);
      if (Object.keys(devices).includes(allDevices)) {
        for (const known of devicesOf(userId)) {
          if (known !== (allDevices as string) && !reached.has(known)) reached.set(known, all);
        }
      }
      return [...reached].map(([deviceId, contents]) =>
        canonicalJson([userId, deviceId, contents]),
      );
    })
    .sort();
}

const requestAndDirectory = arbitraries.SendToDeviceRequest.chain((request) =>
  arbitraries.deviceDirectory(request.messages).map((directory) => ({ request, directory })),
);

describe("expandWildcards", () => {
  it("gives every named or known device its contents, and no others", () => {
    holds(requestAndDirectory, ({ request, directory }) => {
      const expanded = expandWildcards(devicesIn(directory))(request);
      expect(leaves(expanded.messages)).toEqual(
        expandedLeaves(request.messages, devicesIn(directory)),
      );
    });
  });

  it("changes nothing if it is applied twice", () => {
    holds(requestAndDirectory, ({ request, directory }) => {
      const once = expandWildcards(devicesIn(directory))(request);
      expect(expandWildcards(devicesIn(directory))(once)).toBe(once);
    });
  });
});

describe("deliver", () => {
  it("accounts for every leaf, on the left or on the right", () => {
    holds(requestAndDirectory, ({ request, directory }) => {
      const { left, right } = deliver(devicesIn(directory))(request);
      for (const [userId, devices] of usersIn(request.messages)) {
        for (const [deviceId, contents] of Object.entries(devices)) {
          const ends = [...left, ...right].filter(
            (end) => end.userId === userId && end.deviceId === deviceId,
          );
          if (deviceId !== allDevices) {
            expect(ends.map(({ event }) => event.content)).toEqual([contents]);
            expect(ends[0]?.event.content).toBe(contents);
          } else {
            expect(ends.length).toBe(
              (directory.get(userId) ?? []).some((known) => !Object.hasOwn(devices, known)) ? 0 : 1,
            );
          }
        }
      }
    });
  });

  it("gives every known device one event, with the contents of the expanded message", () => {
    holds(requestAndDirectory, ({ request, directory }) => {
      const { right } = deliver(devicesIn(directory))(request);
      const known = expandedLeaves(request.messages, devicesIn(directory)).filter((leaf) => {
        const [userId, deviceId] = JSON.parse(leaf) as [UserId, DeviceId];
        return directory.get(userId)?.includes(deviceId);
      });
      expect(
        right
          .map(({ userId, deviceId, event }) => canonicalJson([userId, deviceId, event.content]))
          .sort(),
      ).toEqual(known);
    });
  });
});

/** The number of leaves of an EDU. A value in place of a device map counts as one. */
function leavesIn(edu: unknown): number {
  const { edu_type, content } = edu as { edu_type: unknown; content?: { messages?: object } };
  if (edu_type !== directToDevice) return 0;
  return Object.values(content?.messages ?? {}).reduce<number>(
    (sum, devices: unknown) =>
      sum +
      (typeof devices === "object" && devices !== null && !Array.isArray(devices)
        ? Object.keys(devices).length
        : 1),
    0,
  );
}

const receive = ({ origin, destination }: arbitraries.TransactionScene) =>
  receiveEdus({ origin, isLocal: (userId) => serverNameOf(userId) === destination });

describe("receiveEdus", () => {
  it("accounts for every leaf, rejected or accepted", () => {
    holds(
      arbitraries.transaction,
      (scene) => {
        const { edus } = scene.transaction;
        const { left, right } = receive(scene)(edus);
        const read = edus.reduce<number>((sum, edu) => sum + (edu === null ? 0 : leavesIn(edu)), 0);
        const rejected = left.reduce((sum, it) => sum + ("leaves" in it ? it.leaves : 0), 0);
        const accepted = right.reduce((sum, { messages }) => sum + leaves(messages).length, 0);
        expect(rejected + accepted).toBe(read);
      },
      500,
    );
  });

  it("accepts only leaves that were sent, by users of the origin to local users", () => {
    holds(arbitraries.transaction, (scene) => {
      const { edus } = scene.transaction;
      const sent = new Set(leavesOfEdus(edus.filter(DirectToDeviceEdu.is)));
      const corrupted = edus
        .filter((edu) => !DirectToDeviceEdu.is(edu))
        .map(canonicalJson)
        .join();
      for (const message of receive(scene)(edus).right) {
        expect(serverNameOf(message.sender)).toBe(scene.origin);
        for (const leaf of leaves(message.messages)) {
          const [userId, , contents] = JSON.parse(leaf) as [UserId, DeviceId, unknown];
          expect(serverNameOf(userId)).toBe(scene.destination);
          expect(sent.has(leaf) || corrupted.includes(canonicalJson(contents))).toBe(true);
        }
      }
    });
  });

  it("accepts only leaves that survive as JSON text", () => {
    holds(arbitraries.transaction, (scene) => {
      const { right } = receive(scene)(scene.transaction.edus);
      for (const message of right) {
        const again: unknown = JSON.parse(JSON.stringify(message));
        expect(canonicalJson(again)).toBe(canonicalJson(message));
        expect(receive(scene)([{ edu_type: directToDevice, content: again }])).toEqual({
          left: [],
          right: [again],
        });
      }
    });
  });
});

describe("splitByDestination", () => {
  it("puts every leaf into the part of its user's server, once", () => {
    holds(arbitraries.SendToDeviceRequest, (request) => {
      const parts = [...splitByDestination(request)];
      expect(parts.flatMap(([, part]) => leaves(part.messages)).sort()).toEqual(
        leaves(request.messages),
      );
      for (const [destination, { messages, ...rest }] of parts) {
        expect(usersIn(messages).every(([userId]) => serverNameOf(userId) === destination)).toBe(
          true,
        );
        expect(rest).toEqual({ sender: request.sender, type: request.type });
      }
    });
  });
});

/** Limits at which small requests are split, and the default. */
const maxBytes = fc.oneof(
  fc.integer({ min: 150, max: 800 }),
  fc.integer({ min: 1, max: maxEduBytes }),
  fc.constant(maxEduBytes),
);

const packing = fc.record({ request: arbitraries.SendToDeviceRequest, maxBytes });

describe("packEdus", () => {
  it("sends every leaf once, or returns it as unsendable", () => {
    holds(
      packing,
      ({ request, maxBytes }) => {
        const { left, right } = packEdus({ messageId, maxBytes })(request);
        const unsent = left.flatMap(({ userId, deviceIds }) =>
          deviceIds.map((id) =>
            canonicalJson([userId, id, request.messages[userId]?.[id as DeviceId]]),
          ),
        );
        expect([...leavesOfEdus(right), ...unsent].sort()).toEqual(leaves(request.messages));
      },
      500,
    );
  });

  it("keeps every EDU within the limit, by an independent count", () => {
    holds(
      packing,
      ({ request, maxBytes }) => {
        for (const edu of packEdus({ messageId, maxBytes })(request).right) {
          const bytes = canonicalBytes(edu);
          const own = canonicalJsonBytes(edu);
          // `canonicalJsonBytes` also counts the levels of the EDU around contents of 100 levels.
          if (own._tag === "Right") expect(own.right).toBe(bytes);
          else expect(own.left).toMatch(/: expected at most 100 levels$/);
          expect(bytes).toBeLessThanOrEqual(maxBytes);
          expect(DirectToDeviceEdu.is(edu)).toBe(true);
        }
      },
      500,
    );
  });

  it("sends all contents that fit in an EDU of their own", () => {
    holds(packing, ({ request, maxBytes }) => {
      for (const unsendable of packEdus({ messageId, maxBytes })(request).left) {
        if (unsendable._tag === "NotCanonicalJson") continue;
        const { userId, deviceIds, bytes } = unsendable;
        const devices = request.messages[userId] ?? {};
        const alone = Object.fromEntries(deviceIds.map((id) => [id, devices[id as DeviceId]]));
        const { sender, type } = request;
        const content = { sender, type, message_id: messageId(0), messages: { [userId]: alone } };
        const least = canonicalBytes({ edu_type: directToDevice, content });
        expect(least).toBeGreaterThan(maxBytes);
        // The size with an ID of one byte, if not even that would fit.
        expect([least, least - messageId(0).length + 1]).toContain(bytes);
      }
    });
  });

  it("never separates `*` from the devices named next to it", () => {
    holds(packing, ({ request, maxBytes }) => {
      for (const { content } of packEdus({ messageId, maxBytes })(request).right) {
        for (const [userId, devices] of usersIn(content.messages)) {
          const whole = request.messages[userId] ?? {};
          if (Object.hasOwn(whole, allDevices)) {
            expect(Object.keys(devices).sort()).toEqual(Object.keys(whole).sort());
          }
        }
      }
    });
  });
});

type Sizes = { maxBytes: number; minBytes: number; users: number; devices: number; body: number };

/** Requests with parcels of many sizes, which need several EDUs. */
const crowded = ({ minBytes, maxBytes, users, devices, body }: Sizes) =>
  fc.record({
    maxBytes: fc.integer({ min: minBytes, max: maxBytes }),
    request: fc
      .array(
        fc.record({
          nameLength: fc.integer({ min: 1, max: 60 }),
          bodies: fc.array(fc.integer({ min: 0, max: body }), { minLength: 1, maxLength: devices }),
          wildcard: fc.boolean(),
        }),
        { minLength: 1, maxLength: users },
      )
      .map((sizes) => ({
        sender: "@a:b" as UserId,
        type: "t",
        messages: Object.fromEntries(sizes.map(userEntry)) as Messages,
      })),
  });

type UserSizes = { nameLength: number; bodies: ReadonlyArray<number>; wildcard: boolean };

function userEntry({ nameLength, bodies, wildcard }: UserSizes, index: number) {
  const entries = bodies.map((size, device) => [
    wildcard && device === 0 && bodies.length < 3 ? allDevices : `D${device}`,
    { b: "x".repeat(size) },
  ]);
  return [`@${index}${"u".repeat(nameLength)}:b`, Object.fromEntries(entries)];
}

type Parcel = readonly [userId: string, userBytes: number, bytes: number];

/** The parcels of a request, with their sizes by the independent count. */
function parcelsOf(messages: Messages): ReadonlyArray<Parcel> {
  return usersIn(messages).flatMap(([userId, devices]) => {
    const userBytes = canonicalBytes(userId) + ":{}".length;
    const sizes = Object.entries(devices).map(
      ([id, contents]) => canonicalBytes(id) + canonicalBytes(contents) + ":,".length,
    );
    const whole = sizes.reduce((sum, bytes) => sum + bytes, 0);
    return (Object.hasOwn(devices, allDevices) ? [whole] : sizes).map(
      (bytes) => [userId, userBytes, bytes] as const,
    );
  });
}

/** The size of the members for some parcels, with a comma after each. */
function membersSize(parcels: ReadonlyArray<Parcel>): number {
  const users = new Map(parcels.map(([userId, userBytes]) => [userId, userBytes]));
  const ofUsers = [...users.values()].reduce((sum, bytes) => sum + bytes, 0);
  return ofUsers + parcels.reduce((sum, [, , bytes]) => sum + bytes, 0);
}

/** The minimum number of EDUs for all parcels, by trying every partition. */
function fewestEdus(parcels: ReadonlyArray<Parcel>, room: number): number {
  const sets = 1 << parcels.length;
  const fits = Array.from(
    { length: sets },
    (_, set) => membersSize(parcels.filter((_parcel, index) => set & (1 << index))) <= room,
  );
  const fewest = [0];
  for (let set = 1; set < sets; set++) {
    let least = Infinity;
    for (let part = set; part > 0; part = (part - 1) & set) {
      if (fits[part]) least = Math.min(least, 1 + (fewest[set ^ part] ?? Infinity));
    }
    fewest.push(least);
  }
  return fewest[sets - 1] ?? Infinity;
}

/** The parcels that were sent, the number of their EDUs, and the room of an EDU for members. */
function packed(request: SendToDeviceRequest, maxBytes: number) {
  const { right } = packEdus({ messageId, maxBytes })(request);
  const { sender, type } = request;
  const content = { sender, type, message_id: messageId(0), messages: {} };
  const room = maxBytes - canonicalBytes({ edu_type: directToDevice, content }) + ",".length;
  const parcels = parcelsOf(request.messages).filter((parcel) => membersSize([parcel]) <= room);
  return { edus: right.length, parcels, room };
}

describe("packEdus needs at most twice the minimum number of EDUs, plus one", () => {
  it("on small requests, by brute force", () => {
    const small = { minBytes: 170, maxBytes: 330, users: 4, devices: 3, body: 120 };
    holds(crowded(small), ({ request, maxBytes }) => {
      const { edus, parcels, room } = packed(request, maxBytes);
      if (parcels.length > 9) return;
      expect(edus).toBeLessThanOrEqual(2 * fewestEdus(parcels, room) + 1);
    });
  });

  it("on large requests, by the number of bytes", () => {
    const large = { minBytes: 2000, maxBytes: 6000, users: 30, devices: 60, body: 600 };
    holds(crowded(large), ({ request, maxBytes }) => {
      const { edus, parcels, room } = packed(request, maxBytes);
      expect(edus).toBeLessThanOrEqual(2 * Math.ceil(membersSize(parcels) / room) + 1);
    });
  });
});

/**
 * Next-fit, by sizes alone: a user goes whole into the last EDU, else whole into a new one, else parcel by parcel from
 * the last EDU on.
 */
function nextFit(parcels: ReadonlyArray<Parcel>, room: number): number {
  let edus = 0;
  let free = -1;
  const add = (bytes: number, begun: number): void => {
    if (bytes <= free) free -= bytes;
    else {
      edus += 1;
      free = room - begun;
    }
  };
  for (const [userId, userBytes] of new Map(parcels.map((parcel) => [parcel[0], parcel[1]]))) {
    const sizes = parcels.filter(([owner]) => owner === userId).map(([, , bytes]) => bytes);
    const whole = userBytes + sizes.reduce((sum, bytes) => sum + bytes, 0);
    if (whole <= room) {
      add(whole, whole);
      continue;
    }
    let isInLast = false;
    for (const bytes of sizes) {
      add(bytes + (isInLast ? 0 : userBytes), bytes + userBytes);
      isInLast = true;
    }
  }
  return edus;
}

describe("packEdus takes no more EDUs than next-fit", () => {
  it("on small and large requests", () => {
    const small = { minBytes: 170, maxBytes: 900, users: 6, devices: 5, body: 120 };
    const large = { minBytes: 2000, maxBytes: 6000, users: 20, devices: 30, body: 600 };
    holds(
      fc.oneof(crowded(small), crowded(large)),
      ({ request, maxBytes }) => {
        const { edus, parcels, room } = packed(request, maxBytes);
        expect(edus).toBe(nextFit(parcels, room));
      },
      500,
    );
  });

  it("requests one ID per EDU, and at most one more", () => {
    const sizes = { minBytes: 170, maxBytes: 900, users: 6, devices: 5, body: 120 };
    const scene = fc.record({
      crowd: crowded(sizes),
      lengths: fc.array(fc.integer({ min: 4, max: 32 }), { minLength: 1 }),
    });
    holds(
      scene,
      ({ crowd: { request, maxBytes }, lengths }) => {
        const asked: Array<string> = [];
        const { right } = packEdus({
          maxBytes,
          messageId: (index) => {
            expect(index).toBe(asked.length);
            const id = String(index).padStart(lengths[index % lengths.length] ?? 4, "0");
            asked.push(id);
            return id;
          },
        })(request);
        const ids = right.map(({ content }) => content.message_id as string);
        expect(asked.slice(0, ids.length)).toEqual(ids);
        expect(asked.length - ids.length).toBeLessThanOrEqual(1);
        for (const edu of right) expect(canonicalBytes(edu)).toBeLessThanOrEqual(maxBytes);
      },
      500,
    );
  });
});

describe("packEdus keeps a user's devices together", () => {
  it("if they fit in one EDU", () => {
    const small = { minBytes: 170, maxBytes: 900, users: 6, devices: 5, body: 120 };
    holds(crowded(small), ({ request, maxBytes }) => {
      const { room } = packed(request, maxBytes);
      const { right } = packEdus({ messageId, maxBytes })(request);
      for (const userId of recipients(request)) {
        const ofUser = parcelsOf(request.messages).filter(([owner]) => owner === userId);
        const edus = right.filter(({ content }) => Object.hasOwn(content.messages, userId));
        if (membersSize(ofUser) <= room) expect(edus.length).toBe(1);
      }
    });
  });
});

/** The request without the contents that are too large. */
function without(request: SendToDeviceRequest, unsent: ReadonlySet<string>): SendToDeviceRequest {
  const messages = Object.fromEntries(
    usersIn(request.messages).map(([userId, devices]) => [
      userId,
      Object.fromEntries(
        Object.entries(devices).filter(([id]) => !unsent.has(canonicalJson([userId, id]))),
      ),
    ]),
  );
  return { ...request, messages };
}

describe("the commuting square", () => {
  it("sending over federation delivers exactly what local delivery would", () => {
    holds(
      fc.record({ scene: arbitraries.sendToDeviceBody, maxBytes }),
      ({ scene, maxBytes }) => {
        const request = requestIn(scene);
        const devicesOf = devicesIn(scene.directory);
        const unsent = new Set<string>();
        const far = [...splitByDestination(request)].flatMap(([destination, part]) => {
          const { left, right } = packEdus({ messageId, maxBytes })(part);
          for (const { userId, deviceIds } of left) {
            for (const id of deviceIds) unsent.add(canonicalJson([userId, id]));
          }
          const edus: ReadonlyArray<unknown> = JSON.parse(JSON.stringify(right));
          const received = receiveEdus({
            origin: serverNameOf(request.sender),
            isLocal: (userId) => serverNameOf(userId) === destination,
          })(edus);
          expect(received.left).toEqual([]);
          return received.right.map(deliver(devicesOf));
        });
        const near = deliver(devicesOf)(without(request, unsent));
        expect(outcome(far.flatMap(({ right }) => right))).toEqual(outcome(near.right));
        expect(outcome(far.flatMap(({ left }) => left))).toEqual(outcome(near.left));
      },
      500,
    );
  });
});

describe("the commuting square with invalid contents", () => {
  it("a device whose contents are rejected receives nothing, and all others receive the same as before", () => {
    const unacceptable = fc.constantFrom<unknown>(
      null,
      "text",
      [],
      { s: "\ud800" },
      { n: Infinity },
    );
    const odds = fc.infiniteStream(fc.option(unacceptable, { freq: 3, nil: undefined }));
    holds(
      arbitraries.sendToDeviceBody.chain((scene) =>
        odds.map((stream) => {
          const broken = new Map<string, unknown>();
          const messages = Object.fromEntries(
            usersIn(scene.body.messages).map(([userId, devices]) => [
              userId,
              Object.fromEntries(
                Object.entries(devices).map(([id, contents]) => {
                  const { value } = stream.next();
                  if (value === undefined && id.isWellFormed()) return [id, contents];
                  broken.set(canonicalJson([userId, id]), value);
                  return [id, value === undefined ? contents : value];
                }),
              ),
            ]),
          );
          return { scene, messages, broken: [...broken.keys()] };
        }),
      ),
      ({ scene, messages, broken }) => {
        const { sender, type } = scene;
        const content = { sender, type, message_id: "1", messages };
        const { left, right } = receiveEdus({ origin: serverNameOf(sender), isLocal: () => true })([
          { edu_type: directToDevice, content },
        ]);
        const rejected = left.reduce((sum, it) => sum + ("leaves" in it ? it.leaves : 0), 0);
        expect(rejected).toBe(broken.length);
        const devicesOf = devicesIn(scene.directory);
        // A device that would receive rejected contents, by name or by `*`, receives nothing.
        const near = deliver(devicesOf)(requestIn(scene)).right.filter(({ userId, deviceId }) => {
          const isNamed = Object.hasOwn(scene.body.messages[userId] ?? {}, deviceId);
          return !broken.includes(canonicalJson([userId, isNamed ? deviceId : allDevices]));
        });
        expect(outcome(right.flatMap((message) => deliver(devicesOf)(message).right))).toEqual(
          outcome(near),
        );
        const expanded = right.map(expandWildcards(devicesOf));
        expect(outcome(expanded.flatMap((message) => deliver(devicesOf)(message).right))).toEqual(
          outcome(near),
        );
      },
      500,
    );
  });
});

describe("work is bounded, counted not timed", () => {
  const many = (count: number, contents: (index: number) => unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`D${index}`, contents(index)]));

  const eduOf = (messages: unknown) => ({
    edu_type: directToDevice,
    content: { sender: "@john:example.com", type: "m.dummy", message_id: "m1", messages },
  });

  it("a guard reads each entry once", () => {
    const users = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`@u${index}:example.org`, many(100, () => ({}))]),
    );
    const { value, counts } = counted(eduOf(users));
    expect(DirectToDeviceEdu.is(value)).toBe(true);
    // The messages and each user's devices.
    expect(counts.listed).toBe(1 + 50);
    // Two members of the EDU, four of its content, each user and each device.
    expect(counts.read).toBe(2 + 4 + 50 + 50 * 100);
  });

  it("100,000 invalid entries give 100 errors of less than 64 kB, and at most 101 are read", () => {
    const { value, counts } = counted(
      eduOf({ "@alice:example.org": many(100_000, () => "no object") }),
    );
    const decoded = DirectToDeviceEdu.decode(value);
    expect(decoded).toMatchObject({ _tag: "Left" });
    if (decoded._tag === "Left") {
      expect(decoded.left.length).toBe(100);
      expect(JSON.stringify(decoded.left).length).toBeLessThan(65_536);
    }
    expect(counts.read).toBe(2 + 4 + 1 + 101);
  });

  it("receiving 100,000 invalid entries gives at most 100 reasons", () => {
    const edu = eduOf({ "@alice:example.org": many(100_000, () => null) });
    const { left, right } = receiveEdus({
      origin: "example.com",
      isLocal: () => true,
    })([edu]);
    expect(right).toEqual([]);
    expect(
      left.map((rejection) => [
        rejection._tag,
        "leaves" in rejection && rejection.leaves,
        rejection.reasons.length,
      ]),
    ).toEqual([["InvalidContents", 100_000, 97]]);
  });

  it("packing 50,000 deliveries walks each of 5 bodies once", () => {
    const bodies = Array.from({ length: 5 }, (_, index) => counted({ body: index }));
    const messages = Object.fromEntries(
      Array.from({ length: 50 }, (_, user) => [
        `@u${user}:example.org`,
        many(1000, (device) => bodies[device % 5]?.value),
      ]),
    ) as Messages;
    const { left, right } = packEdus({ messageId })({
      sender: "@john:example.com" as UserId,
      type: "m.dummy",
      messages,
    });
    expect(left).toEqual([]);
    expect(
      right
        .flatMap(({ content }) =>
          usersIn(content.messages).map(([, devices]) => Object.keys(devices).length),
        )
        .reduce((sum, count) => sum + count, 0),
    ).toBe(50_000);
    expect(bodies.map(({ counts }) => counts)).toEqual(bodies.map(() => ({ listed: 1, read: 1 })));
  });
});
