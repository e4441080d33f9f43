import type { MemoryFile } from "./memory_file.ts";
import type { Place } from "./place.ts";

/** A module of the user's, and the file in memory that is imported in its place. */
export interface LinkedModule {
  readonly url: string;
  /** By which it was first asked for. */
  readonly specifier: string;
  readonly memory: MemoryFile;
  /** Where a place in the file in memory was in the user's. */
  originOf: (place: Place) => Place;
}

/** All of them, by the name of the file in memory. */
export const LINKED = new Map<string, LinkedModule>();
