import type { MemoryFile } from "./memory_file.ts";
import type { Place } from "./place.ts";

/**
 * Modules that import each other in one way: as their author wrote them, or rewritten further. The same file is another
 * module in another edition.
 */
export interface Edition {
  readonly byUrl: Map<string, LinkedModule>;
  /** Rewrites the JavaScript of a module of the user's own, not of a package; leaves out what TypeScript does not use. */
  readonly rewrite?: (code: string, url: string, originOf: (place: Place) => Place) => Promise<RewrittenText>;
}

/** JavaScript made of other JavaScript. */
export interface RewrittenText {
  /** What stands before the code, in its first line; it is not looked into for imports. */
  readonly prelude: string;
  readonly code: string;
  /** Where a place in the code was before. */
  originOf(place: Place): Place;
}

/** The modules as their author wrote them. */
export const PLAIN: Edition = { byUrl: new Map() };

/** A module of the user's, and the file in memory that is imported in its place. */
export interface LinkedModule {
  readonly url: string;
  /** By which it was first asked for. */
  readonly specifier: string;
  readonly memory: MemoryFile;
  readonly edition: Edition;
  /** Where a place in the file in memory was in the user's. */
  originOf: (place: Place) => Place;
}

/** All of them, by the name of the file in memory. */
export const LINKED = new Map<string, LinkedModule>();
