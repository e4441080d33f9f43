/**
 * The form at work: what is put into it is sent, and what comes back is shown, be it outputs or errors.
 * @module
 */
import { button, element } from "./dom.js";
import { clearFaults, showFaults } from "./errors.js";
import { payloadOf } from "./field.js";
import { fieldElement, groupElements } from "./form.js";
import { jsonText } from "./json.js";
import { base, call, hasKey, Refused } from "./server.js";
import { snippets } from "./snippets.js";

/** What is faster than this is computed anew at each change. */
const FAST = 1000;
/** And so long after the last one, all in milliseconds. */
const PAUSE = 150;

/** Of elements or characters. */
const LONG = 10_000;

const at = (id) => document.getElementById(id);

export class Page {
  #root;
  #make;
  #running;
  #timer;
  #isFast = false;
  whenDone;

  constructor(fields, schema, example) {
    this.#make = () => fields.make(schema.properties.inputs, structuredClone(example));
    at("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#running && !this.#isFast) this.#running.abort();
      else this.run(true);
    });
    at("reset").addEventListener("click", () => {
      this.showForm();
      this.#changed();
    });
  }

  showForm() {
    this.#root = this.#make();
    const changed = () => this.#changed();
    const isGroup = this.#root.kind === "group";
    at("fields").replaceChildren(
      ...isGroup ? groupElements(this.#root, changed) : [fieldElement("inputs", this.#root, changed)],
    );
    if (isGroup && Object.keys(this.#root.fields).length === 0) at("fields").textContent = "There are no inputs.";
    this.#showSnippets();
  }

  #changed() {
    this.#showSnippets();
    clearTimeout(this.#timer);
    if (this.#isFast && at("live").checked) this.#timer = setTimeout(() => this.run(false), PAUSE);
  }

  #showSnippets() {
    const inputs = payloadOf(this.#root);
    if (isLong(inputs)) {
      at("snippets").textContent = "The inputs are too many to be shown.";
      return;
    }
    const made = Object.entries(snippets(base, inputs, hasKey())).map(([language, text]) => {
      const copy = button("Copy", async () => {
        await navigator.clipboard.writeText(text);
        copy.textContent = "Copied";
        setTimeout(() => copy.textContent = "Copy", 1500);
      }, { class: "small", "aria-label": `Copy the call for ${language}` });
      const head = element("div", { class: "head" }, element("h3", {}, language), copy);
      return element("section", {}, head, element("pre", { tabindex: 0, "data-language": language }, text));
    });
    at("snippets").replaceChildren(...made);
  }

  /** Computes. `isAsked`: by the user, not by a change; then the first field with an error gets the focus. */
  async run(isAsked) {
    clearTimeout(this.#timer);
    this.#running?.abort();
    const running = this.#running = new AbortController();
    const inputs = payloadOf(this.#root);
    const begun = performance.now();
    const seconds = () => `${((performance.now() - begun) / 1000).toFixed(performance.now() - begun < FAST ? 3 : 1)} s`;
    const ticks = setInterval(() => {
      this.#showState(`Running… ${seconds()}`, true);
    }, 100);
    try {
      const outputs = await call("apply", jsonText({ inputs }), running.signal);
      if (running !== this.#running) return;
      clearFaults(this.#root);
      this.#isFast = performance.now() - begun < FAST;
      at("live-label").hidden = !this.#isFast;
      at("main").classList.remove("stale");
      this.#showState(`Done in ${seconds()}`, false);
      this.whenDone(inputs, outputs);
      // on a narrow screen they are below the form
      if (isAsked && at("outputs").getBoundingClientRect().top > innerHeight - 100) {
        at("outputs-title").scrollIntoView();
      }
    } catch (error) {
      if (running === this.#running) this.#showError(error, isAsked);
    } finally {
      clearInterval(ticks);
      if (running === this.#running) this.#running = undefined;
    }
  }

  #showError(error, isAsked) {
    clearFaults(this.#root);
    at("main").classList.add("stale");
    if (error.name === "AbortError") return this.#showState("Stopped", false);
    const { unplaced, first } = showFaults(this.#root, error instanceof Refused ? error.faults : []);
    const texts = unplaced.map(({ loc, msg }) => `${loc.slice(1).join(".")}: ${msg}`);
    const lost = error instanceof TypeError ? "The server cannot be reached." : error.message;
    this.#showState([lost, ...texts].join("\n"), false, true);
    if (!isAsked || !first) return;
    first.view.element.scrollIntoView({ block: "center" });
    first.view.control()?.focus();
  }

  #showState(text, isRunning, isFault = false) {
    at("status").textContent = text;
    at("status").classList.toggle("fault", isFault);
    at("run").textContent = isRunning ? "Stop" : "Run";
  }
}

/** Is there a text or a list in it that nobody would copy? */
function isLong(value) {
  if (typeof value === "string" || Array.isArray(value) && value.length > LONG) return value.length > LONG;
  return typeof value === "object" && value !== null && Object.values(value).some(isLong);
}
