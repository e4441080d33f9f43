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
  GPU_TRANSPORTS,
} from "../formats/registry.ts";

/** The format of an answer. */
export interface AnswerFormat {
  readonly format: FormatName;
  /** `undefined` if the client does not say: then the server's default is used. */
  readonly compression: Compression | undefined;
}

/**
 * The format that a client prefers among those that this program writes; `undefined` if it accepts none of them.
 *
 * Media ranges count by their q-values; of equal ones the more specific comes first, then the earlier one. A wildcard
 * stands for the default, unless another range excludes that (`q=0`): then for the first format that is not excluded.
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
export function negotiate(accept: string | null, byDefault: FormatName): AnswerFormat | undefined {
  const ranges = parseAccept(accept ?? "");
  if (ranges.length === 0) return { format: byDefault, compression: undefined };
  const excluded = new Set(ranges.filter(({ q }) => q === 0).map(({ type }) => formatOfMediaType(type)));
  const accepted = ranges.filter(({ q }) => q > 0).sort((a, b) => b.q - a.q || specificity(b) - specificity(a));
  for (const range of accepted) {
    const parameters = readParameters(range);
    const format = parameters && pick(range, byDefault, excluded);
    if (format !== undefined) return { format, compression: parameters!.compression };
  }
  return undefined;
}

/** The detail of a response 406, to a client that accepts nothing that this program writes. */
export function notAcceptable(accept: string) {
  const shown = accept.length > 200 ? `${accept.slice(0, 200)}…` : accept;
  return {
    message: `Cannot produce any encoding accepted by '${shown}'`,
    available_formats: FORMAT_NAMES,
    available_gpu_transports: GPU_TRANSPORTS,
    available_compressions: COMPRESSIONS,
  };
}

const isWildcard = ({ type }: Accept) => /^(\*|application)\/\*$/i.test(type);
const specificity = ({ type }: Accept) => type.startsWith("*") ? 0 : type.endsWith("/*") ? 1 : 2;

function pick(range: Accept, byDefault: FormatName, excluded: ReadonlySet<unknown>): FormatName | undefined {
  if (isWildcard(range)) return [byDefault, ...FORMAT_NAMES].find((format) => !excluded.has(format));
  return formatOfMediaType(range.type);
}

/** The parameters that mean something here; `undefined` if one asks for something that is not supported. */
function readParameters({ params }: Accept): { compression: Compression | undefined } | undefined {
  const values = new Map(Object.entries(params).map(([name, value]) => [name.toLowerCase(), value]));
  const compression = values.get("compression");
  const transport = values.get("gpu_transport");
  if (compression !== undefined && !includes(COMPRESSIONS, compression)) return undefined;
  if (transport !== undefined && !includes(GPU_TRANSPORTS, transport)) return undefined;
  return { compression };
}

const includes = <T extends string>(values: readonly T[], value: string): value is T =>
  (values as readonly string[]).includes(value);
