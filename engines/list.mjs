/** The engines, by the alias under which package.json installs them; the first one that runs is compared with. */
import { existsSync, readFileSync } from "node:fs";

const installed = (path) => new URL(`node_modules/${path}`, import.meta.url).pathname;

const node = (major) => ({
  name: `node-${major}`,
  command: installed(`node-${major}/bin/node`),
  args: [],
  loadsPackages: true,
});

const bun = (version) => ({
  name: `bun-${version}`,
  command: installed(`bun-${version}/bin/bun`),
  args: ["--no-install"],
  loadsPackages: true,
});

const all = [
  ...[26, 24, 22, 20, 18].map(node),
  ...["1.4", "1.3"].map(bun),
  {
    name: "deno-2",
    command: installed("deno-2/deno"),
    // Without permissions, but to read the package.
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "--no-remote",
      "--node-modules-dir=manual",
      "--allow-read",
    ],
    loadsPackages: true,
  },
  {
    name: "hermes-0.12",
    command: installed("hermes-0.12/linux64-bin/hermes"),
    args: ["-O"],
    // Hermes runs scripts; React Native bundles and lowers them.
    loadsPackages: false,
  },
];

/** Each engine with its version, or without one where it is not installed. */
export const engines = all.map((engine) => ({
  ...engine,
  version: existsSync(engine.command)
    ? JSON.parse(readFileSync(installed(`${engine.name}/package.json`), "utf8")).version.replace(
        /^v/,
        "",
      )
    : undefined,
}));
