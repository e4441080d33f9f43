/**
 * What the shell itself completes, and better than any program: names of files. An option says so by one of these as
 * its `proposeCompletions`.
 * @module
 */

/** Files and folders. */
export const files = (): readonly string[] => [];

/** Folders. */
export const folders = (): readonly string[] => [];

/** A payload: `@`, and behind it the shell completes files. */
export const payload = (): readonly string[] => ["@"];
