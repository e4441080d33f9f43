/**
 * The differentiated copy of a user module: its files rewritten, and imported from memory.
 * @module
 */
import { definitionIn } from "../api/definition.ts";
import { fileUrl } from "../api/file_url.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { importLinked } from "../api/transpile/import_linked.ts";
import type { Edition } from "../api/transpile/linked_module.ts";
import { Profile } from "./rewrite/profile.ts";
import { rewriteModule } from "./rewrite/rewrite_module.ts";
import { recording } from "./runtime/specialised.ts";
import { again, KEEPS_STATE, type StartAgain } from "./runtime/start_again.ts";

/** The copy of `apply`, and what `this` is in it. */
export interface Copy {
  readonly apply: unknown;
  readonly self: unknown;
}

/** The copies of a module. */
interface Copies {
  readonly profile: Profile;
  /** How often a value was of another kind than had been recorded. */
  changes: number;
  /** Has enough been recorded? */
  isRecorded: boolean;
  /** Does the module keep something from call to call? Known when there is a copy. */
  keepsState: boolean;
  /**
   * By the set of differentiated inputs, where the module keeps state: what a call leaves there was computed with all
   * other inputs as constants, so a call that differentiates by those needs a copy with a state of its own.
   */
  readonly editions: Map<string, Editions>;
}

/** The one that records, those that are specialised for each mode, and the one for second derivatives. */
type Editions = { [name in "recording" | "forward" | "backward" | "dynamic"]?: Promise<Copy> | undefined };

/** The kinds of so many values are recorded before functions are specialised. */
const ENOUGH = 20_000;
/** After so many new kinds, each further one leaves its function dynamic; after so many dynamic functions, all are. */
const TOO_MANY = 20;

/** An imported module is never unloaded, so there are copies for at most so many sets of inputs. */
const MOST_SETS = 64;

const known = new WeakMap<TesseractModule, Copies>();

function copiesOf(module: TesseractModule): Copies {
  let copies = known.get(module);
  if (!copies) {
    copies = { profile: new Profile(), changes: 0, isRecorded: false, keepsState: false, editions: new Map() };
    known.set(module, copies);
  }
  return copies;
}

/** The editions for a set of differentiated inputs; a module that keeps no state has the same ones for all sets. */
function editionsOf(module: TesseractModule, { editions, keepsState }: Copies, by: string): Editions {
  let found = keepsState ? editions.get(by) : editions.values().next().value;
  if (found) return found;
  if (editions.size === MOST_SETS) {
    throw new Error(
      `${module.file} keeps values from call to call, in variables of the module, and its derivatives were asked for by ` +
        `${MOST_SETS} different sets of inputs; ask for those by more inputs at once, or keep nothing in the module`,
    );
  }
  editions.set(by, found = {});
  return found;
}

/**
 * The copy of a module for forward or reverse mode, or one of which nothing is specialised, and for a set of
 * differentiated inputs. Throws a `SyntaxError` for what cannot be followed.
 */
export function loadCopy(
  module: TesseractModule,
  mode: "forward" | "backward" | "dynamic" = "forward",
  by = "",
): Promise<Copy> {
  const copies = copiesOf(module), all = editionsOf(module, copies, by);
  const { profile, isRecorded } = copies;
  const name = isRecorded || mode === "dynamic" ? mode : "recording";
  again.isSpecialised = name !== "recording" && name !== "dynamic" && !profile.dynamic.has("*");
  recording.into = profile;
  recording.limit = isRecorded ? Infinity : ENOUGH;
  const copy = all[name] ??= makeCopy(module.file, name, copies);
  copy.catch(() => all[name] = undefined);
  return copy;
}

/** Does the module keep state? Known when its first copy is made, or later when a call is seen to keep some. */
export async function keepsState(module: TesseractModule, by: Iterable<string>): Promise<boolean> {
  const copies = copiesOf(module);
  if (copies.editions.size === 0) await loadCopy(module, undefined, setOf(by));
  return copies.keepsState;
}

/** The key of a set of input paths. */
export const setOf = (by: Iterable<string>): string => [...by].sort().join("\n");

/** Drops or changes copies, before a call begins again for this reason. */
export function reconsider(module: TesseractModule, { where, isKnown }: StartAgain): void {
  const copies = known.get(module)!;
  if (where === "") {
    // The tape was too short. The copy goes too, for the call may have changed its state halfway.
    dropSpecialised(copies);
    return;
  }
  if (where === KEEPS_STATE) {
    copies.keepsState = true;
    copies.editions.clear();
    return;
  }
  recording.seen = 0;
  if (where === undefined) {
    copies.isRecorded = true;
    for (const editions of copies.editions.values()) editions.recording = undefined;
    return;
  }
  if (!isKnown || ++copies.changes > TOO_MANY) {
    copies.profile.dynamic.add(copies.profile.dynamic.size >= TOO_MANY ? "*" : where);
  }
  dropSpecialised(copies);
}

function dropSpecialised({ editions }: Copies): void {
  for (const all of editions.values()) all.forward = all.backward = undefined;
}

async function makeCopy(file: string, mode: keyof Editions, copies: Copies): Promise<Copy> {
  const edition: Edition = {
    byUrl: new Map(),
    rewrite: (code, url, originOf) => {
      const way = mode === "dynamic" ? undefined : { mode, profile: copies.profile, url };
      const rewritten = rewriteModule(code, url, originOf, way);
      copies.keepsState ||= rewritten.keepsState;
      return Promise.resolve(rewritten);
    },
  };
  const url = fileUrl(file);
  const self = definitionIn(await importLinked(url, url, undefined, edition));
  return { apply: self["apply"], self };
}
