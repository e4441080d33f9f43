/**
 * `init` makes folders in which every command of the README prints what it says, and the tests pass: from the clone, and
 * from the npm package on a machine where nothing but Node is on the PATH. Needs bash, cc, npm and Node.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RECIPES } from "../../lib/cli/commands.ts";
import { withFolder } from "../cli/run.ts";
import { PACKAGES_FILES, PACKAGES_PAYLOAD, PACKAGES_RESULT } from "../packages_fixture.ts";
import { endChild } from "../program.ts";
import { until } from "../until.ts";
import { commandsOf } from "./readme.ts";

const root = new URL("../..", import.meta.url).pathname;
const version = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)).version;

interface Place {
  readonly cwd: string;
  readonly path: string;
}

/** For npm, where the machine's own authority signs what the registry sends. */
const certificates = Deno.env.get("NODE_EXTRA_CA_CERTS");
const CERTIFICATES: Record<string, string> = certificates ? { NODE_EXTRA_CA_CERTS: certificates } : {};

/** Runs a command of bash, and returns what it printed. Throws if it fails. */
async function bash(command: string, { cwd, path }: Place): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command],
    cwd,
    clearEnv: true,
    env: { HOME: Deno.env.get("HOME")!, PATH: path, NO_COLOR: "1", ...CERTIFICATES },
    stdin: "null",
    signal: AbortSignal.timeout(600_000),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  assert.equal(code, 0, `${command}\n${out}\n${err}`);
  return out!;
}

async function readmeHolds(place: Place): Promise<void> {
  const commands = commandsOf(await Deno.readTextFile(join(place.cwd, "README.md")));
  assert.ok(commands.length > 1);
  for (const { command, output } of commands) assert.equal(await bash(command, place), output, command);
}

for (const recipe of RECIPES) {
  Deno.test(`the folder of the recipe ${recipe}, made in the clone, does what its README says`, () =>
    withFolder({}, async (folder) => {
      await Deno.symlink(Deno.execPath(), join(folder, "deno"));
      const path = `${folder}:${Deno.env.get("PATH")}`;
      await bash(`deno run -A ${root}/cli.ts init new --recipe ${recipe}`, { cwd: folder, path });
      const place = { cwd: join(folder, "new"), path };
      await bash("deno check tesseract_api.ts", place);
      await readmeHolds(place);
      await bash("deno test -A --quiet", place);
    }));
}

