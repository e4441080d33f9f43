/**
 * The compiled program: it does with user modules on disk what `deno run` does, wherever and as whomever it runs.
 *
 * `TESSERACT_TEST_PROGRAM` names the executable, `DENO_COMPILE` the deno that compiles another one (default: this one).
 * Needs Linux, and for another user either root and `setpriv`, or `unshare`.
 */
import assert from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { children } from "../http/program.ts";
import { FakeS3 } from "../storage/fake_s3.ts";
import { PACKAGES_FILES, PACKAGES_PAYLOAD, PACKAGES_RESULT } from "../packages_fixture.ts";

const root = new URL("../..", import.meta.url).pathname;
const executable = Deno.env.get("TESSERACT_TEST_PROGRAM");
assert.ok(executable, "TESSERACT_TEST_PROGRAM is to name the compiled program");
const fromSource = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", `${root}cli.ts`];

const MODULE = {
  "tesseract_api.ts": `import { array, defineTesseract, z } from "@tesseract/runtime";
import { Method, solve } from "./solver.ts";

export default defineTesseract({
  description: "Scales a vector.",
  InputSchema: z.object({ x: array([null], "float64"), method: z.enum(Method).default(Method.Plain) }),
  OutputSchema: z.object({ y: array([null], "float64"), from: z.string() }),
  apply({ x, method }) {
    console.log("solving by", method satisfies Method);
    return { y: x.data.map((value: number): number => solve(value, method as Method)), from: import.meta.url };
  },
});
`,
  "solver.ts": `import settings from "./settings.json" with { type: "json" };

export enum Method {
  Plain = "plain",
  Strict = "strict",
}

class Solver<T extends Method> {
  constructor(private readonly method: T, readonly factor: number = settings.factor) {}
  solve(x: number): number {
    if (this.method === Method.Strict && x < 0) throw new RangeError(\`no solution for \${x as number}\`);
    return x * this.factor;
  }
}

export const solve = <T extends Method>(x: number, method: T): number => new Solver<T>(method).solve(x);
`,
  "settings.json": '{ "factor": 3 }',
};

const PAYLOADS = [
  '{"inputs":{"x":[1,2.5]}}',
  '{"inputs":{"x":[1,-2],"method":"strict"}}',
  '{"inputs":{"x":[1,-2],"method":"sloppy"}}',
];

