/** Requests of clients, in both directions. */
import { expandWildcards, requestOf, SendToDeviceBody } from "matrix-send-to-device";
import type { Case, Facts } from "../case.js";
import { deliveredIn, edusOf, exchangesOf, sentOut } from "../checks.js";
import type { Device, Messages } from "../client.js";
import { links } from "../specification.js";
import {
  countsFor,
  type Direction,
  type Labels,
  labelIn,
  messagesTo,
  type Route,
  type World,
  wordsFor,
} from "../world.js";

/** A case of a client's requests. */
type RequestCase = Pick<Case, "name" | "sent" | "specification"> & {
  readonly expected: Facts;
  /** Facts about the EDUs that our homeserver sends, in addition to those of all cases. */
  readonly expectedOut?: Facts;
  readonly run: (world: World, route: Route, marked: Marked) => Promise<Facts>;
};

type Marked = ReturnType<World["marked"]>;

/** For cases in which the order does not matter. */
const sorted = (labels: Labels): string => wordsFor([...labels].sort());

const both = ([phone = [], tablet = []]: ReadonlyArray<Labels>, words = wordsFor): Facts => ({
  "PHONE reads": words(phone),
  "TABLET reads": words(tablet),
});

const cases: ReadonlyArray<RequestCase> = [
  {
    name: "A named device",
    sent: "One message for PHONE.",
    specification: `${links.edu}: the key is the device ID.`,
    expected: { "PHONE reads": "“hello”", "TABLET reads": "nothing" },
    run: async (_world, route, { contents, readAfter }) =>
      both(
        await readAfter(route, 1, () =>
          route.from.phone.send(messagesTo(route.to.userId, [["PHONE", contents("hello")]])),
        ),
      ),
  },
  {
    name: "All devices",
    sent: "One message for `*`.",
    specification: `${links.edu}: \`*\` means all known devices of the user.`,
    expected: { "PHONE reads": "“all”", "TABLET reads": "“all”" },
    run: async (_world, route, { contents, readAfter }) =>
      both(
        await readAfter(route, 2, () =>
          route.from.phone.send(messagesTo(route.to.userId, [["*", contents("all")]])),
        ),
      ),
  },
  {
    name: "`*` next to a named device",
    sent: "One request: “named” for PHONE, and “others” for `*` of the same user.",
    specification: `Silent about which one wins. One message can be sent to each device per transaction (${links.client}), so PHONE gets its own.`,
    expected: { "PHONE reads": "“named”", "TABLET reads": "“others”" },
    run: async (_world, route, { contents, readAfter }) =>
      both(
        await readAfter(route, 2, () =>
          route.from.phone.send(
            messagesTo(route.to.userId, [
              ["PHONE", contents("named")],
              ["*", contents("others")],
            ]),
          ),
        ),
        sorted,
      ),
  },
  {
    name: "`*` next to a named device, with `expandWildcards`",
    sent: "The same request, after `expandWildcards` has replaced `*` with the user's devices.",
    specification: `${links.edu}: every device is named, so nothing is ambiguous.`,
    expected: { "PHONE reads": "“named”", "TABLET reads": "“others”" },
    run: async (_world, route, { contents, readAfter }) => {
      const { userId, phone, tablet } = route.to;
      const body = SendToDeviceBody.decode({
        messages: {
          [userId]: {
            PHONE: JSON.parse(contents("named")),
            "*": JSON.parse(contents("others")),
          },
        },
      });
      if (body._tag === "Left") throw new Error("An invalid body");
      const request = requestOf({ sender: route.from.userId, type: "org.example.interop" })(
        body.right,
      );
      const devices = new Map([[userId, [phone.deviceId, tablet.deviceId]]]);
      const { messages } = expandWildcards(devices)(request);
      const named: Messages = new Map(
        Object.entries(messages).map(([user, contentsOf]) => [
          user,
          new Map(Object.entries(contentsOf).map(([id, each]) => [id, JSON.stringify(each)])),
        ]),
      );
      return both(await readAfter(route, 2, () => route.from.phone.send(named)));
    },
  },
  {
    name: "An unknown device",
    sent: "One request for PHONE and for a device that does not exist. The device logs in afterwards.",
    specification: "Silent about messages for unknown devices.",
    expected: {
      "PHONE reads": "“known”",
      "TABLET reads": "nothing",
      "the device reads after its login": "nothing",
    },
    run: async (_world, route, { contents, readAfter, mark }) => {
      const unknown = `UNKNOWN${mark.replace(" ", "")}`;
      const read = await readAfter(route, 1, () =>
        route.from.phone.send(
          messagesTo(route.to.userId, [
            ["PHONE", contents("known")],
            [unknown, contents("unknown")],
          ]),
        ),
      );
      const device = await route.to.server.login(localpartOf(route.to.userId), unknown);
      const events = [...(await device.sync(0)), ...(await device.sync(500))];
      return {
        ...both(read),
        "the device reads after its login": wordsFor(events.map(({ content }) => labelIn(content))),
      };
    },
  },
  {
    name: "10 x 20 kB in one request",
    sent: "One request with contents of 20,000 bytes for each of ten devices.",
    specification:
      "Silent: no release limits the size of an EDU. MSC4514 (open) proposes 65,536 bytes.",
    expected: { "devices that read theirs": "10 of 10", "largest EDU": "at most 65,536 bytes" },
    expectedOut: { "EDUs sent": "4" },
    run: async (_world, route, { contents, readAfter, mark }) => {
      const ids = Array.from({ length: 10 }, (_, index) => `D${index}`);
      const devices: Array<Device> = [];
      for (const id of ids) devices.push(await route.to.server.login("carol", id));
      for (const device of devices) await device.sync(0);
      const [first] = devices;
      const padding = `"padding":"${"x".repeat(19_900)}"`;
      const read = await readAfter(
        route,
        10,
        () =>
          route.from.phone.send(
            messagesTo(
              first?.userId ?? "",
              ids.map((id) => [id, contents(`for ${id}`, padding)]),
            ),
          ),
        devices,
      );
      const right = read.filter((labels, index) => labels.join() === `for D${index}`);
      const largest = Math.max(
        ...exchangesOf(route.to.server.gate, mark)
          .flatMap(edusOf)
          .map(({ bytes }) => bytes),
      );
      return {
        "devices that read theirs": `${right.length} of 10`,
        "largest EDU": largest <= 65_536 ? "at most 65,536 bytes" : `${largest} bytes`,
      };
    },
  },
  {
    name: "60 in order",
    sent: "60 requests for PHONE, each after the answer to the previous one.",
    specification:
      "Silent about the order of EDUs. Clients rely on it: the messages of an Olm session must arrive in order.",
    expected: { "PHONE reads": "1 to 60, each once, in order", "TABLET reads": "nothing" },
    run: async (_world, route, { contents, readAfter }) =>
      both(
        await readAfter(route, 60, async () => {
          for (let number = 1; number <= 60; number++) {
            await route.from.phone.send(
              messagesTo(route.to.userId, [["PHONE", contents(`${number}`)]]),
            );
          }
        }),
      ),
  },
  {
    name: "250 at once",
    sent: "250 concurrent requests for PHONE.",
    specification: `${links.transactions}: at most 100 EDUs in each.`,
    expected: { "PHONE reads": "1 to 250, each once", "TABLET reads": "nothing" },
    run: async (_world, route, { contents, readAfter }) =>
      both(
        await readAfter(route, 250, () =>
          Promise.all(
            Array.from({ length: 250 }, (_, index) =>
              route.from.phone.send(
                messagesTo(route.to.userId, [["PHONE", contents(`${index + 1}`)]]),
              ),
            ),
          ),
        ),
        countsFor,
      ),
  },
  {
    name: "A repeated request",
    sent: "The same request twice, with the same transaction ID.",
    specification: `${links.send}: the transaction ID makes a request idempotent.`,
    expected: { "PHONE reads": "“once”", "TABLET reads": "nothing" },
    run: async (_world, route, { contents, readAfter, mark }) =>
      both(
        await readAfter(route, 1, async () => {
          const options = { txnId: `repeated ${mark}`.replaceAll(" ", "-") };
          const messages = messagesTo(route.to.userId, [["PHONE", contents("once")]]);
          await route.from.phone.send(messages, options);
          await route.from.phone.send(messages, options);
        }),
      ),
  },
  {
    name: "A cancelled key request with a null body",
    sent: 'An `m.room_key_request` with `"action":"request_cancellation","body":null`, as clients on the Rust SDK send it.',
    specification: `${links.keyRequest}: \`body\` is required when \`action\` is \`request\`. Servers forward contents unchanged.`,
    expected: { "PHONE reads": "“cancelled”, with `body`: null" },
    run: async (_world, route, { contents, readAfter }) => {
      const cancellation =
        '"action":"request_cancellation","body":null,"request_id":"r","requesting_device_id":"PHONE"';
      const [phone = []] = await readAfter(route, 1, () =>
        route.from.phone.send(
          messagesTo(route.to.userId, [["PHONE", contents("cancelled", cancellation)]]),
          { type: "m.room_key_request" },
        ),
      );
      const response = route.to.phone.responses.findLast((text) => text.includes('"cancelled"'));
      const body = response?.includes('"body":null') ? "null" : "something else";
      return { "PHONE reads": `${wordsFor(phone)}, with \`body\`: ${body}` };
    },
  },
  {
    name: "A lone surrogate in contents",
    sent: "One request with the escape `\\ud800` in its contents.",
    specification: `${links.canonical}: strings are UTF-8, which has no surrogates. MSC4458 (accepted): lone surrogates must be rejected.`,
    expected: { "answer to the client": "400", "PHONE reads": "nothing" },
    run: async (_world, route, { contents, readAfter }) => {
      let status = 0;
      const [phone = []] = await readAfter(route, 0, async () => {
        const text = contents("surrogate", '"text":"\\ud800"');
        status = await route.from.phone.send(messagesTo(route.to.userId, [["PHONE", text]]));
      });
      return { "answer to the client": `${status}`, "PHONE reads": wordsFor(phone) };
    },
  },
];

