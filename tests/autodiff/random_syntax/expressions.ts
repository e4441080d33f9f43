/** Random expressions whose values are numbers. */
import { Values } from "./values.ts";

export abstract class Expressions extends Values {
  protected override leaf(): string {
    const { names } = this;
    return this.one(
      () => this.pick(names.numbers),
      () => this.pick([...names.numbers, ...names.constants]),
      () => this.pick(["0.5", "2", "-0.3", "1e-1", ".25", "0x1", "(1_0 / 40)"]),
      () => `x[${this.choose(3)}]`,
      () => this.place(true),
      () => `${this.pick(names.objects)}.${this.pick(["p", "q"])}`,
      names.counters.length > 0 && (() => `(${this.pick(names.counters)} * 0.1)`),
    );
  }

  protected index(simple = false): string {
    const { counters } = this.names;
    return this.one(
      () => String(this.choose(3)),
      counters.length > 0 && (() => `${this.pick(counters)} % 3`),
      !simple && (() => `(${this.number(3)}, ${this.choose(3)})`),
      !simple && (() => `Math.round(Math.abs(${this.leaf()}) * 2) % 3`),
      !simple && (() => `[2, 0, 1][${this.choose(3)}]`),
    );
  }

  /** What can be assigned to. */
  protected override place(simple = false): string {
    const { names } = this;
    return this.one(
      () => this.pick(names.numbers),
      () => `${this.pick(names.arrays)}[${this.index(simple)}]`,
      () => `${this.pick(names.lists)}[${this.index(simple)}]`,
      () => `${this.pick(names.objects)}.${this.pick(["p", "q"])}`,
      () => `${this.pick(names.objects)}[${this.pick(['"p"', "`q`", '"p" + ""', "(0, 'q')"])}]`,
      () => `o.r.s[0]`,
      !simple && (() => `(${this.number(3)}, ${this.pick(names.objects)}).p`),
    );
  }

  /** Bounded, so that no program runs away. */
  protected override bounded(depth = 1): string {
    return this.one(
      () => `lim(${this.number(depth)})`,
      () => `0.5 * Math.sin(${this.number(depth)})`,
      () => `Math.tanh(${this.number(depth)})`,
      () => `(${this.number(depth)}) / (2 + (${this.leaf()}) ** 2)`,
    );
  }

