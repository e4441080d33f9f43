/**
 * A line plot of one-dimensional arrays, by uPlot.
 * @module
 */
import { element } from "./dom.js";
import { short } from "./arrays.js";
import UPlot from "./uplot.js";

/** The plot of some lines over their index; `lines`: `[[label, values], …]`. */
export function linePlot(lines, name) {
  const [[, values]] = lines;
  const place = element("div", { class: "line-plot", role: "img", "aria-label": summaryOf(lines, name) });
  const data = [Array.from(values, (_, i) => i), ...lines.map(([, values]) => Array.from(values, finite))];
  let plot;
  const draw = () => {
    const color = (name) => getComputedStyle(place).getPropertyValue(name).trim();
    const axis = {
      stroke: color("--muted"),
      grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line") },
    };
    const options = {
      width: Math.max(120, place.clientWidth),
      height: 220,
      scales: { x: { time: false } },
      axes: [
        {
          ...axis,
          incrs: [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5, 6].map((power) => n * 10 ** power)).sort((a, b) => a - b),
        },
        { ...axis, size: 64, values: (_plot, splits) => splits.map((value) => short(value)) },
      ],
      series: [
        { label: "index" },
        ...lines.map(([label], i) => ({
          label,
          stroke: color(i === 0 ? "--accent" : "--second"),
          width: 2,
          points: { show: values.length <= 50 },
          value: (_plot, value) => value === null ? "" : short(value, 8),
        })),
      ],
    };
    plot?.destroy();
    plot = new UPlot(options, data, place);
  };
  // Its width is known once it is in the document, and the colours change with the theme.
  let width = 0;
  const observer = new ResizeObserver(() => {
    if (!place.isConnected || place.clientWidth === width) return;
    width = place.clientWidth;
    draw();
  });
  observer.observe(place);
  const theme = matchMedia("(prefers-color-scheme: dark)");
  theme.addEventListener("change", function redraw() {
    if (place.isConnected) draw();
    else theme.removeEventListener("change", redraw);
  });
  return place;
}

const finite = (value) => Number.isFinite(value) ? value : null;

function summaryOf(lines, name) {
  const ranges = lines.map(([label, values]) => {
    const numbers = Array.from(values).filter(Number.isFinite);
    const low = numbers.reduce((one, other) => Math.min(one, other), Infinity);
    const high = numbers.reduce((one, other) => Math.max(one, other), -Infinity);
    return `${label}: ${values.length} numbers from ${short(low)} to ${short(high)}`;
  });
  return `Line plot of ${name}; ${ranges.join("; ")}`;
}
