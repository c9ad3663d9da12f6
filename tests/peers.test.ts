/** The runner of the corpus on other implementations, with harnesses that misbehave. */
import { conformance } from "matrix-send-to-device/testing";
import { describe, expect, it } from "vitest";
import { differences } from "../conformance/peers/expectations.js";
import { ask } from "../conformance/peers/harness.js";
import { differenceOf, mutations } from "../conformance/peers/mutations.js";
import { type Answer, type Question, questionOf } from "../conformance/peers/protocol.js";
import { shortened } from "../conformance/peers/text.js";
import { judge } from "../conformance/peers/verdicts.js";

const questions: ReadonlyArray<Question> = ["a", "b", "c"].map((id) => ({
  id,
  kind: "deviceId",
  text: '"A"',
}));

const hello = `console.log('{"versions":{},"kinds":{}}');`;
const reading = (body: string) =>
  `${hello} require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id } = JSON.parse(line); const say = (verdict) => console.log(JSON.stringify({ id, verdict }));
    ${body}
  });`;

/** The verdicts of a harness that is this program. */
async function verdicts(program: string, silence?: number): Promise<unknown> {
  const command = { command: process.execPath, args: ["-e", program], cwd: "." };
  const outcome = await ask(command, questions, silence);
  if ("verdict" in outcome) return outcome;
  return [...outcome.answers].map(([id, { verdict }]) => `${id} ${verdict}`);
}

describe("a harness", () => {
  it("that answers everything is asked once", async () => {
    expect(await verdicts(reading('say("accept");'))).toEqual(["a accept", "b accept", "c accept"]);
  });

  it.each([
    ["ends", 'if (id === "b") process.exit(1); say("accept");'],
    ["is killed", 'if (id === "b") process.kill(process.pid, "SIGKILL"); else say("accept");'],
    ["gives an invalid answer", 'say(id === "b" ? "maybe" : "accept");'],
    [
      "answers with a text that is not JSON",
      'if (id === "b") console.log("{"); else say("accept");',
    ],
    ["answers another case", 'if (id !== "b") say("accept");'],
  ])("that %s at a case starts again after it, and the case is inconclusive", async (_, body) => {
    expect(await verdicts(reading(body))).toEqual(["a accept", "b inconclusive", "c accept"]);
  });

  it("that is silent is stopped", async () => {
    const body = 'if (id === "c") setTimeout(() => say("accept"), 60_000); else say("accept");';
    expect(await verdicts(reading(body), 3000)).toEqual(["a accept", "b accept", "c inconclusive"]);
  });

  it.each([
    ["does not start", "process.exit(3)"],
    ["begins with something else", "console.log('hello')"],
  ])("that %s is inconclusive", async (_, program) => {
    expect(await verdicts(program)).toMatchObject({ verdict: "inconclusive" });
  });

  it("that does not exist is inconclusive", async () => {
    const outcome = await ask({ command: "./no-such-harness", args: [], cwd: "." }, questions);
    expect(outcome).toMatchObject({ verdict: "inconclusive" });
  });
});

describe("expectations", () => {
  it.each([
    ["listed entries that occurred are valid", ["a", "b"], ["b", "a"], []],
    ["an unlisted entry is a fault", ["a"], ["a", "b"], ["not listed: b"]],
    [
      "a listed entry that did not occur is a fault",
      ["a", "b"],
      ["a"],
      ["listed, but did not occur: b"],
    ],
    ["an entry that is listed twice is a fault", ["a", "a"], ["a"], ["listed twice: a"]],
  ])("%s", (_, listed, seen, failures) => {
    expect(differences(listed, seen)).toEqual(failures);
  });
});

const caseOf = (id: string) => {
  const found = conformance.cases.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
};
const answer = (rest: Omit<Answer, "id">): Answer => ({ id: "x", ...rest });
const first = { message: "first" };
const delivered = (...deliveries: ReadonlyArray<[string, string, unknown]>) =>
  answer({ verdict: "accept", deliveries });

