/**
 * All formats, in one table: names, media types, endings of file names. To add one, add its folder next to this file,
 * and an entry to the table. The code of a format is loaded when it is first asked for.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { Codec } from "./format.ts";

/** What is known of a format without loading it. */
export interface FormatInfo {
  /** The media types that mean this format. Answers are labelled with the first. */
  readonly mediaTypes: readonly [string, ...string[]];
  /**
   * What the names of its files end in, without the dot. All formats with `json` are JSON, with arrays written in
   * different ways.
   */
  readonly extension: string;
  /** Are arrays written to files next to the result? */
  readonly writesFiles?: boolean;
  /** Can a payload begin with this byte, while no JSON text can? For standard input, which has no file name. */
  readonly isFirstByte?: (byte: number) => boolean;
  load(): Promise<Codec>;
}

const jsonModule = () => importLater<typeof import("./json/json.ts")>("formats/json/json.ts");
const binrefModule = () => importLater<typeof import("./binref/json_binref.ts")>("formats/binref/json_binref.ts");
const msgpackModule = () => importLater<typeof import("./msgpack/msgpack.ts")>("formats/msgpack/msgpack.ts");

/** The formats, in the order in which they are listed. If several fit, as for a file `x.json`, the first is taken. */
export const FORMATS = {
  "json": { mediaTypes: ["application/json"], extension: "json", load: async () => (await jsonModule()).json },
  "json+base64": {
    mediaTypes: ["application/json+base64"],
    extension: "json",
    load: async () => (await jsonModule()).jsonBase64,
  },
  "json+binref": {
    mediaTypes: ["application/json+binref"],
    extension: "json",
    writesFiles: true,
    load: async () => (await binrefModule()).jsonBinref,
  },
  "msgpack": {
    // The second is its registered name, the third an old one.
    mediaTypes: ["application/msgpack", "application/vnd.msgpack", "application/x-msgpack"],
    extension: "msgpack",
    // A payload is a map.
    isFirstByte: (byte) => (byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf,
    load: async () => (await msgpackModule()).msgpack,
  },
} as const satisfies Readonly<Record<string, FormatInfo>>;

/** A format's name on the command line. */
export type FormatName = keyof typeof FORMATS;

/** A format that is loaded. */
export interface Format extends Codec {
  readonly name: FormatName;
  /** For `Content-Type`. */
  readonly mediaType: string;
  readonly extension: string;
}

/** All names, in the order of the table. */
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

/** The format of a payload if neither a name nor a media type says which it is. */
export const DEFAULT_FORMAT: FormatName = "json";

/** The ways to compress arrays in results. */
export const COMPRESSIONS = ["none", "lz4"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** How arrays may be passed to a client other than in the answer: no way is supported yet. */
export const GPU_TRANSPORTS = ["none"] as const;

const loaded = new Map<FormatName, Format>();

/** Loads a format. One loaded before is returned without a promise: a repeated import takes as long as a small call. */
export function loadFormat(name: FormatName): Format | Promise<Format> {
  return loaded.get(name) ?? load(name);
}

async function load(name: FormatName): Promise<Format> {
  const { mediaTypes, extension, load } = infoOf(name);
  const format = { ...await load(), name, mediaType: mediaTypes[0], extension };
  loaded.set(name, format);
  return format;
}

export function infoOf(name: FormatName): FormatInfo {
  return FORMATS[name];
}

/** Is it JSON, except for how arrays are written? */
export function isJson(name: FormatName): boolean {
  return infoOf(name).extension === infoOf("json").extension;
}

/** The format of a media type, whatever its parameters; `undefined` for a type that no format has. */
export function formatOfMediaType(type: string): FormatName | undefined {
  const bare = type.split(";", 1)[0]!.trim().toLowerCase();
  return FORMAT_NAMES.find((name) => infoOf(name).mediaTypes.includes(bare));
}

export function formatOfFile(path: string): FormatName {
  return FORMAT_NAMES.find((name) => path.endsWith(`.${infoOf(name).extension}`)) ?? DEFAULT_FORMAT;
}

/** The format of a payload without a name, by its first byte (`undefined` for an empty payload). */
export function formatOfFirstByte(byte: number | undefined): FormatName {
  return FORMAT_NAMES.find((name) => byte !== undefined && infoOf(name).isFirstByte?.(byte)) ?? DEFAULT_FORMAT;
}
