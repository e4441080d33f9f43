/** The choices that make a random program, and the names that are known at a place of it. */

/** Names by what they stand for. */
export interface Names {
  numbers: string[];
  constants: string[];
  arrays: string[];
  lists: string[];
  objects: string[];
  functions: string[];
  generators: string[];
  counters: string[];
  /** Those of the loops and blocks around, as far as a function does not end them. */
  loops: string[];
  blocks: string[];
}

type Rule = () => string;

/** Decides by a list of numbers; where it ends, the first choice is taken. */
export class Choices {
  protected at = 0;
  protected count = 0;
  protected depth = 0;
  protected inFunction = 0;
  protected isAsync = false;
  protected isGenerator = false;
  protected inLoop = false;
  protected names: Names = {
    numbers: ["n", "m"],
    constants: [],
    arrays: ["t"],
    lists: ["l"],
    objects: ["o"],
    functions: ["old"],
    generators: [],
    counters: [],
    loops: [],
    blocks: [],
  };

  constructor(protected readonly choices: readonly number[]) {}

  protected choose(count: number): number {
    return (this.choices[this.at++] ?? 0) % count;
  }

  protected pick<T>(list: readonly T[]): T {
    return list[this.choose(list.length)]!;
  }

  protected one(...rules: readonly (Rule | false)[]): string {
    return this.pick(rules.filter((rule) => rule !== false))();
  }

  protected name(kind: string): string {
    return `${kind}${++this.count}`;
  }

  /** What is declared inside is not known outside. */
  protected scope<T>(inside: () => T): T {
    const before = this.names;
    this.names = Object.fromEntries(Object.entries(before).map(([key, list]) => [key, [...list]])) as unknown as Names;
    this.depth++;
    try {
      return inside();
    } finally {
      this.names = before;
      this.depth--;
    }
  }

  /** The body of a function: no loop outside can be left from it. */
  protected body<T>(how: { isAsync?: boolean; isGenerator?: boolean }, inside: () => T): T {
    const { isAsync, isGenerator, inLoop } = this;
    [this.isAsync, this.isGenerator, this.inLoop] = [how.isAsync ?? false, how.isGenerator ?? false, false];
    this.inFunction++;
    try {
      return this.scope(() => {
        this.names.loops = [];
        this.names.blocks = [];
        return inside();
      });
    } finally {
      this.inFunction--;
      [this.isAsync, this.isGenerator, this.inLoop] = [isAsync, isGenerator, inLoop];
    }
  }
}
