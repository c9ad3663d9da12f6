/**
 * Random, mutated and hostile values through everything that takes values from outside.
 *
 * `npm run fuzz -- <seconds> <seed>`: prints the seed, and where an invariant breaks, the smallest input that it found.
 */
import { createContext, runInContext } from "node:vm";
import * as fc from "fast-check";
import * as t from "io-ts";
import { PathReporter } from "io-ts/lib/PathReporter.js";
import * as library from "matrix-send-to-device";
import {
  allDevices,
  canonicalJsonBytes,
  type DeviceId,
  DirectToDeviceEdu,
  deliver,
  directToDevice,
  expandWildcards,
  explain,
  isKnownType,
  type MessageId,
  maxEduBytes,
  packEdus,
  readAppserviceToDevice,
  readEvent,
  receiveEdus,
  recipients,
  SendToDeviceRequest,
  serverNameOf,
  splitByDestination,
  ToDeviceEvent,
  toStandardSchema,
  type UserId,
} from "matrix-send-to-device";
import {
  arbitraries,
  conformance,
  fixtures,
  inputOf,
  invalid,
} from "matrix-send-to-device/testing";

const codecs = Object.values(library).flatMap((value) => (value instanceof t.Type ? [value] : []));

// Inputs. A hostile value cannot be printed, so plans of values are generated.

/** A marker in values, never in keys: no message may contain it. */
const marker = "MARKER8675309";

/** Ways to corrupt a place of a value. Each gets the root, for cycles. */
const spoilers: { readonly [name: string]: (root: unknown) => unknown } = {
  undefined: () => undefined,
  NaN: () => Number.NaN,
  infinity: () => -Infinity,
  bigint: () => 8_675_309n,
  symbol: () => Symbol(marker),
  function: () => () => marker,
  boxed: () => Object(marker),
  date: () => new Date(8_675_309),
  map: () => new Map([[marker, marker]]),
  promise: () => Promise.resolve(marker),
  bytes: () => new Uint8Array(3),
  instance: () =>
    new (class Secret {
      secret = marker;
    })(),
  inherited: () => Object.create({ sender: "@john:example.com", secret: marker }),
  nullPrototype: () => Object.assign(Object.create(null), { secret: marker }),
  ownProto: () => Object.fromEntries([["__proto__", { polluted: marker }]]),
  sparse: () => Array(10_000),
  otherRealm: () => runInContext(`({ secret: "${marker}", list: [1, { a: null }] })`, realm),
  cycle: (root) => root,
  ownCycle: () => {
    const self: Record<string, unknown> = {};
    self.self = self;
    return self;
  },
  deep: () => JSON.parse(`${"[".repeat(30_000)}${"]".repeat(30_000)}`),
  exponential: () => {
    let graph: unknown = { secret: marker };
    for (let level = 0; level < 99; level++) graph = { a: graph, b: graph };
    return graph;
  },
  throwingGetter: () => ({
    get secret() {
      throw new Error(marker);
    },
  }),
  throwingProxy: () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(marker);
        },
      },
    ),
  revokedProxy: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  /** A different value on each read. */
  changing: (root) => {
    let reads = 0;
    const values = [{}, null, root, marker, [], 1.5];
    return new Proxy({ a: 1, b: 2 }, { get: () => values[reads++ % values.length] });
  },
  changingMember: () => {
    let reads = 0;
    return {
      get "@alice:example.org"() {
        return reads++ % 2 === 0 ? { A: {} } : marker;
      },
    };
  },
};

const realm = createContext({});

type Plan = {
  /** A JSON text. */
  readonly text: string;
  /** Places of the value to corrupt: which of them, and how. */
  readonly spoil: ReadonlyArray<readonly [place: number, spoiler: string]>;
  /** Whether every string and number that is a value gets the marker, or only those of contents. */
  readonly markAll: boolean;
};

