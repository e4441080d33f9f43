import { LOG_FORMATS } from "../../http/log_format.ts";
import { schemeOf } from "../../uri.ts";
import { STORAGES } from "../../storage/storage.ts";
import { choice, decimal, integer, list, text, toggle, value } from "./option.ts";

/** In seconds: a timer takes less than 2^31 milliseconds. */
const LONGEST = Math.floor((2 ** 31 - 1) / 1000);

export const SERVE_OPTIONS = {
  port: value("PORT", "port, 0 for any free one [default: 8000]", integer(0, 65535)),
  host: text("HOST", "address [default: 127.0.0.1]"),
  numWorkers: value("N", "number of worker processes; auto: one for each processor [default: 1]", parseWorkers),
  allowRemoteInputs: list(
    "PREFIX",
    "let requests refer to files whose path or URI starts with this, besides those in the input path",
    parseInputPrefix,
  ),
  apiKey: text("KEY", "callers must show this key; better set by TESSERACT_API_KEY, as others see command lines"),
  corsOrigin: value(
    "ORIGINS",
    "sites whose pages may call, separated by commas; * for all [default: none]",
    parseOrigins,
  ),
  timeout: value("SECONDS", "how long a call may take [default: as long as it likes]", seconds()),
  runTimeout: value("SECONDS", "how long a long run may take [default: as long as it likes]", seconds()),
  runTtl: value("SECONDS", "how long a long run is kept after its end [default: 86400]", seconds()),
  maxRuns: value(
    "N",
    "how many long runs are kept: the oldest that have ended make room, then new ones get 503 [default: 10000]",
    integer(1),
  ),
  abortGrace: value("SECONDS", "then how long it has to end, before its worker is killed [default: 5]", seconds(0)),
  maxQueue: value("N", "how many calls may wait for a worker [default: 1024]", integer(0)),
  maxBodySize: value("SIZE", "of a request, in bytes or as in 500MB, 4GiB [default: 4GiB]", parseSize),
  bodyTimeout: value("SECONDS", "how long a request's body may bring nothing [default: 60]", seconds()),
  gracePeriod: value("SECONDS", "how long running calls have to finish at a stop [default: 30]", seconds(0)),
  drainDelay: value("SECONDS", "how long connections are still accepted after a stop signal [default: 0]", seconds(0)),
  umbridge: text(
    "PAYLOAD",
    "answer UM-Bridge's clients, too; the payload, as for apply, fills in what they do not vary",
  ),
  noPage: toggle("leave out the component's own page: / leads to the API reference"),
  logFormat: choice(
    "FORMAT",
    "of what is written to stderr; json adds a line for each request [default: text]",
    LOG_FORMATS,
  ),
  parentPipeFd: value("FD", "stop when this inherited pipe reaches its end", integer(0, 2 ** 31 - 1), { hidden: true }),
};

/** `-h` is the host if a value follows, and the help if not. */
export const SERVE_ALIASES = { p: "port", h: "host", w: "numWorkers" };

/** A number of worker processes, or `auto`. */
export function parseWorkers(text: string): number | "auto" {
  if (text === "auto") return text;
  try {
    return integer(1)(text);
  } catch (error) {
    throw new SyntaxError(`${(error as Error).message}, or auto`);
  }
}

/** A parser of seconds that a timer can count, which returns milliseconds; `min`: may it be 0? */
export function seconds(min?: 0): (text: string) => number {
  const fits = (value: number) => (min === 0 ? value >= 0 : value > 0) && value <= LONGEST;
  const parse = decimal(fits, `a number of seconds ${min === 0 ? "from 0" : "above 0"} to ${LONGEST}`);
  return (text) => 1000 * parse(text);
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/** The number of bytes in `1000`, `500MB`, `4GiB`. */
function parseSize(text: string): number {
  const [, digits, unit = ""] = /^(\d+)\s*([kmg]i?)?b?$/i.exec(text.trim()) ?? [];
  const size = Number(digits) * UNITS[unit.toLowerCase()]!;
  if (!(size > 0 && size <= Number.MAX_SAFE_INTEGER)) {
    throw new SyntaxError("expected a size such as 1000, 500MB or 4GiB");
  }
  return size;
}

/** Origins as browsers send them: a scheme and a host, and perhaps a port. */
function parseOrigins(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim()).map((origin) => {
    if (origin === "*") return origin;
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
      throw new SyntaxError("expected origins such as https://example.org, separated by commas, or *");
    }
    return url.origin;
  });
}

/**
 * A prefix of what requests may refer to: an absolute path, or the beginning of a URI with at least its host or bucket.
 */
export function parseInputPrefix(text: string): string {
  const scheme = schemeOf(text);
  const fits = scheme === undefined
    ? text.startsWith("/")
    : scheme === "s3"
    ? /^s3:\/\/[a-z0-9._-]+(?:\/|$)/i.test(text)
    // The pattern, because `URL` would accept http:///path, and take the path for the host.
    : Object.hasOwn(STORAGES, scheme) && /^[^:]+:\/\/[^/\\?#]/.test(text) && URL.canParse(text);
  if (!fits) throw new SyntaxError("expected http://HOST…, https://HOST…, s3://BUCKET… or an absolute path");
  return text;
}
