import { transform } from "sucrase";
import { type Position, syntaxError } from "./source_position.ts";
import { refuse } from "./refuse.ts";
import { type Token, tokensOf } from "./tokens.ts";

/**
 * Removes the types as Deno does: each file by itself, with the imports that are used only as types; enums and
 * parameter properties become JavaScript. Lines stay the same; `originOf` gives the position in TypeScript of a
 * position in the code.
 *
 * Throws a `SyntaxError` that names the position, as Deno's do, for text that is not TypeScript, and for syntax that is
 * more than types (see refuse.ts).
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
export function stripTypes(
  source: string,
  url: string,
): { readonly code: string; originOf(place: Position): Position } {
  try {
    refuse(source, url);
    const { code } = transform(source, { transforms: ["typescript"], disableESTransforms: true, filePath: url });
    let tokens: Record<"inCode" | "inSource", readonly Token[]> | undefined;
    const originOf = ({ line, column }: Position) => {
      tokens ??= { inCode: tokensOf(code), inSource: tokensOf(source).filter(({ isType }) => !isType) };
      const { inCode, inSource } = tokens;
      const ofLine = (tokens: readonly Token[]) => tokens.filter((token) => token.line === line);
      return { line, column: alignColumns(ofLine(inCode), ofLine(inSource)).get(column) ?? column };
    };
    return { code, originOf };
  } catch (error) {
    throw parseFailure(error, url);
  }
}

/**
 * For one line, the columns in the source by the columns in the code, at the beginnings of tokens, which is where
 * errors are reported. The code has the tokens of the source without types, and sometimes some that sucrase added, so
 * the tokens are matched by their longest common subsequence. (The source maps of sucrase end at the first `` `${…}`
 * ``.)
 */
function alignColumns(code: readonly Token[], source: readonly Token[]): Map<number, number> {
  const same = (i: number, j: number) => code[i]!.label === source[j]!.label && code[i]!.raw === source[j]!.raw;
  /** The length of that subsequence from the i-th token of the code and the j-th of the source on. */
  const common = Array.from({ length: code.length + 1 }, () => new Uint32Array(source.length + 1));
  for (let i = code.length - 1; i >= 0; i--) {
    for (let j = source.length - 1; j >= 0; j--) {
      common[i]![j] = same(i, j) ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const columns = new Map<number, number>();
  for (let i = 0, j = 0; i < code.length && j < source.length;) {
    if (same(i, j)) columns.set(code[i++]!.column, source[j++]!.column);
    else if (common[i + 1]![j]! >= common[i]![j + 1]!) i++;
    else j++;
  }
  return columns;
}

/** An error of sucrase's parser, with the position at the end of its message, as Deno has it. */
function parseFailure(error: unknown, url: string): unknown {
  const { loc, message } = error as Error & { loc?: Position };
  if (loc === undefined) return error;
  return syntaxError(message.replace(/^Error transforming .*?: /, "").replace(/ \(\d+:\d+\)$/, ""), url, loc);
}
