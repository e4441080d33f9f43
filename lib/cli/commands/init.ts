/**
 * `init`: a new component from a recipe, which is a folder of examples/. Its files are copied, and what depends on how
 * the program is installed is added: where the editor, npm and an image find it.
 * @module
 */
import { absolutePath, folderOf } from "../../storage/location.ts";
import { isThere } from "../../storage/regular_file.ts";
import type { CommandContext } from "../command.ts";
import { UsageError } from "../errors.ts";
import { quoteForShell } from "../quote_for_shell.ts";
import config from "../../../deno.json" with { type: "json" };

const ROOT = new URL("../../../", import.meta.url);
const DEFAULT_RECIPE = "auto";

/** Packages that a recipe needs where its image is built and run. */
const SYSTEM_PACKAGES: Readonly<Record<string, string>> = { library: "gcc libc6-dev" };
const BUILD_COMMANDS: Readonly<Record<string, string>> = {
  library: "cc -O2 -shared -fPIC -o libtridiagonal.so tridiagonal.c",
};

/**
 * For editors and `tsc`: imports have file extensions, as Deno requires. The types of Deno and Node are listed, because
 * TypeScript loads no others since version 6. Those of Deno have type errors in some versions of TypeScript, so they
 * are not checked.
 */
const EDITOR_OPTIONS = {
  strict: true,
  noEmit: true,
  target: "esnext",
  module: "nodenext",
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  types: ["deno", "node"],
};

/** Writes the files, and prints their names. Throws a `UsageError`, and writes nothing, if one of them exists. */
export async function run(
  { io, cwd, options: { recipe = DEFAULT_RECIPE } }: CommandContext<{ readonly recipe?: string | undefined }>,
  [folder = "."]: readonly string[],
): Promise<void> {
  const target = absolutePath(folder, cwd);
  const name = target.slice(target.lastIndexOf("/") + 1).replace(/[^\w.-]/g, "-").toLowerCase() || "component";
  const installation = await findInstallation(target, cwd);
  const files = new Map<string, Uint8Array>([
    ...await recipeFiles(recipe, name, installation),
    ...generatedFiles(recipe, name, installation).map(([path, text]) => [path, encode(text)] as const),
    ...installation.archive === undefined ? [] : [[installation.archive.path, installation.archive.bytes] as const],
  ]);
  for (const path of files.keys()) {
    if (isThere(`${target}/${path}`)) {
      throw new UsageError(`${folder}/${path} exists already; nothing was written`);
    }
  }
  try {
    for (const [path, bytes] of files) {
      await Deno.mkdir(folderOf(`${target}/${path}`), { recursive: true });
      await Deno.writeFile(`${target}/${path}`, bytes, {
        createNew: true,
        mode: path.endsWith(".sh") ? 0o755 : 0o644,
      });
    }
  } catch (error) {
    throw new UsageError(`${folder}: cannot be written: ${(error as Error).message}`);
  }
  io.print([...files.keys()].map((path) => `${folder}/${path}\n`).join(""));
  io.writeError(`\nA component of the recipe ${recipe}. Next:\n`);
  if (target !== cwd) io.writeError(`    cd ${quoteForShell(folder)}\n`);
  if ([...files.keys()].some((path) => path.endsWith(".c"))) {
    io.writeError("    (compile the library, as README.md says)\n");
  }
  if (installation.isElsewhere) io.writeError("    npm install\n");
  io.writeError(`    ${installation.command.join(" ")} apply @payload.json\nREADME.md says more.\n`);
}

/** How the program was installed, which decides how the new component refers to it. */
interface Installation {
  /** How it is called in the new folder. */
  readonly command: readonly string[];
  /** Its version for npm: a range, or `file:` and a path in the new folder. */
  readonly version: string;
  /** The import map for Deno's tools; `undefined` if the packages are in node_modules. */
  readonly imports?: Readonly<Record<string, string>>;
  /** The archive that it was installed from. It is copied into the new folder, since it may not be published. */
  readonly archive?: { readonly path: string; readonly bytes: Uint8Array };
  /** Is it in a node_modules where `npx` in the new folder does not find it? */
  readonly isElsewhere?: boolean;
}

async function findInstallation(target: string, cwd: string): Promise<Installation> {
  const version = `^${config.version}`;
  const onPath = {
    command: ["tesseract-runtime"],
    version,
    imports: { "@tesseract/runtime": `npm:@tesseract/runtime@${version}` },
  };
  if (Deno.build.standalone) return onPath;
  const path = decodeURIComponent(ROOT.pathname);
  const project = /^(.*?)\/node_modules\/(?:.*\/)?@tesseract\/runtime\/$/.exec(path)?.[1];
  if (project === undefined) {
    const { zod, "zod/v4/core": core } = config.imports; // which mod.ts imports
    const own = { "@tesseract/runtime": `${path}mod.ts`, "@tesseract/runtime/client": `${path}client.ts` };
    const imports = { ...own, zod, "zod/v4/core": core };
    return { command: ["deno", "run", "-A", `${path}cli.ts`], version, imports };
  }
  // `npm install --global` writes no package.json.
  if (!isThere(`${project}/package.json`)) return onPath;
  const folder = `${target}/`.startsWith(`${cwd}/`) ? `${await Deno.realPath(cwd)}/` : `${target}/`;
  const isElsewhere = !folder.startsWith(`${await Deno.realPath(project)}/`);
  const command = ["npx", "tesseract-runtime"];
  const source = await installedFrom(project);
  if (source === undefined) return { command, version, isElsewhere };
  const archive = { path: `vendor/${source.slice(source.lastIndexOf("/") + 1)}`, bytes: await Deno.readFile(source) };
  return { command, version: `file:${archive.path}`, archive, isElsewhere };
}