const arbitraryNames = Object.keys(arbitraries).filter((name) => name !== "deviceDirectory");
const values = fc.oneof(
  ...arbitraryNames.map((name) => (arbitraries as never)[name] as fc.Arbitrary<unknown>),
  ...(Object.values(invalid) as ReadonlyArray<fc.Arbitrary<invalid.Invalid>>).map((broken) =>
    broken.map(({ value }) => value),
  ),
  fc.jsonValue(),
  fc.constantFrom(...conformance.cases.map(inputOf)),
);
const hostileTexts = Object.values(fixtures.hostileTransactions).map(({ body }) => body);
const texts = fc.oneof(
  { weight: 20, arbitrary: values.map((value) => JSON.stringify(value) ?? "null") },
  { weight: 1, arbitrary: fc.constantFrom(...hostileTexts) },
);

/** Texts that replace others. */
const snippets = fc.constantFrom(
  ...[
    "null",
    "{}",
    "[]",
    "0",
    "1.5",
    "1e400",
    "-0",
    '""',
    '"*"',
    '"__proto__"',
    '"\\ud800"',
    '"@a:b"',
  ],
  ...['"__proto__":{},', '"*":{},', '"A":null,', "{", "}", "[", "]", ",", ":", '"', "\\"],
  `${'{"a":'.repeat(150)}1${"}".repeat(150)}`,
);

const mutated = fc
  .tuple(texts, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 8 }), snippets), { maxLength: 3 }))
  .map(([text, edits]) =>
    edits.reduce((edited, [at, length, snippet]) => {
      // Edits between tokens break less and reach deeper.
      const tokens = edited.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^{}[\],:"]+|"/g) ?? [""];
      tokens.splice(at % tokens.length, length % 2, snippet);
      return tokens.join("");
    }, text),
  );

const plans: fc.Arbitrary<Plan> = fc.record({
  text: fc.oneof(texts, mutated),
  spoil: fc.oneof(
    fc.constant([]),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Object.keys(spoilers))), { maxLength: 2 }),
  ),
  markAll: fc.boolean(),
});

/** Members whose values the protocol reads. */
const envelope = new Set([
  "edu_type",
  "sender",
  "message_id",
  "origin",
  "origin_server_ts",
  "to_user_id",
  "to_device_id",
]);

/** The same JSON value with the marker in its values, as deep as a walk may go. */
function marked(value: unknown, all: boolean, key = "", levels = 200): unknown {
  if (typeof value === "string") return all || !envelope.has(key) ? marker + value : value;
  if (typeof value === "number") return all ? 8_675_309 : value;
  if (typeof value !== "object" || value === null || levels === 0) return value;
  if (Array.isArray(value)) return value.map((member) => marked(member, all, "", levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, marked(member, all, name, levels - 1)]),
  );
}

/** The objects and arrays of a value. */
function containersOf(value: unknown): ReadonlyArray<Record<string, unknown>> {
  const found: Array<Record<string, unknown>> = [];
  const rest = [value];
  while (rest.length > 0 && found.length < 500) {
    const next = rest.shift();
    if (typeof next !== "object" || next === null) continue;
    found.push(next as Record<string, unknown>);
    rest.push(...Object.values(next).slice(0, 50));
  }
  return found;
}

