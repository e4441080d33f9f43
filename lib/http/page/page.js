/**
 * The form at work: what is put into it is sent, and what comes back is shown, be it outputs or errors.
 * @module
 */
import { at, button, element } from "./dom.js";
import { clearFaults, showFaults } from "./errors.js";
import { payloadOf } from "./field.js";
import { fieldElement, groupElements } from "./form.js";
import { jsonText, parseJson } from "./json.js";
import { RunView } from "./run_view.js";
import { longRun } from "./runs.js";
import { base, call, hasKey, Refused } from "./server.js";
import { snippets } from "./snippets.js";

/** If a computation was faster than this, in milliseconds, it is repeated when the inputs change. */
const FAST = 1000;
/** Milliseconds from the last change of the inputs to that. */
const PAUSE = 150;
/** If it took longer than this, in milliseconds, the next one is a long run. */
const SLOW = 5000;

/** The long run of this tab: it is taken up again when the page is loaded anew. */
const KEPT_RUN = `tesseract run ${base}`;

/** Of elements or characters. */
const LONG = 10_000;

export class Page {
  #root;
  #make;
  #running;
  #timer;
  #isFast = false;
  whenDone;

  constructor(fields, schema, example) {
    this.#make = (inputs = structuredClone(example)) => fields.make(schema.properties.inputs, inputs);
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

  /** Shows what the tab had when it was closed or loaded anew, or else the example. */
  start() {
    const { id, inputs } = parseJson(sessionStorage.getItem(KEPT_RUN)) ?? {};
    this.showForm(inputs);
    if (id !== undefined) this.run(false, id);
  }

  showForm(inputs) {
    this.#root = this.#make(inputs);
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

  /**
   * Computes. `isAsked`: by the user, not by a change; then the first field with an error gets the focus. `id`: that of
   * the long run which computes already.
   */
  async run(isAsked, id) {
    clearTimeout(this.#timer);
    this.#running?.abort();
    const running = this.#running = new AbortController();
    const inputs = payloadOf(this.#root);
    let begun = performance.now();
    let took = () => performance.now() - begun;
    const seconds = () => `${(took() / 1000).toFixed(took() < FAST ? 3 : 1)} s`;
    let doing = "Running…";
    const tick = () => this.#showState(`${doing} ${seconds()}`, true);
    const ticks = setInterval(tick, 100);
    const keepsRun = id !== undefined || at("long").checked && !this.#isFast;
    if (keepsRun) tick();
    const view = keepsRun ? new RunView() : undefined;
    const tell = (type, data) => {
      if (type === "begun") keepRun({ id: data, inputs });
      else if (type === "lost") doing = "The server cannot be reached, and is asked again…";
      else if (type === "status") {
        const { status, created, started, finished } = data;
        doing = status === "queued" ? "Waiting for a worker…" : "Running…";
        // of a run that is taken up, this tab has not seen the beginning
        if (id !== undefined) begun = performance.now() - (Date.now() - Date.parse(started ?? created));
        if (started && finished) took = () => Date.parse(finished) - Date.parse(started);
      } else view[type]?.(data);
    };
    sessionStorage.removeItem(KEPT_RUN);
    if (!keepsRun) RunView.hide();
    try {
      const outputs = await (keepsRun
        ? longRun({ id, body: jsonText({ inputs }) }, running.signal, tell)
        : call("apply", jsonText({ inputs }), running.signal));
      if (running !== this.#running) {
        return;
      }
      clearFaults(this.#root);
      this.#isFast = took() < FAST;
      at("live-label").hidden = !this.#isFast;
      at("long-label").hidden = this.#isFast;
      if (took() > SLOW) {
        at("long").checked = true;
      }
      at("main").classList.remove("stale");
      this.#showState(`Done in ${seconds()}`, false);
      this.whenDone(inputs, outputs);
      // on a narrow screen they are below the form
      if (isAsked && at("outputs").getBoundingClientRect().top > innerHeight - 100) {
        at("outputs-title").scrollIntoView();
      }
    } catch (error) {
      if (running !== this.#running) return;
      if (id !== undefined && error.status === 404) this.#showState("", false); // the server has forgotten it
      else this.#showError(error, isAsked);
    } finally {
      clearInterval(ticks);
      view?.end();
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

/** Keeps what is needed to take up a run again, if there is room for it. */
function keepRun(run) {
  try {
    sessionStorage.setItem(KEPT_RUN, jsonText(run));
  } catch {
    // Inputs of many megabytes: then the run goes on, but this page does not find it again.
  }
}

/** Is there a text or a list in it that nobody would copy? */
function isLong(value) {
  if (typeof value === "string" || Array.isArray(value) && value.length > LONG) return value.length > LONG;
  return typeof value === "object" && value !== null && Object.values(value).some(isLong);
}
