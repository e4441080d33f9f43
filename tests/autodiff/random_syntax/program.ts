/**
 * Random programs from a grammar of JavaScript's expressions and statements. What a program is, is decided by a list of
 * numbers, one for each choice; where the list ends, the first choice is taken, which is the simplest. So a shorter list
 * of smaller numbers is a simpler program: this is how fast-check finds the smallest one that fails.
 *
 * Names are `n…` numbers (`c…` that may not be assigned to), `t…` typed arrays of three, `l…` lists of three, `o…` objects
 * with the numbers `p` and `q`, `f…` functions of two numbers, `g…` generator functions of one, `k…` counters.
 */

import { Expressions } from "./expressions.ts";
import type { Names } from "./choices.ts";

/** What programs may call. */
export const SYNTAX_HELPERS = `
const tag = (words, ...values) => values.reduce((a, b) => 0.5 * a + b, words.raw.length * 0.1);
const later = (v) => Promise.resolve(v);
const lim = (v) => Math.tanh(v);
function old(a, b) { return arguments.length > 1 ? Math.sin((arguments[0] ?? 0.4) * (arguments[1] ?? b)) : a ?? 0.5; }
`;

/** The body of a function of `x`, or an `async` function as a whole: as `Functions` takes them. */
export function programOf(choices: readonly number[]): string {
  return new Grammar(choices).program();
}

class Grammar extends Expressions {
  program(): string {
    this.isAsync = this.choose(4) === 3;
    const statements: string[] = [];
    while (this.at < this.choices.length) statements.push(this.statement());
    const text = `let fuel = 60; const burn = () => fuel-- > 0;
let n = x[0], m = x[1] * 0.5; const t = x.map((v) => v * 0.5), l = [x[2], 0.3, n], o = { p: x[1], q: 0.7, r: { s: [n] } };
${statements.join("\n")}
return [${
      this.names.numbers.slice(0, 4).join(", ")
    }, ...t, ...l, o.p, o.q].map((v) => typeof v === "number" ? v : 0.25);`;
    return this.isAsync ? `async (x) => {\n${text}\n}` : text;
  }

  protected block(inLoop = this.inLoop): string {
    const before = this.inLoop;
    this.inLoop = inLoop;
    try {
      return this.scope(() => {
        const length = 1 + this.choose(3);
        return `{ ${Array.from({ length }, () => this.statement()).join(" ")} }`;
      });
    } finally {
      this.inLoop = before;
    }
  }

  protected declare(kind: keyof Names, letter: string, make: (name: string) => string): string {
    const name = this.name(letter), text = make(name);
    this.names[kind].push(name);
    return text;
  }

  protected loop(head: (k: string) => string, label = ""): string {
    return this.scope(() => {
      const k = this.name("k"), text = head(k);
      this.names.counters.push(k);
      if (label) this.names.loops.push(label);
      return `${label ? `${label}: ` : ""}${text} ${this.block(true)}`;
    });
  }

