/**
 * A worker is a process group of its own: a signal to the group of the server does not reach it, nor the other way
 * round (`kill(0)` in a library, `trap 'kill 0' EXIT` in a script). Still it must not outlive its server, even if that
 * is killed while user code blocks the worker's event loop; nor must the programs that the worker has started.
 * @module
 */
import { pointAt, printDescriptors } from "./descriptors.ts";
import { cString, withLibc } from "./libc.ts";

const F_GETFL = 3, F_SETFL = 4, F_SETOWN = 8, F_SETSIG = 10, F_DUPFD_CLOEXEC = 1030;
const O_ASYNC = 0o20000, O_RDONLY = 0;
const SIGKILL = 9;

/**
 * Makes this process, whose stdin is a pipe from its parent, a process group that ends with the parent: when the other
 * end of the pipe is closed, Linux sends SIGKILL to the group. (`PR_SET_PDEATHSIG` would end this process alone, and
 * also when only the thread that started it ends.) Stdin is empty from then on. A session would do as well, but Linux
 * divides processor time between sessions, and calls between two of them took twice as long on a busy machine.
 *
 * On other systems this does nothing: there a worker ends when it notices that its socket to the server is closed,
 * which it cannot do while user code blocks the event loop.
 */
export function endWithParent(): void {
  if (Deno.build.os !== "linux") return;
  withLibc((libc) => {
    libc.setpgid(0, 0); // This fails only for the first process of a session, which is a group already.
    const pipe = libc.fcntl(0, F_DUPFD_CLOEXEC, 3);
    if (pipe < 0) return;
    libc.fcntl(pipe, F_SETOWN, -Deno.pid);
    libc.fcntl(pipe, F_SETSIG, SIGKILL);
    libc.fcntl(pipe, F_SETFL, libc.fcntl(pipe, F_GETFL, 0) | O_ASYNC);
    const empty = libc.open(cString("/dev/null"), O_RDONLY);
    for (const fd of printDescriptors(0)) if (fd !== pipe) pointAt(libc, fd, empty);
    libc.close(empty);
  });
}

/** Ends what is left of the group of a process that has ended: the programs that it has started. */
export function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // nothing is left
  }
}
