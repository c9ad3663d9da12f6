/** Writes `docs/interop.md`. */
import {
  type Basis,
  type ConformanceCase,
  type ConformanceRule,
  conformance,
} from "matrix-send-to-device/testing";
import { seed } from "./mutations.js";
import { objects } from "./peers.js";
import { type Answer, type Inconclusive, questionOf } from "./protocol.js";
import { countOf, type Result } from "./results.js";
import { shortened } from "./text.js";

/** The maximum number of rows in a table of cases. The others are named below it. */
const maxRows = 6;

type Row = ReadonlyArray<string>;

export function report(results: ReadonlyArray<Result>, date: string): string {
  const peers = results.filter(({ peer }) => peer.toolchain !== undefined);
  const asked = results.find(({ peer }) => peer === objects)?.mutations.asked ?? 0;
  return `${[
    "# Interoperability",
    `Results of other implementations of send-to-device messaging on the [conformance corpus](../conformance/README.md):
${conformance.cases.length} cases for version ${conformance.specification} of the specification, and ${asked.toLocaleString("en")} values from the arbitraries of
\`matrix-send-to-device/testing\` (seed ${seed}), half of them with one fault. Run on ${date}. \`npm run interop:corpus\` writes
this file; see [conformance/peers](../conformance/peers/README.md).`,
    `A case applies to a peer only if the peer has a function for it. Only rules of the specification count as disagreements;
proposals, decisions and limits count as other differences. A difference is not always a fault: some functions leave
checks to their caller.`,
    ...faultsOfOurs(results),
    ...implementations(results),
    ...casesByRule("## Disagreements about the specification", ["specification"], peers),
    ...casesByRule("## Other differences", ["proposal", "decision", "limit"], peers),
    ...reasons(results),
    ...ruleTable(results),
    ...functions(peers),
  ].join("\n\n")}\n`;
}

/** Cases in which the specification contradicts the corpus or this library. */
function faultsOfOurs(results: ReadonlyArray<Result>): ReadonlyArray<string> {
  const faults = new Map<string, Array<Row>>();
  for (const { peer, outcome, expectations, judgements, mutations } of results) {
    const add = (reason: string, row: Row) =>
      faults.set(reason, [...(faults.get(reason) ?? []), row]);
    for (const { fault, reason, cases } of expectations.disagreements) {
      for (const id of fault === undefined ? [] : cases) {
        const judgement = judgements.get(id);
        const each = conformance.cases.find((one) => one.id === id);
        if (judgement?._tag !== "Disagrees" || each === undefined) continue;
        add(reason, [
          code(id),
          code(questionOf(each).text),
          code(judgement.expected),
          answerOf(peer.name, judgement.actual, outcome.answers.get(id)),
        ]);
      }
    }
    for (const { fault, reason, classes } of expectations.mutations) {
      for (const name of fault === undefined ? [] : classes) {
        const [question] = mutations.classes.get(name) ?? [];
        if (question === undefined) continue;
        const answer = outcome.answers.get(question.id);
        add(reason, [
          "a mutation",
          code(question.text),
          code(name.includes("accept here") ? "accept" : "reject"),
          answerOf(peer.name, answer?.verdict ?? "", answer),
        ]);
      }
    }
  }
  if (faults.size === 0) return ["No disagreement is a fault of the corpus or of this library."];
  return [
    "## Faults of the corpus or of this library",
    ...[...faults].flatMap(([reason, rows]) => [
      reason,
      table(["case", "input", "corpus, library", "peer"], rows),
    ]),
  ];
}

function answerOf(name: string, actual: string, answer: Answer | Inconclusive | undefined): string {
  const reason = answer?.reason === undefined ? "" : ` (${code(answer.reason)})`;
  return `${name}: ${code(actual)}${reason}`;
}

function implementations(results: ReadonlyArray<Result>): ReadonlyArray<string> {
  const rows = results.map((result): Row => {
    const { peer, outcome, mutations } = result;
    const versions = Object.entries(outcome.hello.versions);
    const differing = [...mutations.classes.values()].flat().length;
    const ofSpecification = disagreeing(result, ["specification"]).length;
    return [
      peer.name,
      versions.map(([name, version]) => `${name} ${version}`).join(", "),
      String(countOf(result, "Agrees")),
      String(ofSpecification),
      String(countOf(result, "Disagrees") - ofSpecification),
      String(countOf(result, "Unsupported")),
      `${differing} of ${mutations.asked}`,
    ];
  });
  const head = [
    "implementation",
    "versions",
    "agree",
    "disagree with the specification",
    "differ otherwise",
    "not supported",
    "mutations that differ",
  ];
  return ["## Implementations", table(head, rows)];
}

/** The cases in which a peer disagrees with the corpus, without those that are faults of the corpus. */
function disagreeing(
  { judgements, expectations }: Result,
  bases: ReadonlyArray<Basis>,
): ReadonlyArray<ConformanceCase> {
  const ours = expectations.disagreements.flatMap(({ fault, cases }) =>
    fault === undefined ? [] : cases,
  );
  return conformance.cases.filter(
    ({ id, basis }) =>
      bases.includes(basis) && judgements.get(id)?._tag === "Disagrees" && !ours.includes(id),
  );
}

/** The disagreements by rule, with input and verdicts side by side. */
function casesByRule(
  heading: string,
  bases: ReadonlyArray<Basis>,
  peers: ReadonlyArray<Result>,
): ReadonlyArray<string> {
  const disputed = new Set(peers.flatMap((peer) => disagreeing(peer, bases)));
  return [
    heading,
    ...conformance.rules.flatMap((rule) => {
      const cases = [...disputed].filter((each) => each.rule === rule.id);
      if (cases.length === 0) return [];
      const rows = cases.slice(0, maxRows).map((each): Row => {
        const { expected, answers } = answersTo(each, peers);
        return [code(each.id), code(questionOf(each).text), code(expected), answers];
      });
      const rest = cases.slice(maxRows).map((each) => `${code(each.id)} (${namesOf(each, peers)})`);
      return [
        `### ${ruleHeading(rule)}`,
        rule.text,
        table(["case", "input", "corpus", "peers"], rows),
        ...(rest.length > 0 ? [`Also: ${rest.join(", ")}.`] : []),
      ];
    }),
  ];
}

