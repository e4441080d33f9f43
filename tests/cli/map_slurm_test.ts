/** What `map --slurm` asks of Slurm, whose commands are scripts here; tests/with_tools/slurm_test.ts has real ones. */
import assert from "node:assert/strict";
import { programCommand } from "../program.ts";
import { FILES, linesIn, payload } from "./map_fixture.ts";
import { withFolder } from "./run.ts";

/** Notes what it is called with, keeps the script, and answers with the number of a job. */
const SBATCH = `#!/bin/bash
cd "$(dirname "$0")/.."
echo "sbatch $*" >> asked
number=$(( 40 + $(wc -l < asked) ))
cat > script-$number
case "$*" in *"$REFUSED"*) if [ -n "$REFUSED" ]; then echo "sbatch: error: no such partition" >&2; exit 1; fi;; esac
echo "$number;cluster"
`;
const SCANCEL = `#!/bin/bash
echo "scancel $*" >> "$(dirname "$0")/../asked"
`;

async function submit(folder: string, env: Readonly<Record<string, string>> = {}) {
  for (const name of ["sbatch", "scancel"]) await Deno.chmod(`${folder}/bin/${name}`, 0o755);
  const args = ["map", "apply", "a.json", "-o", "my out", "--slurm", "3", "--sbatch", "--time=1"];
  const { code, stdout, stderr } = await programCommand(args, {
    cwd: folder,
    env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const files = { ...FILES, "a.json": payload("a"), "bin/sbatch": SBATCH, "bin/scancel": SCANCEL };

Deno.test("--slurm submits an array, and a job that gathers when all of its tasks have ended", async () => {
  await withFolder(files, async (folder) => {
    const { code, stdout, stderr } = await submit(folder);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "Submitted the array job 41 of 3 tasks, and the job 42, which gathers their records.\n");
    assert.deepEqual(await linesIn(`${folder}/asked`), [
      "sbatch --parsable",
      "sbatch --parsable --dependency=afterany:41",
    ]);
    const array = await Deno.readTextFile(`${folder}/script-41`);
    assert.match(array, /^#!\/bin\/bash\n#SBATCH --job-name=\S+\n#SBATCH --array=0-2\n#SBATCH --requeue\n/);
    assert.ok(array.includes(`#SBATCH --output="${folder}/my out/slurm-%A_%a.log"\n#SBATCH --time=1\n`));
    assert.match(await Deno.readTextFile(`${folder}/script-42`), /^exec .* --gather 3 -- @\S+\/a\.json$/m);
    assert.ok((await Deno.stat(`${folder}/my out`)).isDirectory, "the logs of the jobs go there");
  });
});

Deno.test("jobs that Slurm refuses are a failure, and no array stays without the job that gathers", async () => {
  await withFolder(files, async (folder) => {
    const none = await submit(folder, { REFUSED: "--parsable" });
    assert.equal(none.stderr, "Error: Slurm did not accept the jobs: sbatch: error: no such partition\n");
    assert.equal(none.code, 1);
    assert.deepEqual(await linesIn(`${folder}/asked`), ["sbatch --parsable"]);
    await Deno.remove(`${folder}/asked`);
    const half = await submit(folder, { REFUSED: "--dependency" });
    assert.equal(half.stderr, "Error: Slurm did not accept the jobs: sbatch: error: no such partition\n");
    assert.equal(half.code, 1);
    assert.equal((await linesIn(`${folder}/asked`)).at(-1), "scancel 41");
  });
});
