/** Every export, member, parameter and result of the public types has a doc comment. */
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = new URL("../", import.meta.url).pathname;
const entries = ["src/index.ts", "src/text/index.ts", "src/testing/index.ts", "src/json-schema.ts"];

const { config } = ts.readConfigFile(join(root, "tests/tsconfig.json"), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, "tests"));
const program = ts.createProgram(
  entries.map((entry) => join(root, entry)),
  options,
);
const checker = program.getTypeChecker();

/** An export or member, and the parts of its documentation that are missing. */
type Finding = { readonly name: string; readonly lacks: ReadonlyArray<string> };

function exportsOf(module: ts.Symbol, prefix: string): ReadonlyArray<Finding> {
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const name = `${prefix}${exported.name}`;
    const symbol =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    // A namespace: `arbitraries`, `fixtures` and `invalid`.
    if (symbol.flags & ts.SymbolFlags.ValueModule) return exportsOf(symbol, `${name}.`);
    const documented = declarationsOf(symbol);
    expect(documented, name).not.toEqual([]);
    return documented.flatMap((declaration) => findingsOf(name, declaration));
  });
}

/** The declarations that a user sees: the overloads of a function in place of its implementation. */
function declarationsOf(symbol: ts.Symbol): ReadonlyArray<ts.Declaration> {
  const all = symbol.declarations ?? [];
  return all.some(isOverload) ? all.filter(isOverload) : all;
}

function isOverload(declaration: ts.Declaration): boolean {
  return ts.isFunctionDeclaration(declaration) && declaration.body === undefined;
}

function findingsOf(name: string, declaration: ts.Declaration): ReadonlyArray<Finding> {
  const own = { name, lacks: hasComment(declaration) ? [] : ["a comment"] };
  // The type of a constant is documented by the type with the same name.
  if (ts.isVariableDeclaration(declaration)) return [own];
  if (!ts.isFunctionDeclaration(declaration)) return [own, ...membersOf(name, declaration)];
  const { parameters, type } = declaration;
  // Later overloads may refer to the first one.
  const isFirst = declarationsOf(checkedSymbol(declaration))[0] === declaration;
  const lacks = [
    ...own.lacks,
    ...(isFirst ? tagsMissing(declaration) : []),
    ...(ts.getJSDocCommentsAndTags(declaration).length > 1 ? ["one comment, not several"] : []),
  ];
  return [
    { name, lacks },
    ...parameters.flatMap((parameter) => membersOf(name, parameter)),
    ...(type === undefined ? [] : membersOf(name, type)),
  ];
}

function checkedSymbol(declaration: ts.FunctionDeclaration): ts.Symbol {
  const symbol = declaration.name && checker.getSymbolAtLocation(declaration.name);
  if (symbol === undefined) throw new TypeError("a function without a name");
  return symbol;
}

function tagsMissing(declaration: ts.FunctionDeclaration): ReadonlyArray<string> {
  const tags = ts.getJSDocTags(declaration).map(({ tagName }) => tagName.text);
  const isSpecified = declaration.getSourceFile().fileName.includes("/testing/");
  return [
    ...(tags.filter((tag) => tag === "param").length === declaration.parameters.length
      ? []
      : ["a @param for each parameter"]),
    ...(tags.includes("returns") ? [] : ["@returns"]),
    ...(tags.includes("see") || isSpecified ? [] : ["@see"]),
    ...(tags.includes("example") ? [] : ["@example"]),
  ];
}

/** The members of the object types inside a declaration, of the objects in them, and of the branches of unions. */
function membersOf(name: string, tree: ts.Node): ReadonlyArray<Finding> {
  const findings: Array<Finding> = [];
  const visit = (node: ts.Node, path: string): void => {
    // Constraints and exclusions are not members.
    if (ts.isTypeParameterDeclaration(node) || isExclusion(node)) return;
    const isMember = ts.isPropertySignature(node) || ts.isMethodSignature(node);
    const inner = isMember ? `${path}.${node.name.getText()}` : path;
    if (isMember) findings.push({ name: inner, lacks: hasComment(node) ? [] : ["a comment"] });
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(tree, name);
  return findings;
}

function isExclusion(node: ts.Node): boolean {
  return ts.isTypeReferenceNode(node) && /^(Exclude|Extract)$/.test(node.typeName.getText());
}

function hasComment(declaration: ts.Node): boolean {
  // The comment of a constant is before its statement.
  const owner = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts
    .getJSDocCommentsAndTags(owner)
    .some((doc) => ts.isJSDoc(doc) && (ts.getTextOfJSDocComment(doc.comment) ?? "") !== "");
}

describe.each(entries)("everything that %s exports", (entry) => {
  const source = program.getSourceFile(join(root, entry));
  const module = source && checker.getSymbolAtLocation(source);
  const findings = module === undefined ? [] : exportsOf(module, "");

  test("is documented: exports, members, parameters and results", () => {
    const lacking = findings.filter(({ lacks }) => lacks.length > 0);
    expect(lacking.map(({ name, lacks }) => `${name} lacks ${lacks.join(", ")}`)).toEqual([]);
  });
  test("exists, so that the other test checks something", () => {
    expect(findings.length).toBeGreaterThan(1);
  });
});
