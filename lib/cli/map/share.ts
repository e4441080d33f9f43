import { UsageError } from "../errors.ts";
import type { Surroundings } from "../io/io.ts";

/** One of several equal parts: every `count`-th payload, from the `index`-th on. */
export class Share {
  constructor(readonly index: number, readonly count: number) {}

  /** Is the payload at this position, from 0, in it? */
  has(position: number): boolean {
    return position % this.count === this.index;
  }

  /** How many of `total` payloads are in it? */
  sizeOf(total: number): number {
    return Math.max(0, Math.ceil((total - this.index) / this.count));
  }
}

export const ALL = new Share(0, 1);

/** The share of this task of a Slurm array; `undefined` if this process is not part of an array. */
export function slurmShare(env: Surroundings["env"]): Share | undefined {
  if (!env("SLURM_ARRAY_TASK_ID")) return undefined;
  const number = (name: string, otherwise?: string) => {
    const text = env(`SLURM_ARRAY_TASK_${name}`) || otherwise;
    if (text === undefined || !/^\d+$/.test(text)) {
      throw new UsageError(`SLURM_ARRAY_TASK_${name}: expected a whole number, got ${text ?? "nothing"}`);
    }
    return Number(text);
  };
  const count = number("COUNT");
  const index = (number("ID") - number("MIN")) / number("STEP", "1");
  if (Number.isInteger(index) && index >= 0 && index < count) return new Share(index, count);
  throw new UsageError(
    `SLURM_ARRAY_TASK_ID: the numbers of the array's tasks have gaps; expected them to be like --array=0-${count - 1}`,
  );
}
