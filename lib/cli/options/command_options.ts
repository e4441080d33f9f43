/**
 * The options of single commands.
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import { ENDPOINTS } from "../../endpoints/endpoints.ts";
import { parseInputPrefix } from "./input_prefix.ts";
import type { Invocation } from "../invocation.ts";
import { decimal, integer, RESULT_FLAGS, type ResultFlags } from "./options.ts";

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

/** Of `serve`: what may be repeated, which the environment cannot set. */
export type RepeatableServeFlags = { readonly allowRemoteInputs?: readonly string[] | undefined };

export const REPEATABLE_SERVE_FLAGS: FlagParametersForType<RepeatableServeFlags, Invocation> = {
  allowRemoteInputs: {
    kind: "parsed",
    parse: parseInputPrefix,
    optional: true,
    variadic: true,
    placeholder: "PREFIX",
    brief: "let requests refer to files whose path or URI starts so, besides those in the input path; may be repeated",
  },
};

/** Of `serve`: the others. */
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

/** Of `check-gradients`: those that may be repeated, which the environment cannot set. */
export type RepeatableGradientFlags = {
  readonly endpoints?: readonly string[] | undefined;
  readonly inputPaths?: readonly string[] | undefined;
  readonly outputPaths?: readonly string[] | undefined;
  readonly epsFor?: readonly (readonly [path: string, eps: number])[] | undefined;
};

/** Of `check-gradients`: the others. */
export type SingleGradientFlags = {
  readonly eps?: number | undefined;
  readonly rtol?: number | undefined;
  readonly maxEvals?: number | undefined;
  readonly maxOutputSamples?: number | undefined;
  readonly maxFailures?: number | undefined;
  readonly seed?: number | undefined;
  readonly taylor?: boolean | undefined;
  readonly showProgress?: boolean | undefined;
  readonly json?: boolean | undefined;
};
export type CheckGradientsFlags = RepeatableGradientFlags & SingleGradientFlags;

const REPEATABLE_GRADIENT_FLAGS: FlagParametersForType<RepeatableGradientFlags, Invocation> = {
  endpoints: {
    kind: "parsed",
    parse: String,
    optional: true,
    variadic: true,
    proposeCompletions: () => ENDPOINTS.map(({ name }) => name).filter((name) => name.includes("jacobian")),
    placeholder: "NAME",
    brief: "an endpoint to check, such as jacobian; may be repeated [default: all]",
  },
  inputPaths: {
    kind: "parsed",
    parse: String,
    optional: true,
    variadic: true,
    placeholder: "PATH",
    brief: "an input to differentiate by; may be repeated [default: all]",
  },
  outputPaths: {
    kind: "parsed",
    parse: String,
    optional: true,
    variadic: true,
    placeholder: "PATH",
    brief: "an output to differentiate; may be repeated [default: all]",
  },
  epsFor: {
    kind: "parsed",
    parse: parseEpsFor,
    optional: true,
    variadic: true,
    placeholder: "PATH=VALUE",
    brief: "the step of one input, in place of --eps; may be repeated",
  },
};

const parseEps = decimal((value) => value > 0, "a number above 0");

/** The path of a record's value may have a `=`, too. */
function parseEpsFor(text: string): readonly [string, number] {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new SyntaxError("expected PATH=VALUE");
  return [text.slice(0, at), parseEps(text.slice(at + 1))];
}

export const SINGLE_GRADIENT_FLAGS: FlagParametersForType<SingleGradientFlags, Invocation> = {
  eps: {
    kind: "parsed",
    parse: parseEps,
    optional: true,
    placeholder: "STEP",
    brief: "the step of the finite differences, the same for all inputs [default: 1e-4]",
  },
  rtol: {
    kind: "parsed",
    parse: decimal((value) => value >= 0, "a number from 0 on"),
    optional: true,
    placeholder: "RTOL",
    brief: "how far they may be off, relative to the derivative [default: 0.1]",
  },
  maxEvals: {
    kind: "parsed",
    parse: integer(1, Number.MAX_SAFE_INTEGER),
    optional: true,
    placeholder: "N",
    brief: "how many elements of inputs are checked in all, at least one of each [default: 1000]",
  },
  maxOutputSamples: {
    kind: "parsed",
    parse: integer(1, Number.MAX_SAFE_INTEGER),
    optional: true,
    placeholder: "N",
    brief: "how many elements of each output vector_jacobian_product is checked for [default: all]",
  },
  maxFailures: {
    kind: "parsed",
    parse: integer(0, Number.MAX_SAFE_INTEGER),
    optional: true,
    placeholder: "N",
    brief: "how many failures of each endpoint are shown [default: 10]",
  },
  seed: {
    kind: "parsed",
    parse: integer(0, Number.MAX_SAFE_INTEGER),
    optional: true,
    placeholder: "INT",
    brief: "draw the same elements and vectors each time [default: other ones]",
  },
  taylor: {
    kind: "boolean",
    optional: true,
    withNegated: false,
    brief: "run the Taylor test too, which tells wrong derivatives from bad steps",
  },
  showProgress: {
    kind: "boolean",
    optional: true,
    brief: "show how far it is, on a terminal; not so with --no-show-progress [default: true]",
  },
  json: { kind: "boolean", optional: true, withNegated: false, brief: "print the whole report as JSON" },
};

export const CHECK_GRADIENTS_FLAGS: FlagParametersForType<CheckGradientsFlags, Invocation> = {
  ...REPEATABLE_GRADIENT_FLAGS,
  ...SINGLE_GRADIENT_FLAGS,
};

export const CHECK_GRADIENTS_DESCRIPTION = `\
Draws elements of the inputs at random, and compares what each endpoint says of
them with central differences of apply, at the inputs of the payload. Where there
are two endpoints, they are compared with each other along random directions.

Differences are not exact: a step that is too small for the dtype of an input, or
for the noise of apply, makes right derivatives look wrong, and a loose tolerance
lets small mistakes pass. --taylor tells which it is, and which step to use.

Exit code: 0 if all checks pass, 1 if one fails, 130 if it was interrupted.`;
