/** Random values, biased to where engines and implementations differ. */

/** UTF-16 units and characters: around surrogates, at the ends of UTF-8 lengths, and what grammars look at. */
export const units = [
  ...["\ud7ff", "\ud800", "\ud83d", "\udbff", "\udc00", "\ude00", "\udfff", "\ue000"],
  ...["\uf800", "\ufbff", "\ufc00", "\ufeff", "\uffff"],
  ...["\0", "\x1f", " ", "\x7f", "\x80", "é", "\u07ff", "\u0800", "€", "\u2028", "\u{1f600}"],
  ...[":", "@", "*", "a", "Z", "0", ".", "-", "_", "[", "]", "/", "%", "\\", '"', "!"],
];

export const text = (random, most) => random.many(most, () => random.pick(units)).join("");

/** Text of characters only, of up to `bytes` bytes of UTF-8 and perhaps a few more. */
export function longText(random, bytes) {
  const character = random.pick(["a", "é", "€", "\u{1f600}"]);
  const size = { a: 1, é: 2, "€": 3 }[character] ?? 4;
  return character.repeat(Math.max(0, Math.floor(bytes / size) + random.between(-1, 1)));
}

const ports = ["", "", ":8448", ":0", ":99999", ":123456", ":", ":8a", ":-1", ":\u0663"];

function ipv6(random) {
  const group = () => random.many(5, () => random.pick([..."0123456789abcdefABCDEF"])).join("");
  const groups = Array.from({ length: random.pick([1, 2, 6, 7, 8, 8, 8, 9]) }, () =>
    random.chance(0.9) ? group() || "0" : group(),
  );
  if (random.chance(0.5)) groups.splice(random.below(groups.length), 1, "");
  if (random.chance(0.2)) groups.unshift("", "");
  if (random.chance(0.2)) groups.push("1.2.3.4");
  return `[${groups.join(":")}]`;
}

function host(random) {
  switch (random.below(5)) {
    case 0:
    case 1:
      return ipv6(random);
    case 2:
      return random.many(4, () => random.pick(["a", "example", "1", "-", "", "A-b"])).join(".");
    case 3:
      return random.pick(["example.org", "1.2.3.4", "256.1.1.1", "x"]);
    default:
      return random.pick(["a", "a.", "0"]).repeat(random.between(120, 258));
  }
}

export function serverName(random) {
  const name = host(random) + random.pick(ports);
  if (random.chance(0.8)) return name;
  const place = random.below(name.length + 1);
  return name.slice(0, place) + random.pick(units) + name.slice(place);
}

const users = [
  ...["@alice:example.org", "@bob:example.org", "@carol:[::1]:8448", "@dave:elsewhere"],
  ...["@:example.org", "@é\u{1f600}:example.org", "@1:example.org", "@__proto__:example.org"],
];

export function userId(random) {
  if (random.chance(0.85)) return random.pick(users);
  return random.chance(0.5) ? `@${text(random, 6)}:example.org` : text(random, 6);
}

export const deviceId = (random) =>
  random.chance(0.8)
    ? random.pick(["*", "*", "A", "B", "C", "0", "17", "é", "", "__proto__", "toString", "**"])
    : text(random, 4);

const numbers = [
  ...[0, -0, 1, -1, 0.1, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 123456789012345680000],
  ...[2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53) + 1, -(2 ** 53), 2 ** 63, Infinity, NaN],
];

const number = (random) =>
  random.chance(0.6) ? random.between(-1000, 1000) : random.pick(numbers);

/** An object of own members, also of those called `__proto__`. */
export function objectOf(entries) {
  const object = {};
  for (const [key, value] of entries) {
    const attributes = { configurable: true, enumerable: true, writable: true };
    Object.defineProperty(object, key, { value, ...attributes });
  }
  return object;
}

const key = (random) =>
  random.chance(0.7)
    ? random.pick(["body", "a", "b", "2", "10", "__proto__", "toJSON", "algorithm", "ciphertext"])
    : text(random, 4);

