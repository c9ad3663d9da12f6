/** Lost answers, errors, and killed servers. */
import { setTimeout as wait } from "node:timers/promises";
import type { Case, Facts } from "../case.js";
import { acceptedBy, deliveredIn, exchangesOf, repetition } from "../checks.js";
import type { Trouble } from "../gate.js";
import { links } from "../specification.js";
import { type Direction, messagesTo, type Route, toEach, type World, wordsFor } from "../world.js";

type Marked = ReturnType<World["marked"]>;

type TroubleCase = Pick<Case, "name" | "sent" | "specification"> & {
  readonly expected: Facts;
  /** The expected facts about the sending server. */
  readonly expectedSender: Facts;
  readonly run: (
    route: Route,
    marked: Marked,
  ) => Promise<{ readonly receiver: Facts; readonly sender: Facts }>;
};

const untilOk = `${links.transactions}: the sender retries a transaction until it gets a 200, and sends no other one before.`;

const cases: ReadonlyArray<TroubleCase> = [
  troubled("A lost answer", "gets no answer, although the other server has processed it", [
    { _tag: "LoseAnswer" },
  ]),
  troubled("500, twice", "gets 500, and so does the first retry", [
    { _tag: "Answer", status: 500 },
    { _tag: "Answer", status: 500 },
  ]),
  troubled("429", "gets 429 with `Retry-After: 1`", [
    { _tag: "Answer", status: 429, headers: { "retry-after": "1" } },
  ]),
];

/**
 * Dendrite comes last as a killed sender: if a transaction fails within 5 seconds after a start with waiting messages, its
 * queue may stand still until it has another message to send.
 */
const killCases: ReadonlyArray<TroubleCase> = [
  {
    name: "The receiver is killed while messages arrive",
    sent: "A client sends 60 messages. Halfway, the receiving server is killed with SIGKILL. It restarts after the last one.",
    specification:
      "The receiver has stored each message that it answered with 200; the sender retries the others.",
    expected: { "PHONE reads": "1 to 60, each once, in order" },
    expectedSender: {},
    run: async (route, { contents, readAfter }) => {
      const { to } = route;
      const [phone = []] = await readAfter(route, 60, async () => {
        await sendNumbered(route, contents, 1, 30);
        // The requests in flight end with the server.
        await Promise.all([to.server.kill(), sendNumbered(route, contents, 31, 60)]);
        await to.server.start();
      });
      return { receiver: { "PHONE reads": wordsFor(phone) }, sender: {} };
    },
  },
  {
    name: "The sender is killed while messages wait",
    sent: "The other server is unreachable. A client sends 30 messages, the sending server is killed with SIGKILL, the other server becomes reachable, and the sending server restarts.",
    specification:
      "Silent. The client got a 200 for each message, so each must arrive after the restart.",
    expected: { "PHONE reads": "1 to 30, each once, in order" },
    expectedSender: {},
    run: async (route, { contents, readAfter }) => {
      const { from, to } = route;
      const { gate } = to.server;
      const [phone = []] = await readAfter(route, 30, async () => {
        gate.cut();
        await sendNumbered(route, contents, 1, 30);
        await from.server.kill();
        gate.repair();
        await from.server.start();
      });
      return { receiver: { "PHONE reads": wordsFor(phone) }, sender: {} };
    },
  },
];

const tooLarge = `${untilOk} MSC4514 (open) makes 413 an answer of \`/send\`, after which a sender may split the transaction.`;

/** Reactions to 413 differ. Our homeserver splits the transaction, and sets a single EDU aside. */
const outCases: ReadonlyArray<TroubleCase> = [
  {
    name: "413 for two EDUs",
    sent: "One request for PHONE and TABLET, 40 kB each, which makes a transaction of two EDUs. The transaction gets 413.",
    specification: tooLarge,
    expected: { "PHONE reads": "“large”", "TABLET reads": "“large”" },
    expectedSender: { "the transaction is retried": "with a new ID and fewer message IDs" },
    run: async (route, { contents, readAfter, mark }) => {
      const { gate } = route.to.server;
      const text = contents("large", `"padding":"${"x".repeat(40_000)}"`);
      const [phone = [], tablet = []] = await readAfter(route, 2, async () => {
        gate.trouble({ _tag: "Answer", status: 413 });
        await route.from.phone.send(toEach([route.to.phone, route.to.tablet], text));
      });
      return {
        receiver: { "PHONE reads": wordsFor(phone), "TABLET reads": wordsFor(tablet) },
        sender: { "the transaction is retried": repetition(exchangesOf(gate, mark)) },
      };
    },
  },
  {
    ...troubled("413 for a single EDU", "gets 413", [{ _tag: "Answer", status: 413 }], {
      specification: `${tooLarge} Our homeserver sets a single rejected EDU aside, because it would block all others.`,
    }),
    expected: { "PHONE reads": "“2”, “3”" },
    expectedSender: { "the transaction is retried": "never" },
  },
];

const inCases: ReadonlyArray<TroubleCase> = [
  troubled("413", "gets 413", [{ _tag: "Answer", status: 413 }], {
    specification: tooLarge,
    pauseMs: 2500,
  }),
];

