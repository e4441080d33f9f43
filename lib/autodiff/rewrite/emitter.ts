/**
 * Specialised code as it is written: statements, temporary names, and pieces of the tape.
 *
 * Backwards, the fields of the tape are local variables as long as nothing else may use it: from `load` to `end`, through
 * whole loops where possible. Consecutive statements share a *segment*, for which room is made once.
 * @module
 */
import { type Operand, product, type Tree } from "./operands.ts";

/** Thrown where the tape would have to be given back, or a segment end, inside what is tried without. */
export class EndsInside extends Error {}

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
  /** What may not happen in what is being tried: the tape may not be given back, or not even the segment end. */
  private kept: "nothing" | "tape" | "segment" = "nothing";
  /** Is the innermost loop one that keeps the tape? */
  private inKeptLoop = false;
  private count = 0;

  constructor(readonly ad: string, readonly backward: boolean) {}

  line(text: string): void {
    this.lines.push(text);
  }

  name(): string {
    return `${this.ad}t${++this.count}`;
  }

  /** A name for a value. */
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

  /** What `write` writes, as a text of its own. */
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

  /** Gives the tape back, before what may use it. */
  end(): void {
    if (this.kept !== "nothing") throw new EndsInside();
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

  /** Makes the room that the statements since `begin` need. */
  private closeSegment(): void {
    if (!this.segment) return;
    if (this.kept === "segment") throw new EndsInside();
    const { ad, segment: { at, entries, statements } } = this;
    if (statements > 0) {
      this.lines[at] = `if (${ad}m + ${entries} > ${ad}pl || ${ad}n + ${statements + 2} >= ${ad}sl) ${ad}.grow();`;
    }
    this.segment = undefined;
  }

  /** What makes everything as it is now, whatever is written in between. */
  private restore(): () => void {
    const { lines, segment, isLoaded, kept, inKeptLoop, count } = this;
    const { length } = lines, counts = { ...segment };
    return () => {
      Object.assign(this, { lines, segment, isLoaded, kept, inKeptLoop, count });
      if (segment) Object.assign(segment, counts);
      lines.length = length;
    };
  }

  /** Writes something, and as if it had never been tried where that ends what is to be kept. */
  private attempt(kept: Emitter["kept"], write: () => void): boolean {
    const before = this.kept, restore = this.restore();
    try {
      this.kept = kept;
      write();
      this.kept = before;
      return true;
    } catch (error) {
      if (!(error instanceof EndsInside)) throw error;
      restore();
      return false;
    }
  }

  /** The same where what is written turns out to be unsupported, or `undefined`. */
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

  /**
   * Writes branches, keeping the segment and the tape where that is possible. `write` may be called several times.
   */
  branches(write: (branch: (inside: () => void) => string) => void): void {
    if (!this.backward) return write((inside) => this.block(inside));
    const isKept = this.attempt("segment", () => {
      this.begin();
      write((inside) => this.block(inside));
    });
    if (!isKept) {
      this.keepingTape(() =>
        write((inside) =>
          this.block(() => {
            inside();
            this.pause();
          })
        )
      );
    }
  }

  /** Writes a loop, whose text `write` makes of the text of its body; keeps the tape through it where possible. */
  loop(body: () => void, write: (body: string) => void): void {
    const outer = this.inKeptLoop;
    const whole = (isKept: boolean) => {
      this.inKeptLoop = isKept;
      write(this.block(() => {
        body();
        this.pause();
      }));
      this.inKeptLoop = outer;
    };
    if (this.backward) this.keepingTape(whole);
    else whole(true);
  }

  /** Writes a loop that uses the tape itself each time. */
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

  /** Tries something with the tape loaded all the time; else it is not loaded before and after. */
  private keepingTape(write: (isKept: boolean) => void): void {
    const isKept = this.attempt(this.kept === "segment" ? "segment" : "tape", () => {
      this.closeSegment();
      this.load();
      write(true);
    });
    if (isKept) return;
    this.end();
    write(false);
  }

  /** Ends what is written as one block: as it began, with the tape loaded or not. */
  private pause(): void {
    if (this.kept === "nothing") this.end();
    else this.closeSegment();
  }

  /**
   * A number of a value that depends on others: forwards its tangent is computed. `isSingular`: a partial derivative may be
   * infinite, or no number; 0 times that is 0.
   */
  combined(v: string, by: readonly (readonly [Operand, string])[], isSingular = false): Operand {
    const active = by.filter(([operand, partial]) => operand.tree !== undefined && partial !== "0");
    if (active.length === 0) return { kind: "plain", v };
    if (this.backward) {
      return { kind: "active", v, tree: { of: active.map(([{ tree }, partial]) => [tree!, partial]) } };
    }
    const terms = active.map(([{ tree }, partial]) => {
      const { leaf } = tree as { leaf: string }, term = product(partial, leaf);
      return isSingular ? `(${leaf} === 0 ? 0 : ${term})` : term;
    });
    return { kind: "active", v, tree: { leaf: this.temp(terms.join(" + ")) } };
  }

  /** The derivative part of a number, as a text that may be repeated: backwards, a statement is written. */
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

  private flatten(tree: Tree, weight: string, entries: [string, string][]): void {
    if ("leaf" in tree) {
      entries.push([tree.leaf, weight]);
      return;
    }
    for (const [part, partial] of tree.of) {
      const text = product(weight, partial);
      this.flatten(part, "of" in part && /[ (]/.test(text) ? this.temp(text) : text, entries);
    }
  }
}
