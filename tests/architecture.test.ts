/** Rules of the design that the compiler cannot check. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { check } from "recheck";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** The version of the specification that the project follows. Every link must contain it. */
const specVersion = "v1.19";

const root = new URL("../", import.meta.url).pathname;
const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
    return { name: relative(join(root, "src"), path), text, tree };
  });

const testing = sources.filter(({ name }) => name.startsWith("testing/"));
const library = sources.filter((source) => !testing.includes(source));

function nodesOf<N extends ts.Node>(tree: ts.Node, isKind: (node: ts.Node) => node is N): Array<N> {
  const found: Array<N> = [];
  const visit = (node: ts.Node): void => {
    if (isKind(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

describe("imports", () => {
  /** The floors, the lowest first. A file imports from its own floor or below. */
  const floors: ReadonlyArray<RegExp> = [
    /^(internal\/(plain|text|excluded)|explain|json)\.ts$/,
    /^(internal\/(codec|canonical-json)|text\/code-points)\.ts$/,
    /^(identifiers|message|internal\/entries)\.ts$/,
    /^contents\/(encrypted|room-keys|secrets|verification)\.ts$/,
    /^contents\/index\.ts$/,
    /^(expand|json-schema|olm-plaintext|pack|receive|request|split|standard-schema|transactions)\.ts$/,
    /^(deliver|read)\.ts$/,
    /^appservice\.ts$/,
    /^text\/scanner\.ts$/,
    /^text\/reader\.ts$/,
    /^text\/(json-text|messages)\.ts$/,
    /^text\/canonical\.ts$/,
    /^text\/receive\.ts$/,
    /^text\/deliver\.ts$/,
    /^text\/send\.ts$/,
    /^(index|text\/index)\.ts$/,
    /^testing\//,
  ];
  const floorOf = (name: string) => floors.findIndex((floor) => floor.test(name));
  const importsOf = (tree: ts.SourceFile) =>
    [...nodesOf(tree, ts.isImportDeclaration), ...nodesOf(tree, ts.isExportDeclaration)].flatMap(
      ({ moduleSpecifier }) =>
        moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
          ? [moduleSpecifier.text]
          : [],
    );
  const pathOf = (from: string, specifier: string) =>
    join(from, "..", specifier).replace(/\.js$/, ".ts");

  test.each(sources)("of $name go down", ({ name, tree }) => {
    expect(floorOf(name)).toBeGreaterThanOrEqual(0);
    for (const specifier of importsOf(tree).filter((text) => text.startsWith("."))) {
      expect(floorOf(pathOf(name, specifier)), specifier).toBeLessThanOrEqual(floorOf(name));
    }
  });
  test.each(sources)("of $name have no cycle", ({ name }) => {
    const reach = (from: string, path: ReadonlyArray<string>): void => {
      expect(path, `${from} is reached from itself`).not.toContain(from);
      const source = sources.find((other) => other.name === from);
      for (const specifier of source === undefined ? [] : runTimeImports(source.tree)) {
        reach(pathOf(from, specifier), [...path, from]);
      }
    };
    reach(name, []);
  });
  test.each(library)("of $name are our own files, io-ts, and types: no I/O", ({ tree }) => {
    for (const specifier of runTimeImports(tree, (text) => !text.startsWith("."))) {
      expect(specifier).toBe("io-ts");
    }
    for (const specifier of importsOf(tree).filter((text) => !text.startsWith("."))) {
      expect(
        ["io-ts", "@standard-schema/spec"].includes(specifier) ||
          specifier.startsWith("fp-ts/lib/"),
      ).toBe(true);
    }
  });

  test.each(testing)("of $name are the public names, fast-check, and types", ({ name, tree }) => {
    for (const specifier of importsOf(tree).filter((text) => text.startsWith("."))) {
      expect(pathOf(name, specifier)).toMatch(/^(index\.ts|testing\/.*)$/);
    }
    for (const specifier of runTimeImports(tree, (text) => !text.startsWith("."))) {
      expect(specifier).toBe("fast-check");
    }
  });

  /** Imports that remain at run time. */
  function runTimeImports(
    tree: ts.SourceFile,
    isOfInterest = (text: string) => text.startsWith("."),
  ) {
    return nodesOf(tree, ts.isImportDeclaration)
      .filter(({ importClause }) => importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword)
      .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text)
      .filter(isOfInterest);
  }
});

describe("public files", () => {
  const publicFiles = library.filter(({ name }) => !name.startsWith("internal/"));
  // Each of them loses or changes data: see docs/decisions.md.
  const banned = [
    "record",
    "strict",
    "exact",
    "intersection",
    "type",
    "partial",
    "UnknownRecord",
    "number",
    "Int",
  ];
  test.each(publicFiles)("$name uses no io-ts combinator that loses data", ({ tree }) => {
    const used = nodesOf(tree, ts.isPropertyAccessExpression)
      .filter(({ expression }) => expression.getText() === "t")
      .map(({ name }) => name.text);
    expect(used.filter((name) => banned.includes(name))).toEqual([]);
  });
  test.each(sources)("$name has neither `any` nor a non-null assertion", ({ tree }) => {
    expect(nodesOf(tree, ts.isNonNullExpression)).toEqual([]);
    const isAny = (node: ts.Node): node is ts.Node => node.kind === ts.SyntaxKind.AnyKeyword;
    expect(nodesOf(tree, isAny)).toEqual([]);
  });
  test.each(publicFiles)("$name links one version of the specification", ({ text }) => {
    for (const [, version] of text.matchAll(/spec\.matrix\.org\/([^/\s]+)/g)) {
      expect(version).toBe(specVersion);
    }
  });
  test("every noun and verb links its section", () => {
    const linked = publicFiles.filter(({ text }) => text.includes("@see {@link https://"));
    const unlinked = publicFiles.filter((file) => !linked.includes(file)).map(({ name }) => name);
    expect(unlinked.sort()).toEqual(["index.ts"]);
  });
});

describe("exports", () => {
  test.each(sources)(
    "of $name are without `export * as`, which Metro cannot bundle",
    ({ tree }) => {
      expect(nodesOf(tree, ts.isNamespaceExport)).toEqual([]);
    },
  );
});

describe("regular expressions (promise 7)", () => {
  const literals = sources.flatMap(({ name, tree }) =>
    nodesOf(tree, ts.isRegularExpressionLiteral).map(({ text }) => ({ name, text })),
  );
  test("exist, so that the next test checks something", () => {
    expect(literals.length).toBeGreaterThan(5);
  });
  test.each(literals)("$text of $name is linear", async ({ text }) => {
    const end = text.lastIndexOf("/");
    expect(await check(text.slice(1, end), text.slice(end + 1))).toMatchObject({
      status: "safe",
      complexity: { type: expect.stringMatching(/^(linear|safe)$/) },
    });
  });
});

describe("the promises of SECURITY.md", () => {
  const promises = readFileSync(join(root, "SECURITY.md"), "utf8").match(/^\d+(?=\. \*\*)/gm) ?? [];
  const tests = readdirSync(join(root, "tests"))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(join(root, "tests", name), "utf8"))
    .join("\n");
  const named = [...tests.matchAll(/promises? (\d+)(?: and (\d+))?/g)].flatMap((match) =>
    match.slice(1),
  );
  test("are numbered from 1", () => {
    expect(promises).toEqual(promises.map((_, index) => String(index + 1)));
    expect(promises.length).toBeGreaterThan(0);
  });
  test.each(promises)("%s is named by a test", (promise) => {
    expect(named).toContain(promise);
  });
});
