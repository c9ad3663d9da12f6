/** Growth of the cost from ten devices to a million, for users with five devices each and small bodies. */
import * as library from "./library.js";
import { median, sample } from "./measure.js";
import { deviceId, edu, range, userId } from "./workloads.js";

export const sizes = [10, 100, 1000, 10_000, 100_000, 1_000_000];

const devices = range(5, deviceId);

const operations = {
  decode: (one) => library.DirectToDeviceEdu.decode(one),
  deliver: ({ content }) => library.deliver(() => devices)(content),
  packEdus: ({ content }) => library.packEdus({ messageId: (index) => `id-${index}` })(content),
};

/** The microseconds of each operation at each size, and the slope of the line through them in a log-log plot. */
export function measureGrowth() {
  const series = Object.fromEntries(Object.keys(operations).map((name) => [name, []]));
  for (const size of sizes) {
    const text = JSON.stringify(edu(range(size / 5, userId), devices, (seed) => ({ seed })));
    for (const [name, run] of Object.entries(operations)) {
      series[name].push(timeOf(run, text, size));
    }
  }
  return Object.entries(series).map(([name, micros]) => ({ name, micros, slope: slopeOf(micros) }));
}

/** The median of some rounds, each with newly parsed objects. */
function timeOf(run, text, size) {
  const candidate = { input: () => JSON.parse(text), run };
  const options = { batch: Math.max(1, Math.round(10_000 / size)), micros: 1000 };
  return median(range(size > 100_000 ? 3 : 11, () => sample(candidate, options)));
}

/** Least squares over the logarithms. */
function slopeOf(micros) {
  const xs = sizes.map(Math.log);
  const ys = micros.map(Math.log);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const above = xs.reduce((sum, x, index) => sum + (x - x0) * (ys[index] - y0), 0);
  return above / xs.reduce((sum, x) => sum + (x - x0) ** 2, 0);
}
