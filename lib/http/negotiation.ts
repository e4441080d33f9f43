/**
 * Which format an answer gets: the `Accept` header against what this build can produce.
 * @module
 */
import { type Accept, parseAccept } from "hono/utils/accept";
import {
  type Compression,
  COMPRESSIONS,
  FORMAT_NAMES,
  type FormatName,
  formatOfMediaType,
} from "../formats/registry.ts";

/** How arrays may reach the client other than in the answer. */
export const AVAILABLE_GPU_TRANSPORTS: readonly string[] = ["none"];

/** What the client gets. */
export interface Choice {
  readonly format: FormatName;
  /** As the client asked for it; `undefined`: as the server does by default. */
  readonly compression: Compression | undefined;
}

/** The detail of a 406. */
export interface NotAcceptable {
  readonly message: string;
  readonly available_formats: readonly string[];
  readonly available_gpu_transports: readonly string[];
  readonly available_compressions: readonly string[];
}

/**
 * The format that a client likes best of those that it accepts; `undefined` where it accepts none.
 *
 * Ranges count by their q-values, among equal ones the specific before the general, then in their order. What a
 * wildcard stands for is the default, if no other range says that it is unwanted (`q=0`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(negotiate(null, "json")?.format, "json");
 * assert.equal(negotiate("application/json;q=0.2, application/json+base64", "json")?.format, "json+base64");
 * assert.equal(negotiate("application/json;q=0, *" + "/*", "json")?.format, "json+base64");
 * assert.equal(negotiate("text/html", "json"), undefined);
 * ```
 */
export function negotiate(accept: string | null, byDefault: FormatName): Choice | undefined {
  const ranges = parseAccept(accept ?? "");
  if (ranges.length === 0) return { format: byDefault, compression: undefined };
  const unwanted = new Set(ranges.filter(({ q }) => q === 0).map(({ type }) => formatOfMediaType(type)));
  const wanted = ranges.filter(({ q }) => q > 0).sort((a, b) => b.q - a.q || specificity(b) - specificity(a));
  for (const range of wanted) {
    const parameters = offered(range);
    const format = parameters && pick(range, byDefault, unwanted);
    if (format !== undefined) return { format, compression: parameters!.compression };
  }
  return undefined;
}

/** What to tell a client that accepts nothing that there is. */
export function notAcceptable(accept: string): NotAcceptable {
  const shown = accept.length > 200 ? `${accept.slice(0, 200)}…` : accept;
  return {
    message: `Cannot produce any encoding accepted by '${shown}'`,
    available_formats: FORMAT_NAMES,
    available_gpu_transports: AVAILABLE_GPU_TRANSPORTS,
    available_compressions: COMPRESSIONS,
  };
}

const isWildcard = ({ type }: Accept) => /^(\*|application)\/\*$/i.test(type);
const specificity = ({ type }: Accept) => type.startsWith("*") ? 0 : type.endsWith("/*") ? 1 : 2;

function pick(range: Accept, byDefault: FormatName, unwanted: ReadonlySet<unknown>): FormatName | undefined {
  if (isWildcard(range)) return [byDefault, ...FORMAT_NAMES].find((format) => !unwanted.has(format));
  return formatOfMediaType(range.type);
}

/** The parameters of a range that mean something here; `undefined` where one asks for what is not offered. */
function offered({ params }: Accept): { compression: Compression | undefined } | undefined {
  const values = new Map(Object.entries(params).map(([name, value]) => [name.toLowerCase(), value]));
  const compression = values.get("compression");
  const transport = values.get("gpu_transport");
  if (compression !== undefined && !isCompression(compression)) return undefined;
  if (transport !== undefined && !AVAILABLE_GPU_TRANSPORTS.includes(transport)) return undefined;
  return { compression };
}

const isCompression = (name: string): name is Compression => (COMPRESSIONS as readonly string[]).includes(name);
