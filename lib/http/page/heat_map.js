/**
 * A heat map: a matrix as colours on a canvas, with the number under the pointer or, by the arrow keys, the cursor.
 * @module
 */
import { short } from "./arrays.js";
import { element } from "./dom.js";

/** Viridis (Smith and van der Walt, 2015): as light as the number is large, also for those who see fewer colours. */
const COLORS = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"]
  .map((text) => [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16)));

/** No canvas has more pixels a side; of larger matrices every so many rows and columns are shown. */
const MOST = 1024;

/** The map of `values`, `rows` × `columns`; `describe(index)` is the text of an element. */
export function heatMap(values, rows, columns, name, describe) {
  const { low, high } = rangeOf(values);
  const stride = Math.max(1, Math.ceil(Math.max(rows, columns) / MOST));
  const [height, width] = [Math.ceil(rows / stride), Math.ceil(columns / stride)];
  const readout = element("p", { class: "readout", "aria-live": "polite" }, "\u00a0");
  const summary = `Heat map of ${name}, ${rows} × ${columns}, from ${short(low)} to ${short(high)}. ` +
    "The arrow keys read single elements.";
  let at = -1;
  const show = (index) => {
    at = index;
    readout.textContent = `[${Math.floor(at / columns)}, ${at % columns}] = ${describe(at)}`;
  };
  const canvas = element("canvas", {
    width,
    height,
    role: "img",
    tabindex: 0,
    "aria-label": summary,
    pointermove: ({ offsetX, offsetY }) => {
      const [i, j] = [offsetY / canvas.clientHeight * rows, offsetX / canvas.clientWidth * columns].map(Math.floor);
      if (i >= 0 && i < rows && j >= 0 && j < columns) show(i * columns + j);
    },
    keydown: (event) => {
      const [down, right] = STEPS[event.key] ?? [0, 0];
      if (down === 0 && right === 0) return;
      event.preventDefault();
      const [i, j] = at < 0 ? [0, 0] : [Math.floor(at / columns) + down, at % columns + right];
      show(Math.min(rows - 1, Math.max(0, i)) * columns + Math.min(columns - 1, Math.max(0, j)));
    },
  });
  draw(canvas, (i, j) => colorOf(values[i * stride * columns + j * stride], low, high));
  const legend = low < high ? scale(low, high) : element("p", {}, `${short(low)} everywhere`);
  const map = element("div", { class: "heat-map" }, canvas, legend, readout);
  map.style.setProperty("--ratio", String(Math.min(8, Math.max(1 / 2, columns / rows))));
  return map;
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Red, green, blue, and how opaque: what is no number is left out. */
function colorOf(value, low, high) {
  if (!Number.isFinite(value)) return [0, 0, 0, 0];
  const place = (high > low ? (value - low) / (high - low) : 0.5) * (COLORS.length - 1);
  const below = COLORS[Math.floor(place)];
  const above = COLORS[Math.min(COLORS.length - 1, Math.floor(place) + 1)];
  return [...below.map((part, i) => part + (above[i] - part) * (place % 1)), 255];
}

function draw(canvas, color) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.height; i++) {
    for (let j = 0; j < canvas.width; j++) image.data.set(color(i, j), (i * canvas.width + j) * 4);
  }
  context.putImageData(image, 0, 0);
}

function scale(low, high) {
  const bar = element("canvas", { width: 128, height: 1, "aria-hidden": "true" });
  draw(bar, (_i, j) => colorOf(j, 0, 127));
  return element("div", { class: "scale" }, element("span", {}, short(low)), bar, element("span", {}, short(high)));
}