Deno.test("the npm package works where Node alone is installed", async (step) => {
  const here = { cwd: root, path: Deno.env.get("PATH")! };
  await bash(`"${Deno.execPath()}" task pack`, here);
  await withFolder({}, async (cwd) => {
    // No Deno on it, and no cache of one.
    const path = here.path.split(":").filter((folder) => !exists(join(folder, "deno"))).join(":");
    const place = { cwd, path };
    await Deno.copyFile(`${root}/dist/tesseract-runtime-${version}.tgz`, join(cwd, "runtime.tgz"));
    const printed = await bash("npm install --no-audit --no-fund ./runtime.tgz 2>&1", place);
    assert.match(printed, /added \d packages/);
    assert.ok(printed.split("\n").length < 15, printed);

    for (const recipe of RECIPES) {
      await step.step(`the folder of the recipe ${recipe} does what its README says`, async () => {
        await bash(`npx tesseract-runtime init ${recipe} --recipe ${recipe}`, place);
        await readmeHolds({ cwd: join(cwd, recipe), path });
        await bash("node --test", { cwd: join(cwd, recipe), path });
      });
    }

    await step.step("every link of its pages leads to a file of the package", async () => {
      const pages = await bash('cd node_modules/@tesseract/runtime && find . -name "*.md"', place);
      for (const page of pages.split("\n")) {
        const path = join(cwd, "node_modules/@tesseract/runtime", page);
        for (const [link, target] of (await Deno.readTextFile(path)).matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)) {
          assert.ok(/^\w+:/.test(target!) || exists(join(path, "..", target!)), `${page}: ${link}`);
        }
      }
    });

    await step.step("a component that npx does not find the program from is told to be installed first", async () => {
      await Deno.mkdir(join(cwd, "elsewhere/a"), { recursive: true });
      const there = { cwd: join(cwd, "elsewhere"), path };
      const program = "../a/node_modules/.bin/tesseract-runtime";
      await bash(
        "mkdir ../a && cd ../a && echo {} > package.json && npm install --no-audit --no-fund ../runtime.tgz",
        there,
      );
      const next = await bash(`${program} init pump 2>&1 >/dev/null`, there);
      assert.match(next, /\n {4}cd pump\n {4}npm install\n {4}npx tesseract-runtime apply @payload.json\n/);
      await bash("cd pump && npm install --no-audit --no-fund && npx tesseract-runtime check", there);
    });

    await step.step("installed globally, it makes components that call it by its name", async () => {
      await bash("npm install --global --prefix globally ./runtime.tgz", place);
      const there = { cwd: join(cwd, "elsewhere"), path: `${cwd}/globally/bin:${path}` };
      const next = await bash("tesseract-runtime init valve 2>&1 >/dev/null", there);
      assert.match(next, /\n {4}cd valve\n {4}tesseract-runtime apply @payload.json\n/);
      await readmeHolds({ ...there, cwd: join(there.cwd, "valve") });
      await bash("node --test", { ...there, cwd: join(there.cwd, "valve") });
    });

    await step.step(
      "it runs as any user, from a folder that nobody may write to, with an empty environment",
      async () => {
        const command = `"${cwd}/node_modules/.bin/tesseract-runtime" --api-path auto/tesseract_api.ts health`;
        await bash(
          `chmod -R a-w auto && chmod a+rx . && setpriv --reuid 9999 --regid 9999 --clear-groups ` +
            `env -i PATH=/usr/bin:/bin ${command}`,
          place,
        );
      },
    );

    await step.step("the editor knows all types", async () => {
      const install = "npm install --no-audit --no-fund --no-save";
      const tsc = "npx tsc --strict --noEmit --target es2022";
      await bash(`${install} typescript@5.9.3`, place);
      for (const flags of ["--module nodenext", "--module esnext --moduleResolution bundler", "--module commonjs"]) {
        await bash(`${tsc} ${flags} handwritten/tesseract_api.ts`, place);
      }
      // Those that use Deno's own functions; its declarations have mistakes of their own.
      await bash(`${install} typescript@5.9.3 @types/deno @types/node@20`, place);
      const files = RECIPES.map((recipe) => `${recipe}/tesseract_api.ts`).join(" ");
      await bash(`${tsc} --skipLibCheck --module nodenext ${files}`, place);
      // As an editor does it, by the tsconfig.json of the folder: since 6 TypeScript loads no types that are not named.
      await bash(`${install} typescript@6.0.3 @types/deno @types/node@20`, place);
      await Deno.mkdir(join(cwd, "program/parts"));
      await Deno.writeTextFile(join(cwd, "program/parts/own.ts"), "export const own: number = 1;\n");
      await Deno.writeTextFile(join(cwd, "program/late.ts"), 'export { own } from "./parts/own.ts";\n');
      for (const recipe of RECIPES) await bash("npx tsc", { cwd: join(cwd, recipe), path });
      await Deno.writeTextFile(join(cwd, "wrong.ts"), WRONG);
      const errors = await bash(`${tsc} --skipLibCheck --module nodenext wrong.ts || true`, place);
      assert.match(errors, /^wrong\.ts\(8,/m);
      assert.match(errors, /^wrong\.ts\(15,20\): error TS\d+: Type 'Float32Array/m);
    });

    await step.step(
      "a module imports from packages and reads files as anywhere else",
      () =>
        withFolder(PACKAGES_FILES, async (folder) => {
          const api = `${folder}/tesseract_api.ts`;
          assert.equal(
            await bash(`npx tesseract-runtime --api-path ${api} apply '${PACKAGES_PAYLOAD}'`, place),
            PACKAGES_RESULT,
          );
        }),
    );

    await step.step(
      "derivatives by finiteDifferences pass check",
      () =>
        withFolder(
          { "tesseract_api.ts": DIFFERENCES, "payload.json": '{"inputs": {"x": [1, 2, 3]}}' },
          async (folder) => {
            const api = `${folder}/tesseract_api.ts`;
            await bash(
              `npx tesseract-runtime --api-path ${api} check && cd ${folder} && "${cwd}/node_modules/.bin/tesseract-runtime" check-gradients @payload.json --seed 1`,
              place,
            );
          },
        ),
    );

    await step.step("serve answers", async () => {
      const args = ["--api-path", "auto/tesseract_api.ts", "serve", "--port", "0"];
      const server = new Deno.Command("node_modules/.bin/tesseract-runtime", {
        args,
        cwd,
        clearEnv: true,
        env: { HOME: Deno.env.get("HOME")!, PATH: path },
        stderr: "piped",
      }).spawn();
      let printed = "";
      const reading = (async () => {
        for await (const text of server.stderr.pipeThrough(new TextDecoderStream())) printed += text;
      })();
      const url = () => /Listening on (http:\S+)\s/.exec(printed)?.[1];
      try {
        await until("the server listens", url, 120).catch(() => assert.fail(printed));
        const body = '{"inputs": {"velocity": [1, 0], "time": 0}}';
        const response = await fetch(`${url()}/apply`, { method: "POST", body });
        assert.equal(response.status, 200, await response.text());
      } finally {
        assert.equal((await endChild(server, "SIGTERM")).code, 0);
        await reading;
      }
    });

    await step.step("mod.js and client.js can be imported by Node", async () => {
      await Deno.writeTextFile(
        join(cwd, "import.mjs"),
        'import { defineTesseract, z } from "@tesseract/runtime"; import { connect } from "@tesseract/runtime/client";\n' +
          "const InputSchema = z.object({}), OutputSchema = InputSchema;\n" +
          "const module = defineTesseract({ InputSchema, OutputSchema, apply: () => ({}) });\n" +
          "console.log(await connect(module).apply({}).catch(({ message }) => message));",
      );
      assert.match(
        await bash("node import.mjs", place),
        /^connect\(module\) computes in this process, which needs Deno/,
      );
    });
  });
});

const DIFFERENCES = `import { array, differentiable, finiteDifferences, z } from "@tesseract/runtime";
export const InputSchema = z.object({ x: differentiable(array(["n"], "float64")) });
export const OutputSchema = z.object({ y: differentiable(array(["n"], "float64")) });
export const apply = ({ x }) => ({ y: x.data.map((v, i) => Math.exp(v) * x.data[(i + 1) % 3]) });
export const { jacobian, jacobianVectorProduct, vectorJacobianProduct } = finiteDifferences(apply, { eps: 1e-4 });
`;

const WRONG = `import { array, defineTesseract, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({ a: array([null], "float64") }),
  OutputSchema: z.object({ b: array([null], "float64") }),
  apply({ a }) {
    const data: Float64Array = a.data;
    const shape: readonly [number] = a.shape;
    const wrong: string = a.data;
    return { b: data };
  },
});
export const other = defineTesseract({
  InputSchema: z.object({ a: array([null], "float64") }),
  OutputSchema: z.object({ b: array([null], "float64") }),
  apply: () => ({  b: new Float32Array(1) }),
});
`;

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
