/**
 * Closing the listening socket of `Deno.serve` while its connections live on: `shutdown` would close the idle ones at
 * once, and each request that is on its way to one of them would be lost.
 * @module
 */
import { dlopen } from "./dlopen.ts";

/** Of Linux. */
const AF_UNIX = 1, SOCK_STREAM_CLOEXEC = 1 | 0o2000000, SOL_SOCKET = 1, SO_ATTACH_FILTER = 26;

/**
 * A filter of packets (`struct sock_filter`) that drops those that open a connection: byte 13 of a TCP header holds the
 * flags, 2 is SYN. Four instructions: load the byte; go on if the bit is set, else one further; drop; accept.
 */
// deno-fmt-ignore
const DROP_SYN = new Uint8Array([
  0x30, 0, 0, 0,  13, 0, 0, 0,
  0x45, 0, 0, 1,   2, 0, 0, 0,
  0x06, 0, 0, 0,   0, 0, 0, 0,
  0x06, 0, 0, 0,  0xff, 0xff, 0xff, 0xff,
]);

/** Milliseconds in which a handshake that has begun ends, and Deno takes the connection. */
const HANDSHAKE = 10;

/**
 * Refuses new connections to a port of this process, so that a proxy may safely try another server; connections that
 * exist, or are just being made, are not disturbed. Returns false where this cannot be done (other systems than Linux).
 */
export async function refuseConnections(port: number): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    const { symbols: libc } = dlopen("libc.so.6", {
      socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
      listen: { parameters: ["i32", "i32"], result: "i32" },
      setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
    const listener = descriptorOf(port);
    if (listener === undefined) return false;
    libc.setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(), 16);
    await new Promise((resolve) => setTimeout(resolve, HANDSHAKE));
    // Deno still holds the descriptor, so it gets a socket at which nobody ever calls.
    const unused = libc.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
    if (unused < 0) return false;
    libc.listen(unused, 0);
    const isDone = libc.dup2(unused, listener) >= 0;
    libc.close(unused);
    return isDone;
  } catch {
    return false;
  }
}

/** `struct sock_fprog`: how many instructions there are, and where. */
function filterProgram(): Uint8Array<ArrayBuffer> {
  const program = new Uint8Array(16);
  const view = new DataView(program.buffer);
  view.setUint16(0, DROP_SYN.length / 8, true);
  view.setBigUint64(8, BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(DROP_SYN))), true);
  return program;
}

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTEN = "0A";

/** The descriptor of the TCP socket of this process that listens at a port. */
function descriptorOf(port: number): number | undefined {
  const sockets = new Set<string>();
  for (const file of ["tcp", "tcp6"]) {
    for (const line of Deno.readTextFileSync(`/proc/self/net/${file}`).split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && parseInt(local.split(":")[1]!, 16) === port) sockets.add(`socket:[${inode}]`);
    }
  }
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (sockets.has(Deno.readLinkSync(`/proc/self/fd/${name}`))) return Number(name);
    } catch {
      // It was the descriptor of this folder.
    }
  }
  return undefined;
}
