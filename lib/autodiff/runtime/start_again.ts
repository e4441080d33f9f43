/**
 * Beginning the computation of a derivative again, on another copy: enough was recorded, or a specialised function was
 * given other kinds of values than before.
 * @module
 */

/** In the place of a function: the module keeps something from call to call, which its code did not show. */
export const KEEPS_STATE = "keeps state";

/**
 * What is thrown for it. `where`: the function that did not keep its kinds, `*` for all of them, empty: none, the tape was too short, or `KEEPS_STATE`.
 * `isKnown`: the record has the new kind by now, so the function can be specialised to it.
 */
export class StartAgain extends Error {
  constructor(readonly where: string | undefined, readonly isKnown = false) {
    super("the derivative is computed again");
  }
}

/** The reason to begin again; set beside throwing it, for an author's `catch` may get it first. */
export const again: {
  reason: StartAgain | undefined;
  /** The first error of this run: it fails with it, also where the author's code caught it. */
  failure: { readonly error: unknown } | undefined;
  isSpecialised: boolean;
  /** Is the module known to keep something from call to call? */
  keepsState: boolean;
} = { reason: undefined, failure: undefined, isSpecialised: false, keepsState: false };

/** A run begins. */
export function beginAgain(): void {
  again.reason = again.failure = undefined;
}

export function startAgain(where?: string, isKnown = false): never {
  again.reason = new StartAgain(where, isKnown);
  throw again.reason;
}
