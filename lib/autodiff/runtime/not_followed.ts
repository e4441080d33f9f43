/**
 * The error for an active number that reaches code which cannot be differentiated.
 * @module
 */
import { filePath } from "../../api/file_url.ts";
import { isOwn } from "../../api/stack.ts";
import { again } from "./start_again.ts";

/** An active number would be read by code that is not followed. */
export class NotFollowed extends TypeError {
  override name = "NotFollowed";
}

/** The file, line and column at the end of a line of a stack. */
const FRAME = /(file:\/\/\/\S+?):(\d+):(\d+)\)?$/;

/** Makes the error: what happens to the number, where in the author's file, and what to do. The run fails with it. */
export function notFollowed(
  what: string,
  advice?: string,
  subject = "A number that depends on a differentiable input",
): NotFollowed {
  const place = callerPlace();
  return failRun(
    new NotFollowed(
      `${place === undefined ? "" : `${place}: `}${subject} ${what}, where its derivative cannot be followed; ${
        advice ?? "give the function that does it a rule with customDerivative(f, { jvp, vjp }), or use stopGradient(x)"
      }`,
    ),
  );
}

/** Makes the run fail with an error, also where the author's code catches it. */
export function failRun<E>(error: E): E {
  again.failure ??= { error };
  return error;
}

/** The innermost place in a file of the author's, as `file:line:column`. */
export function callerPlace(): string | undefined {
  return placeIn(stackOf(100));
}

/**
 * Gives the place that `callerPlace` gives here, or `otherwise`, when it is asked for: making the text of a stack takes
 * 0.1 ms, and most places are never shown. Only so many frames are kept that a call within one of ours is among them.
 */
export function laterPlace(otherwise: string): () => string {
  const error = stackOf(20);
  return () => placeIn(error) ?? otherwise;
}

function stackOf(frames: number): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const error = new Error();
  Error.stackTraceLimit = limit;
  return error;
}

function placeIn({ stack = "" }: Error): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    const found = FRAME.exec(line);
    if (found && !isOwn(found[1]!)) return `${filePath(found[1]!)}:${found[2]}:${found[3]}`;
  }
  return undefined;
}
