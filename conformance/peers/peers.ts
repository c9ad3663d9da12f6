/** The implementations, how each is built, and how its harness is started. */
import { fileURLToPath } from "node:url";
import type { Toolchain } from "./build.js";
import type { Command } from "./harness.js";

export type Peer = {
  /** The name in reports. */
  readonly name: string;
  /** The name of its file in `expectations/`. */
  readonly file: string;
  /** Absent for this library. */
  readonly toolchain?: Toolchain;
  readonly command: Command;
};

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = `${root}conformance/peers/`;
const cache = `${root}temp/peers/`;

const cargo: Toolchain = {
  name: "ruma",
  tool: ["cargo", "--version"],
  sources: [`${here}ruma`],
  target: `${cache}ruma`,
  fetch: [{ command: "cargo", args: ["fetch", "--locked"], cwd: `${here}ruma` }],
  build: [
    {
      command: "cargo",
      args: ["build", "--release", "--locked", "--offline"],
      cwd: `${here}ruma`,
      env: { CARGO_TARGET_DIR: `${cache}ruma/target` },
    },
  ],
};

function go(name: string, flags: ReadonlyArray<string>): Toolchain {
  const source = `${cache}${name}/source`;
  const env = { CGO_ENABLED: "0" };
  return {
    name,
    tool: ["go", "version"],
    sources: [`${here}${name}`, `${here}go`],
    target: `${cache}${name}`,
    copies: { from: [`${here}go`, `${here}${name}`], to: source },
    fetch: [{ command: "go", args: ["list", "-deps", ...flags, "."], cwd: source, env }],
    build: [
      {
        command: "go",
        args: ["build", "-mod=readonly", ...flags, "-o", "../harness", "."],
        cwd: source,
        env,
      },
    ],
  };
}

const dendrite = go("dendrite", []);
const mautrixGo = go("mautrix-go", ["-tags", "goolm"]);

const python: Toolchain = {
  name: "python",
  tool: ["python3", "--version"],
  sources: [`${here}python/requirements.txt`],
  target: `${cache}python`,
  fetch: [
    { command: "python3", args: ["-m", "venv", "venv"], cwd: `${cache}python` },
    {
      command: `${cache}python/venv/bin/pip`,
      args: [
        ...["install", "--quiet", "--no-input", "--disable-pip-version-check"],
        ...["--requirement", `${here}python/requirements.txt`],
      ],
      cwd: `${cache}python`,
    },
  ],
  build: [],
};

const node: Toolchain = {
  name: "node",
  tool: ["node", "--version"],
  sources: [`${here}node/package.json`, `${here}node/package-lock.json`, `${here}node/stubs`],
  target: `${cache}node`,
  fetch: [
    {
      command: "npm",
      args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      cwd: `${here}node`,
    },
  ],
  build: [],
};

const library = (name: string, entry: string): Peer => ({
  name,
  file: entry,
  command: {
    command: `${root}node_modules/.bin/tsx`,
    args: ["--tsconfig", "tests/tsconfig.json", "conformance/peers/ours.ts", entry],
    cwd: root,
  },
});

const inPython = (name: string, harness: string): Peer => ({
  name,
  file: harness,
  toolchain: python,
  command: {
    command: `${cache}python/venv/bin/python`,
    args: ["-B", `peer_${harness}.py`],
    cwd: `${here}python`,
  },
});

const inNode = (name: string, file: string, harness: string, ...args: string[]): Peer => ({
  name,
  file,
  toolchain: node,
  command: { command: "node", args: [harness, ...args], cwd: `${here}node` },
});

/** This library, on objects. Its answers are the verdicts on mutations. */
export const objects: Peer = library("this library", "objects");

export const peers: ReadonlyArray<Peer> = [
  objects,
  library("this library, text", "text"),
  {
    name: "ruma",
    file: "ruma",
    toolchain: cargo,
    command: { command: `${cache}ruma/target/release/peer-ruma`, args: [], cwd: root },
  },
  {
    name: "Dendrite",
    file: "dendrite",
    toolchain: dendrite,
    command: { command: `${cache}dendrite/harness`, args: [], cwd: root },
  },
  inPython("Synapse", "synapse"),
  {
    name: "mautrix-go",
    file: "mautrix-go",
    toolchain: mautrixGo,
    command: { command: `${cache}mautrix-go/harness`, args: [], cwd: root },
  },
  inPython("mautrix-python", "mautrix"),
  inPython("matrix-nio", "nio"),
  inNode("matrix-sdk-crypto-wasm", "crypto-wasm", "crypto-wasm.mjs"),
  inNode("matrix-bot-sdk", "bot-sdk", "bot-sdk.mjs", "matrix-bot-sdk"),
  inNode("@vector-im/matrix-bot-sdk", "vector-bot-sdk", "bot-sdk.mjs", "@vector-im/matrix-bot-sdk"),
  inPython("python-canonicaljson", "canonicaljson"),
  inNode("another-json", "another-json", "another-json.mjs"),
];
