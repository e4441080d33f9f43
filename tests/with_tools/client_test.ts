/**
 * The client where people use it: in each version of Deno and Node, and in a browser from another origin, bundled by
 * esbuild and by Vite; with our server and with Python's runtime. Needs node, npx, chromium and python3.
 *
 * `TESSERACT_TEST_DENOS` names other executables of Deno to run it with, separated by colons.
 */
import { build, type Plugin } from "esbuild";
import assert from "node:assert/strict";
import { connect } from "../../client.ts";
import { freePort } from "../free_port.ts";
import { Program } from "../http/program.ts";
import { endChild } from "../program.ts";
import { endBrowser, startChromium } from "./browser.ts";

const here = (path: string) => new URL(path, import.meta.url).pathname;
const COMPONENT = here("../client/component/tesseract_api");
const JOURNEYS = here("../client/journeys.ts");
/** All journeys of a place take so many milliseconds at most. */
const DEADLINE = 300_000;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Runs a command to its end; what it wrote to stdout. */
async function run(command: string, args: readonly string[], options: Deno.CommandOptions = {}): Promise<string> {
  const signal = AbortSignal.timeout(2 * DEADLINE);
  const output = new Deno.Command(command, { signal, ...options, args: [...args], stdin: "null" }).output();
  const { success, stdout, stderr } = await output;
  assert(success, `${command} ${args.join(" ")}: ${text(stdout)}${text(stderr)}`);
  return text(stdout);
}

interface Server extends AsyncDisposable {
  readonly url: string;
}

