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
  readonly pipesEnded: Promise<unknown>;
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
 * is removed from the file system. Rejects if the process ends before. `spawned` is called before the first `await`, so that the process can be
 * killed from the start.
 *
 * Its stdin is a pipe to which nothing is written: when the pipe is closed, the worker knows that the server has ended.
 */
export async function spawnWorker(
  [executable, ...args]: readonly string[],
  shared: Omit<ConnectionPaths, "socket">,
  piped: (bytes: Uint8Array) => Promise<void>,
  spawned: (child: Deno.ChildProcess) => void,
): Promise<Spawned> {
  const folder = makeFolder();
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
    const pipesEnded = Promise.all([child.stdout, child.stderr].map(async (stream) => {
      for await (const bytes of stream) await piped(bytes);
    }));
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

/** A new folder for the socket: in /dev/shm if no temporary files can be written, as in a read-only container. */
function makeFolder(): string {
  const prefix = "tesseract-";
  try {
    return Deno.makeTempDirSync({ prefix });
  } catch (error) {
    try {
      return Deno.makeTempDirSync({ prefix, dir: "/dev/shm" });
    } catch {
      throw error;
    }
  }
}

/** How a process ended, to follow "it". */
export function describeStatus({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
