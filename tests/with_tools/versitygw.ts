/**
 * A real S3 server for tests.
 * @module
 */
import { freePort } from "../free_port.ts";
import { removeFolder } from "../program.ts";

/** A running versitygw, with one bucket in a folder of its own. */
export interface S3Server extends AsyncDisposable {
  readonly port: number;
  /** The folder that holds the bucket's objects as files. */
  readonly bucketFolder: string;
  /** The variables that a client of it needs; `port`: another way to it. */
  variables(port?: number): Record<string, string>;
}

const KEYS = { ROOT_ACCESS_KEY: "an-access-key", ROOT_SECRET_KEY: "a+secret/key" };

/** Starts a server; its bucket is called `bucket`. */
export async function startS3(): Promise<S3Server> {
  const program = await installedS3();
  const folder = await Deno.makeTempDir();
  const bucketFolder = `${folder}/bucket`;
  await Deno.mkdir(bucketFolder);
  const port = freePort();
  const server = new Deno.Command(program, {
    args: ["--quiet", "--port", `127.0.0.1:${port}`, "posix", folder],
    env: KEYS,
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilListening(port);
  return {
    port,
    bucketFolder,
    variables: (via = port) => ({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${via}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: KEYS.ROOT_ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: KEYS.ROOT_SECRET_KEY,
    }),
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await server.status;
      await removeFolder(folder);
    },
  };
}

/** The path of versitygw, which is installed first where it is not yet. */
export async function installedS3(): Promise<string> {
  const script = new URL("versitygw.sh", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command("bash", { args: [script], stderr: "inherit" }).output();
  if (!success) throw new Error("versitygw cannot be installed");
  return new TextDecoder().decode(stdout).trim();
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("versitygw does not start");
}
