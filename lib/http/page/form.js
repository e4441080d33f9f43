/**
 * The form: the controls of a tree of fields (field.js).
 *
 * Each field gets `view`, where errors.js finds what to mark.
 * @module
 */
import { typeText } from "./arrays.js";
import { button, element, newId } from "./dom.js";
import { arrayControl } from "./form_arrays.js";

/** The field of a group, entry or item with its name, its description, and room for an error. */
export function fieldElement(name, field, changed, extras = []) {
  const id = newId();
  const about = field.description && element("p", { class: "about", id: `${id}-about` }, field.description);
  const fault = element("p", { class: "fault", id: `${id}-fault`, role: "alert", hidden: true });
  const described = [...about ? [about.id] : [], fault.id].join(" ");
  const isGroup = isNested(field);
  const control = controlOf(field, { id, described, name, changed });
  const type = field.type ?? field.inner?.type;
  const head = [
    isGroup ? element("legend", {}, name) : element("label", { for: id }, name),
    ...type ? [element("span", { class: "type" }, typeText(type))] : [],
    ...extras,
  ];
  const parts = [...about ? [about] : [], control, fault];
  const made = isGroup
    ? element("fieldset", { class: "field" }, ...head, ...parts)
    : element("div", { class: "field" }, element("div", { class: "head" }, ...head), ...parts);
  field.view = { element: made, fault, control: () => made.querySelector("input, select, textarea") };
  return made;
}

const isNested = ({ kind, inner, type }) =>
  ["group", "entries", "list", "tuple", "union"].includes(kind) || kind === "array" && type !== undefined ||
  kind === "optional" && inner !== undefined;

/** The control of a field. */
function controlOf(field, context) {
  const { id, described, changed } = context;
  const attributes = { id, "aria-describedby": described };
  switch (field.kind) {
    case "fixed":
      return element("output", { id }, String(field.value));
    case "choice":
      return select(field.options, field.options.indexOf(field.value), (index) => {
        field.value = field.options[index];
        changed();
      }, attributes);
    case "switch":
      return element("input", {
        ...attributes,
        type: "checkbox",
        role: "switch",
        checked: field.value,
        change: ({ target }) => {
          field.value = target.checked;
          changed();
        },
      });
    case "number":
      return numberControl(field, attributes, changed);
    case "text":
      return textControl(field, "value", attributes, changed);
    case "json":
      return textControl(field, "text", { ...attributes, class: "code", rows: 4 }, changed);
    case "array":
      return arrayControl(field, context);
    case "optional":
      return optionalControl(field, context);
    case "union":
      return unionControl(field, context);
    case "group":
      return element("div", { class: "group" }, ...groupElements(field, changed));
    case "tuple":
      return element("div", { class: "group" }, ...field.items.map((item, i) => fieldElement(`[${i}]`, item, changed)));
    case "list":
      return listControl(field, changed);
    default:
      return entriesControl(field, changed);
  }
}

/** The fields of a group. Where there is nothing to choose, as for the tag of a union, nothing is shown. */
export const groupElements = (field, changed) =>
  Object.entries(field.fields)
    .filter(([, item]) => item.kind !== "fixed")
    .map(([key, item]) => fieldElement(key, item, changed));

function select(options, chosen, choose, attributes) {
  return element(
    "select",
    { ...attributes, change: ({ target }) => choose(target.selectedIndex) },
    ...options.map((option, i) => element("option", { selected: i === chosen }, String(option))),
  );
}

function numberControl(field, attributes, changed) {
  const input = element("input", {
    ...attributes,
    type: "text",
    inputmode: field.isInteger ? "numeric" : "decimal",
    autocomplete: "off",
    value: field.text,
    input: () => {
      field.text = input.value;
      if (slider) slider.value = input.value;
      changed();
    },
  });
  const slider = field.min === undefined ? undefined : element("input", {
    type: "range",
    min: field.min,
    max: field.max,
    step: field.step,
    "aria-label": "slider",
    input: () => {
      field.text = input.value = slider.value;
      changed();
    },
  });
  if (!slider) return input;
  slider.value = field.text;
  return element("div", { class: "slider" }, input, slider);
}

