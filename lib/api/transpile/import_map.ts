/**
 * Names of imports by `imports` of the nearest deno.json above a user's module. Deno itself reads the deno.json of the
 * program it runs, which is ours, and a compiled program reads none.
 * @module
 */
import { filePath, fileUrl } from "../file_url.ts";

/** What a user module imports from this program, whatever a deno.json says. */
export const OWN_NAME = /^@tesseract\/runtime(\/client)?$/;

/**
 * What the name means for the module at a URL: the URL of a file, or another specifier such as `npm:name@version`. The
 * name itself where no deno.json has it.
 *
 * Throws a `SyntaxError` that names the deno.json if it is not valid.
 */
export function mapImport(specifier: string, importer: string): string {
  if (OWN_NAME.test(specifier) || /^\.{0,2}\/|^[a-z][a-z0-9+.-]*:/i.test(specifier)) return specifier;
  const map = nearestMap(filePath(importer));
  if (map === undefined) return specifier;
  const { url, imports } = map;
  const whole = imports[specifier];
  if (whole !== undefined) return targetOf(whole, url);
  // `"lib/": "./src/lib/"` maps all names that begin with lib/; the longest match counts.
  const [prefix] = Object.keys(imports).filter((key) => key.endsWith("/") && specifier.startsWith(key))
    .sort((a, b) => b.length - a.length);
  return prefix === undefined ? specifier : targetOf(imports[prefix]! + specifier.slice(prefix.length), url);
}

interface ImportMap {
  /** Of the deno.json, which relative targets start from. */
  readonly url: string;
  readonly imports: Readonly<Record<string, string>>;
}

function targetOf(target: string, base: string): string {
  return /^\.{0,2}\//.test(target) ? new URL(target, base).href : target;
}

const byFolder = new Map<string, ImportMap | undefined>();

function nearestMap(path: string): ImportMap | undefined {
  const folder = path.slice(0, path.lastIndexOf("/"));
  if (!byFolder.has(folder)) byFolder.set(folder, readMap(folder) ?? (folder === "" ? undefined : nearestMap(folder)));
  return byFolder.get(folder);
}

function readMap(folder: string): ImportMap | undefined {
  for (const name of ["deno.json", "deno.jsonc"]) {
    const file = `${folder}/${name}`;
    let text;
    try {
      text = Deno.readTextFileSync(file);
    } catch {
      continue;
    }
    try {
      return { url: fileUrl(file), imports: JSON.parse(withoutComments(text)).imports ?? {} };
    } catch (error) {
      throw new SyntaxError(`${file}: ${(error as Error).message}`);
    }
  }
  return undefined;
}

/** JSON with comments, and commas before closing brackets, as JSON. Strings stay as they are. */
function withoutComments(text: string): string {
  const strings = /"(?:[^"\\]|\\.)*"/.source;
  const comments = new RegExp(`(${strings})|//.*|/\\*[^]*?\\*/`, "g");
  return text.replace(comments, "$1").replace(new RegExp(`(${strings})|,(?=\\s*[}\\]])`, "g"), "$1");
}
