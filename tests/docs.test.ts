/** The examples in the documentation compile, run, and print the expected output. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import ts from "typescript";
import { afterEach, describe, expect, test, vi } from "vitest";

const root = new URL("../", import.meta.url).pathname;
const folder = join(root, "temp", "docs");

type Example = { readonly name: string; readonly file: string; readonly code: string };

const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"), { encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name}`),
];

const examples = documents.flatMap((document): Array<Example> => {
  const text = readFileSync(join(root, document), "utf8");
  // In a doc comment every line of an example begins with an asterisk.
  const prose = document.endsWith(".md") ? text : text.replace(/^ \* ?/gm, "");
  return [...prose.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""], number) => {
    const name = `${document.replace(/\W/g, "-")}-${number}`;
    return { name, file: join(folder, `${name}.ts`), code };
  });
});

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
// `export {}` makes a module of an example that imports nothing.
for (const { file, code } of examples) writeFileSync(file, `${code}\nexport {};\n`);

/** The expected output of an example: comments after `console.log`, or lines that begin with `// > `. */
function promised(code: string): ReadonlyArray<string> {
  const comments = /console\.log\([^\n]*\);\s*\/\/ ([^>\n][^\n]*)|^\/\/ > (.+)/gm;
  return [...code.matchAll(comments)].map(([, behind, below]) => behind ?? below ?? "");
}

const withoutSpace = (text: string) => text.replaceAll("'", '"').replace(/\s/g, "");

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the examples of the documentation", () => {
  test("exist in the README and for every verb", () => {
    const files = examples.map(({ name }) => name.replace(/-\d+$/, ""));
    const verbs = ["receive", "expand", "deliver", "split", "pack", "request", "transactions"];
    for (const verb of [...verbs, "appservice", "explain", "read"]) {
      expect(files).toContain(`src-${verb}-ts`);
    }
    expect(files).toContain("README-md");
  });
  test("compile", () => {
    const { config } = ts.readConfigFile(join(root, "tests/tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, "tests"));
    const program = ts.createProgram(
      examples.map(({ file }) => file),
      // The declarations of PGlite need those of browsers.
      { ...options, skipLibCheck: true },
    );
    const lines = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${relative(root, file?.fileName ?? "")}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
    expect(lines).toEqual([]);
  }, 60_000);
  test.each(examples)(
    "$name prints the expected output",
    async ({ file, code }) => {
      const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
      await import(file);
      const printed = log.mock.calls.map((values) =>
        values
          .map((value) => inspect(value, { depth: 9, breakLength: Number.POSITIVE_INFINITY }))
          .join(" "),
      );
      expect(printed.map(withoutSpace)).toEqual(promised(code).map(withoutSpace));
      // Some examples start PostgreSQL.
    },
    60_000,
  );
});

describe("the examples that are programs", () => {
  const rows = [
    {
      program: "receive",
      sums: [
        ["read", 16],
        ["- rejected", 6],
        ["- undeliverable", 2],
        ["= reach a device", 8],
        ["+ further devices that a * reaches", 2],
        ["= deliveries made", 10],
      ],
    },
    {
      program: "send",
      sums: [
        ["asked for", 259],
        ["- undeliverable", 1],
        ["- unsendable", 1],
        ["- in EDUs for other servers", 254],
        ["= reach a device here", 3],
        ["+ further devices that a * reaches", 1],
        ["= deliveries made here", 4],
      ],
    },
  ] as const;
  test.each(rows)("$program ends with a balance that adds up", async ({ program, sums }) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import(`../examples/${program}.ts`);
    const lines = log.mock.calls.map(([line]) => String(line));
    const balance = lines.slice(-sums.length).map((line) => {
      const [, label = "", number = ""] = /^ +(\S.*?) +(\d+)$/.exec(line) ?? [];
      return [label, Number(number)];
    });
    expect(balance).toEqual(sums);
    let rest = 0;
    for (const [label, number] of sums) {
      if (label.startsWith("=")) expect(rest, label).toBe(number);
      else rest += label.startsWith("-") ? -number : number;
    }
  });
});
