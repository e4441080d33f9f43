/**
 * Rewrites a module of the user's for the differentiated copy.
 * @module
 */
import { parse } from "acorn";
import { type Position, positionOf, syntaxError } from "../../api/transpile/source_position.ts";
import type { RewrittenText } from "../../api/transpile/linked_module.ts";
import { keepsState } from "./module_state.ts";
import type { Node } from "./nodes.ts";
import { Refused } from "./refused.ts";
import { Rewriter, type Way } from "./rewriter.ts";
import { refuseRuleWrites } from "./rule_writes.ts";
import { refuseSharedWrites } from "./shared_writes.ts";
import { unmark } from "./text.ts";
import { Uses } from "./uses.ts";

/** What rewritten code imports. */
const OPERATIONS = new URL("../runtime/operations.ts", import.meta.url).href;

/**
 * Rewrites the JavaScript of a module. Throws a `SyntaxError` that names the place in the author's file for what cannot
 * be followed; `originOf` says where a place in the JavaScript was there.
 */
export function rewriteModule(
  source: string,
  url: string,
  originOf: (place: Position) => Position,
  way?: Way,
): RewrittenText & { readonly keepsState: boolean } {
  const code = source.startsWith("#!") ? `//${source.slice(2)}` : source;
  try {
    const unfit = /[\uE000\uE001]/.exec(code);
    if (unfit) {
      throw new Refused("the characters U+E000 and U+E001 cannot stand in a module with derivatives", unfit.index);
    }
    const program = parse(code, { ecmaVersion: "latest", sourceType: "module" }) as unknown as Node;
    const name = freeName(code);
    const rewriter = new Rewriter(code, program, name, way, /\.[cm]?ts$/.test(url));
    const { scopes } = rewriter, uses = new Uses(program);
    refuseSharedWrites(program, scopes, code);
    refuseRuleWrites(program, scopes, uses);
    const made = unmark(rewriter.module());
    return {
      prelude: `import * as ${name} from ${JSON.stringify(OPERATIONS)}; `,
      code: made.code,
      keepsState: keepsState(program, scopes, uses),
      originOf: (place) => positionOf(code, made.originOf(offsetOf(made.code, place))),
    };
  } catch (error) {
    const isOfParser = error instanceof SyntaxError && "pos" in error;
    if (!isOfParser && !(error instanceof Refused)) throw error;
    const offset = isOfParser ? error.pos as number : error.offset;
    // The parser's messages end with the place in the JavaScript.
    throw syntaxError(error.message.replace(/ \(\d+:\d+\)$/, ""), url, originOf(positionOf(code, offset)));
  }
}

/** A name that the code does not have. */
function freeName(code: string): string {
  let name = "$ad";
  while (code.includes(name)) name += "_";
  return name;
}

function offsetOf(text: string, { line, column }: Position): number {
  let start = 0;
  for (let k = 1; k < line; k++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}
