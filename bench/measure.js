/**
 * CPU times in one process, with new objects.
 *
 * Inputs are created just before use, in small batches, so that they are as warm in the CPU caches as a newly parsed
 * request. Only their use is timed. Each round runs every candidate once, in a rotating order. The result is the median
 * of the ratios within each round, so that a temporary slowdown affects all candidates alike.
 */

/** A sink for results, so that optimisers cannot discard them. */
export const sink = { value: undefined };

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The microseconds that one call of each candidate took, round by round.
 *
 * @template Input
 * @param {Record<string, { input: () => Input, run: (input: Input) => unknown }>} candidates
 * @param {{ batch?: number, rounds?: number, micros?: number, warm?: number }} options the number of
 *   inputs per batch, how long a candidate runs in a round, and how long it warms up
 * @returns {Record<string, number[]>}
 */
export function measure(candidates, { batch = 1, rounds = 15, micros = 1000, warm = 60_000 } = {}) {
  const names = Object.keys(candidates);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) sample(candidates[name], { batch, micros: warm });
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      samples[name].push(sample(candidates[name], { batch, micros }));
    }
  }
  return samples;
}

/** Candidates that all take the same kind of input. */
export function on(input, runs) {
  return Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, { input, run }]));
}

/** The time of a candidate relative to `reference`: the median of the rounds. */
export function ratio(samples, reference) {
  return median(samples.map((micros, round) => micros / reference[round]));
}

/** The microseconds per call, over as many calls as take `micros`. */
export function sample({ input, run }, { batch, micros }) {
  let calls = 0;
  let spent = 0;
  while (spent < micros) {
    const inputs = Array.from({ length: batch }, input);
    spent += cpuTime(() => {
      for (let index = 0; index < batch; index++) sink.value = run(inputs[index]);
    });
    calls += batch;
  }
  return spent / calls;
}

function cpuTime(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return Math.max(0, user + system - clockCost);
}

/** The overhead of reading the clock. */
let clockCost = 0;
clockCost = median(
  Array.from({ length: 21 }, () => {
    let sum = 0;
    for (let index = 0; index < 500; index++) sum += cpuTime(() => {});
    return sum / 500;
  }),
);
