/**
 * Specialised code as it is written: statements, temporary names, and pieces of the tape.
 *
 * Backwards, consecutive statements share a *segment*: room on the tape is made once, and its fields are local variables
 * meanwhile. It ends before anything that may use the tape itself.
 * @module
 */
import { type Operand, product, type Tree } from "./operands.ts";

/** Thrown where a segment would have to end inside a branch: the branch gets segments of its own. */
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
  /** Inside a branch that is to stay in one segment. */
  private inBranch = false;
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

  /** The variables that segments use. */
  get declarations(): string {
    return this.backward
      ? `let ${["P", "I", "S", "m", "n"].map((name) => this.ad + name).join(", ")}; const ${this.ad}T = ${this.ad}.T;`
      : "";
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

  /** Ends the segment, before what may use the tape. */
  end(): void {
    if (!this.segment) return;
    if (this.inBranch) throw new EndsInside();
    const { ad, segment: { at, entries, statements } } = this;
    const room = `if (${ad}T.m + ${entries} > ${ad}T.p.length || ${ad}T.n + ${statements + 2} >= ${ad}T.s.length) ` +
      `${ad}.grow(${entries}, ${statements});`;
    this.lines[at] = statements === 0
      ? ""
      : `${room} ${ad}P = ${ad}T.p; ${ad}I = ${ad}T.i; ${ad}S = ${ad}T.s; ${ad}m = ${ad}T.m; ${ad}n = ${ad}T.n;`;
    if (statements > 0) this.leave();
    this.segment = undefined;
  }

  /** What is to be done before leaving by a jump: the segment may go on elsewhere. */
  leave(): void {
    if (this.segment && this.segment.statements > 0) {
      this.line(`${this.ad}T.m = ${this.ad}m; ${this.ad}T.n = ${this.ad}n;`);
    }
  }

  private begin(): Segment {
    if (this.segment) return this.segment;
    this.lines.push("");
    return this.segment = { at: this.lines.length - 1, entries: 0, statements: 0 };
  }

  /**
   * Writes branches: in the segment that is there, where nothing in them ends it; else with segments of their own.
   * `write` may be called twice.
   */
  branches(write: (branch: (inside: () => void) => string) => void): void {
    if (!this.backward || this.inBranch) {
      write((inside) => this.block(inside));
      return;
    }
    const { lines: { length }, count } = this;
    const segment = this.begin(), { entries, statements } = segment, kept = this.lines;
    this.inBranch = true;
    // Whether anything is written is known in the end only, so a jump must not leave it out.
    segment.statements++;
    try {
      write((inside) => this.block(inside));
      this.inBranch = false;
    } catch (error) {
      this.inBranch = false;
      if (!(error instanceof EndsInside)) throw error;
      this.lines = kept;
      // As if it had not been tried.
      if (segment.at >= length) {
        this.segment = undefined;
        this.lines.length = length;
      } else {
        Object.assign(segment, { entries, statements });
        this.lines.length = length;
      }
      this.count = count;
      this.end();
      write((inside) =>
        this.block(() => {
          inside();
          this.end();
        })
      );
    }
  }

  /** A number of a value that depends on others: forwards its tangent is computed. */
  combined(v: string, by: readonly (readonly [Operand, string])[]): Operand {
    const active = by.filter(([operand]) => operand.tree !== undefined);
    if (active.length === 0) return { kind: "plain", v };
    if (this.backward) {
      return { kind: "active", v, tree: { of: active.map(([{ tree }, partial]) => [tree!, partial]) } };
    }
    const sum = active.map(([{ tree }, partial]) => product(partial, (tree as { leaf: string }).leaf)).join(" + ");
    return { kind: "active", v, tree: { leaf: this.temp(sum) } };
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
    this.line(`if (${leaves.join(" + ")} !== 0) { ${writes} ${ad}S[++${ad}n + 1] = ${ad}m; ${result} = ${ad}n; }`);
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
