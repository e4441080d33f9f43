/**
 * Values that an option or argument proposes to a shell, by stricli's `proposeCompletions`. Names of files are found by
 * the shell itself, which knows better how to quote them: `propose` tells these functions from others.
 * @module
 */

/** Files and folders. */
export const files = (): readonly string[] => [];

/** Folders. */
export const folders = (): readonly string[] => [];

/** A payload: `@`, and right behind it the name of a file. */
export const payload = (): readonly string[] => ["@"];