  protected override number(depth = 0): string {
    if (depth > 3) return this.leaf();
    const e = () => this.number(depth + 1);
    const { names } = this;
    return this.one(
      () => this.leaf(),
      // Operators.
      () => `(${e()} ${this.pick(["+", "-", "*"])} ${e()})`,
      () => `(${e()} / (1.5 + (${this.leaf()}) ** 2))`,
      () => `(${e()} % ${this.pick(["1.3", "(0.9 + Math.abs(n))"])})`,
      // Not of `(await …)`, whose brackets Deno loses when it takes the types off.
      () => `((0.9 * ${e()}) ** ${this.pick(["2", "3"])} * 0.1)`,
      () => `((0.5 + Math.abs(${this.leaf()})) ** (${this.bounded(depth + 2)}))`,
      () => `(${this.pick(["-", "+", "- -", "+-"])}(${e()}))`,
      () => `(${e()}, ${e()})`,
      () => `(${this.condition(depth)} ? ${e()} : ${e()})`,
      () => `(${e()} ${this.pick(["&&", "||", "??"])} (${e()}))`,
      () => `(${this.pick(["null", "undefined", "o.none", "o?.none"])} ?? ${e()})`,
      () =>
        `((${e()} ${this.pick(["| 0", "<< 1", ">> 1", ">>> 30", "& 3", "^ 1"])}) + ~${this.leaf()} * ${this.leaf()})`,
      () => `(typeof ${e()} === "number" ? ${e()} : 0.1)`,
      () => `(void ${e()} ?? ${e()})`,
      // Assignments inside of expressions.
      () => `(${this.place()} = ${this.bounded(depth + 1)})`,
      () => `(${this.place()} ${this.pick(["+=", "-=", "*=", "/="])} 0.5 + ${this.bounded(depth + 1)} ** 2)`,
      () => `(${this.place()} ${this.pick(["%= 1.7", "**= 2", "|= 1", ">>= 1"])})`,
      () => `(${this.place()} ${this.pick(["&&=", "||=", "??="])} ${this.bounded(depth + 1)})`,
      () => `(${this.place()}${this.pick(["++", "--"])} * 0.3)`,
      () => `(${this.pick(["++", "--"])}${this.place()} * 0.3)`,
      () => `(${this.patternAssignment(depth)}, ${e()})`,
      // Members, chains and calls.
      () => `Math.${this.pick(["sin", "cos", "atan", "abs", "cbrt", "floor", "sign", "asinh"])}(${e()})`,
      () => `Math.${this.pick(["max", "min", "atan2", "hypot"])}(${e()}, 0.7 + ${this.leaf()})`,
      () => `Math.max(...${this.list(depth)}, ${this.leaf()})`,
      () => `Math["${this.pick(["sin", "exp"])}"](${this.bounded(depth + 1)})`,
      () => `${this.pick(names.functions)}(${this.args(depth)})`,
      () => `${this.pick(names.functions)}.${this.pick(["call(null, ", "bind(null, 0.2)("])}${e()}, ${e()})`,
      () => `${this.pick(names.functions)}?.(...[${e()}, ${e()}])`,
      () =>
        `(${this.pick(names.objects)}?.${
          this.pick(["p", '["q"]', "none?.x", "none?.(n++)", "none?.[n++].y.z"])
        } ?? ${e()})`,
      () => `${this.list(depth)}[${this.index()}]`,
      () => `(${this.list(depth)}.${this.reading(depth)})`,
      () => `${this.typed(depth)}[${this.index()}]`,
      () => `(${this.typed(depth)}.${this.reading(depth)})`,
      () => `(${this.object(depth)}${this.pick([".p", '["q"]', "?.p", ".f?.() ?? 0.3"])})`,
      () => `(${this.fn(depth)})(${this.args(depth)})`,
      () =>
        `(new (${this.classBody(depth)})(${e()}).${
          this.pick(["v", "w(0.4)", "v2", "w?.(n)", "constructor.s"])
        } ?? 0.2)`,
      () => `tag\`a\${${e()}}b\\n\${${e()}}\``,
      () => `new Map([["a", ${e()}], [1, ${e()}]]).get(${this.pick(['"a"', "1"])})`,
      () => `[...new Map([["a", ${e()}]]).values()][0]`,
      () => `(${this.pick(['"p" in o', "0 in l", "n instanceof Number", "delete o.none"])} ? ${e()} : ${e()})`,
      () => `Number(${e()})`,
      () => `Reflect.${this.pick(["get(o, 'p')", "apply(old, null, [n, m])"])}`,
      // Generators and promises.
      () => `[...${this.iterable(depth)}][0]`,
      this.isAsync &&
        (() => `(await ${this.pick(["later", "(async (v) => v * 0.9)", "Promise.resolve.bind(Promise)"])}(${e()}))`),
      this.isAsync && (() => `(await Promise.all([${e()}, later(${e()})]))[${this.choose(2)}]`),
      this.isGenerator && (() => `((yield ${this.bounded(depth + 1)}) ?? ${this.leaf()})`),
    );
  }

  protected condition(depth = 1): string {
    const e = () => this.number(depth + 2);
    return this.one(
      () => `${this.leaf()} ${this.pick(["<", ">", "<=", ">="])} ${e()}`,
      () => `${e()} ${this.pick(["===", "!==", "==", "!="])} ${this.leaf()}`,
      () => `!(${e()} > 0.1)`,
      () => `(${e()} < 0.4 && ${e()} > -0.6)`,
      () => `(${e()} || ${e()} < 0)`,
      () => `!${this.leaf()}`,
      this.names.counters.length > 0 && (() => `${this.pick(this.names.counters)} % 2 === 0`),
    );
  }

  protected args(depth: number): string {
    const e = () => this.number(depth + 1);
    return this.one(
      () => `${e()}, ${e()}`,
      () => e(),
      () => `...${this.list(depth + 1)}`,
      () => `${e()}, ...[${e()}]`,
      () => `undefined, ${e()}`,
    );
  }
}