const oneIsLeft =
  "Silent about servers of several processes. To other servers they are one server.";

/** Kills each of our two processes in turn. */
const outRollingCases: ReadonlyArray<TroubleCase> = [
  {
    name: "One process after the other is killed while messages wait",
    sent: "The other server is unreachable. A client sends 30 messages. One process of our homeserver is killed with SIGKILL and restarts, then the other one. The other server becomes reachable.",
    specification: oneIsLeft,
    expected: { "PHONE reads": "1 to 30, each once, in order" },
    expectedSender: {},
    run: async (route, { contents, readAfter }) => {
      const { from, to } = route;
      const { gate } = to.server;
      const [phone = []] = await readAfter(route, 30, async () => {
        gate.cut();
        await sendNumbered(route, contents, 1, 30);
        for (const index of [0, 1]) await (await from.server.killOne(index))();
        gate.repair();
      });
      return { receiver: { "PHONE reads": wordsFor(phone) }, sender: {} };
    },
  },
];

const inRollingCases: ReadonlyArray<TroubleCase> = [
  {
    name: "One process after the other is killed while messages arrive",
    sent: "A client sends 60 messages. Meanwhile one process of our homeserver is killed with SIGKILL and restarts, then the other one.",
    specification: oneIsLeft,
    expected: { "PHONE reads": "1 to 60, each once, in order" },
    expectedSender: {},
    run: async (route, { contents, readAfter }) => {
      const { to } = route;
      const [phone = []] = await readAfter(route, 60, async () => {
        for (const index of [0, 1]) {
          const first = index * 30 + 1;
          const [restart] = await Promise.all([
            to.server.killOne(index),
            sendNumbered(route, contents, first, first + 29),
          ]);
          await restart();
        }
      });
      return { receiver: { "PHONE reads": wordsFor(phone) }, sender: {} };
    },
  },
];

/** Sends a message whose requests fail, and two more. */
function troubled(
  name: string,
  what: string,
  troubles: ReadonlyArray<Trouble>,
  { specification = untilOk, pauseMs = 0 } = {},
): TroubleCase {
  const later = pauseMs > 0 ? `, ${pauseMs / 1000} seconds later` : "";
  return {
    name,
    sent: `A client sends a message. The request that carries it to the other server ${what}. Two more messages follow${later}.`,
    specification,
    expected: { "PHONE reads": "1 to 3, each once, in order" },
    expectedSender: { "the transaction is retried": "with the same ID and the same message IDs" },
    run: async (route, { contents, readAfter, mark }) => {
      const { gate } = route.to.server;
      const [phone = []] = await readAfter(route, 3, async () => {
        gate.trouble(...troubles);
        await sendNumbered(route, contents, 1, 1);
        await until(() => exchangesOf(gate, mark).length >= troubles.length);
        await wait(pauseMs);
        await sendNumbered(route, contents, 2, 3);
      });
      return {
        receiver: { "PHONE reads": wordsFor(phone) },
        sender: { "the transaction is retried": repetition(exchangesOf(gate, mark)) },
      };
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !isSo(); ) {
    if (Date.now() > deadline) throw new Error("Timed out after 30 seconds");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function sendNumbered(
  { from, to }: Route,
  contents: Marked["contents"],
  first: number,
  last: number,
): Promise<void> {
  for (let number = first; number <= last; number++) {
    const status = await from.phone.send(messagesTo(to.userId, [["PHONE", contents(`${number}`)]]));
    if (status !== 200) throw new Error(`Message ${number}: ${status}`);
  }
}

export function troubleCases(direction: Direction): ReadonlyArray<Case> {
  const [own, rolling] =
    direction === "out" ? [outCases, outRollingCases] : [inCases, inRollingCases];
  const all = [
    ...[...cases, ...own].map((each) => ({ ...each, processes: 1 as const })),
    ...rolling.map((each) => ({ ...each, processes: 2 as const })),
    ...killCases.map((each) => ({ ...each, processes: 1 as const })),
  ];
  const delivered = { "delivers received EDUs": "each once, in order" };
  return all.map(({ expected, expectedSender, run, ...words }) => ({
    ...words,
    group: direction === "out" ? "Trouble on the way to theirs" : "Trouble on the way to ours",
    expected:
      direction === "out"
        ? {
            peer: expected,
            ours: { ...expectedSender, "the other server accepts": acceptedOf(expected) },
          }
        : { peer: { ...expected, ...expectedSender }, ours: delivered },
    run: async (world) => {
      const marked = world.marked();
      const { receiver, sender } = await run(world[direction], marked);
      if (direction === "out") {
        const accepted = acceptedBy(world.peer.gate, marked.mark);
        return { peer: receiver, ours: { ...sender, "the other server accepts": accepted } };
      }
      return {
        peer: { ...receiver, ...sender },
        ours: { "delivers received EDUs": deliveredIn(world, marked.mark) },
      };
    },
  }));
}

/** The number of accepted messages must match the expected reads. */
function acceptedOf(expected: Facts): string {
  return Object.values(expected).join(", ");
}