/** A value of JSON, or one with a number that JSON does not have. */
export function json(random, levels = 3) {
  switch (random.below(levels > 0 ? 8 : 5)) {
    case 0:
      return number(random);
    case 1:
      return random.pick([null, true, false]);
    case 2:
      return text(random, 12);
    case 3:
    case 4:
      return random.pick(["", "plain", longText(random, 60)]);
    case 5:
      return random.many(4, () => json(random, levels - 1));
    default:
      return objectOf(random.many(4, () => [key(random), json(random, levels - 1)]));
  }
}

/** Objects and arrays around a value, about as deep as `maxDepth` allows. */
function deep(random) {
  let value = json(random, 0);
  for (let level = random.between(96, 102); level > 0; level--) {
    value = random.chance(0.5) ? [value] : { a: value };
  }
  return value;
}

/** Contents that pass. */
const soundContents = (random) => ({
  body: random.pick(["", "x", 'quote " and \\', "é€\u{1f600}\u2028\x01", longText(random, 90)]),
  count: random.between(-1000, 1000),
});

/** Device Message Contents, or what stands in their place. */
export function leaf(random) {
  switch (random.below(8)) {
    case 0:
      return random.pick([null, "text", 1, Infinity, [], [{}], true, {}]);
    case 1:
      return { deep: deep(random) };
    case 2:
    case 3:
      return objectOf(random.many(4, () => [key(random), json(random)]));
    default:
      return soundContents(random);
  }
}

/** Contents to be sent, some of which have no form in canonical JSON. */
export const sendable = (random) =>
  random.chance(0.9) ? soundContents(random) : objectOf([[key(random), json(random)]]);

/** A map of messages: users, their devices, and what `contents` makes. */
export function messages(random, contents, mostDevices = 5) {
  const devices = () =>
    random.chance(0.95)
      ? objectOf(random.many(mostDevices, () => [deviceId(random), contents(random)]))
      : random.pick([null, [], "devices", 1]);
  return objectOf(random.many(4, () => [userId(random), devices()]));
}

const messageIds = ["m1", "", "0123456789abcdef0123456789abcdef"];

export const messageId = (random) =>
  random.chance(0.6)
    ? random.pick(messageIds)
    : random.chance(0.5)
      ? text(random, 8)
      : random.pick(["a", "é", "\u{1f600}"]).repeat(random.pick([31, 32, 33, 254, 255, 256]));

/** An EDU, in which more or less is as it should be. */
export function edu(random) {
  const content = {
    message_id: messageId(random),
    messages: random.chance(0.95) ? messages(random, leaf) : random.pick([null, [], 1]),
    sender: random.chance(0.85) ? "@john:example.com" : userId(random),
    type: random.chance(0.9) ? "m.room.encrypted" : text(random, 5),
  };
  if (random.chance(0.1)) delete content[random.pick(Object.keys(content))];
  const extra = random.chance(0.1)
    ? [[random.pick(["extra", "toJSON", "__proto__"]), json(random)]]
    : [];
  const extended = objectOf([...Object.entries(content), ...extra]);
  if (random.chance(0.03)) return random.pick([null, [], "edu", { edu_type: "m.typing" }, {}]);
  return { edu_type: random.chance(0.97) ? "m.direct_to_device" : "m.presence", content: extended };
}

/** The same value with one place replaced, left out or added to. */
export function spoiled(random, value) {
  if (typeof value !== "object" || value === null || random.chance(0.15)) return json(random, 1);
  const keys = Object.keys(value);
  if (Array.isArray(value)) {
    return value.map((member, index) => (index === 0 ? spoiled(random, member) : member));
  }
  if (keys.length === 0 || random.chance(0.1)) return { ...value, [key(random)]: json(random, 1) };
  const chosen = random.pick(keys);
  const others = keys.filter((name) => name !== chosen || random.chance(0.7));
  return objectOf(
    others.map((name) => [name, name === chosen ? spoiled(random, value[name]) : value[name]]),
  );
}
