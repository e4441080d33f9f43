/**
 * What is wrong with a payload or a result. A fault is data: its kind, its place, and the facts. messages.ts makes
 * sentences of it, where one is printed or sent; only a message by the author of a schema is a sentence from the start.
 * @module
 */

/** Where in the data: keys, indices, and the tags of unions. */
export type Loc = readonly (string | number)[];

/** One thing that is wrong with a payload or a result. */
export interface Fault {
  /** The kind, by the name that clients match on: `missing`, `array_shape_mismatch`, `value_error`, … */
  readonly type: string;
  readonly loc: Loc;
  /** The facts that the message is made of; what clients get as `ctx`. */
  readonly ctx?: Readonly<Record<string, unknown>> | undefined;
  /** The offending value. */
  readonly input?: unknown;
  /** A sentence that is used as it is, such as the one of a refinement. */
  readonly message?: string | undefined;
}

export interface FoundFaults {
  readonly faults: readonly Fault[];
  /** How many faults there are besides those listed. */
  readonly omitted: number;
}

/** How many faults of one payload or result are kept; further ones are only counted. */
export const MOST_FAULTS = 100;

/**
 * Collects faults. A payload of megabytes may have a fault in every key, so only the first ones take memory and space
 * in the answer.
 */
export class Faults {
  readonly list: Fault[] = [];
  /** How many were found, those that are not kept included. */
  count = 0;

  /** How many were found that are not in the list. */
  get omitted(): number {
    return this.count - this.list.length;
  }

  /** Adds a fault at `loc`, of which it keeps a copy. */
  add(type: string, loc: Loc, details: Omit<Fault, "type" | "loc"> = {}): void {
    if (this.count++ < MOST_FAULTS) this.list.push({ type, loc: [...loc], ...details });
  }

  addAll(others: Faults): void {
    this.list.push(...others.list.slice(0, Math.max(0, MOST_FAULTS - this.count)));
    this.count += others.count;
  }

  /** Forgets all but the first `count` faults. */
  truncate(count: number): void {
    this.count = count;
    if (this.list.length > count) this.list.length = count;
  }
}
