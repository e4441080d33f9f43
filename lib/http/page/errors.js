/**
 * Errors of the server at the fields that they are about.
 * @module
 */

/** Takes all marks away. */
export function clearFaults(field) {
  if (field.view) {
    field.view.element.classList.remove("faulty");
    field.view.fault.hidden = true;
    field.view.fault.textContent = "";
    field.view.control()?.removeAttribute("aria-invalid");
  }
  for (const child of childrenOf(field)) clearFaults(child);
}

/** Marks the field of each fault of a 422. Returns those that no field is for, and the first field that is marked. */
export function showFaults(root, faults) {
  const unplaced = [];
  let first;
  for (const fault of faults) {
    const [, ...loc] = fault.loc;
    const field = loc[0] === "inputs" ? fieldAt(root, loc.slice(1)) : undefined;
    if (!field?.view) {
      unplaced.push(fault);
      continue;
    }
    const { element, fault: message, control } = field.view;
    element.classList.add("faulty");
    message.hidden = false;
    message.textContent += `${message.textContent ? "\n" : ""}${fault.msg}`;
    control()?.setAttribute("aria-invalid", "true");
    first ??= field;
  }
  return { unplaced, first };
}

/** The deepest field that is shown on the way to a place. `loc` names the branch of a union, too, which is no field. */
function fieldAt(root, loc) {
  let field = root;
  let shown = root.view && root;
  for (const step of loc) {
    const children = namedChildren(field);
    const next = children[step];
    if (next === undefined) continue;
    field = next;
    if (field.view) shown = field;
  }
  return shown;
}

function namedChildren(field) {
  switch (field.kind) {
    case "optional":
      return namedChildren(field.inner);
    case "union":
      return namedChildren(field.options[field.chosen]);
    case "group":
      return field.fields;
    case "entries":
      return Object.fromEntries(field.entries.map(({ key, field }) => [key, field]));
    default:
      return field.items ?? {};
  }
}

function childrenOf(field) {
  if (field.kind === "optional") return [field.inner];
  if (field.kind === "union") return field.options;
  return Object.values(namedChildren(field));
}
