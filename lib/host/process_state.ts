/**
 * The state of other processes, on Linux. On other systems, and for processes that have ended: `false` and 0.
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
