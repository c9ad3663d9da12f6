/** Transactions of a third server, signed and sent in the same way to the real server and to ours. */
import type { Case, Facts } from "../case.js";
import { canonical, type Scripted } from "../scripted.js";
import { links } from "../specification.js";
import { type Account, type World, wordsFor } from "../world.js";

type TransactionCase = Pick<Case, "name" | "sent" | "specification"> & {
  readonly expected: Facts;
  readonly run: (to: Account, scripted: Scripted, marked: Marked) => Promise<Facts>;
};

type Marked = ReturnType<World["marked"]>;

let messageCount = 0;

/** A valid EDU for PHONE, with members of its content replaced. */
function eduFor(to: Account, scripted: Scripted, contents: string, content: object = {}): string {
  return canonical({
    edu_type: "m.direct_to_device",
    content: {
      message_id: `scripted${++messageCount}`,
      messages: { [to.userId]: { PHONE: JSON.parse(contents) } },
      sender: `@carol:${scripted.name}`,
      type: "org.example.interop",
      ...content,
    },
  });
}

/** The events that PHONE reads before the last message of the scripted server. */
async function phoneReads(
  to: Account,
  scripted: Scripted,
  { readScripted }: Marked,
  due: number,
): Promise<string> {
  const [phone = []] = await readScripted(to, due, (last) => {
    const both = {
      messages: { [to.userId]: { PHONE: JSON.parse(last), TABLET: JSON.parse(last) } },
    };
    return scripted.send(to.server.name, [eduFor(to, scripted, last, both)]);
  });
  return wordsFor(phone);
}

const malformed: ReadonlyArray<
  readonly [title: string, edu: (to: Account, scripted: Scripted, contents: string) => string]
> = [
  ["without `content`", () => canonical({ edu_type: "m.direct_to_device" })],
  [
    "without `sender`",
    (to, scripted, contents) => eduFor(to, scripted, contents, { sender: undefined }),
  ],
  [
    "without `type`",
    (to, scripted, contents) => eduFor(to, scripted, contents, { type: undefined }),
  ],
  [
    "`messages` is an array",
    (to, scripted, contents) => eduFor(to, scripted, contents, { messages: [] }),
  ],
  [
    "an invalid user ID",
    (to, scripted, contents) =>
      eduFor(to, scripted, contents, { messages: { nobody: { PHONE: JSON.parse(contents) } } }),
  ],
  [
    "contents are null",
    (to, scripted, contents) =>
      eduFor(to, scripted, contents, { messages: { [to.userId]: { PHONE: null } } }),
  ],
  ["an EDU that is a string", () => '"edu"'],
];

/** The kind whose transaction is repeated. */
const repeatedKind = "without `sender`";

