/**
 * The options of single commands.
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import type { Invocation } from "./invocation.ts";
import { integer, RESULT_FLAGS, type ResultFlags } from "./options.ts";

/** Of `health`. */
export type UrlFlags = { readonly url?: string | undefined };
export type HealthFlags = ResultFlags & UrlFlags;

export const URL_FLAGS: FlagParametersForType<UrlFlags, Invocation> = {
  url: {
    kind: "parsed",
    parse: parseUrl,
    optional: true,
    placeholder: "URL",
    brief: "ask the server at this address; exit code 1 if it does not answer that it is well",
  },
};
export const HEALTH_FLAGS: FlagParametersForType<HealthFlags, Invocation> = { ...URL_FLAGS, ...RESULT_FLAGS };

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new SyntaxError("expected a URL with http or https");
  return text;
}

/** Of `serve`. */
export type ServeFlags = {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly numWorkers?: number | undefined;
  readonly parentPipeFd?: number | undefined;
};

export const SERVE_FLAGS: FlagParametersForType<ServeFlags, Invocation> = {
  port: {
    kind: "parsed",
    parse: integer(0, 65535),
    optional: true,
    placeholder: "PORT",
    brief: "port, 0 for any free one [default: 8000]",
  },
  host: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "HOST",
    brief: "address, also as -h HOST [default: 127.0.0.1]",
  },
  numWorkers: {
    kind: "parsed",
    parse: integer(1, Number.MAX_SAFE_INTEGER),
    optional: true,
    placeholder: "N",
    brief: "number of worker processes [default: 1]",
  },
  parentPipeFd: {
    kind: "parsed",
    parse: integer(0, 2 ** 31 - 1),
    optional: true,
    hidden: true,
    brief: "stop when this inherited pipe reaches its end",
  },
};

export const SERVE_ALIASES = { p: "port", w: "numWorkers" } as const;