/** The cases of one direction. */
const outCases: ReadonlyArray<RequestCase> = [
  {
    name: "The largest EDU, and one byte more",
    sent: "Contents for PHONE that make an EDU of 65,536 bytes; then contents with one byte more.",
    specification:
      "Silent. MSC4514 (open) proposes 65,536 bytes, and our homeserver applies that limit.",
    expected: {
      "PHONE reads": "“largest”",
      "TABLET reads": "nothing",
      "answers to the client": "200, 413",
    },
    expectedOut: { "largest EDU": "65,536 bytes" },
    run: async (_world, route, { contents, readAfter }) => {
      const { from, to } = route;
      const statuses: Array<number> = [];
      const read = await readAfter(route, 1, async () => {
        // An EDU as our homeserver writes it, with an empty padding.
        const envelope = JSON.stringify({
          content: {
            message_id: "x".repeat(32),
            messages: { [to.userId]: { PHONE: JSON.parse(contents("largest", '"padding":""')) } },
            sender: from.userId,
            type: "org.example.interop",
          },
          edu_type: "m.direct_to_device",
        });
        for (const more of [0, 1]) {
          const padding = "x".repeat(65_536 - Buffer.byteLength(envelope) + more);
          const text = contents("largest", `"padding":"${padding}"`);
          statuses.push(await from.phone.send(messagesTo(to.userId, [["PHONE", text]])));
        }
      });
      return { ...both(read), "answers to the client": statuses.join(", ") };
    },
  },
];

