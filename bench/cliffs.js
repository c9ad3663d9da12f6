/** Inputs on which engines change strategy: kinds of device IDs, and alternatives to the library's algorithms. */
import { batchOf } from "./decode.js";
import * as library from "./library.js";
import { measure, median, on, ratio } from "./measure.js";
import * as guard from "./peers/guard.js";
import { deviceId, edu, olmBody, range, smallBody, userId, warmUp } from "./workloads.js";

/** New IDs: an engine must create the shape of each map with them. */
let seen = 0;
const unseen = () => deviceId(1_000_000 + seen++);
const wholeNumber = String;
const farApart = (index) => String(100_000 + 7919 * index);

/**
 * Decoding by the kind of device IDs. Engines store integer keys separately from other keys.
 *
 * @returns {Array<{ name: string, nanos: number, guard: number, shareOfParse: number }>}
 */
export function measureDeviceIds() {
  const decode = (one) => library.DirectToDeviceEdu.decode(one);
  warmUp([(edus) => edus.map(decode), (edus) => edus.map(guard.decode)]);
  return [
    ["20 x 5, Olm, letters", 20, 5, deviceId, olmBody],
    ["20 x 5, Olm, letters, never seen before", 20, 5, unseen, olmBody],
    ["200 x 5, letters", 200, 5, deviceId],
    ["200 x 5, letters, never seen before", 200, 5, unseen],
    ["200 x 5, whole numbers", 200, 5, wholeNumber],
    ["200 x 5, whole numbers far apart", 200, 5, farApart],
    ["1 x 10,000, letters", 1, 10_000, deviceId],
    ["1 x 10,000, whole numbers", 1, 10_000, wholeNumber],
    ["1 x 10,000, whole numbers far apart", 1, 10_000, farApart],
  ].map(([name, users, devices, id, body = smallBody]) => {
    const known = JSON.stringify(edu(range(users, userId), range(devices, id), body));
    const text =
      id === unseen ? () => known.replace(/"D\w{9}":/g, () => `"${unseen()}":`) : () => known;
    const samples = measure(
      {
        ...on(() => JSON.parse(text()), { decode, guard: guard.decode }),
        parse: { input: text, run: (input) => JSON.parse(input) },
      },
      { batch: batchOf([known]), rounds: 11 },
    );
    return {
      name,
      nanos: (1000 * median(samples.decode)) / (users * devices),
      guard: ratio(samples.guard, samples.decode),
      shareOfParse: ratio(samples.decode, samples.parse),
    };
  });
}

/** Alternatives to the library's algorithms. The first is its own. */
const ways = {
  "is it a User ID": {
    "a pattern for ASCII, then the rules one by one": (id) =>
      /^@[!-9;-~]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(id) || isUserIdByRules(id),
    "one pattern with the u flag, which some engines get wrong": (id) =>
      /^@[^:\0\p{Cs}]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/u.test(id),
    "a pattern without it, then a look for lone surrogates": (id) =>
      /^@[^:\0]*:[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(id) && id.isWellFormed(),
    "code units one by one": isUserIdByUnits,
    "server names remembered": isUserIdOfKnownServer,
  },
  "all members of a map": {
    "Object.keys": (map) => {
      for (const key of Object.keys(map)) {
        if (key.length === 0 || map[key] === null) return false;
      }
      return true;
    },
    "Object.keys, and Object.values up to 128": (map) => {
      const keys = Object.keys(map);
      const values = keys.length > 128 ? undefined : Object.values(map);
      let index = 0;
      for (const key of keys) {
        if (key.length === 0 || (values ? values[index++] : map[key]) === null) return false;
      }
      return true;
    },
    "Object.entries": (map) => {
      for (const [key, value] of Object.entries(map)) {
        if (key.length === 0 || value === null) return false;
      }
      return true;
    },
    "for...in": (map) => {
      for (const key in map) {
        if (hasOwn.call(map, key) && (key.length === 0 || map[key] === null)) return false;
      }
      return true;
    },
  },
};

const hasOwn = Object.prototype.hasOwnProperty;

function isUserIdByRules(id) {
  const colon = id.indexOf(":");
  return (
    id[0] === "@" &&
    colon !== -1 &&
    !id.includes("\0") &&
    id.isWellFormed() &&
    /^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(id.slice(colon + 1))
  );
}

function isUserIdByUnits(id) {
  const colon = id.indexOf(":");
  if (id.charCodeAt(0) !== 0x40 || colon === id.length - 1 || !id.isWellFormed()) return false;
  for (let index = 1; index < colon; index++) if (id.charCodeAt(index) === 0) return false;
  for (let index = colon + 1; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    const isLetter = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a);
    if (!isLetter && !(unit >= 0x2d && unit <= 0x3a && unit !== 0x2f)) return false;
  }
  return colon > 0;
}

const servers = new Map();
function isUserIdOfKnownServer(id) {
  const colon = id.indexOf(":");
  const server = id.slice(colon + 1);
  let isServer = servers.get(server);
  if (isServer === undefined) {
    isServer = /^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(server);
    servers.set(server, isServer);
  }
  return isServer && id.charCodeAt(0) === 0x40 && id.isWellFormed() && !id.includes("\0");
}

/**
 * The time of alternatives. Each is warmed up with all its inputs: one large map can slow it down permanently.
 *
 * @returns {Array<{ name: string, nanos: number, ratios: Record<string, number> }>}
 */
export function measureWays() {
  const cyrillic = (index) => `@пользователь-${index}:example.org`;
  const inputs = {
    "is it a User ID": {
      "in ASCII": () => Object.keys(parsed(1000, userId)),
      "in Cyrillic": () => Object.keys(parsed(1000, cyrillic)),
    },
    "all members of a map": {
      "of 5": () => range(200, () => parsed(5, deviceId)),
      "of 5, never seen before": () => range(200, () => parsed(5, unseen)),
      "of 10,000": () => [parsed(10_000, deviceId)],
    },
  };
  return Object.entries(inputs).flatMap(([what, kinds]) => {
    const runs = Object.entries(ways[what]).map(([way, run]) => [way, (list) => list.every(run)]);
    const [[first]] = runs;
    for (const input of [...Object.values(kinds), ...Object.values(kinds)]) {
      for (const [, run] of runs) run(input());
    }
    return Object.entries(kinds).map(([kind, input]) => {
      const samples = measure(on(input, Object.fromEntries(runs)), { rounds: 11, warm: 20_000 });
      return {
        name: `${what}, ${kind}`,
        nanos: (1000 * median(samples[first])) / input().length,
        ratios: Object.fromEntries(runs.map(([way]) => [way, ratio(samples[way], samples[first])])),
      };
    });
  });
}

/** A new JSON object. */
function parsed(size, key) {
  return JSON.parse(JSON.stringify(Object.fromEntries(range(size, (index) => [key(index), {}]))));
}