/** What does not end within so many milliseconds is ended. */
const PATIENCE = 600_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run([command, ...before]: readonly string[], args: readonly string[], cwd: string): Promise<Ended> {
  const options = { cwd, stdin: "null", signal: AbortSignal.timeout(PATIENCE) } as const;
  const { code, stdout, stderr } = await new Deno.Command(command!, { args: [...before, ...args], ...options })
    .output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** What both programs do, which is the same. */
async function same(args: readonly string[], cwd: string): Promise<Ended> {
  const [ours, theirs] = await Promise.all([run([executable!], args, cwd), run(fromSource, args, cwd)]);
  assert.deepEqual(ours, theirs);
  return ours;
}

Deno.test("three files with an enum, JSON and an error give the same results at the same lines", () =>
  withFolder(MODULE, async (folder) => {
    const [good, thrown, invalid] = await Promise.all(PAYLOADS.map((payload) => same(["apply", payload], folder)));
    assert.match(good!.stdout, /"buffer":\[3,7.5\].*"from":"file:\/\/.*\/tesseract_api.ts"/);
    assert.equal(thrown!.code, 1);
    assert.match(thrown!.stderr, /RangeError: no solution for -2\n {4}at Solver.solve \(.*\/solver\.ts:11:55\)\n/);
    assert.equal(thrown!.stderr.match(/^ {4}at /gm)?.length, 4);
    assert.equal(invalid!.code, 2);
    for (const args of [["check"], ["input-schema"], ["openapi-schema"], ["apply", "--help"]]) {
      assert.equal((await same(args, folder)).code, 0);
    }
  }));

Deno.test("a module that does not load is named with the same place", async () => {
  const broken = [
    "const x: number = 1;\nconst y = nothing;",
    'import { a } from "./solver.ts"; a;',
    '\nimport "./nope.ts";',
    'import { x } from "not-a-package"; x;',
  ];
  for (const text of broken) {
    await withFolder({ ...MODULE, "tesseract_api.ts": text }, async (folder) => {
      assert.equal((await same(["check"], folder)).code, 1);
    });
  }
});

Deno.test("what is more than types is refused by name and place", () =>
  withFolder(
    { "tesseract_api.ts": "export const a = 1;\nnamespace Old {\n  export const b = a;\n}" },
    async (folder) => {
      const { code, stderr } = await run([executable], ["check"], folder);
      assert.equal(code, 1);
      assert.match(stderr, /^Error: .*\/tesseract_api\.ts:2:1: SyntaxError: namespace Old is not supported .*$/m);
    },
  ));

Deno.test("packages beside the module are imported", () =>
  withFolder({
    "tesseract_api.ts": `
      import { defineTesseract, z } from "@tesseract/runtime";
      import old, { twice } from "npm:old@1";
      import { named } from "@scope/new/more";
      import { z as other } from "npm:zod@4.6.7";
      export default defineTesseract({
        InputSchema: z.object({}),
        OutputSchema: other.object({ found: z.array(z.string()) }),
        apply: () => ({ found: [twice("a"), old.twice("b"), named] }),
      });`,
    "node_modules/old/package.json": '{ "main": "lib" }',
    "node_modules/old/lib/index.js": 'const { glue } = require("./data.json"); exports.twice = (x) => x + glue + x;',
    "node_modules/old/lib/data.json": '{ "glue": "-" }',
    "node_modules/@scope/new/package.json": '{ "type": "module", "exports": { "./*": { "import": "./src/*.js" } } }',
    "node_modules/@scope/new/src/more.js": 'import { twice } from "old"; export const named = twice("c");',
  }, async (folder) => {
    const { stdout, stderr } = await run([executable], ["apply", '{"inputs":{}}'], folder);
    assert.equal(stdout, '{"found":["a-a","b-b","c-c"]}', stderr);
  }));

/** A command as user 9999, with an empty environment. */
const asNobody = (command: readonly string[]) => [
  ...Deno.uid() === 0
    ? ["setpriv", "--reuid", "9999", "--regid", "9999", "--clear-groups"]
    : ["unshare", "--user", "--map-user", "9999", "--map-group", "9999"],
  ...["env", "-i"],
  ...command,
];

/** A folder that nobody may write to, with the program and a user module elsewhere; the current one is empty. */
async function withLockedFolder(test: (program: string, module: string, empty: string) => Promise<void>) {
  await withFolder(MODULE, async (folder) => {
    await Deno.copyFile(executable!, `${folder}/program`);
    await Deno.mkdir(`${folder}/empty`);
    for (const path of [`${folder}/empty`, folder]) await Deno.chmod(path, 0o555);
    try {
      await test(`${folder}/program`, `${folder}/tesseract_api.ts`, `${folder}/empty`);
      assert.deepEqual([...Deno.readDirSync(`${folder}/empty`)], []);
    } finally {
      await Deno.chmod(folder, 0o755);
    }
  });
}

Deno.test("it runs in an empty folder that it may not write to, as any user, with an empty environment", () =>
  withLockedFolder(async (program, module, empty) => {
    const command = asNobody([program]);
    assert.equal((await run(command, ["--help"], empty)).code, 0);
    const { code, stdout, stderr } = await run(command, ["--api-path", module, "apply", PAYLOADS[0]!], empty);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).from, `file://${module}`);
  }));

