/**
 * Beginning the computation of a derivative again, on another copy: enough was recorded, or a specialised function was
 * given other kinds of values than before.
 * @module
 */

/** As `where`: the module turned out to keep something from call to call. */
export const KEEPS_STATE = "keeps state";

/**
 * What is thrown to begin again. `where` is the function that was given a new kind of value (`*`: all functions);
 * `undefined`: enough was recorded; empty: the tape was too short; or `KEEPS_STATE`. `isKnown`: the new kind is
 * recorded by now, so the function can be specialised to it.
 */
export class StartAgain extends Error {
  constructor(readonly where: string | undefined, readonly isKnown = false) {
    super("the derivative is computed again");
  }
}

/** The reason to begin again. It is also thrown, but a `catch` in the author's code may swallow that. */
export const again: {
  reason: StartAgain | undefined;
  /** The first error of this run: it fails with it, also where the author's code caught it. */
  failure: { readonly error: unknown } | undefined;
  isSpecialised: boolean;
  /** Is the module known to keep something from call to call? */
  keepsState: boolean;
} = { reason: undefined, failure: undefined, isSpecialised: false, keepsState: false };

/** Clears what the last run left, when a run begins. */
export function beginAgain(): void {
  again.reason = again.failure = undefined;
}

export function startAgain(where?: string, isKnown = false): never {
  again.reason = new StartAgain(where, isKnown);
  throw again.reason;
}
