/** The text of a thrown error is made of values, so no number may be computed from it. */
import assert from "node:assert/strict";
import { Functions, refuses } from "./module.ts";

const X = [1.5, -0.5, 2];

const SHARED = `
const check = (v) => { if (v > 0) throw new RangeError(\`bad value \${v}\`); return v };
const fixed = (v) => { throw new Error(v.toFixed(6)) };
const sum = (v) => { throw new TypeError("bad " + v) };
const later = async (v) => { await 0; throw new Error(\`bad \${v}\`) };
const looped = (v) => { let s = v; for (let i = 0; i < 3; i++) { s += i; if (i === 2) throw new Error(\`bad \${s}\`) } return s };
const wrapped = (v) => { try { check(v) } catch (e) { throw new Error(\`outer: \${e.message}\`, { cause: e }) } };
const wrappedWhole = (v) => { try { check(v) } catch (e) { throw new Error("outer: " + (e instanceof Error ? e.message : String(e))) } };
const asText = (v) => { try { check(v) } catch (e) { throw new Error(\`outer: \${e}\`) } };
const same = (v) => { try { check(v) } catch (e) { throw e } };
const number = (text) => Number(text.split(" ").at(-1));
class Bare extends Error { name = "Bare"; static count = 0; get twice() { return this.message + this.message; } }
class Barer extends Bare {}
const bare = (v) => { throw new Barer(\`bad \${v}\`) };
class Made extends RangeError { name = "Made"; constructor(v) { super(\`bad \${v}\`); this.v = v } }
class Further extends Barer { constructor(v) { super(\`bad \${v}\`) } }
const further = (v) => { throw new Further(v) };
const made = (v) => { throw new Made(v) };
class Reads extends Error { constructor(v) { super("bad " + v); this.v = this.message } }
class OfFields extends Error { length = this.message.length }
const caught = (f, v) => { try { f(v) } catch (e) { return e } };
`;

/** Each reads the text of an error, in the line in which `@@` stands (which goes). */
const READS: Record<string, string> = {
  "message": "return 2 * number(caught(check, x[0]).message); @@",
  "message in a catch": "try { return check(x[0]) } catch (e) {\n return 2 * number(e.message); @@\n }",
  "message of a class": "return number(caught(bare, x[0]).message); @@",
  "message of a class that makes it": "return number(caught(made, x[0]).message); @@",
  "message of a class of a class": "return number(caught(further, x[0]).message); @@",
  "toFixed": "return number(caught(fixed, x[0]).message); @@",
  "a sum": "return number(caught(sum, x[0]).message); @@",
  "in a loop": "return number(caught(looped, x[0]).message); @@",
  "by a pattern": "try { return check(x[0]) } catch ({ message }) { return number(message) } @@",
  "by a declared pattern": "const { message } = caught(check, x[0]); @@\n return number(message)",
  "by a computed name": "const k = 'message'; return number(caught(check, x[0])[k]); @@",
  "by Reflect": "return number(Reflect.get(caught(check, x[0]), 'message')); @@",
  "stack": "return number(caught(check, x[0]).stack.split('\\n')[0]); @@",
  "String": "return number(String(caught(check, x[0]))); @@",
  "template": "return number(`${caught(check, x[0])}`); @@",
  "text": "return number('' + caught(check, x[0])); @@",
  "toString": "return number(caught(check, x[0]).toString()); @@",
  "inspect": "return number(Deno.inspect(caught(check, x[0])).split('\\n')[0]); @@",
  "clone": "return number(structuredClone(caught(check, x[0])).message); @@",
  "a list of errors": "return number(String([caught(check, x[0])])); @@",
  "a promise": "return later(x[0]).catch((e) => number(e.message)); @@",
  "a wrapped error": "return number(caught(wrapped, x[0]).message); @@",
  "a wrapped text": "return number(caught(wrappedWhole, x[0]).message); @@",
  "a wrapped error as text": "return number(caught(asText, x[0]).message); @@",
  "a cause": "return number(caught(wrapped, x[0]).cause.message); @@",
  "an error that was thrown again": "return number(caught(same, x[0]).message); @@",
  "an error that is kept": "const e = caught(check, x[0]); const f = () => e.message; @@\n return number(f())",
};

