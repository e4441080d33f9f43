/**
 * Results whose arrays lie in `.bin` files: names are random, so they are replaced by those of the recordings.
 * @module
 */
import { bytesOf } from "./cases.ts";
import { base64Of, expand } from "./decode.ts";
import type { Json } from "./exact_json.ts";

/** A result with the recorded names of files, and the files by these names in base64. */
export interface WrittenFiles {
  readonly result: Json | undefined;
  readonly content: Record<string, string>;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/**
 * The same with what is compressed in files expanded and in its place: two encoders may choose other matches, and what
 * counts is what comes out.
 */
export function expanded({ result, content }: WrittenFiles): WrittenFiles {
  const left = { ...content };
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    if (value["encoding"] !== "binref" || value["compression"] !== "lz4") {
      return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, walk(v)]));
    }
    const [, name, offset, size] = /^(.*):(\d+):(\d+)$/.exec(String(value["buffer"]))!;
    const bytes = bytesOf(content[name!]!);
    delete left[name!];
    return { ...value, buffer: base64Of(expand(bytes.slice(Number(offset), Number(offset) + Number(size)))) };
  };
  return { result: result === undefined ? undefined : walk(result), content: left };
}

/** Renames the files that a result refers to, `<bin1>.bin`, `<bin2>.bin` in order, and reads them from `folder`. */
export function writtenFiles(result: Json | undefined, folder: string): WrittenFiles {
  const names = new Map<string, string>();
  const content: Record<string, string> = {};
  const rename = (reference: string): string => {
    const [, path = "", rest = ""] = /^(.*?\.bin)(:.*)?$/.exec(reference) ?? [];
    const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1).replace(UUID, "<uuid>") : "";
    const name = names.get(path) ?? `${directory}<bin${names.size + 1}>.bin`;
    if (!names.has(path)) {
      names.set(path, name);
      content[name] = base64Of(Deno.readFileSync(`${folder}/${path}`));
    }
    return name + rest;
  };
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    if (value["encoding"] === "binref") return { ...value, buffer: rename(String(value["buffer"])) };
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, walk(v)]));
  };
  return { result: result === undefined ? undefined : walk(result), content };
}
