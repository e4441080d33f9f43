/** A position in a source text. Both numbers count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionOf(text: string, offset: number): Position {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return { line: text.slice(0, start).split("\n").length, column: offset - start + 1 };
}

/** The error that Deno throws for a module that does not parse: its message ends with the position. */
export function syntaxError(message: string, url: string, place: Position): SyntaxError {
  return new SyntaxError(withPosition(message, url, place));
}

/** The error that Deno throws for a module that does not exist. */
export function notFound(message: string, url: string, place: Position): TypeError {
  return Object.assign(new TypeError(withPosition(message, url, place)), { code: "ERR_MODULE_NOT_FOUND" });
}

function withPosition(message: string, url: string, { line, column }: Position): string {
  return `${message}\n    at ${url}:${line}:${column}`;
}