Deno.test("what reads the text of an error that was made of active numbers is an error with its place", async (t) => {
  const bodies = Object.fromEntries(Object.entries(READS).map(([name, body]) => [name, body.replace(" @@", "")]));
  await Functions.with(bodies, async (functions) => {
    const lines = Deno.readTextFileSync(functions.module.file).split("\n");
    for (const phase of ["dynamic", "specialised"]) {
      for (const [name, body] of Object.entries(READS)) {
        await t.step(`${name}, ${phase}`, async () => {
          const marked = body.split("\n").find((line) => line.includes("@@"))!.replace(" @@", "").trim();
          const start = lines.findIndex((line) => line.startsWith(JSON.stringify(name)));
          const line = lines.findIndex((text, i) => i >= start && text.includes(marked)) + 1;
          for (const derive of [() => functions.jvp(name, X, [1, 2, 3]), () => functions.vjp(name, X, [1])]) {
            await assert.rejects(derive(), (error: Error) => {
              assert.match(error.message, /A number that depends on a differentiable input/);
              assert.ok(error.message.includes(`tesseract_api.ts:${line}:`), `${error}\nexpected line ${line}`);
              return true;
            });
          }
        });
      }
      functions.specialise();
    }
  }, { shared: SHARED });
});

Deno.test("an error that is caught and not read is followed, and so is text without active numbers", async () => {
  const { error } = console;
  console.error = () => {};
  try {
    const bodies = {
      caught: "try { return check(x[0]) } catch { return 3 * x[0] }",
      "of a class": "const e = caught(bare, x[0]); return e instanceof Bare && e.name === 'Bare' ? 3 * x[0] : x[1]",
      "of a class that makes it": "const e = caught(made, x[0]); return e instanceof Made ? e.v * x[1] : x[1]",
      kind:
        "const e = caught(check, x[0]); return e instanceof RangeError && e.name === 'RangeError' ? 3 * x[0] : x[1]",
      "thrown again": "try { same(x[0]) } catch (e) { return e instanceof RangeError ? 3 * x[0] : x[1] }",
      cause: "return caught(wrapped, x[0]).cause instanceof RangeError ? 3 * x[0] : x[1]",
      printed:
        "const e = caught(wrapped, x[0]); console.error(e, e.message, `${e}`, String(e), [e]); return x[0] * x[1]",
      "given to the context": "const e = caught(check, x[0]); context.log?.(e); return x[0] * x[1]",
      plain:
        "let n = 0; try { throw new Error(`bad ${x.length}`) } catch (e) { n = number(e.message) } return n * x[0]",
      "of constants": "return number(caught(check, 7).message) * x[0]",
      stopped: "return x[1] + 0 * number(caught(check, stopGradient(x[0])).message)",
      "another text": "const e = caught(check, x[0]); e.message = 'bad 4'; return number(e.message) * x[0]",
    };
    await Functions.with(bodies, async (functions) => {
      for (let phase = 0; phase < 2; phase++) {
        for (const name of Object.keys(bodies)) await functions.check(name, X);
        functions.specialise();
      }
    }, { shared: SHARED });
  } finally {
    console.error = error;
  }
});

Deno.test("a class of errors that reads its text while it is made is refused", () =>
  refuses(
    {
      constructor: "try { throw new Reads(x[0]) } catch (e) { return number(e.v) }",
      fields: "try { throw new OfFields(`bad ${x[0]}`) } catch (e) { return e.length * x[0] }",
    },
    /A number that depends on a differentiable input is (in the text of an error|turned into text)/,
    SHARED,
  ));

Deno.test("an error that ends the run has its text, and so have its causes", async () => {
  const bodies = { wrapped: "return wrapped(x[0])", same: "return same(x[0])", made: "made(x[0])", bare: "bare(x[0])" };
  await Functions.with(bodies, async (functions) => {
    for (const phase of ["dynamic", "specialised"]) {
      for (const derive of [functions.jvp.bind(functions), functions.vjp.bind(functions)]) {
        const failure = await derive("wrapped", X, [1, 0, 0]).catch((error) => error);
        assert.equal(failure.message, "outer: bad value 1.5", phase);
        assert.match(failure.stack, /^Error: outer: bad value 1\.5\n/);
        assert.equal(failure.cause.message, "bad value 1.5");
        assert.equal(String(await derive("same", X, [1, 0, 0]).catch((error) => error)), "RangeError: bad value 1.5");
        for (const [name, text] of [["made", "Made: bad 1.5"], ["bare", "Bare: bad 1.5"]] as const) {
          assert.equal(String(await derive(name, X, [1, 0, 0]).catch((error) => error)), text);
        }
      }
      functions.specialise();
    }
  }, { shared: SHARED });
});