/** The archive that package.json names, if there is one and it still exists. */
async function installedFrom(project: string): Promise<string | undefined> {
  try {
    const { dependencies } = JSON.parse(await Deno.readTextFile(`${project}/package.json`));
    const file = /^file:(.*\.tgz)$/.exec(dependencies["@tesseract/runtime"])?.[1];
    const path = file && absolutePath(file, project);
    return path && (await Deno.stat(path)).isFile ? path : undefined;
  } catch {
    return undefined;
  }
}

async function recipeFiles(recipe: string, name: string, installation: Installation): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = [];
  const read = async (folder: URL, prefix: string) => {
    for await (const { name: entry, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await read(new URL(`${entry}/`, folder), `${prefix}${entry}/`);
      else files.push([prefix + entry, await Deno.readFile(new URL(entry, folder))]);
    }
  };
  await read(new URL(`examples/${recipe}/`, ROOT), "");
  const readme = (text: string) =>
    text.replace(/^# .*/, `# ${name}`).replace(/^\$ tesseract-runtime\b/gm, `$ ${installation.command.join(" ")}`) +
    `\n${served(installation.command.join(" "))}\n## Tests and an image\n\n${FOOTER}\n` +
    (installation.archive === undefined ? FROM_NPM : FROM_ARCHIVE);
  const test = (text: string) =>
    text.replace('["tesseract-runtime"]', JSON.stringify(installation.command).replaceAll(",", ", "));
  return files.sort().map(([path, bytes]) => {
    if (path === "README.md") return [path, edit(bytes, readme)];
    return [path, path.endsWith(".test.js") ? edit(bytes, test) : bytes];
  });
}

const served = (command: string): string =>
  `## Over HTTP

\`\`\`sh
${command} serve   # a page to try it is at http://127.0.0.1:8000, the API reference at /docs
curl -s http://127.0.0.1:8000/apply -d @payload.json
\`\`\`
`;

const FOOTER = `\`component.test.js\` is run by either of

\`\`\`sh
node --test
deno test -A
\`\`\`

\`\`\`sh
docker build --tag component .
docker run --rm --publish 127.0.0.1:8000:8000 component serve --host 0.0.0.0
\`\`\`
`;

const FROM_ARCHIVE =
  `In a copy of this folder, moved or cloned, run \`npm install\` first: it takes the program from \`vendor/\`, as the image does.
`;

const FROM_NPM =
  `The image, and \`npm install\` in a copy of this folder elsewhere, take the version of \`@tesseract/runtime\` that
\`package.json\` names from npm. Where npm does not have it, put the archive that \`deno task pack\` makes into
\`vendor/\`, and run \`npm install ./vendor/tesseract-runtime-${config.version}.tgz\`.
`;

function generatedFiles(recipe: string, name: string, { version, imports }: Installation): [string, string][] {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return [
    ["deno.json", json(imports === undefined ? { nodeModulesDir: "manual" } : { nodeModulesDir: "none", imports })],
    [
      "package.json",
      json({
        name,
        version: "0.1.0",
        private: true,
        type: "module",
        scripts: { test: "node --test" },
        dependencies: { "@tesseract/runtime": version },
        // The types of what the module and its test use, for the editor.
        devDependencies: { "@types/deno": "^2.5.0", "@types/node": "^20" },
      }),
    ],
    ["tsconfig.json", json({ compilerOptions: EDITOR_OPTIONS })],
    ["Dockerfile", dockerfile(recipe, name)],
    [".dockerignore", "node_modules\nresults\n"],
    [".gitignore", "node_modules/\nresults/\nsolver/\n*.so\n"],
  ];
}

function dockerfile(recipe: string, name: string): string {
  const packages = SYSTEM_PACKAGES[recipe];
  const build = BUILD_COMMANDS[recipe];
  const install = `RUN apt-get update && apt-get install -y --no-install-recommends ${packages}\n`;
  return `# This component as an image; it needs nothing but this folder.
ARG BUILD=node:22-slim
ARG BASE=debian:12-slim

FROM \${BUILD} AS build
${packages === undefined ? "" : install}WORKDIR /tesseract
COPY . .
RUN npm install --omit=dev --no-audit --no-fund
${build === undefined ? "" : `RUN ${build}\n`}RUN mkdir -p input_data output_data && chmod 1777 input_data output_data

FROM \${BASE}
COPY --from=build /tesseract /tesseract
ENV TESSERACT_NAME=${name} TESSERACT_VERSION=0.1.0 TESSERACT_API_PATH=/tesseract/tesseract_api.ts \\
    TESSERACT_INPUT_PATH=/tesseract/input_data TESSERACT_OUTPUT_PATH=/tesseract/output_data
USER 9999:9999
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \\
    CMD ["/tesseract/node_modules/.bin/tesseract-runtime", "health", "--url", "http://127.0.0.1:8000"]
ENTRYPOINT ["/tesseract/node_modules/.bin/tesseract-runtime"]
CMD ["--help"]
`;
}

function edit(bytes: Uint8Array, change: (text: string) => string): Uint8Array {
  return encode(change(new TextDecoder().decode(bytes)));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
