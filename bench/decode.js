/** Decoding an EDU: the library, its peers, and `JSON.parse` of the same text as the scale. */
import { measure, median, on, ratio } from "./measure.js";
import { ours, peers } from "./peers.js";
import { warmUp, workloads } from "./workloads.js";

const candidates = [ours, ...peers];

/**
 * For each workload: how many times as long as the library each peer took, and how much of `JSON.parse` the
 * library took.
 *
 * @returns {Array<{ name: string, accepted: boolean, ratios: Record<string, number>, micros: number,
 *   shareOfParse: number }>}
 */
export function measureDecoding() {
  warmUp(candidates.map(({ decode }) => decodeAll(decode)));
  return workloads.map(({ name, texts, accepted }) => {
    const decoders = candidates.map((peer) => [peer.name, decodeAll(peer.decode)]);
    const samples = measure(
      {
        ...on(() => parse(texts), Object.fromEntries(decoders)),
        parse: { input: () => texts, run: parse },
      },
      { batch: batchOf(texts) },
    );
    return {
      name,
      accepted,
      micros: median(samples[ours.name]),
      shareOfParse: ratio(samples[ours.name], samples.parse),
      ratios: Object.fromEntries(
        peers.map((peer) => [peer.name, ratio(samples[peer.name], samples[ours.name])]),
      ),
    };
  });
}

export function parse(texts) {
  return texts.map((text) => JSON.parse(text));
}

/** As many inputs as make about 100 kB of text. */
export function batchOf(texts) {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  return Math.max(1, Math.round(100_000 / length));
}

function decodeAll(decode) {
  return (edus) => {
    let last;
    for (const edu of edus) last = decode(edu);
    return last;
  };
}
