import { getFormattedTokens } from "sucrase";
import type { Position } from "./source_position.ts";

/** A word or a sign of TypeScript. */
export interface Token extends Position {
  /** What it is: `name`, `string`, `{`, … */
  readonly label: string;
  /** Its text up to the first space; a long one is cut. */
  readonly raw: string;
  /** Does it go with the types? */
  readonly isType: boolean;
}

const ROW = /^(\d+):(\d+)-\S+ +(\S+) +(\S*)(.*)$/gm;

/** The tokens of a text, which sucrase gives to others as a table only. */
export function tokensOf(text: string): Token[] {
  const table = getFormattedTokens(text, { transforms: ["typescript"] });
  return [...table.matchAll(ROW)].map(([, line, column, label, raw, flags]) => ({
    line: Number(line),
    column: Number(column),
    label: label!,
    raw: raw!,
    isType: /\bisType\b/.test(flags!),
  }));
}
