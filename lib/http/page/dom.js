/**
 * Making elements.
 * @module
 */

/** The element of index.html with this id. */
export const at = (id) => document.getElementById(id);

let count = 0;

/** An id that no other element has. */
export const newId = () => `e${++count}`;

/** An element: attributes (a function is a listener, `undefined` and `false` are left out), then what is in it. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A button that does something, and submits nothing. */
export const button = (text, click, attributes = {}) =>
  element("button", { type: "button", click, ...attributes }, text);
