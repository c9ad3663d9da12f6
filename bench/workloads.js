/**
 * The workloads: the traffic of a homeserver, and input of an attacker. All of it is text, as on the wire.
 */

export const specification = {
  content: {
    message_id: "hiezohf6Hoo7kaev",
    messages: {
      "@alice:example.org": {
        IWHQUZUIAH: {
          algorithm: "m.megolm.v1.aes-sha2",
          room_id: "!Cuyf34gef24t:localhost",
          session_id: "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
          session_key: "AgAAAADxKHa9uFxcXzwYoNueL5Xqi69IkD4sni8LlfJL7qNBEY...",
        },
      },
    },
    sender: "@john:example.com",
    type: "m.room_key_request",
  },
  edu_type: "m.direct_to_device",
};

/** A typical Olm body: 500 characters of base64. */
export function olmBody(seed) {
  return {
    algorithm: "m.olm.v1.curve25519-aes-sha2",
    ciphertext: { [base64(43, seed)]: { body: base64(500, seed), type: seed % 2 } },
    "org.matrix.msgid": `a1b2c3d4-0000-4000-8000-${String(seed).padStart(12, "0")}`,
    sender_key: base64(43, seed + 1),
  };
}

/** A small body: the cancellation of a key request. */
export function smallBody(seed) {
  return {
    action: "request_cancellation",
    request_id: `m1790000000000.${seed}`,
    requesting_device_id: deviceId(seed),
  };
}

export function deviceId(index) {
  return `D${index.toString(36).toUpperCase().padStart(9, "X")}`;
}

/** An EDU for some users, each with some devices. */
export function edu(userIds, deviceIds, body) {
  let seed = 0;
  const devices = () => Object.fromEntries(deviceIds.map((id) => [id, body(seed++)]));
  return {
    edu_type: "m.direct_to_device",
    content: {
      sender: "@john:example.com",
      type: "m.room.encrypted",
      message_id: "hiezohf6Hoo7kaev",
      messages: Object.fromEntries(userIds.map((id) => [id, devices()])),
    },
  };
}

export function range(length, item) {
  return Array.from({ length }, (_, index) => item(index));
}

export const userId = (index) => `@user-${index}:example.org`;
const unicodeUser = (index) => `@пользователь-${index}-例え😀:example.org`;

const late = () => {
  const bad = edu(range(1000, userId), range(2, deviceId), smallBody);
  bad.content.messages[userId(999)][deviceId(1)] = "not an object";
  return bad;
};
const foreign = () => {
  const bad = edu(range(20, userId), range(5, deviceId), olmBody);
  bad.content.sender = "john";
  return bad;
};

/** Name, EDUs and verdict. A transaction is a list of EDUs; the others are a list of one. */
export const workloads = [
  workload("the specification's EDU", [specification]),
  workload("20 users x 5 devices, Olm", [edu(range(20, userId), range(5, deviceId), olmBody)]),
  workload("1 user x 10,000 devices", [edu([userId(0)], range(10_000, deviceId), smallBody)]),
  workload("5,000 users x 2, with wildcards", [
    edu(range(5000, userId), ["*", deviceId(0)], smallBody),
  ]),
  workload(
    "a transaction of 100 EDUs",
    range(100, (index) => edu([userId(index)], range(1 + (index % 3), deviceId), smallBody)),
  ),
  workload("100 users with unicode IDs", [
    edu(range(100, unicodeUser), range(2, deviceId), smallBody),
  ]),
  workload("rejected: the last of 2,000 entries", [late()], false),
  workload("rejected: the sender, before an Olm EDU", [foreign()], false),
  workload(
    "rejected: 1,000 invalid entries",
    [edu(range(500, userId), range(2, deviceId), () => null)],
    false,
  ),
];

/**
 * Warms up with valid and invalid maps of all sizes, as on a server, because engines optimise by previous inputs.
 */
export function warmUp(runs) {
  for (let round = 0; round < 25; round++) {
    for (const { texts } of workloads) {
      for (const run of runs) run(texts.map((text) => JSON.parse(text)));
    }
  }
}

function workload(name, edus, accepted = true) {
  return { name, texts: edus.map((one) => JSON.stringify(one)), accepted };
}

/** Pseudo-random letters that are the same in every run. */
function base64(length, seed) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let state = seed + 1;
  let text = "";
  while (text.length < length) {
    state = (state * 48_271) % 2_147_483_647;
    text += alphabet[state % 64];
  }
  return text;
}

/** The sum of the sizes of all contents. */
export function overBodies({ messages }, sizeOf) {
  let sum = 0;
  for (const user of Object.keys(messages)) {
    const devices = messages[user];
    for (const device of Object.keys(devices)) sum += sizeOf(devices[device]);
  }
  return sum;
}