const inCases: ReadonlyArray<RequestCase> = [
  {
    name: "A body of 65,536 bytes",
    sent: "Contents of 65,536 bytes for PHONE. With its envelope, the EDU is larger than MSC4514 proposes.",
    specification: "Silent: no release limits the size of an EDU.",
    expected: {
      "PHONE reads": "“large”",
      "TABLET reads": "nothing",
      "answer to the client": "200",
    },
    run: async (_world, route, { contents, readAfter }) => {
      const padding = "x".repeat(65_536 - Buffer.byteLength(contents("large", '"padding":""')));
      let status = 0;
      const read = await readAfter(route, 1, async () => {
        const text = contents("large", `"padding":"${padding}"`);
        status = await route.from.phone.send(messagesTo(route.to.userId, [["PHONE", text]]));
      });
      return { ...both(read), "answer to the client": `${status}` };
    },
  },
  {
    name: "Numbers that are not canonical JSON",
    sent: "Contents with `[1.0,-0.0,1e-7,1e16,9007199254740993,123456789012345678901234567890]`.",
    specification: `${links.canonical}: integers from -(2^53)+1 to 2^53-1 only, so a request with these cannot be signed. Silent about the response to the client.`,
    expected: { "answer to the client": "400", "in the EDU": "nothing", "PHONE reads": "nothing" },
    run: async (_world, route, { contents, readAfter, mark }) => {
      const written = "[1.0,-0.0,1e-7,1e16,9007199254740993,123456789012345678901234567890]";
      let status = 0;
      const [phone = []] = await readAfter(route, 1, async () => {
        const text = contents("numbers", `"numbers":${written}`);
        status = await route.from.phone.send(messagesTo(route.to.userId, [["PHONE", text]]));
      });
      const sent = exchangesOf(route.to.server.gate, mark).map(({ body }) => numbersIn(body));
      const read = route.to.phone.responses.map(numbersIn).filter((each) => each !== undefined);
      const label = phone.length === 0 ? "nothing" : `${wordsFor(phone)} with \`${read.at(-1)}\``;
      return {
        "answer to the client": `${status}`,
        "in the EDU": code(sent.find((each) => each !== undefined)),
        "PHONE reads": label,
      };
    },
  },
];

function code(text: string | undefined): string {
  return text === undefined ? "nothing" : `\`${text}\``;
}

function numbersIn(text: string): string | undefined {
  return /"numbers":(\[[^\]]*\])/.exec(text)?.[1];
}

function localpartOf(userId: string): string {
  return userId.slice(1, userId.indexOf(":"));
}

export function requestCases(direction: Direction): ReadonlyArray<Case> {
  const own = direction === "out" ? outCases : inCases;
  const delivered = { "delivers received EDUs": "each once, in order" };
  return [...cases, ...own].map(({ expected, expectedOut, run, ...words }) => ({
    ...words,
    processes: 1,
    group: direction === "out" ? "From our clients to theirs" : "From their clients to ours",
    expected: {
      peer: expected,
      ours: direction === "out" ? { "EDUs accepted twice": "none", ...expectedOut } : delivered,
    },
    run: async (world) => {
      const route = world[direction];
      const marked = world.marked();
      const peer = await run(world, route, marked);
      const ours =
        direction === "in"
          ? { "delivers received EDUs": deliveredIn(world, marked.mark) }
          : sentOut(world, marked.mark, expectedOut ?? {});
      return { peer, ours };
    },
  }));
}
