/**
 * What Linux says about other processes. Elsewhere, and where they have ended, it is nothing.
 * @module
 */

/** Has a signal (SIGSTOP) stopped the process? */
export const isStopped = (pid: number): boolean => /\) T/.test(read(pid, "stat"));

/** The memory that the process occupies, in bytes. */
export const memoryOf = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(read(pid, "status"))?.[1] ?? 0) * 1024;

function read(pid: number, name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}
