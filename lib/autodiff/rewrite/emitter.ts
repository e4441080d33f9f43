/**
 * Writes specialised code: its lines, names for temporary variables, and what is recorded on the tape.
 *
 * Consecutive statements that are recorded form a *segment*: it begins by loading the arrays of the tape and the position
 * on it into local variables, with one check for room, and ends by storing the position again. All other code that may
 * use the tape (operations, calls) must come after the end. A loop without such code is a single segment.
 * @module
 */
import { type Operand, product, type Tree } from "./operands.ts";

/** Syntax that specialised code does not know: the function stays dynamic. */
export class Unsupported extends Error {}

interface Segment {
  /** The line in which it begins, which is written when it ends. */
  readonly line: number;
  entries: number;
  statements: number;
}

export class Emitter {
  private lines: string[] = [];
  private segment: Segment | undefined;
  /** Counts calls of `end`: if it is the same after a loop as before it, nothing in the loop uses the tape. */
  private stops = 0;
  private count = 0;

  constructor(readonly ad: string, readonly backward: boolean) {}

  line(text: string): void {
    this.lines.push(text);
  }

  name(): string {
    return `${this.ad}t${++this.count}`;
  }

  /** Puts a value into a new variable; returns its name. */
  temp(text: string): string {
    const name = this.name();
    this.line(`const ${name} = ${text};`);
    return name;
  }

  /** The variables of segments. */
  get declarations(): string {
    const names = ["P", "I", "S", "m", "n"].map((name) => this.ad + name);
    return this.backward ? `let ${names.join(", ")}; const ${this.ad}T = ${this.ad}.T;` : "";
  }

  /** Loads the arrays of the tape, and the numbers of entries and statements on it. */
  private get load(): string {
    const { ad } = this;
    return `${ad}P = ${ad}T.p; ${ad}I = ${ad}T.i; ${ad}S = ${ad}T.s; ${ad}m = ${ad}T.m; ${ad}n = ${ad}T.n;`;
  }

  private get store(): string {
    const { ad } = this;
    return `${ad}T.m = ${ad}m; ${ad}T.n = ${ad}n;`;
  }

  /** Returns the lines that `write` writes, a block of code, instead of adding them here. */
  block(write: () => void): string {
    this.close();
    const outer = this.lines;
    this.lines = [];
    try {
      write();
      this.close();
      return this.lines.join("\n");
    } finally {
      this.lines = outer;
    }
  }

  private begin(): Segment {
    return this.segment ??= { line: this.lines.push("") - 1, entries: 0, statements: 0 };
  }

  /** Ends the segment, if there is one. */
  close(): void {
    if (!this.segment) return;
    const { ad, segment: { line, entries, statements } } = this;
    const needsMore = `${ad}m + ${entries} > ${ad}P.length || ${ad}n + ${statements + 2} >= ${ad}S.length`;
    this.lines[line] = `${this.load}\nif (${needsMore}) ${ad}.grow();`;
    this.line(this.store);
    this.segment = undefined;
  }

  /** Ends the segment before code that may use the tape, or that leaves the function or several loops. */
  end(): void {
    this.close();
    this.stops++;
  }

  /**
   * Writes a loop; `head` is the text before its body, with the label. If nothing in it calls `end`, the tape is loaded
   * once before it and stored once after it, instead of by each segment in it.
   */
  loop(head: string, body: () => void): void {
    const { stops } = this, text = `${head} {\n${this.block(body)}\n}`;
    if (!text.includes(this.load) || this.stops !== stops) return this.line(text);
    this.line(this.load);
    this.line(text.replaceAll(this.load, "").replaceAll(this.store, ""));
    this.line(this.store);
  }

  /** Tries to write something. Where it is unsupported, or gives `undefined`, undoes it: `undefined`. */
  ifSupported<T>(write: () => T | undefined): T | undefined {
    const { lines, segment, stops, count } = this, { length } = lines, counts = { ...segment };
    const restore = () => {
      Object.assign(this, { lines, segment, stops, count });
      if (segment) Object.assign(segment, counts);
      lines.length = length;
    };
    try {
      const made = write();
      if (made === undefined) restore();
      return made;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      restore();
      return undefined;
    }
  }

  /**
   * A number of value `v` with its partial derivatives `by` others; in forward mode its tangent is computed.
   * `isSingular`: a partial derivative may be infinite, or be 0 beside an infinite tangent: 0 times infinity counts as 0.
   */
  combined(v: string, by: readonly (readonly [Operand, string])[], isSingular = false): Operand {
    const active = by.filter(([operand, partial]) => operand.tree !== undefined && partial !== "0");
    if (active.length === 0) return { kind: "plain", v };
    if (this.backward) {
      return { kind: "active", v, tree: { of: active.map(([{ tree }, partial]) => [tree!, partial]), isSingular } };
    }
    const factors = active.map(([{ tree }, partial]) => [partial, (tree as { leaf: string }).leaf] as const);
    const tangent = this.temp(factors.map(([partial, leaf]) => product(partial, leaf)).join(" + "));
    return { kind: "active", v, tree: { leaf: isSingular ? this.finite(tangent, factors.flat()) : tangent } };
  }

  /** The sum of products `text`, of these factors: where it is NaN, the sum of those without a factor 0. */
  private finite(text: string, factors: readonly string[]): string {
    return this.temp(`${text} === ${text} ? ${text} : ${this.ad}.products(${factors.join(", ")})`);
  }

  /** The derivative part of a number, as a text that may be repeated; in reverse mode a statement is recorded. */
  part({ tree }: Operand): string {
    if (tree === undefined) return "0";
    if ("leaf" in tree) return tree.leaf;
    const entries: [string, string][] = [];
    this.flatten(tree, "1", entries);
    const { ad } = this, segment = this.begin();
    segment.entries += entries.length;
    segment.statements++;
    const result = this.name();
    const writes = entries.map(([leaf, partial]) => `${ad}P[${ad}m] = ${partial}; ${ad}I[${ad}m++] = ${leaf};`);
    const isActive = [...new Set(entries.map(([leaf]) => `${leaf} !== 0`))].join(" || ");
    const ends = `${ad}S[++${ad}n + 1] = ${ad}m; ${result} = ${ad}n;`;
    this.line(`let ${result} = 0;`);
    this.line(`if (${isActive}) { ${writes.join(" ")} ${ends} }`);
    return result;
  }

  private flatten(tree: Tree, weight: string, entries: [string, string][], isSingular = false): void {
    if ("leaf" in tree) {
      entries.push([tree.leaf, weight]);
      return;
    }
    isSingular ||= tree.isSingular;
    for (const [part, partial] of tree.of) {
      let text = product(weight, partial);
      const isProduct = ![weight, partial].some((factor) => factor === "1" || factor === "-1");
      if ("of" in part && /[ (]/.test(text) || isSingular && isProduct) text = this.temp(text);
      if (isSingular && isProduct) text = this.finite(text, [weight, partial]);
      this.flatten(part, text, entries, isSingular);
    }
  }
}
