/**
 * TypeScript as JavaScript.
 * @module
 */
import { transform } from "sucrase";
import { type Place, syntaxError } from "./place.ts";
import { refuse } from "./refuse.ts";
import { type Token, tokensOf } from "./tokens.ts";

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
  try {
    refuse(source, url);
    const { code } = transform(source, { transforms: ["typescript"], disableESTransforms: true, filePath: url });
    let columns: Map<string, number> | undefined;
    return {
      code,
      originOf({ line, column }) {
        columns ??= alignColumns(tokensOf(code), tokensOf(source));
        return { line, column: columns.get(`${line}:${column}`) ?? column };
      },
    };
  } catch (error) {
    throw parseFailure(error, url);
  }
}

/**
 * The columns in the source by the places in the code where tokens begin, which is where an error is. A line of the
 * code has the words of the same line of the source, without the types, and sometimes with words that sucrase added.
 * (Its source maps end at the first `` `${…}` ``.)
 */
function alignColumns(code: readonly Token[], source: readonly Token[]): Map<string, number> {
  const lines = Map.groupBy(source.filter(({ isType }) => !isType), ({ line }) => line);
  const columns = new Map<string, number>();
  for (const { line, column, label, raw } of code) {
    const words = lines.get(line) ?? [];
    const at = words.findIndex((word) => word.label === label && word.raw === raw);
    if (at >= 0) columns.set(`${line}:${column}`, words.splice(0, at + 1).at(-1)!.column);
  }
  return columns;
}

/** What sucrase's parser throws, with its place where Deno has it. */
function parseFailure(error: unknown, url: string): unknown {
  const { loc, message } = error as Error & { loc?: Place };
  if (loc === undefined) return error;
  return syntaxError(message.replace(/^Error transforming .*?: /, "").replace(/ \(\d+:\d+\)$/, ""), url, loc);
}
