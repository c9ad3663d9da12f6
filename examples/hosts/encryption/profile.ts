/** Measures where this process spends its time, with the CPU profiler of V8. */
import type { Profiler } from "node:inspector";
import { Session } from "node:inspector/promises";

/** Shares of the time in which the process is not idle; together 1. */
export type Shares = {
  /** In calls of matrix-send-to-device, including everything that they call. */
  readonly library: number;
  /** In the crypto library of the clients. */
  readonly crypto: number;
  /** In HTTP, the databases, signatures, and everything else. */
  readonly rest: number;
};

type Part = keyof Shares | "idle";

const samplingMicroseconds = 200;

/** The folder of the library, behind the link in `node_modules`. */
const library = new URL("..", import.meta.resolve("matrix-send-to-device")).href;

export async function profiled(work: () => Promise<void>): Promise<Shares> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: samplingMicroseconds });
    await session.post("Profiler.start");
    await work();
    return sharesOf((await session.post("Profiler.stop")).profile);
  } finally {
    session.disconnect();
  }
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const parts = partsOf(nodes);
  const times = { library: 0, crypto: 0, rest: 0, idle: 0 };
  for (const [index, node] of samples.entries()) {
    times[parts.get(node) ?? "rest"] += timeDeltas[index] ?? 0;
  }
  const busy = times.library + times.crypto + times.rest;
  return {
    library: times.library / busy,
    crypto: times.crypto / busy,
    rest: times.rest / busy,
  };
}

/** The part that each call belongs to: its own part, or that of its caller. */
function partsOf(nodes: ReadonlyArray<Profiler.ProfileNode>): ReadonlyMap<number, Part> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, Part>();
  const todo = nodes.slice(0, 1).map((node) => ({ node, outer: "rest" as Part }));
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { node, outer } = next;
    const part = outer === "rest" ? ownPart(node.callFrame) : outer;
    parts.set(node.id, part);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) todo.push({ node: child, outer: part });
    }
  }
  return parts;
}

function ownPart({ functionName, url }: Profiler.ProfileNode["callFrame"]): Part {
  if (functionName === "(idle)") return "idle";
  if (url.startsWith(library)) return "library";
  return url.startsWith("wasm:") || url.includes("matrix-sdk-crypto-wasm") ? "crypto" : "rest";
}
