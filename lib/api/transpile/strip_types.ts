/**
 * TypeScript as JavaScript.
 * @module
 */
import { decode, type SourceMapMappings } from "@jridgewell/sourcemap-codec";
import { transform } from "sucrase";
import { refuse } from "./refuse.ts";
import { type Place, syntaxError } from "./place.ts";

/** JavaScript, and where its places were in TypeScript. */
export interface Stripped {
  readonly code: string;
  /** The place that a place in the code comes from. */
  originOf(place: Place): Place;
}

/**
 * Takes the types out, as Deno does it: file by file, an import that only types are taken from goes with them, and
 * enums and parameter properties become JavaScript. Lines stay where they are.
 *
 * Throws a `SyntaxError` that names the place, as Deno's do, for what is no TypeScript and for what is more than types.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { code, originOf } = stripTypes("let x: number = f();", "file:///home/me/a.ts");
 * assert.equal(code, "let x = f();");
 * assert.deepEqual(originOf({ line: 1, column: 9 }), { line: 1, column: 17 });
 * ```
 */
export function stripTypes(source: string, url: string): Stripped {
  let result;
  try {
    refuse(source, url);
    result = transform(source, {
      transforms: ["typescript"],
      disableESTransforms: true,
      filePath: url,
      sourceMapOptions: { compiledFilename: url },
    });
  } catch (error) {
    throw parseFailure(error, url);
  }
  const { code, sourceMap } = result;
  let lines: SourceMapMappings | undefined;
  return { code, originOf: (place) => lookUp(lines ??= decode(sourceMap!.mappings), place) };
}

/** The place of the last token that begins at a place or before it. */
function lookUp(lines: SourceMapMappings, { line, column }: Place): Place {
  const before = lines[line - 1]?.findLast(([generated]) => generated < column);
  return before?.[3] === undefined ? { line, column } : { line, column: before[3] + 1 };
}

/** What sucrase's parser throws, with its place where Deno has it. */
function parseFailure(error: unknown, url: string): unknown {
  const { loc, message } = error as Error & { loc?: Place };
  if (loc === undefined) return error;
  return syntaxError(message.replace(/^Error transforming .*?: /, "").replace(/ \(\d+:\d+\)$/, ""), url, loc);
}
