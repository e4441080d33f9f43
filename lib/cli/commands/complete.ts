import { type Proposal, propose } from "../completion/propose.ts";
import type { Invocation } from "../invocation.ts";

/**
 * The numbers that the shells' scripts know, which are those of cobra, a library for Go: 2 is no space behind the word,
 * 4 is no files, 16 is folders only, and 0 is files where no word fits.
 */
const DIRECTIVES: Readonly<Record<Proposal["then"], number>> = { files: 0, folders: 16, text: 2 + 4, none: 4 };

/** `complete -- WORDS`: what the scripts of the shells call, with the words of the line up to the cursor. */
export function complete(this: Invocation, _flags: unknown, ...words: string[]): void {
  const proposal = propose(words);
  const lines = proposal.words.map(([word, brief]) => `${word}\t${brief}`);
  this.process.stdout.write([...lines, `:${DIRECTIVES[proposal.then]}`, ""].join("\n"));
}
