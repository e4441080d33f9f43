/** Random programs from numbers to numbers: expressions, loops, branches, arrays, closures, helper functions, classes. */

/** Numbers from 0 to 1 by a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What programs may call. */
export const HELPERS = `
const mix = (a, b) => 0.5 * a * b + Math.sin(a - b);
function bend(a, b = 0.3) { return a > b ? Math.tanh(a * b) : a / (2 + b * b); }
function total(list) { let s = 0; for (const v of list) s += v * 0.25; return s; }
function smooth(values, rate) {
  const next = values.slice();
  for (let i = 1; i + 1 < values.length; i++) {
    const left = values[i - 1], right = values[i + 1];
    if (left === undefined || right === undefined) continue;
    next[i] += rate * (left - 2 * values[i] + right);
  }
  return next;
}
class Cell {
  #v;
  constructor(v) { this.#v = v; this.n = 0; }
  push(a) { this.#v = Math.tanh(this.#v + 0.3 * a); this.n++; return this; }
  get v() { return this.#v * 0.5; }
}
`;

/** The body of a random function of `x`, a vector of three numbers. */
export function randomProgram(seed: number): string {
  return new Program(randomFrom(seed)).text();
}

class Program {
  private readonly lines: string[] = [
    "const data = Float64Array.from(x, (v) => v * 0.5), list = [x[0], 0.3, x[2]]; let a = x[0], b = x[1] * 0.5;",
  ];
  private numbers = ["a", "b"];
  private arrays = ["data"];
  private counters: string[] = [];
  private depth = 0;
  private count = 0;

  constructor(private readonly random: () => number) {}

  text(): string {
    const length = 3 + Math.floor(this.random() * 6);
    for (let i = 0; i < length; i++) this.statement();
    return `${this.lines.join("\n")}\nreturn [${this.numbers.slice(0, 3).join(", ")}, ...data, total(list)];`;
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }

  private name(): string {
    return `v${++this.count}`;
  }

  private expression(depth = 0): string {
    const sub = () => this.expression(depth + 1);
    if (depth > 3 || this.random() < 0.25) return this.leaf();
    return this.pick<() => string>([
      () => `${sub()} + ${sub()}`,
      () => `(${sub()} - ${sub()})`,
      () => `${this.leaf()} * (${sub()})`,
      () => `(${sub()}) / (1.5 + (${this.leaf()}) ** 2)`,
      () => `Math.${this.pick(["sin", "cos", "tanh", "atan"])}(${sub()})`,
      () => `Math.sqrt(1 + (${sub()}) ** 2)`,
      () => `Math.exp(-((${this.leaf()}) ** 2))`,
      () => `Math.log1p((${this.leaf()}) * (${this.leaf()}) + 1)`,
      () => `Math.${this.pick(["max", "min", "atan2", "hypot"])}(${sub()}, 0.7 + ${this.leaf()})`,
      () => `Math.abs(${sub()})`,
      () => `-(${sub()})`,
      () => `(${this.condition()} ? ${sub()} : ${sub()})`,
      () => `mix(${sub()}, ${this.leaf()})`,
      () => `bend(${sub()})`,
      () => `bend(${this.leaf()}, ${this.leaf()})`,
      () => `(${this.leaf()} || ${this.leaf()})`,
      () => `Math.round(${this.leaf()} * 2) * ${this.leaf()}`,
      () => `${this.pick(this.arrays)}.reduce((p, q) => p * 0.5 + q)`,
      () => `new Cell(${this.leaf()}).push(${sub()}).v`,
      () => `list.map((e, i) => e * i * 0.2)[${Math.floor(this.random() * 3)}]`,
    ])();
  }

  private leaf(): string {
    return this.pick<() => string>([
      () => this.pick(this.numbers),
      () => this.pick(this.numbers),
      () => this.element(),
      () => this.element(),
      () => `list[${Math.floor(this.random() * 3)}]`,
      () => this.random().toFixed(2),
      () => this.counters.length > 0 ? `(${this.pick(this.counters)} * 0.1)` : "0.4",
    ])();
  }

  private element(): string {
    const index = this.counters.length > 0 && this.random() < 0.7
      ? this.pick([`${this.pick(this.counters)} % 3`, `(${this.pick(this.counters)} + 1) % 3`])
      : String(Math.floor(this.random() * 3));
    return `${this.pick(this.arrays)}[${index}]`;
  }

  private condition(): string {
    const compared = `${this.leaf()} ${this.pick(["<", ">", "<=", ">="])} ${this.leaf()}`;
    return this.pick([
      compared,
      `!(${compared})`,
      `${compared} && ${this.leaf()} < 2`,
      this.counters.length > 0 ? `${this.pick(this.counters)} % 2 === 0` : compared,
    ]);
  }

  /** Bounded, so that no program runs away. */
  private bounded(): string {
    return this.random() < 0.5 ? `Math.tanh(${this.expression()})` : `0.5 * Math.sin(${this.expression()})`;
  }