function textControl(field, key, attributes, changed) {
  const isLong = key === "text" || field[key].includes("\n") || field[key].length > 80;
  const made = element(isLong ? "textarea" : "input", {
    ...attributes,
    spellcheck: "false",
    autocomplete: "off",
    input: () => {
      field[key] = made.value;
      changed();
    },
  });
  made.value = field[key];
  return made;
}

function optionalControl(field, { id, described, name, changed }) {
  const inner = controlOf(field.inner, { id: newId(), described, name, changed });
  const body = element("div", { class: "inner", hidden: !field.isOn }, inner);
  const box = element("input", {
    id,
    type: "checkbox",
    role: "switch",
    checked: field.isOn,
    change: () => {
      field.isOn = box.checked;
      body.hidden = !box.checked;
      changed();
    },
  });
  nameIt(inner, name);
  const text = field.off === "null" ? "given" : "given (it may be left out)";
  return element("div", {}, element("label", { class: "switch", for: id }, box, ` ${text}`), body);
}

/** Names the control of a field whose label belongs to its switch. */
function nameIt(control, name) {
  const found = control.matches("input, select, textarea") ? control : control.querySelector(".slider > input");
  found?.setAttribute("aria-label", name);
}

function unionControl(field, { id, described, name, changed }) {
  const body = element("div", { class: "inner" });
  const show = () => {
    const control = controlOf(field.options[field.chosen], { id: newId(), described, name, changed });
    nameIt(control, name);
    body.replaceChildren(control);
  };
  show();
  const choose = (index) => {
    field.chosen = index;
    show();
    changed();
  };
  const kind = select(field.labels, field.chosen, choose, { id, "aria-label": `kind of ${name}` });
  return element("div", { class: "union" }, kind, body);
}

function listControl(field, changed) {
  return growingControl(changed, (after) => [
    ...field.items.map((item, i) => {
      const isNeeded = field.items.length <= field.minItems;
      const remove = removeButton(`[${i}]`, after(() => field.items.splice(i, 1)), isNeeded);
      return fieldElement(`[${i}]`, item, changed, [remove]);
    }),
    addButton(after(() => field.items.push(field.make())), field.items.length >= field.maxItems),
  ]);
}

function entriesControl(field, changed) {
  const { entries } = field;
  if (field.isFixed) {
    return element("div", { class: "group" }, ...entries.map(({ key, field }) => fieldElement(key, field, changed)));
  }
  const add = () => {
    let number = entries.length + 1;
    while (entries.some(({ key }) => key === `name${number}`)) number++;
    entries.push({ key: `name${number}`, field: field.make() });
  };
  return growingControl(changed, (after) => [
    ...entries.map((entry, i) => {
      const rename = element("input", {
        class: "key",
        "aria-label": `Name of ${entry.key}`,
        value: entry.key,
        change: after(({ target }) => entry.key = target.value),
      });
      const remove = removeButton(entry.key, after(() => entries.splice(i, 1)));
      return fieldElement(entry.key, entry.field, changed, [rename, remove]);
    }),
    addButton(after(add)),
  ]);
}

/**
 * A group that is drawn anew whenever one of its buttons or names is used. `elementsOf(after)` makes its elements;
 * `after(action)` is a listener that performs the action and has the group drawn again.
 */
function growingControl(changed, elementsOf) {
  const made = element("div", { class: "group" });
  const after = (action) => (event) => {
    action(event);
    show();
    changed();
  };
  const show = () => made.replaceChildren(...elementsOf(after));
  show();
  return made;
}

const removeButton = (name, click, disabled = false) =>
  button("Remove", click, { "aria-label": `Remove ${name}`, class: "small", disabled });
const addButton = (click, disabled = false) => button("Add", click, { class: "small add", disabled });
