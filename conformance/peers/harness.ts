/** Runs a harness: questions to its standard input, answers from its standard output. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Answer, Hello, type Inconclusive, type Question } from "./protocol.js";

export type Command = {
  readonly command: string;
  readonly args: ReadonlyArray<string>;
  readonly cwd: string;
};

export type Outcome = {
  readonly hello: Hello;
  readonly answers: ReadonlyMap<string, Answer | Inconclusive>;
  readonly seconds: number;
};

/** A harness that is silent for this long is stopped, in milliseconds. */
const maxSilence = 60_000;

/** How often a harness that ended early is restarted with the next case. */
const maxStarts = 6;

/** The answers to all questions. If the process ends early, the current case is inconclusive and a new process continues. */
export async function ask(
  command: Command,
  questions: ReadonlyArray<Question>,
  silence = maxSilence,
): Promise<Outcome | Inconclusive> {
  const started = performance.now();
  const answers = new Map<string, Answer | Inconclusive>();
  let hello: Hello | undefined;
  for (let starts = 0; answers.size < questions.length && starts < maxStarts; starts++) {
    const pending = questions.slice(answers.size);
    const run = await runOnce(command, pending, silence);
    if (run.hello === undefined) return inconclusive(`no first line: ${run.end}`);
    hello = run.hello;
    for (const answer of run.answers) answers.set(answer.id, answer);
    const [next] = pending.slice(run.answers.length);
    if (next !== undefined) answers.set(next.id, inconclusive(run.end));
  }
  for (const { id } of questions.slice(answers.size)) {
    answers.set(id, inconclusive(`not asked: the harness ended early ${maxStarts} times`));
  }
  if (hello === undefined) return inconclusive("no questions");
  return { hello, answers, seconds: (performance.now() - started) / 1000 };
}

function inconclusive(reason: string): Inconclusive {
  return { verdict: "inconclusive", reason };
}

type Run = {
  readonly hello: Hello | undefined;
  /** The answers to the first questions, in their order. */
  readonly answers: ReadonlyArray<Answer>;
  /** How the process ended. */
  readonly end: string;
};

function runOnce(
  { command, args, cwd }: Command,
  questions: ReadonlyArray<Question>,
  silence: number,
): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
    const answers: Array<Answer> = [];
    let hello: Hello | undefined;
    let complaint = "";
    let lastWords = "";
    const stop = (reason: string) => {
      complaint ||= reason;
      child.kill("SIGKILL");
    };
    const watch = () => setTimeout(() => stop(`silent for ${silence / 1000} s`), silence);
    let timer = watch();

    const onLine = (line: string) => {
      clearTimeout(timer);
      timer = watch();
      const value = parsed(line);
      if (hello === undefined) {
        if (Hello.is(value)) hello = value;
        else stop(`said ${line.slice(0, 200)}`);
        return;
      }
      const isAnswer = Answer.is(value) && value.id === questions[answers.length]?.id;
      if (isAnswer) answers.push(value);
      else stop(`said ${line.slice(0, 200)}`);
    };

    const finish = (how: string) => {
      clearTimeout(timer);
      resolve({ hello, answers, end: complaint || `${how}${lastWords && `: ${lastWords}`}` });
    };

    createInterface({ input: child.stdout }).on("line", (line) => {
      if (complaint === "") onLine(line);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      lastWords = (lastWords + String(chunk)).trim().slice(-300);
    });
    child.on("error", (error) => finish(error.message));
    child.on("close", (code, signal) => finish(`ended with ${signal ?? code}`));
    // A process that has ended does not read its input; `close` reports its end.
    child.stdin.on("error", () => {});
    for (const question of questions) child.stdin.write(`${JSON.stringify(question)}\n`);
    child.stdin.end();
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