const cases: ReadonlyArray<TransactionCase> = [
  {
    name: "A repeated transaction",
    sent: "A transaction twice, with the same ID and the same EDU, as after a lost answer.",
    specification: `${links.transactions}: a sender retries a transaction until it gets a 200.`,
    expected: { answers: "200, 200", "PHONE reads": "“once”" },
    run: async (to, scripted, marked) => {
      const edus = [eduFor(to, scripted, marked.contents("once"))];
      const txnId = scripted.txnId();
      const answers = [
        await scripted.send(to.server.name, edus, txnId),
        await scripted.send(to.server.name, edus, txnId),
      ];
      return {
        answers: answers.map(({ status }) => status).join(", "),
        "PHONE reads": await phoneReads(to, scripted, marked, 1),
      };
    },
  },
  {
    name: "A repeated message ID",
    sent: "Two transactions, each with an EDU with the same `message_id`.",
    specification: `${links.edu}: \`message_id\` is a unique ID, used for idempotence.`,
    expected: { answers: "200, 200", "PHONE reads": "“first”" },
    run: async (to, scripted, marked) => {
      const id = { message_id: `repeated${++messageCount}` };
      const answers = [];
      for (const label of ["first", "second"]) {
        const edu = eduFor(to, scripted, marked.contents(label), id);
        answers.push(await scripted.send(to.server.name, [edu]));
      }
      return {
        answers: answers.map(({ status }) => status).join(", "),
        "PHONE reads": await phoneReads(to, scripted, marked, 1),
      };
    },
  },
  {
    name: "A repeated transaction ID with a new EDU",
    sent: "Two transactions with the same ID, the second with another EDU, as Dendrite sends them after a lost answer.",
    specification: `${links.transactions}: a transaction ID identifies one transaction. Silent about a repeated ID with other EDUs; ours deduplicates by the \`message_id\` alone, so that nothing is lost.`,
    expected: { answers: "200, 200", "PHONE reads": "“first”, “second”" },
    run: async (to, scripted, marked) => {
      const txnId = scripted.txnId();
      const answers = [];
      for (const label of ["first", "second"]) {
        const edu = eduFor(to, scripted, marked.contents(label));
        answers.push(await scripted.send(to.server.name, [edu], txnId));
      }
      return {
        answers: answers.map(({ status }) => status).join(", "),
        "PHONE reads": await phoneReads(to, scripted, marked, 2),
      };
    },
  },
  {
    name: "A malformed EDU among good ones",
    sent: "For each kind, one transaction of three EDUs: a good one, the malformed one, a good one.",
    specification: `${links.transactions}: silent about invalid EDUs. After any answer but 200, the sender retries the transaction.`,
    expected: {
      ...Object.fromEntries(
        malformed.map(([title]) => [title, "200, PHONE reads “before”, “after”"]),
      ),
      [`${repeatedKind}, the same again`]: "200, PHONE reads nothing",
    },
    run: async (to, scripted, marked) => {
      const facts: Array<readonly [string, string]> = [];
      const send = async (title: string, due: number, edus: ReadonlyArray<string>, id: string) => {
        const { status } = await scripted.send(to.server.name, edus, id);
        const read = await phoneReads(to, scripted, marked, due);
        facts.push([title, `${status}, PHONE reads ${read}`]);
      };
      for (const [title, eduOf] of malformed) {
        const edus = [
          eduFor(to, scripted, marked.contents("before")),
          eduOf(to, scripted, marked.contents("malformed")),
          eduFor(to, scripted, marked.contents("after")),
        ];
        const txnId = scripted.txnId();
        await send(title, 2, edus, txnId);
        if (title === repeatedKind) await send(`${title}, the same again`, 0, edus, txnId);
      }
      return Object.fromEntries(facts);
    },
  },
  {
    name: "A foreign sender",
    sent: "An EDU whose `sender` is not a user of the server that signed the request.",
    specification: `${links.edu}: silent. A server may only send for its own users, so ours drops the EDU.`,
    expected: { answer: "200", "PHONE reads": "nothing" },
    run: async (to, scripted, marked) => {
      const forged = { sender: "@carol:elsewhere.example" };
      const edu = eduFor(to, scripted, marked.contents("forged"), forged);
      const { status } = await scripted.send(to.server.name, [edu]);
      return { answer: `${status}`, "PHONE reads": await phoneReads(to, scripted, marked, 0) };
    },
  },
  {
    name: "100 EDUs",
    sent: "A transaction of 100 EDUs for PHONE.",
    specification: `${links.transactions}: at most 100 EDUs.`,
    expected: { answer: "200", "PHONE reads": "1 to 100, each once, in order" },
    run: async (to, scripted, marked) => ({
      answer: await sendEdus(100, to, scripted, marked),
      "PHONE reads": await phoneReads(to, scripted, marked, 100),
    }),
  },
  {
    name: "101 EDUs",
    sent: "A transaction of 101 EDUs for PHONE.",
    specification: `${links.transactions}: at most 100 EDUs.`,
    expected: { answer: "400", "PHONE reads": "nothing" },
    run: async (to, scripted, marked) => ({
      answer: await sendEdus(101, to, scripted, marked),
      "PHONE reads": await phoneReads(to, scripted, marked, 0),
    }),
  },
  {
    name: "A lone surrogate",
    sent: "A transaction of two EDUs, the second with the escape `\\ud800` in its contents.",
    specification: `${links.canonical}: strings are UTF-8, which has no surrogates. MSC4458 (accepted): lone surrogates must be rejected.`,
    expected: { answer: "400", "PHONE reads": "nothing" },
    run: async (to, scripted, marked) => {
      const edus = [
        eduFor(to, scripted, marked.contents("good")),
        eduFor(to, scripted, marked.contents("surrogate <here>")).replace("<here>", "\\ud800"),
      ];
      const { status } = await scripted.send(to.server.name, edus);
      return { answer: `${status}`, "PHONE reads": await phoneReads(to, scripted, marked, 0) };
    },
  },
];

async function sendEdus(
  count: number,
  to: Account,
  scripted: Scripted,
  { contents }: Marked,
): Promise<string> {
  const edus = Array.from({ length: count }, (_, index) =>
    eduFor(to, scripted, contents(`${index + 1}`)),
  );
  return `${(await scripted.send(to.server.name, edus)).status}`;
}

export const transactionCases: ReadonlyArray<Case> = cases.map(({ expected, run, ...words }) => ({
  ...words,
  processes: 1,
  group: "From a third server to theirs and to ours",
  expected: { peer: expected, ours: expected },
  run: async (world) => ({
    peer: await run(world.bob, world.scripted, world.marked()),
    ours: await run(world.alice, world.scripted, world.marked()),
  }),
}));
