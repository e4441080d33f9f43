/**
 * What a recording run has seen: the kinds of values at places in the code.
 * @module
 */
import { ACTIVE, FLOATS, NUMBER } from "../runtime/specialised.ts";
import type { Node } from "./nodes.ts";

/**
 * The kind of a value in specialised code. `plain`: a number or another primitive, passive; `active`: a number that may be
 * active; `floats`: a float typed array; `any`: everything else, computed dynamically; `none`: never seen.
 */
export type Kind = "none" | "plain" | "active" | "floats" | "any";

/** Is it a number, active or not? */
export const isNumber = (kind: Kind | undefined): boolean => kind === "plain" || kind === "active";

/** Has a variable of this kind a second one beside it, for its derivative parts? */
export const isSplit = (kind: Kind | undefined): boolean => kind === "active" || kind === "floats";

/** The kind that covers values of two kinds. */
export function join(a: Kind, b: Kind): Kind {
  if (a === b || b === "none") return a;
  if (a === "none") return b;
  const both = [a, b];
  return both.includes("active") && both.includes("plain") ? "active" : "any";
}

/** Places of modules, numbered, with what was seen there. */
export class Profile {
  private readonly places = new Map<string, number>();
  kinds = new Uint8Array(1 << 10);
  /** Functions that stay dynamic, for their values did not keep to the kinds that were seen; `*`: all functions. */
  readonly dynamic = new Set<string>();

  /** The number of a place. */
  place(url: string, node: Node): number {
    const key = `${url} ${node.start} ${node.end}`;
    let number = this.places.get(key);
    if (number === undefined) {
      this.places.set(key, number = this.places.size);
      if (number >= this.kinds.length) {
        const kinds = new Uint8Array(2 * this.kinds.length);
        kinds.set(this.kinds);
        this.kinds = kinds;
      }
    }
    return number;
  }

  /** The number of a place, if it has one. */
  known(url: string, node: Node): number | undefined {
    return this.places.get(`${url} ${node.start} ${node.end}`);
  }

  /** The kind of what was seen at a place. */
  kindAt(url: string, node: Node): Kind {
    const number = this.known(url, node);
    const seen = number === undefined ? 0 : this.kinds[number]!;
    if (seen === 0) return "none";
    if (seen === NUMBER) return "plain";
    if ((seen & ~(NUMBER | ACTIVE)) === 0) return "active";
    return seen === FLOATS ? "floats" : "any";
  }
}
