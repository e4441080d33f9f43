/**
 * What a refused call rejects with.
 * @module
 */

import type { Loose } from "./interface_types.ts";

/** Something that is wrong with a payload. */
export interface Issue {
  /** `missing`, `array_shape_mismatch`, … */
  readonly type: string;
  /** Where it is: `inputs.layers.[0].weight`. */
  readonly path: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
}

/**
 * A Tesseract refused a call, or failed, or answered what is no answer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, TesseractError } from "@tesseract/runtime/client";
 * import vectoradd from "../../examples/vectoradd/tesseract_api.ts";
 *
 * try {
 *   await connect(vectoradd).apply({ a: [1, 2], b: [1, 2, 3] });
 * } catch (error) {
 *   assert(error instanceof TesseractError);
 *   assert.equal(error.status, 422);
 *   assert.deepEqual(error.issues, [
 *     { type: "value_error", path: "inputs", message: "a and b must have the same length" },
 *   ]);
 * }
 * ```
 */
export class TesseractError extends Error {
  override name = "TesseractError";
  /** The HTTP status: 422 for a payload that does not fit, 500 for a failure of the Tesseract, 200 for an answer that cannot be read. */
  readonly status: number;
  /** What is wrong with the payload, where the status is 422. */
  readonly issues: readonly Issue[];

  constructor(message: string, status: number, issues: readonly Issue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.issues = issues;
  }
}

/** The error of an answer that is none: its body in words. `payload` is what was sent to `what`, with `apiKey`. */
export function errorOf(
  what: string,
  status: number,
  body: string,
  { payload, apiKey }: { readonly payload: unknown; readonly apiKey: string | undefined },
): TesseractError {
  const { detail, omitted = 0, message, stack } = parsed(body);
  const issues = Array.isArray(detail) ? detail.map((entry) => issueOf(entry, payload)) : [];
  const words = issues.length > 0
    ? issues.map(({ path, message }) => path === "" ? message : `${path}: ${message}`).join("; ") +
      (omitted > 0 ? `; and ${omitted} more` : "")
    : message ?? (typeof detail === "object" ? JSON.stringify(detail) : detail) ?? webPage(body) ??
      (body.slice(0, 200) || "no reason given");
  const options = stack === undefined ? undefined : { cause: stack };
  const hint = status === 401 || status === 403
    ? `; ${apiKey === undefined ? "no key was given" : "the key was not accepted"}`
    : (status === 404 || status === 405) && payload !== undefined
    ? "; it has no such function, or its address is another"
    : "";
  return new TesseractError(`${what}: ${words}${hint} (status ${status})`, status, issues, options);
}

/** What there is to say of a web page that came in place of an answer; `undefined`, if it is none. */
export function webPage(body: string): string | undefined {
  if (!/^\s*<[!a-z]/i.test(body)) return undefined;
  const text = /<title[^>]*>([^<]+)/i.exec(body)?.[1] ?? body.replace(/<[^>]*>/g, " ");
  return `a web page came in place of an answer: "${text.replace(/\s+/g, " ").trim().slice(0, 200)}"`;
}

/** The `TypeError` of fetch for a request to `base` that got no answer, whose words are few, with more of them. */
export function lostError(what: string, base: string, error: TypeError): TypeError {
  const { code, message = "" } = (error.cause ?? {}) as { readonly code?: string; readonly message?: string };
  const why = [error.message, message || code].filter(Boolean).join(": ");
  const page = globalThis.location?.origin;
  const hint = page === undefined || new URL(base, page).origin === page
    ? "is it running there?"
    : `is it running there, and may pages of ${page} call it (serve --cors-origin)?`;
  const text = `${what}: no answer came (${why}); ${hint}`;
  // A stack begins with the message in some engines, and is what they print.
  const stack = error.stack?.replace(error.message, () => text);
  return Object.assign(error, { message: text }, stack === undefined ? {} : { stack });
}

interface ErrorBody {
  readonly detail?: unknown;
  /** How many faults are not listed. */
  readonly omitted?: number;
  /** In debug mode: what was thrown, and where. */
  readonly message?: string;
  readonly stack?: string;
}

function parsed(body: string): ErrorBody {
  try {
    return JSON.parse(body) as ErrorBody | null ?? {};
  } catch {
    return {};
  }
}

function issueOf(entry: Loose, payload: unknown): Issue {
  const loc = Array.isArray(entry?.loc) ? entry.loc : [];
  return {
    type: String(entry?.type),
    path: pathOf(loc, entry?.type === "missing", payload),
    message: String(entry?.msg ?? "no reason given"),
  };
}

/**
 * The path of a place. Its first step says in which part of the request it is; others, between those of the data or
 * after them, in which branch of a union: the payload tells them apart.
 */
function pathOf([, ...loc]: readonly (string | number)[], isMissing: boolean, payload: unknown): string {
  const steps: string[] = [];
  let at = payload;
  loc.forEach((step, i) => {
    const isThere = typeof at === "object" && at !== null && Object.hasOwn(at, step);
    if (!isThere && !(isMissing && i === loc.length - 1)) return;
    at = isThere ? (at as Record<string | number, unknown>)[step] : undefined;
    steps.push(typeof step === "number" ? `[${step}]` : /^[^.[\]{}\\]+$/.test(step) ? step : `{${escapeKey(step)}}`);
  });
  return steps.join(".");
}

const escapeKey = (key: string): string => key.replace(/[{}\\]/g, "\\$&");