/** Our server, which pages of `origin` may call. */
async function ourServer(folder: string, origin?: string): Promise<Server> {
  const server = new Program({
    apiPath: `${COMPONENT}.ts`,
    inputPath: folder,
    outputPath: folder,
    access: { apiKey: undefined, corsOrigins: origin === undefined ? [] : [origin] },
  });
  return { url: await server.url(), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Python's runtime, of the component or another module. */
async function pythonServer(folder: string, module = `${COMPONENT}.py`): Promise<Server> {
  const python = (await run("bash", [here("../python/environment.sh")])).trim();
  const port = freePort();
  const child = new Deno.Command(`${python}/bin/tesseract-runtime`, {
    args: ["serve", "--port", String(port)],
    cwd: folder,
    env: { TESSERACT_API_PATH: module },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => void await endChild(child, "SIGTERM");
  for (const deadline = Date.now() + DEADLINE; !await answers(url);) {
    if (Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
    else await stop().then(() => assert.fail("Python's runtime does not answer"));
  }
  return { url, [Symbol.asyncDispose]: stop };
}

const answers = (url: string) => fetch(`${url}/health`).then((answer) => answer.text(), () => false);

const SERVERS: Readonly<Record<string, (folder: string) => Promise<Server>>> = {
  "our server": ourServer,
  "Python's runtime": pythonServer,
};

/** Runs journeys in a process: prints what failed, as JSON. */
const MAIN = "console.log(JSON.stringify(await travelTo(process.argv[2])));";

/** The journeys, with all that they import, as one file of JavaScript; the client from the npm package, if it says so. */
async function bundleByEsbuild(folder: string, last: string, isPackaged = false): Promise<string> {
  const file = `${folder}/esbuild-${crypto.randomUUID()}.mjs`;
  const packaged: Plugin = {
    name: "packaged",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/client\.ts$/ }, () => ({ path: "@tesseract/runtime/client", external: true })),
  };
  await build({
    stdin: { contents: `import { travelTo } from "${JOURNEYS}"; ${last}`, resolveDir: folder },
    bundle: true,
    format: "esm",
    minify: true,
    outfile: file,
    logLevel: "error",
    plugins: isPackaged ? [packaged] : [],
  });
  return file;
}

/** The same by Vite, as a page's script. */
const bundleByVite = (folder: string, last: string): Promise<string> =>
  pageByVite(`${folder}/vite`, `import { travelTo } from "${JOURNEYS}"; ${last}`);

/** Bundles a page's script by Vite, in a folder that may have packages already. */
async function pageByVite(root: string, source: string): Promise<string> {
  await Deno.mkdir(root, { recursive: true });
  const config = `${root}/package.json`;
  await Deno.writeTextFile(config, '{"private":true,"type":"module"}', { createNew: true }).catch(() => {});
  await Deno.writeTextFile(`${root}/main.js`, source);
  await Deno.writeTextFile(`${root}/index.html`, '<script type="module" src="/main.js"></script>');
  await Deno.writeTextFile(`${root}/vite.config.js`, 'export default { build: { target: "es2022", assetsDir: "" } };');
  await run("npm", ["install", "--silent", "--no-audit", "--no-fund", "vite@8"], { cwd: root });
  await run("npx", ["vite", "build", "--logLevel", "error"], { cwd: root });
  const script = [...Deno.readDirSync(`${root}/dist`)].find(({ name }) => name.endsWith(".js"))!;
  return `${root}/dist/${script.name}`;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

Deno.test("derivatives go through a Tesseract in Python: examples/springs", async () => {
  await inFolder(async (folder) => {
    await using solver = await pythonServer(folder, here("../../examples/springs/solver/tesseract_api.py"));
    const program = (...args: string[]) =>
      run(Deno.execPath(), ["run", "-A", "--quiet", "--no-check", here("../../cli.ts"), ...args], {
        env: { SOLVER_URL: solver.url },
      });
    const springs = ["--api-path", here("../../examples/springs/tesseract_api.ts")];
    const payload = `@${here("../../examples/springs/payload.json")}`;
    const { displacement, compliance } = JSON.parse(await program(...springs, "apply", payload));
    // each spring carries the loads below it: 6/100, 5/50 and 3/25 more than the one above
    [0.06, 0.16, 0.28].forEach((u, i) => assert(Math.abs(displacement.data.buffer[i] - u) < 1e-12));
    assert(Math.abs(compliance.data.buffer - (0.06 + 2 * 0.16 + 3 * 0.28)) < 1e-12);
    const report = await program(...springs, "check-gradients", payload, "--taylor", "--seed", "1");
    assert.match(report, /'compliance' by 'stiffness'.*: right; slope (1\.9|2)/);
    const types = await program("client", solver.url);
    assert.match(types, /readonly path: "matrix"; readonly dtype: "float64"/);
  });
});

Deno.test("an array whose base64 is longer than any text can be arrives", async () => {
  const length = 3 * 2 ** 24, digits = length * 8 / 3 * 4;
  const head = '{"y":{"object_type":"array","shape":[' + length + '],"dtype":"float64","data":{"buffer":"';
  const bytes = new Uint8Array(head.length + digits + 40).fill("A".charCodeAt(0));
  const end = '","encoding":"base64"}}}';
  new TextEncoder().encodeInto(head, bytes);
  new TextEncoder().encodeInto(end, bytes.subarray(head.length + digits));
  const body = bytes.subarray(0, head.length + digits + end.length);
  assert.throws(() => new TextDecoder().decode(body));
  const { y } = await connect("http://x", { fetch: () => Promise.resolve(new Response(body)) }).apply({});
  assert.equal(y.data.length, length);
});

/** A folder in which the npm package is installed, as users do it. */
async function withPackage(work: (folder: string) => Promise<void>): Promise<void> {
  await run(Deno.execPath(), ["task", "--quiet", "pack"], { cwd: here("../..") });
  const { version } = JSON.parse(await Deno.readTextFile(here("../../deno.json")));
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, '{"private":true,"type":"module"}');
    const archive = here(`../../dist/tesseract-runtime-${version}.tgz`);
    // Its Deno is not needed for the client, and is not asked for by scripts of the installation.
    await run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", archive], { cwd: folder });
    await work(folder);
  });
}

Deno.test("the client of the npm package: all journeys in each Node, bundles, and what an uncaught error shows", async (t) => {
  await withPackage(async (folder) => {
    await using server = await ourServer(folder);
    const script = await bundleByEsbuild(folder, MAIN, true);
    assert.match(await Deno.readTextFile(script), /"@tesseract\/runtime\/client"/);
    for (const [command, ...args] of nodes) {
      await t.step(`${command} ${await run(command!, [...args, "--version"])}`.trim(), async () => {
        assert.deepEqual(JSON.parse(await run(command!, [...args, script, server.url])), []);
      });
    }
    await t.step("what a page loads, bundled by esbuild and by Vite, is the client and nothing else", async () => {
      const source =
        'import { connect } from "@tesseract/runtime/client"; globalThis.tesseract = connect("http://127.0.0.1:9");';
      const outfile = `${folder}/page.js`;
      const options = { bundle: true, format: "esm", minify: true, logLevel: "error", outfile } as const;
      await build({ stdin: { contents: source, resolveDir: folder }, ...options });
      for (const bundled of [outfile, await pageByVite(folder, source)]) {
        const compressed = new Blob([await Deno.readFile(bundled)]).stream().pipeThrough(new CompressionStream("gzip"));
        const { byteLength } = await new Response(compressed).arrayBuffer();
        assert(byteLength <= 12_000, `${bundled} has ${byteLength} bytes`);
      }
    });
    await t.step("an uncaught error shows its message, and no line that nobody can read", async () => {
      const main =
        'import { connect } from "@tesseract/runtime/client"; await connect(process.argv[2]).apply({ a: "x" });';
      await Deno.writeTextFile(`${folder}/uncaught.js`, main);
      for (
        const [url, message] of [[server.url, /TesseractError: apply of .*inputs\.a/], [
          "http://127.0.0.1:9",
          /no answer came/,
        ]]
      ) {
        const { code, stderr } = await new Deno.Command("node", { args: ["uncaught.js", url as string], cwd: folder })
          .output();
        assert.equal(code, 1);
        assert.match(text(stderr), message as RegExp);
        const longest = Math.max(...text(stderr).split("\n").map((line) => line.length));
        assert(longest < 500, `a line of ${longest} characters: ${text(stderr)}`);
      }
    });
  });
});

const denos = [Deno.execPath(), ...Deno.env.get("TESSERACT_TEST_DENOS")?.split(":") ?? []];
const nodes = [["node"], ["npx", "-y", "node@22"]] as const;

for (const [name, start] of Object.entries(SERVERS)) {
  Deno.test(`all journeys to ${name}, in each Deno and Node`, async (t) => {
    await inFolder(async (folder) => {
      const script = await bundleByEsbuild(folder, MAIN);
      await using server = await start(folder);
      const programs = [...denos.map((deno) => [deno, "run", "-A", "--no-config"]), ...nodes];
      for (const [command, ...args] of programs) {
        const version = await run(command!, [
          ...args.filter((arg) => !/^(run|--?no-config|-A)$/.test(arg)),
          "--version",
        ]);
        await t.step(`${command} ${version.split("\n")[0]}`, async () => {
          assert.deepEqual(JSON.parse(await run(command!, [...args, script, server.url])), []);
        });
      }
    });
  });
}

for (const [bundler, bundle] of Object.entries({ esbuild: bundleByEsbuild, Vite: bundleByVite })) {
  Deno.test(`all journeys from a page of another origin in Chromium, bundled by ${bundler}`, async () => {
    await inFolder(async (folder) => {
      const report = 'travelTo(new URL(location).searchParams.get("to"))' +
        '.then((failed) => fetch("/done", { method: "POST", body: JSON.stringify(failed) }))';
      const script = await Deno.readTextFile(await bundle(folder, report));
      const { promise: done, resolve, reject } = Promise.withResolvers<string[]>();
      const page = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/done") resolve(await request.json());
        return pathname === "/main.js"
          ? new Response(script, { headers: { "content-type": "text/javascript" } })
          : new Response('<script type="module" src="/main.js"></script>', {
            headers: { "content-type": "text/html" },
          });
      });
      const origin = `http://127.0.0.1:${page.addr.port}`;
      await using server = await ourServer(folder, origin);
      const profile = `${folder}/profile`;
      const browser = startChromium(profile, [`${origin}/?to=${server.url}`]);
      const timer = setTimeout(() => reject(new Error("the page did not report in time")), DEADLINE);
      try {
        assert.deepEqual(await done, []);
      } finally {
        clearTimeout(timer);
        await endBrowser(browser, profile);
        await page.shutdown();
      }
    });
  });
}
