/** Compiles a consumer against the built declarations, without `skipLibCheck`. */
import { copyFileSync } from "node:fs";
import oldest from "typescript-5.1";
import newest from "typescript-5.9";

const sources = new URL("types/", import.meta.url).pathname;

/**
 * How consumers resolve packages: module, resolution, the extensions that make files ESM or CommonJS, and whether
 * the testing entry takes part. With `Node10` the declarations of fast-check do not find those of their own dependency.
 */
const settings = [
  ["NodeNext", "NodeNext", ["mts", "cts"], true],
  ["Node16", "Node16", ["mts", "cts"], true],
  ["CommonJS", "Node10", ["ts"], false],
  ["ESNext", "Bundler", ["ts"], true],
];

/** What each compiler says in each setting, one line each; no lines where it accepts the consumer. */
export function compile(folder) {
  return [oldest, newest].flatMap((ts) =>
    settings.map(([module, resolution, extensions, withTesting]) => {
      const files = extensions.flatMap((extension) =>
        (withTesting ? ["consumer", "testing"] : ["consumer"]).map((name) => {
          const file = `${folder}/${name}.${extension}`;
          copyFileSync(`${sources}${name}.ts`, file);
          return file;
        }),
      );
      const program = ts.createProgram(files, {
        target: ts.ScriptTarget.ES2020,
        module: ts.ModuleKind[module],
        moduleResolution: ts.ModuleResolutionKind[resolution],
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        types: [],
      });
      const lines = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
        const where = file === undefined ? "" : file.fileName.replace(/.*\/node_modules\//, "");
        return `${where}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
      });
      return { compiler: `TypeScript ${ts.version}`, setting: `${module}, ${resolution}`, lines };
    }),
  );
}
