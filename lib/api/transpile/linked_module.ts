import type { MemoryFile } from "./memory_file.ts";
import type { Position } from "./source_position.ts";

/**
 * A version of the user's modules: as their author wrote them, or rewritten further (for derivatives). Each edition has
 * a module of its own for the same file.
 */
export interface Edition {
  readonly byUrl: Map<string, LinkedModule>;
  /**
   * Rewrites the JavaScript of a module of the user's own, not of a package. Has to remove the imports of types that
   * `blankTypes` leaves.
   */
  readonly rewrite?: (code: string, url: string, originOf: (place: Position) => Position) => Promise<RewrittenText>;
}

/** The rewritten JavaScript of a module. */
export interface RewrittenText {
  /** Text to put before the code, in its first line; imports in it are not rewritten. */
  readonly prelude: string;
  readonly code: string;
  /** The position before rewriting of a position in the code. */
  originOf(place: Position): Position;
}

/** The modules as their author wrote them. */
export const PLAIN: Edition = { byUrl: new Map() };

/** A module of the user's, and the file in memory that is imported in its place. */
export interface LinkedModule {
  readonly url: string;
  /** The specifier by which it was first imported. */
  readonly specifier: string;
  readonly memory: MemoryFile;
  readonly edition: Edition;
  /** The position in the user's file of a position in the file in memory. */
  originOf: (place: Position) => Position;
}

/** All linked modules, by the names of their files in memory. */
export const LINKED = new Map<string, LinkedModule>();
