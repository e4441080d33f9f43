/**
 * The image of examples/vectoradd, in Docker: `vectoradd:1.0.0` is there, and nothing of the machine but the folders
 * that a test mounts. Run by .ci/image.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { until } from "../until.ts";

const IMAGE = "vectoradd:1.0.0";
const PAYLOAD = JSON.stringify({ inputs: { a: [1, 2, 3], b: [4, 5, 6], s: 10 } });
const RESULT =
  '{"result":{"object_type":"array","shape":[3],"dtype":"float32","data":{"buffer":[14,25,36],"encoding":"json"}}}';

/** As strict as it gets: nothing can be written but what is mounted, and nobody has any right to anything. */
const LOCKED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function docker(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await new Deno.Command("docker", {
    args,
    stdin: "null",
    signal: AbortSignal.timeout(300_000),
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(...args);
  equal(code, 0, `docker ${args.join(" ")}\n${stderr}`);
  return stdout.trim();
}

/** A folder with `payload.json`, `input` and `output`, which belong to this user. */
async function folderOf(uid: number): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/payload.json`, PAYLOAD);
  for (const name of ["input", "output"]) await Deno.mkdir(`${folder}/${name}`);
  for (const path of ["", "/payload.json", "/input", "/output"]) await Deno.chown(folder + path, uid, uid);
  return folder;
}

const mounts = (folder: string): string[] => [
  `--volume=${folder}/payload.json:/tesseract/payload.json:ro`,
  `--volume=${folder}/input:/tesseract/input_data:ro`,
  `--volume=${folder}/output:/tesseract/output_data:rw`,
];

/** A container that serves, from start to removal. */
class Served implements AsyncDisposable {
  private constructor(readonly id: string, readonly url: string) {}

  static async start(user: string, options: string[] = [], args: string[] = []): Promise<Served> {
    const id = await done(
      ...["run", "--detach", `--user=${user}`, ...LOCKED, "--publish=127.0.0.1::8000", ...options],
      ...[IMAGE, "serve", "--port", "8000", "--host", "0.0.0.0", ...args],
    );
    const served = new Served(id, `http://${(await done("port", id, "8000")).split("\n")[0]}`);
    for (const end = Date.now() + 120_000; Date.now() < end;) {
      const ready = await fetch(`${served.url}/health/ready`).then(async (response) => {
        await response.body?.cancel();
        return response.ok;
      }, () => false);
      if (ready) return served;
      if (await served.state("Running") !== "true") break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it does not answer\n${(await docker("logs", id)).stderr}`);
  }

  state(field: string): Promise<string> {
    return done("inspect", "--format", `{{.State.${field}}}`, this.id);
  }

  apply(): Promise<Response> {
    return fetch(`${this.url}/apply`, { method: "POST", body: PAYLOAD });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker("rm", "--force", this.id);
  }
}

Deno.test("the image is at most 150 MB, and says what Python's tools and Docker ask of it", async () => {
  const [{ Size: size, Config: config }] = JSON.parse(await done("image", "inspect", IMAGE));
  console.log(`${IMAGE} has ${(size / 1e6).toFixed(1)} MB`);
  ok(size <= 150e6, `${size} bytes`);
  const env = Object.fromEntries(config.Env.map((line: string) => line.split(/=(.*)/s, 2)));
  equal(env.TESSERACT_NAME, "vectoradd");
  equal(env.TESSERACT_VERSION, "1.0.0");
  equal(env.TESSERACT_DESCRIPTION, "Multiplies a vector a by s, and adds a vector b.");
  deepStrictEqual(config.Entrypoint, ["/usr/local/bin/tesseract-runtime"]);
  deepStrictEqual(config.Cmd, ["--help"]);
  equal(config.User, "9999:9999");
  deepStrictEqual(config.Healthcheck.Test.slice(0, 3), ["CMD", "/usr/local/bin/tesseract-runtime", "health"]);
});

Deno.test("the image has no shell, no Deno, no Node and no Python", async () => {
  for (const name of ["sh", "bash", "deno", "node", "python3"]) {
    const { code } = await docker("run", "--rm", `--entrypoint=${name}`, IMAGE);
    equal(code, 127, name);
  }
});

Deno.test("without arguments it prints its help", async () => {
  match(await done("run", "--rm", "--network=none", ...LOCKED, IMAGE), /tesseract-runtime/);
});

for (
  const [who, uid] of [["uid 9999", 9999], ["a random uid", 10_000 + Math.floor(Math.random() * 2 ** 30)]] as const
) {
  const user = `${uid}:${uid}`;

  Deno.test(`apply as ${who}: the payload is mounted, nothing else is there, and no network`, async () => {
    const folder = await folderOf(uid);
    const run = ["run", "--rm", "--network=none", `--user=${user}`, ...LOCKED, ...mounts(folder)];
    equal(await done(...run, IMAGE, "apply", "@/tesseract/payload.json"), RESULT);
    equal(await done(...run, IMAGE, "health"), '{"status":"ok"}');
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`apply as ${who}: arrays from the input folder, results to the output folder, which the user owns`, async () => {
    const folder = await folderOf(uid);
    const binref = {
      object_type: "array",
      shape: [3],
      dtype: "float32",
      data: { buffer: "a.bin", encoding: "binref" },
    };
    await Deno.writeFile(`${folder}/input/a.bin`, new Uint8Array(new Float32Array([1, 2, 3]).buffer));
    await Deno.writeTextFile(`${folder}/payload.json`, JSON.stringify({ inputs: { a: binref, b: [4, 5, 6], s: 10 } }));
    const env = ["--env=TESSERACT_OUTPUT_FORMAT=json+binref", "--env=TESSERACT_OUTPUT_FILE=results.json"];
    const printed = await done(
      ...["run", "--rm", "--network=none", `--user=${user}`, ...LOCKED, ...env, ...mounts(folder)],
      ...[IMAGE, "apply", "@/tesseract/payload.json"],
    );
    equal(printed, "");
    const { result } = JSON.parse(await Deno.readTextFile(`${folder}/output/results.json`));
    const [file, offset = "0"] = result.data.buffer.split(":");
    const bytes = await Deno.readFile(`${folder}/output/${file}`);
    deepStrictEqual([...new Float32Array(bytes.buffer, Number(offset), 3)], [14, 25, 36]);
    for (const name of ["results.json", file]) equal((await Deno.stat(`${folder}/output/${name}`)).uid, uid);
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`serve as ${who}: two workers answer, it is process 1, and SIGTERM ends it with 0`, async () => {
    const folder = await folderOf(uid);
    await using served = await Served.start(user, mounts(folder), ["--num-workers", "2"]);
    const response = await served.apply();
    equal(response.status, 200);
    equal(await response.text(), RESULT);
    const [first] = (await done("top", served.id, "-o", "pid,uid,args")).split("\n").slice(1);
    const [pid, owner, program] = first!.trim().split(/\s+/);
    equal(pid, await served.state("Pid"));
    equal(owner, String(uid));
    equal(program, "/usr/local/bin/tesseract-runtime");
    await done("stop", "--time=60", served.id);
    equal(await served.state("ExitCode"), "0");
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("without the folders mounted it works as well, and has nothing to complain of", async () => {
  const apply = await docker("run", "--rm", "--network=none", ...LOCKED, IMAGE, "apply", PAYLOAD);
  deepStrictEqual(apply, { code: 0, stdout: RESULT, stderr: "" });
  await using served = await Served.start("4242:4242");
  equal((await served.apply()).status, 200);
  const response = await fetch(`${served.url}/apply`, {
    method: "POST",
    body: PAYLOAD,
    headers: { accept: "application/json+base64" },
  });
  match(await response.text(), /"encoding":"base64"/);
});

Deno.test("Docker's health check finds it healthy, by the program itself", async () => {
  await using served = await Served.start("9999:9999", ["--health-interval=1s"]);
  // Where it takes long to start, the first checks may have failed.
  await until("it is healthy", async () => await served.state("Health.Status") === "healthy", 120);
});

Deno.test("SIGTERM lets the call that runs end, with its answer", async () => {
  const folder = await folderOf(9999);
  const module = `
    import { defineTesseract, z } from "@tesseract/runtime";
    export default defineTesseract({
      InputSchema: z.object({}),
      OutputSchema: z.object({ y: z.number() }),
      async apply() {
        console.error("it has begun");
        await new Promise((resolve) => setTimeout(resolve, 3000));
        return { y: 1 };
      },
    });`;
  await Deno.writeTextFile(`${folder}/input/tesseract_api.ts`, module);
  const env = "--env=TESSERACT_API_PATH=/tesseract/input_data/tesseract_api.ts";
  await using served = await Served.start("9999:9999", [env, ...mounts(folder)]);
  const answer = fetch(`${served.url}/apply`, { method: "POST", body: '{"inputs": {}}' });
  await until("the call has begun", async () => (await docker("logs", served.id)).stderr.includes("it has begun"));
  const stop = done("stop", "--time=60", served.id);
  const response = await answer;
  equal(response.status, 200);
  deepStrictEqual(await response.json(), { y: 1 });
  await stop;
  equal(await served.state("ExitCode"), "0");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("wrong usage and failing calls end as on any command line", async () => {
  const run = ["run", "--rm", "--network=none", ...LOCKED, IMAGE];
  equal((await docker(...run, "apply", '{"inputs": {"a": [1, 2], "b": [1]}}')).code, 2);
  equal((await docker(...run, "aply", "{}")).code, 2);
});
