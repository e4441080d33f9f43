/**
 * All formats. Each is loaded when it is first asked for.
 * @module
 */
import type { Format, FormatName } from "./format.ts";

/** What is known of a format without loading it. */
export interface FormatInfo {
  readonly name: FormatName;
  readonly mediaType: string;
}

/** The formats of the contract, in its order. */
export const FORMATS: readonly FormatInfo[] = [
  { name: "json", mediaType: "application/json" },
  { name: "json+base64", mediaType: "application/json+base64" },
  { name: "json+binref", mediaType: "application/json+binref" },
  { name: "msgpack", mediaType: "application/msgpack" },
];

const LOADERS: Partial<Record<FormatName, () => Promise<Format>>> = {
  "json": async () => (await import("./json.ts")).json,
  "json+base64": async () => (await import("./json.ts")).jsonBase64,
};

/** The formats that this build can read and write. */
export const AVAILABLE_FORMATS: readonly FormatName[] = FORMATS.map(({ name }) => name)
  .filter((name) => name in LOADERS);

/** Loads a format. */
export async function loadFormat(name: FormatName): Promise<Format> {
  const load = LOADERS[name];
  if (load === undefined) throw new TypeError(`The format ${name} is not available in this build`);
  return await load();
}

/**
 * The format of a media type, whatever its parameters; `undefined` for a type that is none of ours.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(formatOfMediaType("application/json+base64"), "json+base64");
 * assert.equal(formatOfMediaType("Application/JSON; charset=utf-8"), "json");
 * assert.equal(formatOfMediaType("text/plain"), undefined);
 * ```
 */
export function formatOfMediaType(type: string): FormatName | undefined {
  const bare = type.split(";", 1)[0]!.trim().toLowerCase();
  return FORMATS.find(({ mediaType }) => mediaType === bare)?.name;
}
