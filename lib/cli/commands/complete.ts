import type { CommandContext } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { type Proposal, propose } from "../completion/propose.ts";

/**
 * The numbers that the scripts of the shells understand, which are those of cobra, a library for Go: 2 is "no space
 * behind the word", 4 "no files", 16 "folders only", and 0 "files, if no word fits".
 */
const DIRECTIVES: Readonly<Record<Proposal["then"], number>> = { files: 0, folders: 16, text: 2 + 4, none: 4 };

/** `complete -- WORDS`: called by the scripts of the shells with the words of the line up to the cursor. */
export function run({ io }: CommandContext, words: readonly string[]): void {
  const { words: proposed, then } = propose(words, COMMANDS);
  const lines = proposed.map(([word, brief]) => `${word}\t${brief}`);
  io.print([...lines, `:${DIRECTIVES[then]}`, ""].join("\n"));
}
