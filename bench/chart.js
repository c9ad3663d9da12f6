/** Charts as SVG, for a page that may be light or dark. */

const width = 900;
const colors = ["#2f81f7", "#d29922", "#3fb950"];
const style = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; font-size: 13px }
  .grid { stroke: #8b949e; stroke-opacity: 0.35 }
  .one { stroke: #2f81f7; stroke-width: 1.5 }
  .bar { fill: #8b949e }
  @media (prefers-color-scheme: dark) { text { fill: #9ea7b3 } }`;

/**
 * Bars of ratios on a logarithmic scale, with a panel for each workload. The line marks the library.
 *
 * @param {Array<{ name: string, ratios: Record<string, number> }>} workloads
 * @param {string} title
 */
export function ratioChart(workloads, title = "Time of each peer relative to the library") {
  const [columns, label, row] = [2, 135, 17];
  const bars = Object.keys(workloads[0].ratios).length;
  const panel = { width: width / columns, height: bars * row + 45 };
  const top = Math.max(...workloads.flatMap(({ ratios }) => Object.values(ratios)));
  const x = (ratio) =>
    label + ((panel.width - label - 60) * Math.log(ratio / 0.5)) / Math.log(top / 0.5);
  const panels = workloads.map(({ name, ratios }, index) => {
    const left = (index % columns) * panel.width;
    const above = Math.floor(index / columns) * panel.height + 22;
    const rows = Object.entries(ratios).map(([peer, ratio], place) => {
      const y = 12 + place * row;
      const [from, to] = [x(1), x(Math.max(0.5, ratio))];
      return (
        `<text x="${label - 8}" y="${y + 10}" text-anchor="end">${peer}</text>` +
        `<rect class="bar" x="${round(Math.min(from, to))}" y="${y}" width="${round(Math.abs(to - from))}" height="12"/>` +
        `<text x="${round(Math.max(from, to) + 5)}" y="${y + 10}">${figure(ratio)}</text>`
      );
    });
    const line = `<line class="one" x1="${round(x(1))}" x2="${round(x(1))}" y1="8" y2="${bars * row + 12}"/>`;
    return `<g transform="translate(${left} ${above})"><text class="title" x="8">${escaped(name)}</text>${rows.join("")}${line}</g>`;
  });
  const height = Math.ceil(workloads.length / columns) * panel.height + 20;
  return svg(height, title, panels.join("\n"));
}

/**
 * The time of the object entry relative to the text entry, by engine, with a panel for each workload.
 *
 * @param {Array<{ name: string, receiving: object, whole: object }>} engines
 */
export function engineChart(engines) {
  const panel = (title, ratioOf) => ({
    name: title,
    ratios: Object.fromEntries(engines.map((engine) => [engine.name, ratioOf(engine)])),
  });
  const [{ receiving, whole }] = engines;
  return ratioChart(
    [
      ...Object.keys(receiving).map((name) =>
        panel(
          `${name}, to inbox text`,
          (engine) => engine.receiving[name].ratios["objects to inbox / text to inbox"],
        ),
      ),
      ...Object.keys(whole).map((name) =>
        panel(`${name}, whole`, (engine) => engine.whole[name].ratios["objects / text"]),
      ),
    ],
    "Time of the object entry relative to the text entry",
  );
}

/**
 * Lines over sizes, both axes logarithmic.
 *
 * @param {number[]} sizes
 * @param {Array<{ name: string, micros: number[], slope: number }>} series
 */
export function growthChart(sizes, series) {
  const plot = { left: 80, right: width - 230, top: 20, bottom: 380 };
  const powers = [0, 1, 2, 3, 4, 5, 6, 7];
  const x = (size) =>
    plot.left +
    ((plot.right - plot.left) * Math.log10(size / sizes[0])) / Math.log10(sizes.at(-1) / sizes[0]);
  const y = (micros) =>
    plot.bottom - ((plot.bottom - plot.top) * Math.log10(micros)) / powers.at(-1);
  const vertical = sizes.map(
    (size) =>
      `<line class="grid" x1="${round(x(size))}" x2="${round(x(size))}" y1="${plot.top}" y2="${plot.bottom}"/>` +
      `<text x="${round(x(size))}" y="${plot.bottom + 18}" text-anchor="middle">${size.toLocaleString("en")}</text>`,
  );
  const horizontal = powers.map(
    (power) =>
      `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${round(y(10 ** power))}" y2="${round(y(10 ** power))}"/>` +
      `<text x="${plot.left - 8}" y="${round(y(10 ** power)) + 4}" text-anchor="end">${duration(10 ** power)}</text>`,
  );
  const lines = series.map(({ name, micros, slope }, index) => {
    const points = micros.map(
      (value, place) => `${round(x(sizes[place]))},${round(y(Math.max(1, value)))}`,
    );
    const legend = plot.top + 20 + index * 22;
    return (
      `<polyline points="${points.join(" ")}" fill="none" stroke="${colors[index]}" stroke-width="2"/>` +
      `<rect x="${plot.right + 24}" y="${legend - 8}" width="14" height="4" fill="${colors[index]}"/>` +
      `<text x="${plot.right + 46}" y="${legend - 2}">${name}, slope ${slope.toFixed(2)}</text>`
    );
  });
  const axis = `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 40}" text-anchor="middle">devices</text>`;
  return svg(
    plot.bottom + 55,
    "Cost against the number of devices",
    [...vertical, ...horizontal, ...lines, axis].join("\n"),
  );
}

/** A ratio with two significant digits. */
export function figure(ratio) {
  return ratio < 10 ? ratio.toFixed(ratio < 2 ? 2 : 1) : ratio.toFixed(0);
}

function duration(micros) {
  if (micros >= 1e6) return `${micros / 1e6} s`;
  return micros >= 1e3 ? `${micros / 1e3} ms` : `${micros} µs`;
}

function svg(height, title, content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${title}</title>
<style>${style}
</style>
${content}
</svg>
`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
