/**
 * Results: numbers, line plots, heat maps and tables.
 * @module
 */
import { decode, isEncoded, realValues, sizeOf, textAt } from "./arrays.js";
import { element, newId } from "./dom.js";
import { heatMap } from "./heat_map.js";
import { jsonText } from "./json.js";
import { linePlot } from "./line_plot.js";

/** No table shows more rows and columns. */
const MOST = { rows: 200, columns: 50 };

/** The sections of an object's fields. `schemaOf(key)` is the schema of a field, for its description. */
export function outputElements(value, schemaOf) {
  return Object.entries(value).map(([key, item]) => outputElement(key, item, schemaOf(key)?.description));
}

/** A value with its name. */
export function outputElement(name, value, description) {
  const id = newId();
  const type = isEncoded(value) ? [element("span", { class: "type" }, arrayText(value))] : [];
  return element(
    "section",
    { class: "output", "aria-labelledby": id },
    element("div", { class: "head" }, element("h3", { id }, name), ...type),
    ...description ? [element("p", { class: "about" }, description)] : [],
    shown(name, value),
  );
}

const arrayText = ({ dtype, shape }) => shape.length === 0 ? dtype : `${dtype} [${shape.join(", ")}]`;

function shown(name, value) {
  if (isEncoded(value)) return arrayElement(name, decode(value));
  if (typeof value !== "object" || value === null) return element("p", { class: "value" }, plainText(value));
  const entries = Array.isArray(value) ? value.map((item, i) => [`[${i}]`, item]) : Object.entries(value);
  if (entries.length === 0) return element("p", { class: "value" }, jsonText(value));
  if (entries.every(([, item]) => isPlain(item))) return plainTable(entries);
  return element("div", { class: "group" }, ...entries.map(([key, item]) => outputElement(key, item)));
}

const plainText = (value) => typeof value === "string" ? value : jsonText(value);

const isPlain = (value) =>
  typeof value !== "object" || value === null || isEncoded(value) && value.shape.length === 0 ||
  Array.isArray(value) && value.every((item) => typeof item !== "object");

function plainTable(entries) {
  const text = (value) => isEncoded(value) ? textAt(decode(value), 0) : plainText(value);
  return scrolling(element(
    "table",
    { class: "plain" },
    ...entries.map(([key, value]) =>
      element("tr", {}, element("th", { scope: "row" }, key), element("td", {}, text(value)))
    ),
  ));
}

const scrolling = (table) => element("div", { class: "scroll", tabindex: 0, role: "group" }, table);

/** An array: as a number, a line, a map, or maps to choose from. */
export function arrayElement(name, array) {
  const { shape } = array;
  const size = sizeOf(shape);
  if (size === 0) return element("p", { class: "value" }, "no elements");
  if (shape.length === 0) return element("p", { class: "value" }, textAt(array, 0));
  if (shape.length === 1) {
    if (size === 1) return element("div", {}, element("p", { class: "value" }, textAt(array, 0)));
    return element("div", {}, linePlot(linesOf(array, name), name), folded(() => table(array, 1, size, 0)));
  }
  const values = realValues(array);
  const [rows, columns] = shape.slice(-2);
  const slices = size / (rows * columns);
  if (slices === 1) return matrix(name, array, values, rows, columns, 0);
  return slider(name, shape.slice(0, -2), (slice) => matrix(name, array, values, rows, columns, slice));
}

function linesOf({ dtype, data }, name) {
  if (!dtype.startsWith("complex")) return [[name, Float64Array.from(data, Number)]];
  const part = (offset) => Float64Array.from({ length: data.length / 2 }, (_, i) => data[2 * i + offset]);
  return [["real", part(0)], ["imaginary", part(1)]];
}

function matrix(name, array, values, rows, columns, slice) {
  const start = slice * rows * columns;
  const part = values.subarray(start, start + rows * columns);
  const map = heatMap(part, rows, columns, name, (index) => textAt(array, start + index));
  return element("div", {}, map, folded(() => table(array, rows, columns, start)));
}

/** More than two dimensions: the last two are shown, the others chosen. */
function slider(name, outer, show) {
  const id = newId();
  const place = element("div", {});
  const text = element("output", { for: id });
  const input = element("input", {
    id,
    type: "range",
    min: 0,
    max: sizeOf(outer) - 1,
    value: 0,
    "aria-label": `Which part of ${name}`,
    input: () => choose(Number(input.value)),
  });
  const choose = (slice) => {
    let rest = slice;
    const index = [];
    for (const size of outer.toReversed()) {
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    text.textContent = `[${index.join(", ")}, :, :]`;
    place.replaceChildren(show(slice));
  };
  choose(0);
  return element("div", {}, element("div", { class: "slider" }, text, input), place);
}

/** What is made when it is unfolded. */
function folded(make) {
  const details = element("details", {
    toggle: () => {
      if (details.open && details.children.length === 1) details.append(make());
    },
  }, element("summary", {}, "Numbers"));
  return details;
}

function table(array, rows, columns, start) {
  const [some, few] = [Math.min(rows, MOST.rows), Math.min(columns, rows === 1 ? MOST.rows : MOST.columns)];
  const cut = some < rows || few < columns ? [element("caption", {}, `The first ${some} × ${few}`)] : [];
  const indices = (length) => Array.from({ length }, (_, i) => i);
  // a row that is alone is written downwards: it fits the page better
  const lines = rows === 1
    ? indices(few).map((j) => [j, [textAt(array, start + j)]])
    : indices(some).map((i) => [i, indices(few).map((j) => textAt(array, start + i * columns + j))]);
  const names = indices(few).map((j) => element("th", { scope: "col" }, String(j)));
  const head = rows === 1 ? [] : [element("tr", {}, element("td", {}), ...names)];
  const body = lines.map(([i, cells]) =>
    element("tr", {}, element("th", { scope: "row" }, String(i)), ...cells.map((cell) => element("td", {}, cell)))
  );
  return scrolling(element("table", { class: "numbers" }, ...cut, ...head, ...body));
}
