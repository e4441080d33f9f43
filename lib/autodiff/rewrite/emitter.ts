/**
 * Writes specialised code: statements, temporary names, and what is recorded on the tape.
 *
 * In reverse mode, the fields of the tape are in local variables while no other code may use it: from `load` to `end`,
 * through whole loops where possible. Consecutive statements form a *segment*, with one check for room on the tape.
 * @module
 */
import { type Operand, product, type Tree } from "./operands.ts";

/** Thrown while something is written with the tape loaded throughout, where that turns out to be impossible. */
class EndsInside extends Error {}

/** Syntax that specialised code does not know: the function stays dynamic. */
export class Unsupported extends Error {}

interface Segment {
  /** Where in the text it begins. */
  readonly at: number;
  entries: number;
  statements: number;
}

export class Emitter {
  private lines: string[] = [];
  private segment: Segment | undefined;
  /** Are the fields of the tape in local variables? */
  private isLoaded = false;
  /** Is the tape to stay in local variables through all that is written now? */
  private keepsTape = false;
  /** Does the tape stay in local variables through the innermost loop? */
  private inKeptLoop = false;
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

  /** The variables that the tape is loaded into. */
  get declarations(): string {
    const names = ["P", "I", "S", "m", "n", "pl", "sl"].map((name) => this.ad + name);
    return this.backward ? `let ${names.join(", ")}; const ${this.ad}T = ${this.ad}.T;` : "";
  }

  /** Returns what `write` writes, instead of adding it here. */
  block(write: () => void): string {
    const before = this.lines;
    this.lines = [];
    try {
      write();
      return this.lines.join("\n");
    } finally {
      this.lines = before;
    }
  }

  /** Ends the segment and writes the position on the tape back, before code that may use the tape. */
  end(): void {
    if (this.keepsTape) throw new EndsInside();
    this.closeSegment();
    if (this.isLoaded) this.store();
    this.isLoaded = false;
  }

  /** Writes the position on the tape back, before leaving to where the tape is not loaded. */
  store(): void {
    if (this.isLoaded) this.line(`${this.ad}T.m = ${this.ad}m; ${this.ad}T.n = ${this.ad}n;`);
  }

  /** The same before `break` and `continue`: inside a loop that keeps the tape it is not needed. */
  leaveLoop(hasLabel: boolean): void {
    if (hasLabel || !this.inKeptLoop) this.store();
  }

  private load(): void {
    const { ad } = this;
    if (!this.isLoaded && this.backward) {
      this.line(
        `${ad}P = ${ad}T.p; ${ad}I = ${ad}T.i; ${ad}S = ${ad}T.s; ${ad}pl = ${ad}P.length; ${ad}sl = ${ad}S.length; ` +
          `${ad}m = ${ad}T.m; ${ad}n = ${ad}T.n;`,
      );
    }
    this.isLoaded = this.backward;
  }

  private begin(): Segment {
    if (this.segment) return this.segment;
    this.load();
    this.lines.push("");
    return this.segment = { at: this.lines.length - 1, entries: 0, statements: 0 };
  }

  /** Writes the check for the room that the statements since `begin` need. */
  private closeSegment(): void {
    if (!this.segment) return;
    const { ad, segment: { at, entries, statements } } = this;
    if (statements > 0) {
      this.lines[at] = `if (${ad}m + ${entries} > ${ad}pl || ${ad}n + ${statements + 2} >= ${ad}sl) ${ad}.grow();`;
    }
    this.segment = undefined;
  }

  /** Returns a function that undoes all that is written from now on. */
  private restore(): () => void {
    const { lines, segment, isLoaded, keepsTape, inKeptLoop, count } = this;
    const { length } = lines, counts = { ...segment };
    return () => {
      Object.assign(this, { lines, segment, isLoaded, keepsTape, inKeptLoop, count });
      if (segment) Object.assign(segment, counts);
      lines.length = length;
    };
  }

  /** Tries to write something. Where it is unsupported, or gives `undefined`, undoes it: `undefined`. */
  ifSupported<T>(write: () => T | undefined): T | undefined {
    const restore = this.restore();
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

  /** Writes branches; keeps the tape through them where possible. `write` may be called several times. */
  branches(write: (branch: (inside: () => void) => string) => void): void {
    this.keepingTape(() =>
      write((inside) =>
        this.block(() => {
          inside();
          this.pause();
        })
      )
    );
  }

  /** Writes a loop, whose text `write` makes of the text of its body; keeps the tape through it where possible. */
  loop(body: () => void, write: (body: string) => void): void {
    const outer = this.inKeptLoop;
    this.keepingTape((isKept) => {
      this.inKeptLoop = isKept;
      write(this.block(() => {
        body();
        this.pause();
      }));
      this.inKeptLoop = outer;
    });
  }

  /** Writes a loop, a `switch` or a `try`: the tape is written back before it and at the end of its body. */
  loopWithoutTape(body: () => void, write: (body: string) => void): void {
    this.end();
    const outer = this.inKeptLoop;
    this.inKeptLoop = false;
    write(this.block(() => {
      body();
      this.end();
    }));
    this.inKeptLoop = outer;
  }

  /** Writes something with the tape loaded throughout or, where that is impossible, written back before it. */
  private keepingTape(write: (isKept: boolean) => void): void {
    if (!this.backward) return write(true);
    const before = this.keepsTape, restore = this.restore();
    try {
      this.keepsTape = true;
      this.closeSegment();
      this.load();
      write(true);
      this.keepsTape = before;
    } catch (error) {
      if (!(error instanceof EndsInside)) throw error;
      restore();
      this.end();
      write(false);
    }
  }

  /** Ends a block of code in the state in which it began: with the tape loaded, or written back. */
  private pause(): void {
    if (this.keepsTape) this.closeSegment();
    else this.end();
  }

  /**
   * A number of value `v` with its partial derivatives `by` others; in forward mode its tangent is computed.
   * `isSingular`: a partial derivative may be infinite, or 0 where a number is infinite; 0 times infinity is 0.
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
    const writes = entries.map(([leaf, partial]) => `${ad}P[${ad}m] = ${partial}; ${ad}I[${ad}m++] = ${leaf};`).join(
      " ",
    );
    const leaves = [...new Set(entries.map(([leaf]) => leaf))];
    this.line(`let ${result} = 0;`);
    this.line(
      `if (${
        leaves.map((leaf) => `${leaf} !== 0`).join(" || ")
      }) { ${writes} ${ad}S[++${ad}n + 1] = ${ad}m; ${result} = ${ad}n; }`,
    );
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
