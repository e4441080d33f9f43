import { describeThrown, framesOf } from "../../api/stack.ts";

/**
 * An exception in words: its class, its message, and where in the user's own files it was thrown. `moduleFile`: the user
 * module, absolute.
 */
export function describeException(error: unknown, moduleFile?: string): string {
  const frame = moduleFile === undefined ? undefined : framesOf(error, moduleFile)[0];
  return describeThrown(error) + (frame ? ` in file ${frame.file}, line ${frame.line}` : "");
}
