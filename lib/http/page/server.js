/**
 * Talking to the server, with its key where one is needed.
 * @module
 */
import { element } from "./dom.js";
import { parseJson } from "./json.js";

/** Where the server is; it may be behind a prefix. */
export const base = new URL(".", document.baseURI).href;

// Kept as long as the tab is open; the API reference has the same one.
const KEPT = "tesseract key";
let key = sessionStorage.getItem(KEPT);

/** Does the server ask for a key? */
export const hasKey = () => key !== null;

/** A refusal: `faults` of a 422, and a message for people. */
export class Refused extends Error {
  constructor(status, detail) {
    super(Array.isArray(detail) ? "The inputs do not fit." : `${status}: ${textOf(detail)}`);
    this.status = status;
    this.faults = Array.isArray(detail) ? detail : [];
  }
}

const textOf = (detail) => typeof detail === "string" ? detail : detail?.message ?? JSON.stringify(detail);

/** The answer of the server, if it is a good one; where it wants a key, asks the user for it, and then again. */
export async function request(path, init = {}) {
  for (;;) {
    const headers = { ...init.headers, ...key === null ? {} : { authorization: `Bearer ${key}` } };
    const answer = await fetch(base + path, { ...init, headers });
    if (answer.ok) return answer;
    const text = await answer.text();
    if (answer.status !== 401) {
      throw new Refused(answer.status, parsed(text)?.detail ?? (text || answer.statusText));
    }
    key = await askForKey(key !== null);
    sessionStorage.setItem(KEPT, key);
  }
}

/** What the server answers. */
export const ask = async (path, init) => parsed(await (await request(path, init)).text());

function parsed(text) {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** What the server can do. */
export const openapi = () => ask("openapi.json");

/** The headers of a call with a payload in JSON. Arrays come as bytes, so that no number changes. */
export const CALL_HEADERS = {
  "content-type": "application/json",
  accept: "application/json+base64; compression=none",
};

/** Calls an endpoint with a payload, as JSON text. */
export const call = (endpoint, body, signal) => ask(endpoint, { method: "POST", body, signal, headers: CALL_HEADERS });

/** The key that the user gives; asks until there is one. */
function askForKey(wasWrong) {
  const input = element("input", { id: "key", type: "password", required: true, autocomplete: "off" });
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", {}, "This server needs a key"),
    ...wasWrong ? [element("p", { class: "fault", role: "alert" }, "The key was not accepted.")] : [],
    element("label", { for: "key" }, "Key"),
    input,
    element("button", { class: "primary" }, "Use this key"),
  );
  const dialog = element("dialog", { cancel: (event) => event.preventDefault() }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      dialog.remove();
      resolve(input.value.trim());
    });
  });
}
