/**
 * How a command fails: the class of the error decides the exit code, and its messages go to stderr.
 * @module
 */

import { escapeControls } from "../message_text.ts";

/** A failure with one message for each thing that is wrong. */
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
  /** The messages quote arguments, variables and file names: their control characters are escaped. */
  constructor(...messages: string[]) {
    super(...messages.map(escapeControls));
  }
}

/** Exit code 1: the user's code failed, or the user module is missing or broken. */
export class CommandFailed extends Failure {
  override name = "CommandFailed";
}

/** The lines on stderr for an error that a command threw, without the last line break. */
export function formatError(error: unknown, debug: boolean): string {
  const messages = error instanceof Failure ? error.messages : [messageOf(error, debug)];
  return messages.map(errorLine).join("\n");
}

/** The message with `Error: ` in front, unless it begins so already, as that of an error of user code may. */
export function errorLine(message: string): string {
  return message.startsWith("Error: ") ? message : `Error: ${message}`;
}

/** The message of any other error, or its stack in debug mode. */
export function messageOf(error: unknown, debug = false): string {
  if (debug || !(error instanceof Error)) return Deno.inspect(error, { colors: false });
  return error.message || error.name;
}

/** A value from outside, for a message: in quotation marks, and all on one line. */
export function quote(text: string): string {
  return `"${escapeControls(text)}"`;
}
