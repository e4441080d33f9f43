/**
 * What a long run tells: its progress and its log.
 * @module
 */
import { at } from "./dom.js";

/** So many lines of the log are shown, the last ones. */
const LINES = 1000;

export class RunView {
  #lines = [];

  /** Shows a run that has told nothing yet. */
  constructor() {
    at("long-run").hidden = at("progress").hidden = false;
    at("progress").removeAttribute("value");
    at("message").textContent = at("log").textContent = "";
    at("log").hidden = true;
  }

  progress({ fraction, message }) {
    at("progress").value = fraction;
    at("message").textContent = message ?? `${Math.round(100 * fraction)} %`;
  }

  log({ line }) {
    this.#lines.push(line);
    if (this.#lines.length > LINES) this.#lines.shift();
    const log = at("log");
    log.hidden = false;
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 2;
    log.textContent = this.#lines.join("\n");
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  /** The run has ended; its log stays. */
  end() {
    at("progress").hidden = true;
    at("message").textContent = "";
  }

  static hide() {
    at("long-run").hidden = true;
  }
}
