/**
 * `deno task pack`: the npm package, `dist/tesseract-runtime-<version>.tgz`.
 *
 * It contains the bundled program, which is run by the Deno that the package depends on; mod.js, for Node too
 * (`node --test`); and declarations, Zod's among them, for every editor.
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { bundleProgram } from "./bundle_program.ts";
import { PUBLIC, writeDeclarations } from "./declarations.ts";
import { copy, filesIn } from "./files.ts";

/** The Deno that the program is tested with; docs/decisions.md says why this one. */
const DENO = "2.8.2";

const root = new URL("..", import.meta.url).pathname;

/** What is run as `tesseract-runtime`. A script for Node in its place would take 40 ms. */
const LAUNCHER = `#!/bin/sh
# Starts the program by the Deno that was installed with it.
self=$0
# Where npm has it in a project; starting \`readlink\` takes longer.
beside=\${self%/*}/../@tesseract/runtime/bin/tesseract-runtime
if [ -h "$self" ] && [ -e "$beside" ]; then self=$beside; fi
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=\${self%/*}/$target ;;
  esac
done
here=\${self%/*}/..
for deno in "$here"/node_modules/@deno/*/deno "$here"/../../@deno/*/deno "$here"/../../deno/deno; do
  [ -x "$deno" ] && break
done
if ! [ -x "$deno" ]; then
  # Package managers other than npm have other folders.
  deno=$(cd "$here" && node -p 'require("deno/install_api.cjs").runInstall()') || {
    echo "Error: the package deno, which runs this program, is not installed beside $here" >&2
    exit 1
  }
fi
export DENO_NO_PACKAGE_JSON=1 DENO_NO_UPDATE_CHECK=1
# Deno wants a folder for its cache, if only one that it cannot write to.
if [ -z "\${HOME-}\${XDG_CACHE_HOME-}\${DENO_DIR-}" ]; then export DENO_DIR="$here/.deno"; fi
# A command is over before it fills these 8 MiB: otherwise V8 collects garbage four times, 1 to 3 ms each.
exec "$deno" run -A --quiet --v8-flags=--min-semi-space-size=8 --config "$here/deno.json" "$here/packages/cli.js" "$@"
`;

/** Pages that only those who change the program need. */
const FOR_DEVELOPERS = ["docs/architecture.md", "docs/decisions.md"];

/** Makes a link to a file that is not in the package plain text. */
async function removeDeadLinks(page: string): Promise<void> {
  const text = await Deno.readTextFile(page);
  const live = text.replace(/(?<!!)\[([^\]]*)\]\(([^)\s#]+)[^)\s]*\)/g, (link, words, target) => {
    return /^\w+:/.test(target) || existsSync(join(dirname(page), target)) ? link : words;
  });
  await Deno.writeTextFile(page, live);
}

async function fill(folder: string): Promise<void> {
  const write = async (path: string, text: string, mode = 0o644) => {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text, { mode });
  };
  await bundleProgram(folder, config.imports);
  await writeDeclarations(join(folder, "types"));
  for (const path of ["LICENSE", "README.md", "CHANGELOG.md", "docs", "deploy", "examples"]) {
    await copy(join(root, path), join(folder, path));
  }
  for (const path of FOR_DEVELOPERS) await Deno.remove(join(folder, path));
  for (const path of filesIn(folder, ".md")) await removeDeadLinks(path);
  await write("bin/tesseract-runtime", LAUNCHER, 0o755);
  const exports = Object.fromEntries(
    [...PUBLIC].map(([name, path]) => [name, {
      types: `./types/${path.replace(/ts$/, "d.ts")}`,
      default: `./packages/${path.replace(/ts$/, "js")}`,
    }]),
  );
  const imports = Object.fromEntries(
    Object.entries(exports).map(([name, paths]) => [
      `${config.name}${name.slice(1)}`,
      paths.default,
    ]),
  );
  const { lock, unstable } = config;
  await write("deno.json", JSON.stringify({ lock, unstable, nodeModulesDir: "none", imports }, null, 2));
  await write(
    "package.json",
    JSON.stringify(
      {
        name: config.name,
        version: config.version,
        description: "Turns a numerical component in TypeScript into a command line tool and an HTTP server.",
        license: config.license,
        type: "module",
        bin: { "tesseract-runtime": "bin/tesseract-runtime" },
        exports: { ...exports, "./package.json": "./package.json" },
        // For TypeScript's older ways of resolution, which do not read `exports`.
        types: exports["."]!.types,
        typesVersions: { "*": { client: [exports["./client"]!.types] } },
        engines: { node: ">=20" },
        dependencies: { deno: DENO },
      },
      null,
      2,
    ),
  );
}

const folder = await Deno.makeTempDir({ prefix: "tesseract-pack-" });
try {
  await fill(join(folder, "package"));
  const file = join(root, "dist", `tesseract-runtime-${config.version}.tgz`);
  await Deno.mkdir(dirname(file), { recursive: true });
  const { success } = await new Deno.Command("tar", { args: ["-czf", file, "-C", folder, "package"] }).spawn().status;
  if (!success) throw new Error("tar failed");
  console.log(`${file} (${((await Deno.stat(file)).size / 1e6).toFixed(1)} MB)`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
