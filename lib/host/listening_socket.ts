/**
 * Closing the listening socket of `Deno.serve` while its connections stay open: `shutdown` would close idle connections
 * at once, and lose each request that is on its way to one of them.
 * @module
 */
import { withLibc } from "./libc.ts";

/** Constants of Linux. */
const AF_UNIX = 1, SOCK_STREAM_CLOEXEC = 1 | 0o2000000, SOL_SOCKET = 1, SO_ATTACH_FILTER = 26;

/**
 * A packet filter (`struct sock_filter`) that drops packets that open a connection: byte 13 of a TCP header holds the
 * flags, 2 is SYN. Four instructions: load the byte; if the bit is not set, skip one; drop; accept.
 */
// deno-fmt-ignore
const DROP_SYN = new Uint8Array([
  0x30, 0, 0, 0,  13, 0, 0, 0,
  0x45, 0, 0, 1,   2, 0, 0, 0,
  0x06, 0, 0, 0,   0, 0, 0, 0,
  0x06, 0, 0, 0,  0xff, 0xff, 0xff, 0xff,
]);

/** Milliseconds to wait for handshakes that have begun, and for Deno to accept their connections. */
const HANDSHAKE = 10;

/**
 * Refuses new connections to a port of this process, so that a proxy may safely try another server; connections that
 * exist, or are just being made, are not disturbed. Returns false where this cannot be done (other systems than Linux).
 */
export async function refuseConnections(port: number): Promise<boolean> {
  const listener = descriptorOf(port);
  if (listener === undefined) return false;
  withLibc(({ setsockopt }) => setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(), 16));
  await new Promise((resolve) => setTimeout(resolve, HANDSHAKE));
  // Deno goes on to use its descriptor, so point that at an unused socket, to which nobody can connect.
  return withLibc(({ socket, listen, dup2, close }) => {
    const unused = socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
    if (unused < 0) return false;
    listen(unused, 0);
    const isDone = dup2(unused, listener) >= 0;
    close(unused);
    return isDone;
  }) ?? false;
}

/** `struct sock_fprog`: how many instructions there are, and where. */
function filterProgram(): Uint8Array<ArrayBuffer> {
  const program = new Uint8Array(16);
  const view = new DataView(program.buffer);
  view.setUint16(0, DROP_SYN.length / 8, true);
  view.setBigUint64(8, BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(DROP_SYN))), true);
  return program;
}

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = "0A";

/**
 * Makes a function that says whether the socket that listens at a port now is still open; `undefined` where there is
 * no /proc.
 */
export function watchListener(port: number): (() => boolean) | undefined {
  const listener = descriptorOf(port);
  if (listener === undefined) return undefined;
  const socket = targetOf(String(listener));
  return () => targetOf(String(listener)) === socket;
}

/** The descriptor of the TCP socket of this process that listens at a port. */
function descriptorOf(port: number): number | undefined {
  try {
    const sockets = new Set(["tcp", "tcp6"].flatMap((file) => listeningSockets(`/proc/self/net/${file}`, port)));
    for (const { name } of Deno.readDirSync("/proc/self/fd")) if (sockets.has(targetOf(name))) return Number(name);
  } catch {
    // There is no /proc.
  }
  return undefined;
}

function listeningSockets(table: string, port: number): string[] {
  return Deno.readTextFileSync(table).split("\n").slice(1).flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTEN && parseInt(local.split(":")[1]!, 16) === port ? [`socket:[${inode}]`] : [];
  });
}

function targetOf(descriptor: string): string {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return ""; // It is closed by now, such as the descriptor that listed the folder.
  }
}
