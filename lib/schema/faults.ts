/**
 * A fault is data: what kind, where, and the facts. Words are made of it late, in one place (messages.ts).
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
  /** The author's own words, of a refinement. */
  readonly message?: string | undefined;
}
