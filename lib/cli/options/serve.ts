/**
 * The options of `serve`.
 * @module
 */
import { parseInputPrefix } from "./input_prefix.ts";
import { integer, list, text, value } from "./option.ts";

export const SERVE_OPTIONS = {
  port: value("PORT", "port, 0 for any free one [default: 8000]", integer(0, 65535)),
  host: text("HOST", "address [default: 127.0.0.1]"),
  numWorkers: value("N", "number of worker processes [default: 1]", integer(1)),
  allowRemoteInputs: list(
    "PREFIX",
    "let requests refer to files whose path or URI starts with this, besides those in the input path",
    parseInputPrefix,
  ),
  parentPipeFd: value("FD", "stop when this inherited pipe reaches its end", integer(0, 2 ** 31 - 1), { hidden: true }),
};

/** `-h` is the host if a value follows, and the help if not. */
export const SERVE_ALIASES = { p: "port", h: "host", w: "numWorkers" };