/** The value of a plan, if its text is JSON. */
function rootOf({ text, spoil, markAll }: Plan): { readonly value: unknown } | undefined {
  const root: { value: unknown } = { value: undefined };
  try {
    root.value = marked(JSON.parse(text), markAll);
  } catch {
    return undefined;
  }
  const containers = containersOf(root);
  for (const [place, spoiler] of spoil) {
    const container = containers[place % containers.length] ?? root;
    const keys = Object.keys(container);
    const key = keys[Math.floor(place / containers.length) % keys.length] ?? "added";
    const value = spoilers[spoiler]?.(root.value);
    Object.defineProperty(container, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  // Changing one of them throws.
  for (const container of containers) Object.freeze(container);
  return root;
}

// Invariants.

class Broken extends Error {}

function holds(condition: boolean, invariant: string): void {
  if (!condition) throw new Broken(invariant);
}

/** Lines that go into a log. */
function checkLines(lines: ReadonlyArray<string>): void {
  holds(lines.length <= 100, "at most 100 lines");
  for (const line of lines) {
    holds(/^[ -~]{1,512}$/.test(line), "lines of at most 512 printable ASCII characters");
    holds(!line.includes("8675309"), "no value in a line");
  }
}

/** Checks the explanation of a rejection. */
function checkRejection(rejection: unknown): void {
  const json = JSON.stringify(rejection);
  holds(json.length < 65_536, "less than 64 kB of reasons");
  holds(!json.includes("8675309"), "no value in a rejection");
}

function checkCodec(codec: t.Mixed, value: unknown, isStable: boolean): void {
  const decoded = codec.decode(value);
  const is = codec.is(value);
  if (isStable) holds(is === (decoded._tag === "Right"), `${codec.name}: decode and is agree`);
  const result = toStandardSchema(codec)["~standard"].validate(value);
  if (decoded._tag === "Right") {
    holds(decoded.right === value, `${codec.name}: the same reference`);
    holds(codec.encode(decoded.right) === value, `${codec.name}: encode is the identity`);
    return;
  }
  holds(decoded.left.length > 0 && decoded.left.length <= 100, "1 to 100 errors");
  checkRejection(decoded.left);
  checkLines(explain(decoded.left));
  checkLines(PathReporter.report(decoded));
  if (!(result instanceof Promise) && result.issues) {
    holds(result.issues.length <= 100, "at most 100 issues");
    checkRejection(result.issues);
  }
}

const origin = "example.com";
const isLocal = (userId: UserId) => serverNameOf(userId) === "example.org";

function checkReceive(edus: ReadonlyArray<unknown>, isPure: boolean): void {
  const { left, right } = receiveEdus({ origin, isLocal })(edus);
  const reasons = left.flatMap((rejection) => rejection.reasons);
  holds(
    left.every((rejection) => !("index" in rejection) || rejection.index < edus.length),
    "rejections name an EDU",
  );
  checkLines(reasons.map(({ line }) => line));
  // A valid message ID is the only value in a rejection.
  for (const rejection of left) checkRejection({ ...rejection, message_id: undefined });
  for (const message of right) {
    if (isPure)
      holds(isSame(JSON.parse(JSON.stringify(message)), message), "JSON carries messages");
    holds(serverNameOf(message.sender) === origin, "senders are of the origin");
    holds(recipients(message).every(isLocal), "recipients are local");
  }
  if (isPure) {
    const rejected = left.reduce(
      (sum, rejection) => sum + ("leaves" in rejection ? rejection.leaves : 0),
      0,
    );
    const accepted = right.reduce((sum, message) => sum + leavesOf(message.messages), 0);
    const read = edus.reduce<number>((sum, edu) => sum + leavesOfEdu(edu), 0);
    holds(rejected + accepted === read, "every leaf is rejected or accepted");
  }
}

/** The number of leaves under `messages`. A value in place of a device map counts as one. */
function leavesOf(messages: unknown): number {
  return isObject(messages)
    ? Object.values(messages).reduce<number>(
        (sum, devices) => sum + (isObject(devices) ? Object.keys(devices).length : 1),
        0,
      )
    : 0;
}

function leavesOfEdu(edu: unknown): number {
  if (!isObject(edu) || (typeof edu.edu_type === "string" && edu.edu_type !== directToDevice))
    return 0;
  return isObject(edu.content) ? leavesOf(edu.content.messages) : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const devicesOf = (): ReadonlyArray<DeviceId> =>
  ["A", "B", "B", "__proto__", "*"] as ReadonlyArray<string> as ReadonlyArray<DeviceId>;

function checkRequest(request: SendToDeviceRequest): void {
  const leaves = leavesOf(request.messages);
  const { left, right } = deliver(devicesOf)(request);
  const named = right.filter(({ userId, deviceId }) =>
    Object.hasOwn(request.messages[userId] ?? {}, deviceId),
  );
  const withWildcard = ({ messages }: Pick<SendToDeviceRequest, "messages">) =>
    recipients({ messages }).filter((user) => Object.hasOwn(messages[user] ?? {}, allDevices));
  const wildcards = withWildcard(request).filter(
    (user) => !left.some(({ userId, deviceId }) => userId === user && deviceId === allDevices),
  );
  holds(named.length + left.length + wildcards.length === leaves, "every leaf is delivered or not");
  const expanded = expandWildcards(devicesOf)(request);
  holds(withWildcard(expanded).length === 0, "no * is left");
  const parts = [...splitByDestination(request).values()];
  holds(
    parts.reduce((sum, { messages }) => sum + leavesOf(messages), 0) === leaves,
    "split conserves",
  );
  for (const maxBytes of [300, maxEduBytes]) checkPacking(request, maxBytes);
}

function checkPacking(request: SendToDeviceRequest, maxBytes: number): void {
  const { left, right } = packEdus({ messageId: (index) => `m${index}` as MessageId, maxBytes })(
    request,
  );
  const unsent = left.reduce((sum, { deviceIds }) => sum + deviceIds.length, 0);
  const sent = right.reduce((sum, { content }) => sum + leavesOf(content.messages), 0);
  holds(unsent + sent === leavesOf(request.messages), "pack conserves");
  for (const unsendable of left) {
    if (unsendable._tag === "NotCanonicalJson") checkLines([unsendable.reason.line]);
    const { userId: _user, deviceIds: _devices, ...reason } = unsendable;
    checkRejection(reason);
  }
  for (const edu of right) {
    holds(Buffer.byteLength(JSON.stringify(edu)) <= maxBytes, "within the limit");
    holds(DirectToDeviceEdu.is(edu), "EDUs are valid");
  }
}

function checkAppservice(transaction: unknown): void {
  for (const rejection of readAppserviceToDevice(transaction).left) {
    checkLines(rejection.reasons.map(({ line }) => line));
    checkRejection(rejection);
  }
}

const pristine = [Object, Array, Function, Map].map(
  ({ prototype }) => Reflect.ownKeys(prototype).length,
);

function checkPrototypes(): void {
  const now = [Object, Array, Function, Map].map(
    ({ prototype }) => Reflect.ownKeys(prototype).length,
  );
  holds(isSame(now, pristine) && !("polluted" in {}), "prototypes are as they were");
}

/** Every function that takes a value from outside. */
function check({ value }: { readonly value: unknown }, spoilt: ReadonlyArray<string>): void {
  const isPure = spoilt.length === 0;
  const isStable = !spoilt.some((spoiler) => spoiler.startsWith("changing"));
  for (const codec of codecs) checkCodec(codec, value, isStable);
  const size = canonicalJsonBytes(value);
  if (size._tag === "Left") checkLines([size.left]);
  checkReceive([value], isPure);
  checkReceive([{ edu_type: directToDevice, content: value }], isPure);
  checkAppservice(value);
  checkAppservice({ to_device: [value], "de.sorunome.msc2409.to_device": value });
  const sender = "@john:example.com" as UserId;
  const messages = { "@alice:example.org": { A: value, B: {} } } as SendToDeviceRequest["messages"];
  checkPacking({ sender, type: "m.test", messages }, maxEduBytes);
  if (!isStable) return;
  if (isPure && isObject(value) && Array.isArray(value.edus)) checkReceive(value.edus, isPure);
  if (SendToDeviceRequest.is(value)) checkRequest(value);
  if (ToDeviceEvent.is(value)) {
    const read = readEvent(value);
    holds(read._tag === "Unknown" || isKnownType(value.type), "known types are read");
    if (read._tag === "Invalid") checkRejection(read.errors);
  }
  checkPrototypes();
}

// The run.

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_007);
const end = Date.now() + seconds * 1000;
let [runs, notJson, slowest] = [0, 0, 0];
console.log(`fuzz: seed ${seed}, ${seconds} s`);

for (let round = 0; Date.now() < end; round++) {
  const property = fc.property(plans, (plan) => {
    const root = rootOf(plan);
    if (root === undefined) notJson++;
    else {
      const start = Date.now();
      check(
        root,
        plan.spoil.map(([, spoiler]) => spoiler),
      );
      slowest = Math.max(slowest, Date.now() - start);
    }
    runs++;
  });
  const details = fc.check(property, { seed: seed + round, numRuns: 200, endOnFailure: false });
  if (details.failed) {
    console.log(fc.defaultReportMessage(details));
    process.exitCode = 1;
    break;
  }
}
console.log(`${runs} runs, ${notJson} of them no JSON; the slowest took ${slowest} ms`);
