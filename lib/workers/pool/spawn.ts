/**
 * Starting a worker process.
 * @module
 */
import { MARK_VARIABLE } from "../protocol/marks.ts";
import type { Prints } from "./prints.ts";

/** A process that has connected, or could not. */
export interface Spawned {
  readonly conn: Deno.Conn;
  readonly child: Deno.ChildProcess;
  /** Resolves when the last of its prints was written. */
  readonly printed: Promise<void>;
}

/** The process ended before it connected. */
export class EndedEarly extends Error {
  override name = "EndedEarly";
}

/**
 * Large arrays in pages of 2 MiB: touching 80 MB for the first time takes 55 ms in pages of 4 KiB, more than twice as
 * long as decoding what goes there. glibc reads this, everybody else ignores it.
 */
const HUGE_PAGES = Deno.env.has("GLIBC_TUNABLES") ? {} : { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" };

/**
 * Starts the command with the path of a fresh socket as its last argument, and waits until it connects. Nothing is
 * left in the file system then.
 */
export async function spawnWorker(
  [executable, ...args]: readonly string[],
  prints: Prints,
  spawned: (child: Deno.ChildProcess) => void,
): Promise<Spawned> {
  const folder = await makeFolder();
  try {
    const path = `${folder}/worker`;
    using listener = Deno.listen({ transport: "unix", path });
    const secret = crypto.randomUUID();
    const child = new Deno.Command(executable!, {
      args: [...args, path],
      env: { [MARK_VARIABLE]: secret, ...HUGE_PAGES },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    spawned(child);
    const printed = prints.read([child.stdout, child.stderr], secret);
    const conn = await Promise.race([listener.accept(), child.status]);
    if ("success" in conn) {
      await printed;
      throw new EndedEarly(`it ${describeStatus(conn)}`);
    }
    return { conn, child, printed };
  } finally {
    // What clears away old temporary files may have been faster.
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
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
