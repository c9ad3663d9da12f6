/** Before the measurements, all peers must agree on which values are EDUs. */
import { ours, peers } from "./peers.js";
import { specification, workloads } from "./workloads.js";

/** A copy of the specification's EDU with some members of its content changed. */
function content(changed) {
  return { ...specification, content: { ...specification.content, ...changed } };
}

const body = { algorithm: "m.olm.v1.curve25519-aes-sha2" };
const messages = (userId, devices) => content({ messages: { [userId]: devices } });

const good = {
  "the specification's EDU": specification,
  "unknown members": { ...content({ "org.matrix.opentracing_context": {} }), extra: 1 },
  "no recipients": content({ messages: {} }),
  "a user without devices": messages("@a:example.org", {}),
  wildcard: messages("@a:example.org", { "*": body }),
  "an empty device ID, and one with a line break": messages("@a:example.org", {
    "": body,
    "\n": {},
  }),
  "an empty localpart, a port": messages("@:example.org:8448", { A: body }),
  "an IPv6 server": messages("@a:[2001:db8::1]", { A: body }),
  "255 bytes of user ID": messages(`@${"é".repeat(125)}:abc`, { A: body }),
  "32 code points of message ID": content({ message_id: "😀".repeat(32) }),
  "an empty type": content({ type: "" }),
};

const bad = {
  null: null,
  "an array": [],
  "another edu_type": { ...specification, edu_type: "m.typing" },
  "no content": { edu_type: "m.direct_to_device" },
  "a sender that is not a user ID": content({ sender: "john" }),
  "no sender": content({ sender: undefined }),
  "a type that is not a string": content({ type: 1 }),
  "33 code points of message ID": content({ message_id: "x".repeat(33) }),
  "a lone surrogate in a message ID": content({ message_id: "\ud800" }),
  "messages that are an array": content({ messages: [] }),
  "a key that is not a user ID": messages("alice", { A: body }),
  "257 bytes of user ID": messages(`@${"é".repeat(126)}:abc`, { A: body }),
  "a NUL in a user ID": messages("@a\0:example.org", { A: body }),
  "devices that are null": messages("@a:example.org", null),
  "devices that are an array": messages("@a:example.org", []),
  "contents that are a string": messages("@a:example.org", { A: "x" }),
  "contents that are an array": messages("@a:example.org", { A: [] }),
  "contents that are null": messages("@a:example.org", { A: body, B: null }),
};

/** Values that only peers with a check for plain objects reject. */
const odd = {
  "an EDU that is a Map with members": Object.assign(new Map(), specification),
  "contents that are a Date": messages("@a:example.org", { A: new Date(0) }),
  "devices with a class": messages("@a:example.org", new (class Devices {})()),
};

/**
 * Throws unless every peer accepts the valid values and rejects the invalid ones, and rejects the special objects if it
 * declares so. Returns the number of values.
 */
export function verifyVerdicts() {
  const cases = [
    ...Object.entries(good).map(([title, value]) => [title, value, true]),
    ...Object.entries(bad).map(([title, value]) => [title, value, false]),
    ...workloads.map(({ name, texts, accepted }) => [name, JSON.parse(texts[0]), accepted]),
  ];
  const oddCases = Object.entries(odd).map(([title, value]) => [title, value, false]);
  const wrong = [ours, ...peers].flatMap((peer) =>
    [...cases, ...(peer.takesAnyObject ? [] : oddCases)]
      .filter(([, value, expected]) => peer.accepts(value) !== expected)
      .map(([title, , expected]) => `${peer.name}: ${title}, expected ${expected}`),
  );
  if (wrong.length > 0) throw new Error(`peers differ:\n${wrong.join("\n")}`);
  return cases.length + oddCases.length;
}