/** Serves, sends the payloads, and stops the server by SIGTERM. Returns the answers' statuses and what was on stderr. */
async function serve([command, ...before]: readonly string[], cwd: string) {
  const args = [...before, "serve", "--port", "0", "--num-workers", "2"];
  const options = { stdin: "null", stdout: "null", stderr: "piped", signal: AbortSignal.timeout(PATIENCE) } as const;
  const child = new Deno.Command(command!, { args, cwd, ...options }).spawn();
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).values();
  const statuses: number[] = [];
  let stderr = "";
  for await (const text of lines) {
    stderr += text;
    const url: string | undefined = /Listening on (\S+)/.exec(stderr)?.[1];
    if (url === undefined || statuses.length > 0) continue;
    for (const body of PAYLOADS) {
      const headers = { "Content-Type": "application/json" };
      const response: Response = await fetch(`${url}/apply`, { method: "POST", body, headers });
      await response.body?.cancel();
      statuses.push(response.status);
    }
    child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 0, stderr);
  return { statuses, stderr };
}

Deno.test("there it serves, with workers that are the program itself", () =>
  withLockedFolder(async (program, module, empty) => {
    const { statuses, stderr } = await serve(asNobody([program, "--api-path", module]), empty);
    assert.deepEqual(statuses, [200, 500, 422]);
    assert.match(stderr, /at Solver\.solve \(.*\/solver\.ts:11:55\)/);
  }));

Deno.test("it writes into S3 with the keys of the environment, and of a profile, and prints nothing else", () =>
  withFolder(MODULE, async (folder) => {
    await using store = new FakeS3();
    Deno.writeTextFileSync(`${folder}/keys`, '{"Version":1,"AccessKeyId":"of-profile","SecretAccessKey":"s"}');
    Deno.writeTextFileSync(`${folder}/config`, `[profile lab]\ncredential_process = cat ${folder}/keys\n`);
    const [endpoint, key, secret] = Object.entries(store.variables).map(([name, value]) => `${name}=${value}`);
    const ways = { "key": [key!, secret!], "of-profile": ["AWS_PROFILE=lab", `AWS_CONFIG_FILE=${folder}/config`] };
    for (const [used, variables] of Object.entries(ways)) {
      const program = ["env", "-i", "PATH=/usr/bin:/bin", endpoint!, ...variables, executable!];
      const { code, stderr } = await run(program, ["apply", PAYLOADS[0]!, "-o", `s3://b/${used}`], folder);
      assert.deepEqual([code, stderr], [0, "solving by plain\n"]);
      assert(store.objects.has(`/b/${used}/results.json`));
      assert.match(store.seen.at(-1)!.headers.get("authorization")!, new RegExp(`Credential=${used}/`));
    }
  }));

Deno.test("a component is one file with the user module, its name, version and description in it", () =>
  withFolder({ ...MODULE, "empty/.keep": "" }, async (folder) => {
    const options = ["--module", `${folder}/tesseract_api.ts`, "--output", `${folder}/bin/scale`, "--version", "1.2.3"];
    const compiled = await run([compiler], ["task", "compile", ...options], root);
    assert.equal(compiled.code, 0, compiled.stderr);
    for (const name of Object.keys(MODULE)) await Deno.remove(`${folder}/${name}`);

    const component = (...args: string[]) => run(["env", "-i", `${folder}/bin/scale`], args, `${folder}/empty`);
    const [good, thrown, invalid] = await Promise.all(PAYLOADS.map((payload) => component("apply", payload)));
    assert.deepEqual(JSON.parse(good!.stdout).y.data.buffer, [3, 7.5]);
    assert.equal(thrown!.code, 1);
    assert.match(thrown!.stderr, /RangeError: no solution for -2\n {4}at Solver\.solve \(.*solver\.ts:11:55\)\n/);
    assert.equal(invalid!.code, 2);
    const { info } = JSON.parse((await component("openapi-schema")).stdout);
    assert.deepEqual(info, { title: "scale", version: "1.2.3", description: "Scales a vector." });
    assert.equal((await component("check")).code, 0);
    const { statuses } = await serve(["env", "-i", `${folder}/bin/scale`], `${folder}/empty`);
    assert.deepEqual(statuses, [200, 500, 422]);
  }));

