/**
 * Beginning the computation of a derivative again, on another copy: enough was recorded, or a specialised function was
 * given other kinds of values than before.
 * @module
 */

/** What is thrown for it. `where`: the function that did not keep its kinds, `*` for all of them. */
export class StartAgain extends Error {
  constructor(readonly where: string | undefined) {
    super("the derivative is computed again");
  }
}

/** The reason to begin again; set beside throwing it, for an author's `catch` may get it first. */
export const again: { reason: StartAgain | undefined; isSpecialised: boolean } = { reason: undefined, isSpecialised: false };

export function startAgain(where?: string): never {
  again.reason = new StartAgain(where);
  throw again.reason;
}
