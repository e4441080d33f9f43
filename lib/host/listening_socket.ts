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

/** Milliseconds to wait for handshakes that have begun, and between looks whether Deno has accepted their connections. */
const HANDSHAKE = 10;
/** Milliseconds after which it is not waited for any more: Deno accepts none while too many files are open. */
const LONGEST_WAIT = 3000;

/**
 * Refuses new connections to a port of this process, so that a proxy may safely try another server; connections that
 * exist, or are just being made, are not disturbed. Returns false where this cannot be done (other systems than Linux).
 */
export async function refuseConnections(port: number): Promise<boolean> {
  const listener = descriptorOf(port);
  if (listener === undefined) return false;
  withLibc(({ setsockopt }) => setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(), 16));
  const own = targetOf(String(listener));
  const deadline = performance.now() + LONGEST_WAIT;
  const pause = () => new Promise((resolve) => setTimeout(resolve, HANDSHAKE));
  do await pause(); while (hasUnaccepted(own, port) && performance.now() < deadline);
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
    const sockets = new Set(listeningSockets(port).map(({ socket }) => socket));
    for (const { name } of Deno.readDirSync("/proc/self/fd")) if (sockets.has(targetOf(name))) return Number(name);
  } catch {
    // There is no /proc.
  }
  return undefined;
}

/** Has the socket connections that were made and are not accepted? They would be reset if it were closed now. */
function hasUnaccepted(socket: string, port: number): boolean {
  try {
    return listeningSockets(port).some((other) => other.socket === socket && other.unaccepted > 0);
  } catch {
    return true; // Too many files are open to ask, and to accept connections.
  }
}

/** The sockets of all processes that listen at a port. */
function listeningSockets(port: number): { readonly socket: string; readonly unaccepted: number }[] {
  const tables = ["tcp", "tcp6"].map((file) => Deno.readTextFileSync(`/proc/self/net/${file}`));
  return tables.flatMap((table) => table.split("\n").slice(1)).flatMap((line) => {
    // Of a socket that listens the second queue, of received bytes, is that of the connections.
    const [, local = "", , state, queues = "", , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTEN || parseInt(local.split(":")[1]!, 16) !== port) return [];
    return [{ socket: `socket:[${inode}]`, unaccepted: parseInt(queues.split(":")[1]!, 16) }];
  });
}

function targetOf(descriptor: string): string {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return ""; // It is closed by now, such as the descriptor that listed the folder.
  }
}
