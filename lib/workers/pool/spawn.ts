/**
 * Starting a worker process.
 * @module
 */
import type { ConnectionPaths } from "../protocol/messages.ts";

/** A worker process that has connected. */
export interface Spawned {
  readonly conn: Deno.Conn;
  readonly child: Deno.ChildProcess;
  /** Resolves when its stdout and stderr have ended, and all of it was given to `piped`. */
  readonly pipesEnded: Promise<void>;
}

/** Environment variables of a worker, besides those of the server. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  // Deno looks for a newer version of itself in every process.
  DENO_NO_UPDATE_CHECK: "1",
  // Large arrays in pages of 2 MiB: touching 80 MB for the first time takes 55 ms in pages of 4 KiB, more than twice as
  // long as decoding them. Only glibc reads this.
  ...Deno.env.has("GLIBC_TUNABLES") ? {} : { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" },
};

/**
 * Starts a worker, adds the last argument of its command (`ConnectionPaths`), and waits until it connects. Then the socket
 * is removed from the file system. Rejects if the process ends before.
 *
 * Its stdin is a pipe to which nothing is written: when the pipe is closed, the worker knows that the server has ended.
 */
export async function spawnWorker(
  [executable, ...args]: readonly string[],
  shared: Omit<ConnectionPaths, "socket">,
  piped: (bytes: Uint8Array) => Promise<void>,
  spawned: (child: Deno.ChildProcess) => void,
): Promise<Spawned> {
  const folder = await makeFolder();
  try {
    const socketPath = `${folder}/worker`;
    using listener = Deno.listen({ transport: "unix", path: socketPath });
    const links: ConnectionPaths = { socket: socketPath, ...shared };
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
    // A program that removes old temporary files may have removed it.
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

/** A new folder for the socket: in /dev/shm if no temporary files can be written, as in a read-only container. */
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
