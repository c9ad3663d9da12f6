/** Decoding an EDU: the library and its peers, relative to `JSON.parse` of the same text. */
import { measure, median, on, ratio } from "./measure.js";
import { ours, peers } from "./peers.js";
import { warmUp, workloads } from "./workloads.js";

const candidates = [ours, ...peers];

/**
 * For each workload: the time of each peer relative to the library, and the time of the library relative to
 * `JSON.parse`.
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

/** Enough inputs for about 100 kB of text. */
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
