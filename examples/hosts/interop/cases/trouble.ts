/** Answers that get lost, errors, and servers that are killed. */
import type { Case, Facts } from "../case.js";
import type { Exchange, Gate, Trouble } from "../gate.js";
import { edusOf, messagesTo, type Route, type World, wordsFor } from "../world.js";
import { deliveredIn, type Direction, links } from "./requests.js";

type Marked = ReturnType<World["marked"]>;

type TroubleCase = Pick<Case, "name" | "sent" | "specification"> & {
  readonly expected: Facts;
  readonly run: (route: Route, marked: Marked) => Promise<Facts>;
};

const untilOk = `${links.transactions}: the sender repeats a transaction until it gets a 200, and sends no other one before.`;

const cases: ReadonlyArray<TroubleCase> = [
  troubled("A lost answer", "gets no answer, although the other server has processed it", [
    { _tag: "LoseAnswer" },
  ]),
  troubled("500, twice", "gets 500, and so does the first repetition", [
    { _tag: "Answer", status: 500 },
    { _tag: "Answer", status: 500 },
  ]),
  troubled("429", "gets 429 with `Retry-After: 1`", [
    { _tag: "Answer", status: 429, headers: { "retry-after": "1" } },
  ]),
  troubled(
    "413",
    "gets 413",
    [{ _tag: "Answer", status: 413 }],
    `${untilOk} MSC4514 (open) makes 413 an answer of \`/send\`, after which a sender may split the transaction.`,
  ),
  {
    name: "The sender is killed while messages wait",
    sent: "The other server cannot be reached. A client sends 30 messages, the sending server is killed with SIGKILL, the way is free, and the server starts again.",
    specification:
      "Silent. The client had a 200 for each message, so each must arrive after the restart.",
    expected: { "PHONE reads": "1 to 30, each once, in order" },
    run: async (route, { contents, exchange }) => {
      const { from, to } = route;
      const { gate } = to.server;
      const [phone = []] = await exchange(route, 30, async () => {
        gate.cut();
        await sendNumbered(route, contents, 1, 30);
        await from.server.kill();
        gate.repair();
        await from.server.start();
      });
      return { "PHONE reads": wordsFor(phone) };
    },
  },
  {
    name: "The receiver is killed while messages arrive",
    sent: "A client sends 60 messages. In the middle of them, the receiving server is killed with SIGKILL, and it starts again after the last one.",
    specification:
      "A message for which the receiver has answered 200 is stored; the sender repeats the others.",
    expected: { "PHONE reads": "1 to 60, each once, in order" },
    run: async (route, { contents, exchange }) => {
      const { to } = route;
      const [phone = []] = await exchange(route, 60, async () => {
        await sendNumbered(route, contents, 1, 30);
        // What is on its way right now dies with the server.
        await Promise.all([to.server.kill(), sendNumbered(route, contents, 31, 60)]);
        await to.server.start();
      });
      return { "PHONE reads": wordsFor(phone) };
    },
  },
];

/** Three messages that wait, and then go in one transaction if the sender does so; its first requests have trouble. */
function troubled(
  name: string,
  what: string,
  troubles: ReadonlyArray<Trouble>,
  specification = untilOk,
): TroubleCase {
  return {
    name,
    sent: `A client sends a message. The request that brings it to the other server ${what}. Two more messages follow.`,
    specification,
    expected: {
      "PHONE reads": "1 to 3, each once, in order",
      "the transaction comes again": "with the same ID and the same message IDs",
    },
    run: async (route, { contents, exchange }) => {
      const { gate } = route.to.server;
      const start = gate.exchanges.length;
      const [phone = []] = await exchange(route, 3, async () => {
        gate.trouble(...troubles);
        await sendNumbered(route, contents, 1, 1);
        await troubledRequests(gate, start, troubles.length);
        await sendNumbered(route, contents, 2, 3);
      });
      return {
        "PHONE reads": wordsFor(phone),
        "the transaction comes again": repetition(gate.exchanges.slice(start)),
      };
    },
  };
}

/** How the first transaction of some exchanges is sent again. */
function repetition([first, ...others]: ReadonlyArray<Exchange>): string {
  if (first === undefined) return "never";
  const idsOf = (exchange: Exchange) => edusOf(exchange).map(({ messageId }) => messageId);
  const ids = idsOf(first);
  const again = others.find((each) => each.status === 200 && idsOf(each).includes(ids[0] ?? ""));
  if (again === undefined) return "never";
  const isSameContent = idsOf(again).join() === ids.join();
  const txnId = again.txnId === first.txnId ? "the same ID" : "a new ID";
  return `with ${txnId} and ${isSameContent ? "the same message IDs" : "more message IDs"}`;
}

async function troubledRequests(gate: Gate, start: number, count: number): Promise<void> {
  await until(() => gate.exchanges.length >= start + count);
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !isSo(); ) {
    if (Date.now() > deadline) throw new Error("It takes more than 30 seconds");
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
    const status = await from.phone.send(
      messagesTo(to.userId, [["PHONE", contents(`${number}`)]]),
    );
    if (status !== 200) throw new Error(`Message ${number}: ${status}`);
  }
}

export function troubleCases(direction: Direction): ReadonlyArray<Case> {
  return cases.map(({ expected, run, ...words }) => ({
    ...words,
    group: direction === "out" ? "Trouble on the way to theirs" : "Trouble on the way to ours",
    expected:
      direction === "out"
        ? { peer: {}, ours: expected }
        : { peer: expected, ours: { "delivers what arrives": "each once, in order" } },
    run: async (world) => {
      const marked = world.marked();
      const start = world.ours.gate.exchanges.length;
      const facts = await run(world[direction], marked);
      if (direction === "out") return { peer: {}, ours: facts };
      return {
        peer: facts,
        ours: { "delivers what arrives": deliveredIn(world, marked.mark, start) },
      };
    },
  }));
}
