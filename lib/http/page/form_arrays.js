/**
 * Controls of arrays: a line of numbers, a table, text for more than two dimensions, or a file.
 * @module
 */
import { elementText, isEncoded, parseElement, parseRow, shapeOf, sizeOf } from "./arrays.js";
import { button, element, newId } from "./dom.js";
import { readArrayFile } from "./files.js";
import { jsonText, parseJson } from "./json.js";

/** Larger arrays are shown as their shape, not as fields. */
const MOST = { row: 2000, cells: 400, text: 2000 };

/** The control of an array field. */
export function arrayControl(field, context) {
  const { changed, name } = context;
  const body = element("div", { class: "array" });
  const note = element("span", { class: "note", role: "status" });
  const file = element("input", {
    type: "file",
    accept: ".json,.csv,.txt,.tsv,.npy",
    class: "visually-hidden",
    tabindex: "-1",
    "aria-label": `File for ${name}`,
    change: async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      try {
        field.value = await readArrayFile(chosen, field.type);
        note.textContent = `from ${chosen.name}`;
        show();
        changed();
      } catch (error) {
        note.textContent = `${chosen.name} cannot be read: ${error.message}`;
      }
      file.value = "";
    },
  });
  const load = button("From file…", () => file.click(), { class: "small", "aria-label": `${name} from a file` });
  const tools = element("div", { class: "tools" });
  const show = () => {
    tools.replaceChildren(load, file, note);
    body.replaceChildren(editor(field, context, show, tools));
  };
  show();
  return element("div", {}, body, tools);
}

function editor(field, context, show, tools) {
  const { value, type } = field;
  const shape = shapeOf(value);
  if (isEncoded(value)) {
    const size = sizeOf(value.shape);
    const elements = `${size} ${size === 1 ? "element" : "elements"}`;
    return element("p", { class: "encoded" }, `${value.dtype} array of shape [${value.shape.join(", ")}], ${elements}`);
  }
  const rank = type.shape?.length ?? shape?.length;
  const size = shape ? sizeOf(shape) : Infinity;
  if (rank === 1 && shape?.length === 1 && size <= MOST.row) return rowEditor(field, context);
  if (rank === 2 && shape?.length === 2 && size <= MOST.cells) return tableEditor(field, context, show, tools);
  if (size <= MOST.text || shape === undefined) return textEditor(field, context);
  return element("p", { class: "encoded" }, `Lists of shape [${shape.join(", ")}]`);
}

function textArea(text, { id, described, name }, input, rows) {
  const made = element("textarea", {
    id,
    "aria-label": name,
    "aria-describedby": described,
    class: "code",
    spellcheck: "false",
    rows,
    input: () => input(made.value),
  });
  made.value = text;
  return made;
}

function rowEditor(field, context) {
  const text = field.value.map(elementText).join(", ");
  const rows = Math.min(6, Math.max(1, Math.ceil(text.length / 45)));
  return textArea(text, context, (text) => {
    field.value = parsed(text) ?? parseRow(text);
    context.changed();
  }, rows);
}

/** Lists in brackets; `undefined`: it is no JSON. */
function parsed(text) {
  if (!text.trim().startsWith("[")) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function textEditor(field, context) {
  return textArea(jsonText(field.value), context, (text) => {
    field.value = parsed(text) ?? parseElement(text);
    context.changed();
  }, 4);
}

function tableEditor(field, context, show, tools) {
  const { value: rows, type } = field;
  const { id, described, name, changed } = context;
  const cells = [];
  const table = element("table", { class: "cells", "aria-label": name });
  rows.forEach((row, i) => {
    const line = element("tr");
    row.forEach((item, j) => {
      const input = element("input", {
        id: i + j === 0 ? id : newId(),
        "aria-label": `${name} row ${i + 1}, column ${j + 1}`,
        "aria-describedby": i + j === 0 ? described : undefined,
        inputmode: "decimal",
        autocomplete: "off",
        value: elementText(item),
        input: () => {
          row[j] = parseElement(input.value);
          shade();
          changed();
        },
        keydown: (event) => move(event, i, j),
      });
      cells.push(input);
      line.append(element("td", {}, input));
    });
    table.append(line);
  });
  const columns = rows[0].length;
  const shade = () => shadeCells(cells, rows.flat());
  const move = (event, i, j) => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [0, 0];
    if (down === 0 && right === 0) return;
    cells[(i + down) * columns + j]?.focus();
    event.preventDefault();
  };
  shade();
  const resized = (change) => () => {
    change();
    show();
    changed();
  };
  /** Buttons for one row or column more or less, if the schema leaves their number open. */
  const sizeButtons = (axis, name, count, grow, shrink) =>
    typeof type.shape?.[axis] === "number" ? [] : [
      button(`+ ${name}`, resized(grow), { class: "small" }),
      button(`− ${name}`, resized(shrink), { class: "small", disabled: count === 1 }),
    ];
  tools.prepend(
    ...sizeButtons(0, "row", rows.length, () => rows.push([...rows.at(-1)]), () => rows.pop()),
    ...sizeButtons(
      1,
      "column",
      columns,
      () => rows.forEach((row) => row.push(row.at(-1))),
      () => rows.forEach((row) => row.pop()),
    ),
  );
  return element("div", { class: "scroll" }, table);
}

/** The larger a number is among the others, the stronger is the colour of its cell. */
function shadeCells(cells, items) {
  const numbers = items.map(Number);
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  cells.forEach((cell, i) => {
    const share = high > low && Number.isFinite(numbers[i]) ? (numbers[i] - low) / (high - low) : 0;
    cell.style.setProperty("--share", String(share));
  });
}
