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
import type { Way } from "./rewrite/rewriter.ts";
import { recording } from "./runtime/specialised.ts";
import { again, type StartAgain } from "./runtime/start_again.ts";

/** The copy of `apply`, and what `this` is in it. */
export interface Copy {
  readonly apply: unknown;
  readonly self: unknown;
}

/** The copies of a module. */
interface Copies {
  readonly profile: Profile;
  /** How often another kind of value came than had been seen. */
  changes: number;
  /** Has enough been recorded? */
  isRecorded: boolean;
  /** The one that records, and those that are specialised, by the way that derivatives go. */
  recording?: Promise<Copy> | undefined;
  forward?: Promise<Copy> | undefined;
  backward?: Promise<Copy> | undefined;
  /** The one for second derivatives. */
  dynamic?: Promise<Copy> | undefined;
}

/** So many values are recorded before functions are specialised. */
const ENOUGH = 20_000;
/** After so many changes of mind nothing is specialised any more. */
const TOO_MANY = 20;

const known = new WeakMap<TesseractModule, Copies>();

/** The copy of a module for derivatives in a direction. Throws a `SyntaxError` for what cannot be followed. */
export function copyOf(module: TesseractModule, backward = false): Promise<Copy> {
  let copies = known.get(module);
  if (!copies) known.set(module, copies = { profile: new Profile(), changes: 0, isRecorded: false });
  const { profile, isRecorded } = copies, all = copies;
  const name = !isRecorded ? "recording" : backward ? "backward" : "forward";
  again.isSpecialised = isRecorded && !profile.dynamic.has("*");
  recording.into = profile;
  recording.limit = isRecorded ? Infinity : ENOUGH;
  const wayOf = (url: string): Way =>
    isRecorded ? { name: "specialise", profile, url, backward } : { name: "record", profile, url };
  const copy = copies[name] ??= makeCopy(module.file, wayOf);
  copy.catch(() => all[name] = undefined);
  return copy;
}

/** The copy of a module of which nothing is specialised. */
export function dynamicCopyOf(module: TesseractModule): Promise<Copy> {
  let copies = known.get(module);
  if (!copies) known.set(module, copies = { profile: new Profile(), changes: 0, isRecorded: false });
  const all = copies;
  again.isSpecialised = false;
  const copy = copies.dynamic ??= makeCopy(module.file, () => undefined);
  copy.catch(() => all.dynamic = undefined);
  return copy;
}

/** What is to be done before a call begins again. */
export function reconsider(module: TesseractModule, { where, isKnown }: StartAgain): void {
  const copies = known.get(module)!;
  if (where === "") {
    // The tape was too short. What the call changed in the state of the module goes with its copy.
    copies.forward = copies.backward = undefined;
    return;
  }
  recording.seen = 0;
  if (where === undefined) {
    copies.isRecorded = true;
    copies.recording = undefined;
    return;
  }
  if (!isKnown || ++copies.changes > TOO_MANY) {
    copies.profile.dynamic.add(copies.profile.dynamic.size >= TOO_MANY ? "*" : where);
  }
  copies.forward = copies.backward = undefined;
}

async function makeCopy(file: string, wayOf: (url: string) => Way | undefined): Promise<Copy> {
  const edition: Edition = {
    byUrl: new Map(),
    rewrite: (code, url, originOf) => Promise.resolve(rewriteModule(code, url, originOf, wayOf(url))),
  };
  const url = fileUrl(file);
  const self = definitionIn(await importLinked(url, url, undefined, edition));
  return { apply: self["apply"], self };
}
