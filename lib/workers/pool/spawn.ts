/**
 * Starting a worker process.
 * @module
 */
import type { Links } from "../protocol/links.ts";

/** A process that has connected. */
export interface Spawned {
  readonly conn: Deno.Conn;
  readonly child: Deno.ChildProcess;
  /** Resolves when all that came through its stdout and stderr was given to `piped`. */
  readonly pipesEnded: Promise<void>;
}

/** What a worker's environment has besides the server's. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  // Deno looks for a newer version of itself in every process.
  DENO_NO_UPDATE_CHECK: "1",
  // Large arrays in pages of 2 MiB: touching 80 MB for the first time takes 55 ms in pages of 4 KiB, more than twice as
  // long as decoding what goes there. glibc reads this, everybody else ignores it.
  ...Deno.env.has("GLIBC_TUNABLES") ? {} : { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" },
};

/**
 * Starts the command, whose last argument says how to reach the server (`Links`), and waits until it connects. Nothing
 * is left in the file system then. Rejects where the process ends before.
 *
 * Its stdin is a pipe to which nothing is ever written: its end tells the worker that the server has ended.
 */
export async function spawnWorker(
  [executable, ...args]: readonly string[],
  shared: Omit<Links, "socket">,
  piped: (bytes: Uint8Array) => Promise<void>,
  spawned: (child: Deno.ChildProcess) => void,
): Promise<Spawned> {
  const folder = await makeFolder();
  try {
    const socket = `${folder}/worker`;
    using listener = Deno.listen({ transport: "unix", path: socket });
    const links: Links = { socket, ...shared };
    const child = new Deno.Command(executable!, {
      args: [...args, JSON.stringify(links)],
      env: ENVIRONMENT,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    spawned(child);
    const pipesEnded = readAll([child.stdout, child.stderr], piped);
    const conn = await Promise.race([listener.accept(), child.status]);
    if ("success" in conn) {
      await pipesEnded;
      throw new Error(`it ${describeStatus(conn)}`);
    }
    return { conn, child, pipesEnded };
  } finally {
    // What clears away old temporary files may have been faster.
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

async function readAll(
  streams: readonly ReadableStream<Uint8Array>[],
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  await Promise.all(streams.map(async (stream) => {
    for await (const bytes of stream) await take(bytes);
  }));
}

/** A fresh folder for a socket: in memory where no temporary files can be written, as in a read-only container. */
async function makeFolder(): Promise<string> {
  const prefix = "tesseract-";
  try {
    return await Deno.makeTempDir({ prefix });
  } catch (error) {
    return await Deno.makeTempDir({ prefix, dir: "/dev/shm" }).catch(() => Promise.reject(error));
  }
}

/** How a process ended, to follow "it". */
export function describeStatus({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