describe("a judgement", () => {
  it.each<[string, string, string, Answer]>([
    ["the same verdict", "device-plain", "Agrees", answer({ verdict: "accept" })],
    ["another verdict", "device-plain", "Disagrees", answer({ verdict: "reject" })],
    ["a crash", "device-wildcard", "Disagrees", answer({ verdict: "crash" })],
    ["no function", "device-plain", "Unsupported", answer({ verdict: "unsupported" })],
    ["no class of user IDs", "user-greek", "Agrees", answer({ verdict: "accept" })],
    ["another class", "user-greek", "Disagrees", answer({ verdict: "accept", grammar: "strict" })],
    ["no canonical JSON", "number-zero", "Disagrees", answer({ verdict: "accept" })],
    ["other canonical JSON", "number-zero", "Disagrees", answer({ verdict: "accept", text: "-0" })],
    [
      "the deliveries",
      "unknown-next-to-known",
      "Agrees",
      delivered(["@u:hs1", "A", { message: "second" }]),
    ],
    [
      "contents kept for an unknown device",
      "unknown-device",
      "Agrees",
      delivered(["@u:hs1", "GONE", first]),
    ],
    ["a delivery too many", "unknown-device", "Disagrees", delivered(["@u:hs1", "A", first])],
    [
      "one delivery twice",
      "wildcard-two-devices",
      "Disagrees",
      delivered(["@u:hs1", "A", first], ["@u:hs1", "A", first], ["@u:hs1", "B", first]),
    ],
    ["a server error", "no-recipients", "Disagrees", answer({ verdict: "reject" })],
  ])("on %s", (_, id, tag, given) => {
    expect(judge(caseOf(id), given)._tag).toBe(tag);
  });

  it("without answers is never green", () => {
    const silent = { verdict: "inconclusive", reason: "ended" } as const;
    for (const each of conformance.cases) expect(judge(each, silent)._tag).toBe("Inconclusive");
  });
});

describe("questions", () => {
  it("contain no verdict, and every parser can read their lines", () => {
    for (const question of [...conformance.cases.map(questionOf), ...mutations()]) {
      expect(Object.keys(question)).not.toContain("verdict");
      expect(JSON.stringify(question).isWellFormed()).toBe(true);
      expect(JSON.stringify(question)).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/i);
    }
  });

  it("are the same 2,000 mutations each time, with unique IDs", () => {
    const made = mutations();
    expect(made).toHaveLength(2000);
    expect(new Set(made.map(({ id }) => id)).size).toBe(2000);
    expect(mutations()).toEqual(made);
  });
});

describe("the class of a difference", () => {
  const [edu] = mutations();
  it.each<[string, Omit<Answer, "id">, Omit<Answer, "id">, string | undefined]>([
    ["no function", { verdict: "accept" }, { verdict: "unsupported" }, undefined],
    [
      "no difference",
      { verdict: "reject", reason: "a" },
      { verdict: "reject", reason: "b" },
      undefined,
    ],
    [
      "our reason, without keys",
      { verdict: "reject", reason: 'content.messages["@a:b"].DEV: expected object' },
      { verdict: "accept" },
      "edu: reject here, accept there: content.messages[user][device]: expected object",
    ],
    [
      "their reason, without values",
      { verdict: "accept" },
      { verdict: "reject", reason: 'invalid value "x" at line 1 column 9' },
      "edu: accept here, reject there: invalid value ...",
    ],
    [
      "another outcome",
      { verdict: "accept", edus: ["accept"] },
      { verdict: "accept", edus: ["reject"] },
      "edu: another outcome",
    ],
  ])("%s", (_, ours, theirs, name) => {
    if (edu === undefined) throw new Error("no mutations");
    expect(differenceOf(edu, answer(ours), answer(theirs))).toBe(name);
  });
});

describe("a shortened text", () => {
  it.each([
    ["stays", "abc", "abc"],
    ["is printable ASCII", "a\u202e\n\u{1f600}", "a\\u{202e}\\u{a}\\u{1f600}"],
    ["is bounded", "a".repeat(1000), `${"a".repeat(115)} ... ${"a".repeat(40)}`],
  ])("%s", (_, text, short) => {
    expect(shortened(text)).toBe(short);
  });
});
