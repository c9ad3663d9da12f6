/** The other operations of a server (receive, deliver, pack), compared with hand-written code. */
import { batchOf, parse } from "./decode.js";
import * as library from "./library.js";
import { measure, median, on, ratio } from "./measure.js";
import {
  deviceId,
  edu,
  olmBody,
  overBodies,
  range,
  smallBody,
  userId,
  warmUp,
  workloads,
} from "./workloads.js";

/**
 * Decoding and receiving as shares of `JSON.parse`. Receiving takes longer because it walks the contents and
 * checks the recipients.
 *
 * @returns {Array<{ name: string, decoding: number, receiving: number }>}
 */
export function measureReceiving() {
  const receive = library.receiveEdus({ origin: "example.com", isLocal: () => true });
  const decode = (edus) => edus.map((one) => library.DirectToDeviceEdu.decode(one));
  warmUp([receive, decode]);
  return workloads
    .filter(({ accepted }) => accepted)
    .map(({ name, texts }) => {
      const samples = measure(
        {
          ...on(() => parse(texts), { decode, receive }),
          parse: { input: () => texts, run: parse },
        },
        { batch: batchOf(texts), rounds: 21 },
      );
      return {
        name,
        decoding: ratio(samples.decode, samples.parse),
        receiving: ratio(samples.receive, samples.parse),
      };
    });
}

/**
 * `deliver` against an equivalent eager loop, and against a visitor without a list. Neither supports devices that are
 * excluded from `*`.
 */
export function measureDelivery() {
  const five = range(5, deviceId);
  const many = range(10_000, deviceId);
  return [
    ["20 users x 5 devices", edu(range(20, userId), five, olmBody), five],
    [
      "5,000 users, each with `*` and a device",
      edu(range(5000, userId), ["*", deviceId(0)], smallBody),
      five,
    ],
    ["1 user x 10,000 devices", edu([userId(0)], many, smallBody), many],
    ["1 user, `*` for 10,000 devices", edu([userId(0)], ["*"], smallBody), many],
  ].map(([name, { content }, devices]) => {
    const text = JSON.stringify(content);
    const devicesOf = () => devices;
    const runs = {
      ours: library.deliver(devicesOf),
      loop: deliverByHand(devicesOf),
      visitor: visitDeliveries(devicesOf),
    };
    const samples = measure(
      on(() => JSON.parse(text), runs),
      { rounds: 21, warm: 300_000 },
    );
    return {
      name,
      micros: median(samples.ours),
      loop: ratio(samples.loop, samples.ours),
      visitor: ratio(samples.visitor, samples.ours),
    };
  });
}

/** Packing against serialising, the usual way to find a size. */
export function measurePacking() {
  const shared = olmBody(0);
  const five = range(5, deviceId);
  const parsed = ({ content }) => {
    const text = JSON.stringify(content);
    return [() => JSON.parse(text), batchOf([text])];
  };
  const sharing = (users, devices) => edu(range(users, userId), devices, () => shared).content;
  const few = sharing(1000, range(10, deviceId));
  const many = sharing(100, range(100, deviceId));
  const cyrillic = (seed) => ({ algorithm: "x", ciphertext: `${"привет мир ".repeat(40)}${seed}` });
  return [
    ["20 users x 5 devices, Olm", parsed(edu(range(20, userId), five, olmBody))],
    [
      "5,000 users x 2, with wildcards",
      parsed(edu(range(5000, userId), ["*", deviceId(0)], smallBody)),
    ],
    ["20 users x 5 devices, 440 Cyrillic letters", parsed(edu(range(20, userId), five, cyrillic))],
    ["1,000 users x 10 devices, one shared Olm body", [() => few, 1]],
    ["100 users x 100 devices, more than an EDU holds", [() => many, 1]],
  ].map(([name, [input, batch]]) => {
    const samples = measure(
      on(input, {
        pack: library.packEdus({ messageId: (index) => `id-${index}` }),
        stringify: (content) => overBodies(content, (body) => JSON.stringify(body).length),
        size: (content) => overBodies(content, (body) => library.canonicalJsonBytes(body).right),
        bytes: (content) => overBodies(content, (body) => Buffer.byteLength(JSON.stringify(body))),
      }),
      { batch, rounds: 21, warm: 300_000 },
    );
    return {
      name,
      micros: median(samples.pack),
      packing: ratio(samples.stringify, samples.pack),
      sizing: ratio(samples.bytes, samples.size),
    };
  });
}

function deliverByHand(devicesOf) {
  return ({ type, sender, messages }) => {
    const left = [];
    const right = [];
    for (const [userId, devices] of Object.entries(messages)) {
      const known = new Set(devicesOf(userId));
      known.delete("*");
      for (const [deviceId, content] of Object.entries(devices)) {
        const event = { type, sender, content };
        if (deviceId === "*") {
          const others = [...known].filter((other) => !Object.hasOwn(devices, other));
          for (const other of others) right.push({ userId, deviceId: other, event });
          if (others.length === 0) {
            const reason = known.size === 0 ? "NoDevices" : "NoOtherDevices";
            left.push({ userId, deviceId, reason, event });
          }
        } else if (known.has(deviceId)) {
          right.push({ userId, deviceId, event });
        } else {
          left.push({ userId, deviceId, reason: "UnknownDevice", event });
        }
      }
    }
    return { left, right };
  };
}

/** The same as `deliver`, with a call for each delivery instead of a list. */
function visitDeliveries(devicesOf) {
  return ({ type, sender, messages }) => {
    let count = 0;
    const visit = (_userId, _deviceId, event) => {
      if (event.content !== null) count += 1;
    };
    for (const userId of Object.keys(messages)) {
      const devices = messages[userId];
      const known = new Set(devicesOf(userId));
      known.delete("*");
      for (const deviceId of Object.keys(devices)) {
        const event = { type, sender, content: devices[deviceId] };
        if (deviceId !== "*") {
          if (known.has(deviceId)) visit(userId, deviceId, event);
        } else {
          for (const other of known) {
            if (!Object.hasOwn(devices, other)) visit(userId, other, event);
          }
        }
      }
    }
    return count;
  };
}
