/** Random expressions that make lists, arrays, objects, functions and classes. */
import { Choices } from "./choices.ts";

export abstract class Values extends Choices {
  protected abstract number(depth?: number): string;
  protected abstract leaf(): string;
  protected abstract bounded(depth?: number): string;
  protected abstract place(simple?: boolean): string;
  protected abstract statement(): string;

  /** A list of three numbers. */
  protected list(depth: number): string {
    const e = () => this.number(depth + 2);
    return this.one(
      () => this.pick(this.names.lists),
      () => `[${e()}, ${e()}, ${e()}]`,
      () => `[${e()}, ...${this.list(depth + 1)}.slice(0, 2)]`,
      () => `[...${this.typed(depth)}]`,
      () => `${this.pick(this.names.lists)}.map(${this.callback(depth)})`,
      () => `Array.from(${this.typed(depth)}, ${this.callback(depth)})`,
      () =>
        `${this.pick(this.names.lists)}.${
          this.pick([
            "toSorted((a, b) => a - b)",
            "toReversed()",
            "concat([])",
            "with(1, n)",
            "flatMap((v) => [v])",
            "toSpliced(1, 1, m)",
          ])
        }`,
      () => `Object.values({ a: ${e()}, b: ${e()}, c: ${e()} })`,
      () => `Array.of(${e()}, ${e()}, ${e()})`,
      () => `Array.from({ length: 3 }, (_, i) => ${this.leaf()} * i)`,
    );
  }

  /** A typed array of three numbers. */
  protected typed(depth: number): string {
    const e = () => this.number(depth + 2);
    return this.one(
      () => this.pick(this.names.arrays),
      () =>
        `${this.pick(this.names.arrays)}.${
          this.pick([
            "slice()",
            "subarray(0)",
            "toReversed()",
            "toSorted()",
            "with(2, n)",
            "map((v, i) => v * i)",
            "filter(() => true)",
          ])
        }`,
      () => `${this.pick(this.names.arrays)}.map(${this.callback(depth)})`,
      () => `Float64Array.of(${e()}, ${e()}, ${e()})`,
      () => `new Float64Array(${this.list(depth)})`,
      () => `Float64Array.from(${this.list(depth)}, ${this.callback(depth)})`,
      () => `new Float64Array(3).fill(${e()})`,
    );
  }

  /** A method that gives a number. */
  protected reading(depth: number): string {
    const e = () => this.number(depth + 2);
    return this.one(
      () => `at(${this.pick(["-1", "0", "1"])})`,
      () =>
        `reduce((a, b) => ${this.pick(["a * 0.5 + b", "Math.sin(a) + b", "a > b ? a : b"])}${this.pick(["", ", n"])})`,
      () => `reduceRight((a, b, i) => a * 0.5 + b * i, ${e()})`,
      () => `find((v) => v > 0.2) ?? ${e()}`,
      () => `findLastIndex((v) => v > 0.1)`,
      () => `filter((v) => v > 0.1).length`,
      () => `length`,
      () => `indexOf(${this.leaf()})`,
      () => `${this.pick(["some", "every"])}((v) => v > 0) ? ${e()} : 0.2`,
    );
  }

  protected object(depth: number): string {
    const e = () => this.number(depth + 2);
    return this.one(
      () => this.pick(this.names.objects),
      () => `({ p: ${e()}, q: ${e()} })`,
      () => `({ ...${this.pick(this.names.objects)}, [${this.pick(['"p"', "`${'p'}`", "'q'"])}]: ${e()} })`,
      () => `({ a: ${e()}, get p() { return this.a * 0.5; }, set p(v) { this.a = v; }, q: ${e()} })`,
      () => `({ __proto__: { p: ${e()} }, q: ${e()}, f() { return super.p; } })`,
      () => `Object.assign({ p: 1 }, { q: ${e()} })`,
      () => `Object.fromEntries([["p", ${e()}], ["q", ${e()}]])`,
      () => `(([p, q]) => ({ p, q }))(${this.list(depth)})`,
    );
  }

  protected iterable(depth: number): string {
    const e = () => this.number(depth + 2);
    return this.one(
      () => this.list(depth),
      () => this.typed(depth),
      () =>
        this.body({ isGenerator: true }, () => `(function* () { yield ${e()}; yield* ${this.list(depth + 1)}; })()`),
      () => this.names.generators.length > 0 ? `${this.pick(this.names.generators)}(${e()})` : this.list(depth),
      () => `${this.pick(this.names.lists)}.values()`,
      () => this.body({ isGenerator: true }, () => `({ *[Symbol.iterator]() { yield ${e()}; } })`),
      () => `${this.pick(this.names.arrays)}.values().map((v) => v * 2)`,
      () => `new Set([1, 2])`,
    );
  }

