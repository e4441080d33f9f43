import { getFormattedTokens } from "sucrase";
import type { Position } from "./source_position.ts";

export interface Token extends Position {
  /** Its kind: `name`, `string`, `{`, … */
  readonly label: string;
  /** Its text up to the first space; a long one is cut. */
  readonly raw: string;
  /** Is it part of a type, and removed with it? */
  readonly isType: boolean;
}

const ROW = /^(\d+):(\d+)-\S+ +(\S+) +(\S*)(.*)$/gm;

/** The tokens of a text. (Sucrase exports them only as a printed table.) */
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
