/**
 * One call of the program: what its commands get as `this`.
 * @module
 */
import type { CommandContext } from "@stricli/core";
import type { Io } from "./io/io.ts";
import type { GlobalFlags } from "./options/options.ts";

/** What surrounds the program: all that it does is a function of this and of its arguments. */
export interface Surroundings {
  readonly io: Io;
  /** The variable of this name in the environment. */
  env(name: string): string | undefined;
  /** The current directory, which relative paths start from. */
  readonly cwd: string;
}

/** The `this` of every command. */
export interface Invocation extends CommandContext, Surroundings {
  /** A command that has an exit code of its own, without an error, sets it here. */
  readonly process: CommandContext["process"] & { exitCode?: number | string | null };
  /** The options that stood before the command. */
  readonly global: GlobalFlags;
}