  protected override statement(): string {
    if (this.depth > 4 || this.inFunction > 3) return `${this.place(true)} = ${this.bounded(2)};`;
    const e = () => this.number(1), inner = () => this.scope(() => this.statement()), { names } = this;
    const isOuter = this.inFunction === 0;
    return this.one(
      () => `${this.place()} = ${this.bounded()};`,
      () => `${this.place()} ${this.pick(["+=", "-=", "*="])} ${this.bounded()};`,
      () => `void ${e()};`,
      () => `${this.place()}${this.pick(["++", "--"])};`,
      () => `;[n, m] = [${this.bounded()}, n];`,
      () => `(${this.patternAssignment(1)});`,
      () => this.declare("numbers", "n", (n) => `${this.pick(["let", "var"])} ${n} = ${this.bounded()};`),
      () => this.declare("constants", "c", (n) => `const ${n} = ${this.bounded()};`),
      () => this.declare("numbers", "n", (n) => `let ${n}; ${n} = ${this.bounded()};`),
      () => this.declare("numbers", "n", (n) => `let [, ${n} = ${e()}] = ${this.list(1)};`),
      () =>
        this.declare(
          "numbers",
          "n",
          (n) => `let { p: ${n} = 0.1, ...rest${n} } = ${this.object(1)}; ${n} += Object.keys(rest${n}).length * 0.1;`,
        ),
      () => this.declare("numbers", "n", (n) => `let { r: { s: [${n}] } } = o;`),
      () => this.declare("arrays", "t", (n) => `const ${n} = ${this.typed(1)};`),
      () => this.declare("lists", "l", (n) => `const ${n} = ${this.list(1)};`),
      () => this.declare("objects", "o", (n) => `const ${n} = ${this.object(1)};`),
      () => this.declare("functions", "f", (n) => `const ${n} = ${this.fn(1)};`),
      () =>
        this.declare("functions", "f", (n) =>
          this.body({}, () => {
            const [params, numbers] = this.params(1);
            this.names.numbers.push(...numbers);
            return `function ${n}(${params}) ${this.block(false).slice(0, -1)} return ${this.number(1)}; }`;
          })),
      () =>
        this.declare("generators", "g", (n) =>
          this.body({ isGenerator: true }, () => {
            const c = this.name("c");
            this.names.constants.push(c);
            return `function* ${n}(${c} = 0.2) { ${this.statement()} yield ${this.bounded()}; ${
              this.pick(["yield*", "return"])
            } ${this.list(1)}; }`;
          })),
      () =>
        `if (${this.condition()}) ${this.block()}${
          this.one(() => "", () => ` else ${this.block()}`, () => ` else if (${this.condition()}) ${this.block()}`)
        }`,
      () => this.loop((k) => `for (let ${k} = 0; ${k} < ${this.pick(["3", "t.length", "2"])}; ${k}++)`),
      () =>
        this.loop((k) =>
          `for (let ${k} = 2, n${k} = ${this.number(2)}; ${k} >= 0 && n${k} < 5; ${k}--, n${k} += ${this.leaf()})`
        ),
      () => this.loop((k) => `let ${k} = 0; while (${k}++ < 3 && burn() && ${this.condition()})`),
      () => {
        const k = this.name("k");
        return `let ${k} = 0; do ${this.block(true)} while (++${k} < 3 && burn() && ${this.condition()});`;
      },
      () =>
        this.scope(() => {
          const c = this.name("c"), head = this.pick(["const", "let"]), source = this.iterable(1);
          this.names.constants.push(c);
          return `for (${head} ${c} of ${source}) ${this.block(true)}`;
        }),
      () => `for (${this.place()} of ${this.list(1)}) ${this.block(true)}`,
      () =>
        this.scope(() => {
          const c = this.name("c"), k = this.name("k");
          const source = this.one(() => this.pick(this.names.arrays), () => this.pick(this.names.lists));
          this.names.constants.push(c);
          this.names.counters.push(k);
          return `for (const [${k}, ${c}] of ${source}.entries()) ${this.block(true)}`;
        }),
      () =>
        this.loop((k) =>
          `for (const ${k} in ${this.one(() => this.pick(this.names.lists), () => "t", () => "[0, 1]")})`
        ),
      () =>
        this.scope(() => {
          const c = this.name("c");
          this.names.constants.push(c);
          return `for (const [key, ${c}] of Object.entries({ a: ${this.bounded()}, b: 1 })) ${this.block(true)}`;
        }),
      () => this.loop((k) => `for (let ${k} = 0; ${k} < 2; ${k}++)`, this.name("outer")),
      () =>
        this.scope(() => {
          const label = this.name("block");
          this.names.blocks.push(label);
          return `${label}: ${this.block()}`;
        }),
      !isOuter && (() => `if (${this.condition()}) return ${this.leaf()};`),
      this.inLoop && (() => `if (${this.condition()}) ${this.pick(["continue", "break"])};`),
      names.loops.length > 0 &&
        (() => `if (${this.condition()}) ${this.pick(["continue", "break"])} ${this.pick(names.loops)};`),
      names.blocks.length > 0 && (() => `if (${this.condition()}) break ${this.pick(names.blocks)};`),
      () =>
        `switch (${
          this.one(
            () => `Math.round(${this.leaf()} * 2)`,
            () => this.leaf(),
            () => `typeof ${this.leaf()}`,
            () => "true",
          )
        }) { case 0: ${inner()} break; case ${this.leaf()}: case ${this.pick(['"number"', "1"])}: ${inner()} ${
          this.pick(["", "break;"])
        } ${this.pick(["default:", `case ${this.condition()}:`])} ${inner()} }`,
      () =>
        `try { ${inner()} ${
          this.one(() => `throw ${e()};`, () => `if (${this.condition()}) throw new RangeError("no");`, () => "null.x;")
        } } catch (error) { ${inner()} n = typeof error === "number" ? lim(error) : 0.2; } ${
          this.one(() => "", () => `finally { ${inner()} }`)
        }`,
      () => `try { ${inner()} } finally { ${inner()} }`,
      () => `{ ${inner()} }`,
      () =>
        `t.${
          this.pick(["fill(m, 1, 2)", "set([n], 1)", "set(x.slice(1), 0)", "reverse()", "sort()", "copyWithin(0, 1)"])
        };`,
      () =>
        `l.${
          this.one(() =>
            "reverse()", () =>
            "sort((a, b) => a - b)", () =>
            `push(${e()}), l.shift()`, () =>
            "unshift(l.pop())", () =>
            `splice(1, 1, ${e()})`, () =>
            `fill(${e()}, 2)`)
        };`,
      () => this.body({}, () => `t.forEach((v, i) => { l[i] = lim(v + ${e()}); });`),
      () =>
        this.declare(
          "numbers",
          "n",
          (n) => `class C${n} ${this.classBody(1).replace(/^class /, "")} let ${n} = new C${n}(${e()}).v;`,
        ),
      () =>
        this.declare(
          "numbers",
          "n",
          (n) => this.body({}, () => `let ${n} = (() => { try { return ${e()}; } finally { ${inner()} } })();`),
        ),
      isOuter && this.isAsync && (() => `for await (const v of [later(${e()}), ${e()}]) n = lim(n + v);`),
      isOuter && this.isAsync && (() =>
        this.body(
          { isAsync: true, isGenerator: true },
          () =>
            `for await (const v of (async function* () { yield ${this.bounded()}; yield await later(m); })()) m = lim(m + v);`,
        )),
      isOuter && this.isAsync &&
        (() =>
          this.body(
            { isAsync: true },
            () => `await (async () => { await null; ${this.place(true)} = ${this.bounded()}; })();`,
          )),
    );
  }
}
