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
 * A Tesseract refused a call, or failed, or sent an answer that cannot be read.
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
  /**
   * The HTTP status: 422 for a payload that does not fit, 500 for a failure of the Tesseract, 200 for an answer that
   * cannot be read.
   */
  readonly status: number;
  /** What is wrong with the payload, where the status is 422. */
  readonly issues: readonly Issue[];

  constructor(message: string, status: number, issues: readonly Issue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.issues = issues;
  }
}

/** The error for an answer that reports one, with the words of its body. `payload` and `apiKey` were sent to `what`. */
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

/** Describes a web page that came in place of an answer, as from a proxy; `undefined` if the body is no web page. */
export function webPage(body: string): string | undefined {
  if (!/^\s*<[!a-z]/i.test(body)) return undefined;
  const text = /<title[^>]*>([^<]+)/i.exec(body)?.[1] ?? body.replace(/<[^>]*>/g, " ");
  return `a web page came in place of an answer: "${text.replace(/\s+/g, " ").trim().slice(0, 200)}"`;
}

/**
 * The `TypeError` that fetch throws if a request to `base` gets no answer, with a better message: what was called, the
 * reason, and a hint.
 */
export function lostError(what: string, base: string, error: TypeError): TypeError {
  const { code, message = "" } = (error.cause ?? {}) as { readonly code?: string; readonly message?: string };
  const cause = message || code;
  const all = cause === undefined || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
  // Deno's message begins with the address, which is in `what`; that of 2.4 ends with the same words twice.
  const why = all.replace(/^.*client error \(\w+\): /s, "").replace(/(: .+)\1$/s, "$1");
  const page = globalThis.location?.origin;
  const hint = page === undefined || new URL(base, page).origin === page
    ? "is it running there?"
    : `is it running there, and may pages of ${page} call it (serve --cors-origin)?`;
  const text = `${what}: no answer came (${why}); ${hint}`;
  // In some engines the stack begins with a copy of the message, and is what they print.
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
 * The path in the payload for the `loc` of a fault. The first step of a `loc` names the part of the request, "body".
 * Some others name the branch of a union. These are left out: only steps that exist in the payload are kept, and the
 * last step of a missing field. All are kept where the payload is not known, as of a run.
 */
function pathOf([, ...loc]: readonly (string | number)[], isMissing: boolean, payload: unknown): string {
  const steps: string[] = [];
  let at = payload;
  loc.forEach((step, i) => {
    const isThere = typeof at === "object" && at !== null && Object.hasOwn(at, step);
    if (!isThere && !(isMissing && i === loc.length - 1) && payload !== undefined) return;
    at = isThere ? (at as Record<string | number, unknown>)[step] : undefined;
    steps.push(typeof step === "number" ? `[${step}]` : /^[^.[\]{}\\]+$/.test(step) ? step : `{${escapeKey(step)}}`);
  });
  return steps.join(".");
}

const escapeKey = (key: string): string => key.replace(/[{}\\]/g, "\\$&");
