/**
 * All formats. Each is loaded when it is first asked for.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { Format, FormatName } from "./format.ts";

/** What is known of a format without loading it. */
export interface FormatInfo {
  readonly name: FormatName;
  readonly mediaType: string;
  /** Other names of the media type, which clients use. */
  readonly aliases?: readonly string[];
}

/** The formats of the contract, in its order. */
export const FORMATS: readonly FormatInfo[] = [
  { name: "json", mediaType: "application/json" },
  { name: "json+base64", mediaType: "application/json+base64" },
  { name: "json+binref", mediaType: "application/json+binref" },
  {
    name: "msgpack",
    mediaType: "application/msgpack",
    aliases: ["application/vnd.msgpack", "application/x-msgpack"],
  },
];

/** What arrays in results can be compressed by. */
export const COMPRESSIONS = ["none", "lz4"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** How arrays may be passed to a client other than in the answer: no way is supported yet. */
export const GPU_TRANSPORTS = ["none"] as const;

const LOADERS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  "json": async () => (await importLater<typeof import("./json/json.ts")>("formats/json/json.ts")).json,
  "json+base64": async () => (await importLater<typeof import("./json/json.ts")>("formats/json/json.ts")).jsonBase64,
  "json+binref": async () =>
    (await importLater<typeof import("./binref/json_binref.ts")>("formats/binref/json_binref.ts")).jsonBinref,
  "msgpack": async () =>
    (await importLater<typeof import("./msgpack/msgpack.ts")>("formats/msgpack/msgpack.ts")).msgpack,
};

/** Their names, in the same order. */
export const FORMAT_NAMES: readonly FormatName[] = FORMATS.map(({ name }) => name);

const loaded: Partial<Record<FormatName, Format>> = {};

/** Loads a format. (To import what is there already takes as long as a small call.) */
export async function loadFormat(name: FormatName): Promise<Format> {
  return loaded[name] ??= await LOADERS[name]();
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
  return FORMATS.find(({ mediaType, aliases }) => mediaType === bare || aliases?.includes(bare))?.name;
}
