/**
 * How a command fails: the two decisions a caller of the program can take, by exit code, and the words on stderr.
 * @module
 */

/** Exit code 2: the program was called in a wrong way, or with a payload that does not fit. One message a line. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Exit code 1: the user's code failed, or the user module is missing or broken. One message a line. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
  /** `trace`: lines that follow the messages as they are, such as the frames of the user's own files. */
  constructor(message: string, readonly trace = "") {
    super(message);
  }
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

/**
 * What stands on stderr for what a command threw, without the last line break. A stack trace is for a debugging
 * author, and for whoever has to find a mistake of this program itself.
 */
export function formatError(error: unknown, debug: boolean): string {
  if (error instanceof UsageError || error instanceof CommandFailed) {
    const lines = error.message.split("\n").map((line) => `Error: ${line}`);
    if (error instanceof CommandFailed && error.trace !== "") lines.push(error.trace);
    return lines.join("\n");
  }
  return `Error: ${describeThrown(error, debug)}`;
}

/** Anything that can be thrown, in words: its name, unless it says nothing, and its message. */
export function describeThrown(error: unknown, stack = false): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : Deno.inspect(error, { colors: false });
  if (stack && error.stack !== undefined) return error.stack;
  return error.name === "Error" || error.message === ""
    ? error.message || error.name
    : `${error.name}: ${error.message}`;
}