  /** An assignment to a pattern, as an expression. */
  protected patternAssignment(depth: number): string {
    const p = () => this.place(), e = () => this.number(depth + 2);
    return this.one(
      () => `[${p()}, ${p()}] = [${e()}, ${e()}].map(lim)`,
      () => `[${p()}, ${p()}] = [${this.bounded(3)}, ${this.bounded(3)}]`,
      () => `({ p: ${p()}, q: ${p()} = 0.2 } = ${this.object(depth + 1)})`,
      () => `[, ${p()} = ${e()}] = [${e()}, ${this.pick(["undefined", "0.4"])}]`,
      () => `[...[${p()}]] = ${this.list(depth + 1)}`,
      () => `({ r: { s: [${p()}] } } = o)`,
      () => `[${p()}] = ${this.iterable(depth + 1)}`,
    );
  }

  protected callback(depth: number): string {
    return this.body({}, () => {
      const v = this.name("c");
      this.names.constants.push(v);
      return this.one(
        () => `(${v}, i) => ${this.number(depth + 2)} * (i + 1) * 0.2`,
        () => `(${v}) => { return ${this.number(depth + 2)}; }`,
        () => `function (${v}) { ${this.statement()} return ${v} * 0.4; }`,
      );
    });
  }

  /** A function of two numbers, as an expression. */
  protected fn(depth: number): string {
    return this.body({}, () => {
      const [params, names] = this.params(depth);
      this.names.numbers.push(...names);
      return this.one(
        () => `(${params}) => ${this.number(depth + 2)}`,
        () => `(${params}) => { ${this.statement()} return ${this.number(depth + 2)}; }`,
        () => `function (${params}) { ${this.statement()} return ${this.number(depth + 2)}; }`,
        () =>
          `function again(${params}) { if (!burn()) return 0.1; return again(0.3, ${this.leaf()}) * 0.4 + ${this.leaf()}; }`,
      );
    });
  }

  /** Parameters, and the names that they declare. */
  protected params(depth: number): [string, string[]] {
    const a = this.name("n"), b = this.name("n");
    const text = this.one(
      () => `${a} = 0.1, ${b} = 0.2`,
      () => `${a} = ${this.number(depth + 2)}, ${b} = ${a} * 0.5`,
      () => `${a} = 0.3, ...[${b} = ${this.leaf()}]`,
      () => `${a} = 0.3, _, { p: ${b} = ${this.leaf()} } = { q: 1 }`,
      () => `...[${a} = 0.3, ${b} = ${a}]`,
      () => `${a} = 0.3, _, [${b}] = [${this.number(depth + 2)}]`,
    );
    return [text, [a, b]];
  }

  protected classBody(depth: number): string {
    const value = () => this.body({}, () => this.number(depth + 2));
    const base = this.one(
      () => "",
      () => `extends class { #b = ${value()}; get w0() { return this.#b; } get v2() { return 0.1; } } `,
      () => `extends (class { v2 = ${value()}; }) `,
    );
    const more = this.one(
      () => "",
      () => `static s = ${value()};`,
      () => `static s; static { this.s = ${value()}; }`,
      () => `static #s = ${value()}; static get s() { return this.#s * 0.5; }`,
      () => `["v" + 2] = ${value()};`,
      () => `get v2() { return this.#f *= 0.9; } set v2(z) { this.#f = z; }`,
      () => `#g(z) { return z * this.#f; } get v2() { return this.#g(0.3) + (#g in this ? this.#f : 0); }`,
      () => `v2 = (() => this.#f ** 2)();`,
    );
    const method = this.body({}, () =>
      this.one(
        () => `return this.#f * z;`,
        () => `this.#f ${this.pick(["+=", "-=", "*=", "||=", "="])} ${this.bounded(depth + 2)}; return this.#f++ * z;`,
        () => `[this.#f, z] = [z, this.#f]; return z + ${this.leaf()};`,
        () => `return this?.#f * z;`,
        () => `${this.statement()} return z;`,
      ));
    return `class ${base}{ #f = ${value()}; constructor(z) { ${
      base === "" ? "" : "super(); "
    }this.#f += z; } get v() { return this.#f; } w(z) { ${method} } ${more} }`;
  }
}
