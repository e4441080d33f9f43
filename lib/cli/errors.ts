/**
 * How a command fails: the two decisions a caller of the program can take, by exit code, and the words on stderr.
 * @module
 */

/** A failure in words: one message for everything that is wrong. */
abstract class Failure extends Error {
  readonly messages: readonly string[];
  constructor(...messages: string[]) {
    super(messages.join("\n"));
    this.messages = messages;
  }
}

/** Exit code 2: the program was called in a wrong way, or with a payload that does not fit. */
export class UsageError extends Failure {
  override name = "UsageError";
}

/** Exit code 1: the user's code failed, or the user module is missing or broken. */
export class CommandFailed extends Failure {
  override name = "CommandFailed";
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

/** What stands on stderr for what a command threw, without the last line break. */
export function formatError(error: unknown, debug: boolean): string {
  const messages = error instanceof Failure ? error.messages : [wordsOf(error, debug)];
  return messages.map((message) => `Error: ${message}`).join("\n");
}

/** Any other error, in words. Its stack is for whoever debugs. */
export function wordsOf(error: unknown, debug = false): string {
  if (debug || !(error instanceof Error)) return Deno.inspect(error, { colors: false });
  return error.message || error.name;
}
