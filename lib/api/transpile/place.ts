/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of an offset. */
export function placeOf(text: string, offset: number): Place {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return { line: text.slice(0, start).split("\n").length, column: offset - start + 1 };
}

/** What Deno throws for a module that does not parse: the place stands at the end of the message. */
export function syntaxError(message: string, url: string, place: Place): SyntaxError {
  return new SyntaxError(withPlace(message, url, place));
}

/** What Deno throws for a module that is not there. */
export function notFound(message: string, url: string, place: Place): TypeError {
  return Object.assign(new TypeError(withPlace(message, url, place)), { code: "ERR_MODULE_NOT_FOUND" });
}

function withPlace(message: string, url: string, { line, column }: Place): string {
  return `${message}\n    at ${url}:${line}:${column}`;
}