function ruleHeading({ id, spec }: ConformanceRule): string {
  return `[${id}](${spec})`;
}

/** The verdict of the corpus on a case, and those of disagreeing peers. */
function answersTo(
  { id }: ConformanceCase,
  peers: ReadonlyArray<Result>,
): { readonly expected: string; readonly answers: string } {
  const byAnswer = new Map<string, Array<string>>();
  let said = "";
  for (const { peer, judgements } of peers) {
    const judgement = judgements.get(id);
    if (judgement?._tag !== "Disagrees") continue;
    const { expected, actual } = judgement;
    if (expected.length > said.length) said = expected;
    byAnswer.set(actual, [...(byAnswer.get(actual) ?? []), peer.name]);
  }
  const answers = [...byAnswer].map(([actual, names]) => `${names.join(", ")}: ${code(actual)}`);
  return { expected: said, answers: answers.join("<br>") };
}

function namesOf({ id }: ConformanceCase, peers: ReadonlyArray<Result>): string {
  return peers
    .filter(({ judgements }) => judgements.get(id)?._tag === "Disagrees")
    .map(({ peer }) => peer.name)
    .join(", ");
}

function reasons(results: ReadonlyArray<Result>): ReadonlyArray<string> {
  return [
    "## Reasons",
    ...results.flatMap(({ peer, expectations }) => {
      const lines = new Map<string, { cases: number; classes: number }>();
      const add = (reason: string, cases: number, classes: number) => {
        const sum = lines.get(reason) ?? { cases: 0, classes: 0 };
        lines.set(reason, { cases: sum.cases + cases, classes: sum.classes + classes });
      };
      for (const { reason, cases } of expectations.disagreements) add(reason, cases.length, 0);
      for (const { reason, classes } of expectations.mutations) add(reason, 0, classes.length);
      if (lines.size === 0) return [];
      return [
        `### ${peer.name}`,
        [...lines]
          .map(
            ([reason, { cases, classes }]) =>
              `- ${reason} (${[
                ...(cases > 0 ? [plural(cases, "case")] : []),
                ...(classes > 0 ? [plural(classes, "class", "classes")] : []),
              ].join(", ")})`,
          )
          .join("\n"),
      ];
    }),
  ];
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Peers by rule: how many cases agree and how many do not. */
function ruleTable(results: ReadonlyArray<Result>): ReadonlyArray<string> {
  const rows = conformance.rules.map((rule): Row => {
    const cases = conformance.cases.filter((each) => each.rule === rule.id);
    const cells = results.map(({ judgements }) => {
      const count = (tag: string) =>
        cases.filter(({ id }) => judgements.get(id)?._tag === tag).length;
      const [agree, disagree] = [count("Agrees"), count("Disagrees")];
      if (agree + disagree === 0) return "-";
      return disagree === 0 ? String(agree) : `${agree} / **${disagree}**`;
    });
    return [`[${rule.id}](${rule.spec})`, rule.basis, ...cells];
  });
  return [
    "## By rule",
    "The number of cases that agree, then after the slash of those that disagree; `-` means not supported.",
    table(["rule", "basis", ...results.map(({ peer }) => peer.name)], rows),
  ];
}

function functions(peers: ReadonlyArray<Result>): ReadonlyArray<string> {
  return [
    "## Functions",
    "The function of each implementation that answers a kind of case. Signatures are not checked.",
    ...peers.map(
      ({ peer, outcome }) =>
        `- ${peer.name}: ${Object.entries(outcome.hello.kinds)
          .map(([kind, name]) => `${kind} (${name})`)
          .join(", ")}`,
    ),
  ];
}

function table(head: Row, rows: ReadonlyArray<Row>): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A bounded text as code in a cell of a table. */
function code(text: string): string {
  const short = shortened(text, 110).replaceAll("|", "\\|");
  return short.includes("`") ? `\`\` ${short} \`\`` : `\`${short}\``;
}