  /** Statements in brackets. */
  private block(): string {
    const { numbers, arrays, counters, lines } = this;
    [this.numbers, this.arrays, this.counters] = [[...numbers], [...arrays], [...counters]];
    this.depth++;
    const before = lines.length;
    const length = 1 + Math.floor(this.random() * 3);
    for (let i = 0; i < length; i++) this.statement();
    const text = lines.splice(before).join("\n");
    this.depth--;
    [this.numbers, this.arrays, this.counters] = [numbers, arrays, counters];
    return `{\n${text}\n}`;
  }

  private loop(make: (name: string) => string): string {
    const name = this.name();
    this.counters.push(name);
    const text = make(name);
    this.counters.pop();
    return text;
  }

  private statement(): void {
    const add = (text: string) => this.lines.push(text);
    const target = () => this.random() < 0.5 ? this.pick(["a", "b"]) : this.element();
    const choices: (() => void)[] = [
      () => add(`${target()} = ${this.bounded()};`),
      () => add(`${target()} ${this.pick(["+=", "-=", "*="])} ${this.bounded()} * 0.3;`),
      () => add(`{ const k = ${Math.floor(this.random() * 3)}; ${this.pick(this.arrays)}[k] = ${this.bounded()}; }`),
      () => add(`[a, b] = [b, ${this.bounded()}];`),
      () => add(`[data[0], data[2]] = [data[2], data[0]];`),
      () => add(`list[${Math.floor(this.random() * 3)}] = ${this.bounded()};`),
      () =>
        add(
          this.counters.length > 0
            ? `if (${this.condition()}) ${this.pick(["continue", "break"])};`
            : `a = ${this.bounded()};`,
        ),
      () =>
        add(
          `let r${++this
            .count} = 0; for (let i = 0; i < data.length; i++) { const e = data[i] * ${this.leaf()}; if (e > ${this.leaf()}) { r${this.count} += e * 0.1; continue; } data[i] = Math.tanh(e + r${this.count} + list[i] * 0.2 + (${this.expression()})); if (e < -1) break; } b += 0.1 * Math.sin(r${this.count});`,
        ),
      () => {
        const name = this.name(), value = this.bounded();
        add(`${this.pick(["const", "let"])} ${name} = ${value};`);
        this.numbers = [...this.numbers, name];
      },
      () => {
        const name = this.name(), from = this.pick(this.arrays);
        add(
          `const ${name} = ${
            this.pick([
              `${from}.slice()`,
              `${from}.map((e, i) => e * (i + 1) * 0.3)`,
              `smooth(${from}, 0.2)`,
              `new Float64Array(3)`,
              `${from}.subarray(0)`,
            ])
          };`,
        );
        this.arrays = [...this.arrays, name];
      },
      () => {
        const name = this.name(), value = this.expression();
        add(`const ${name} = (p) => Math.tanh(p * (${value})); a = ${name}(b); b = 0.5 * ${name}(${this.leaf()});`);
      },
    ];
    if (this.depth < 3) {
      const blocks: (() => void)[] = [
        () => add(`if (${this.condition()}) ${this.block()}${this.random() < 0.5 ? ` else ${this.block()}` : ""}`),
        () =>
          add(
            this.loop((i) => `for (let ${i} = 0; ${i} < ${2 + Math.floor(this.random() * 4)}; ${i}++) ${this.block()}`),
          ),
        () =>
          add(
            this.loop((i) =>
              `for (let ${i} = 0; ${i} < data.length; ${i} += 2) { if (${this.condition()}) ${
                this.pick(["continue", "break"])
              }; ${this.block()} }`
            ),
          ),
        () => add(this.loop((i) => `let ${i} = 0; while (${i}++ < 3 && Math.abs(a) < 2) ${this.block()}`)),
        () => {
          const name = this.name(), before = this.numbers;
          this.numbers = [...before, name];
          add(`for (const ${name} of ${this.pick([...this.arrays, "list"])}.slice()) ${this.block()}`);
          this.numbers = before;
        },
        () =>
          add(`for (const [k, e] of data.entries()) { ${this.pick(["a", "b"])} += e * 0.1 * k; ${this.bounded()}; }`),
        () =>
          add(
            `switch (Math.round(${this.leaf()} * 3)) { case 0: a = ${this.bounded()}; break; case 1: b = ${this.bounded()}; default: a = a * 0.5 + b * 0.2; }`,
          ),
        () => add(`data.forEach((e, k) => { list[k] = Math.tanh(e + list[k] * 0.5); });`),
        () =>
          add(
            `try { if (${this.condition()}) throw new Error("no"); a = ${this.bounded()}; } catch { b = ${this.bounded()}; }`,
          ),
      ];
      choices.push(...blocks, ...blocks);
    }
    this.pick(choices)();
  }
}