const compiler = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();

Deno.test("a component has the packages and the files of its module in it", () =>
  withFolder({ ...PACKAGES_FILES, "empty/.keep": "" }, async (folder) => {
    await Deno.mkdir(`${folder}/bin`);
    const args = ["task", "compile", "--module", `${folder}/tesseract_api.ts`, "--output", `${folder}/bin/component`];
    const compiled = await run([compiler], args, root);
    assert.equal(compiled.code, 0, compiled.stderr);
    for (const name of [...Object.keys(PACKAGES_FILES), "node_modules"]) {
      await Deno.remove(`${folder}/${name}`, { recursive: true });
    }
    const { stdout, stderr } = await run(
      ["env", "-i", `${folder}/bin/component`],
      ["apply", PACKAGES_PAYLOAD],
      `${folder}/empty`,
    );
    assert.equal(stdout, PACKAGES_RESULT, stderr);
  }));

const FAILURES: [what: string, files: Record<string, string>, words: RegExp][] = [
  ["a name that nothing has", { "tesseract_api.ts": 'import "nowhere";' }, /There is no import named "nowhere"/],
  [
    "a file that is read and missing",
    {
      "tesseract_api.ts": `import { defineTesseract, z } from "@tesseract/runtime";
        const read = () => Deno.readTextFile(new URL("./missing.txt", import.meta.url));
        export default defineTesseract({
          InputSchema: z.object({}), OutputSchema: z.object({}), apply: async () => (await read(), {}),
        });`,
    },
    /reads .*missing\.txt, which is missing/,
  ],
];
for (const [what, files, words] of FAILURES) {
  Deno.test(`what cannot work says so when it is compiled: ${what}`, () =>
    withFolder(files, async (folder) => {
      const args = ["task", "compile", "--module", `${folder}/tesseract_api.ts`, "--output", `${folder}/component`];
      const { code, stderr } = await run([compiler], args, root);
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.match(stderr, /^Error: /m);
    }));
}

Deno.test("compile --help lists its options, and an unknown option is named", async () => {
  const help = await run([compiler], ["task", "compile", "--help"], root);
  assert.match(help.stdout, /--include PATH/);
  const unknown = await run([compiler], ["task", "compile", "--nope"], root);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^Error: Unknown option '--nope'/m);
});

Deno.test("init writes a component that works", () =>
  withFolder({}, async (cwd) => {
    const made = await run([executable], ["init", "new"], cwd);
    assert.equal(made.code, 0, made.stderr);
    assert.equal((await run([executable], ["check"], `${cwd}/new`)).code, 0);
    assert.equal((await run([executable], ["test", "test_cases"], `${cwd}/new`)).code, 0);
  }));

Deno.test("as the first process of a container it is ended by SIGINT and SIGTERM", () => {
  const module = `import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
    const x = () => differentiable(array([1], "float64"));
    export default defineTesseract({
      InputSchema: z.object({ x: x() }),
      OutputSchema: z.object({ y: x() }),
      async apply({ x }) {
        console.log("ready");
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        return { y: x };
      },
      jacobian: () => ({ y: { x: { dtype: "float64", shape: [1, 1], data: new Float64Array([1]) } } }),
    });`;
  return withFolder({ "tesseract_api.js": module }, async (cwd) => {
    for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const args: string[] = ["-pf", "--kill-child", executable!, "apply", '{"inputs":{"x":[1]}}'];
      const outer = new Deno.Command("unshare", { args, cwd, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
      const stderr = outer.stderr.getReader();
      assert.match(new TextDecoder().decode((await stderr.read()).value), /ready/);
      const [first] = await children(outer.pid);
      Deno.kill(first!, signal);
      assert.equal((await outer.status).code, code);
      await stderr.cancel();
    }
  });
});
