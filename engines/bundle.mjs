/** One script of the library, its corpus and the workload. */
import { transformSync } from "@babel/core";
import blockScoping from "@babel/plugin-transform-block-scoping";
import classes from "@babel/plugin-transform-classes";
import { buildSync } from "esbuild";

/** A script for engines that run what tsc emits; esbuild lowers nothing. */
export function bundle() {
  const { outputFiles } = buildSync({
    entryPoints: [new URL("runner/main.mjs", import.meta.url).pathname],
    bundle: true,
    format: "iife",
    target: "esnext",
    treeShaking: true,
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/**
 * The same script for Hermes 0.12, which has no classes and one scope per function. React Native's preset lowers both.
 *
 * The spread of objects stays: the engine has it, and a lowered one would lose own members called `__proto__`.
 */
export function lowered(script) {
  return transformSync(script, {
    plugins: [blockScoping, classes],
    babelrc: false,
    configFile: false,
    compact: false,
    sourceType: "script",
  }).code;
}
