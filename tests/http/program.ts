/**
 * The server as a process.
 * @module
 */
import type { ServeOptions } from "../../lib/http/server.ts";
import { endChild } from "../program.ts";
import { until } from "../until.ts";

/** So much of stderr is kept at least: a test of ten minutes whose calls print megabytes would not fit into a string. */
const KEPT = 2 ** 24;

/** Whatever a server is to do, it does within so many seconds. */
const PATIENCE = 120;

const MAIN = new URL("fixture_main.ts", import.meta.url).pathname;

/** A server that was started. */
export class Program implements AsyncDisposable {
  readonly status: Promise<Deno.CommandStatus>;
  #child: Deno.ChildProcess;
  #stderr = "";
  #hasEnded = false;
  #read: Promise<void>;

  /** `before`: a shell command that the server is started by, as its last words. */
  constructor(options: Partial<ServeOptions>, before = "exec") {
    const command = `${before} "$0" run -A --quiet "$1" "$2"`;
    const child = this.#child = new Deno.Command("sh", {
      args: ["-c", command, Deno.execPath(), MAIN, JSON.stringify(options)],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.status = this.#child.status;
    this.#read = (async () => {
      const text = child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
      for await (const chunk of text) {
        this.#stderr += chunk;
        if (this.#stderr.length > 2 * KEPT) this.#stderr = this.#stderr.slice(-KEPT);
      }
      this.#hasEnded = true;
    })();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it has written to stderr until now; of floods the last 16 MiB. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until stderr says something; returns the match. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await until(`the server says ${pattern}`, () => {
      // Asked before: what it said last is there when it has ended.
      const hasEnded = this.#hasEnded;
      match = pattern.exec(this.#stderr);
      if (match === null && hasEnded) throw new Error(`ended without saying ${pattern}: ${this.#stderr}`);
      return match;
    }, PATIENCE);
    return match!;
  }

  /** Waits until it listens; returns its address. */
  async url(): Promise<string> {
    return (await this.says(/Listening on (\S+)/))[1]!;
  }

  /** Waits until it reads or computes so many requests. */
  async hasInFlight(count: number): Promise<void> {
    const url = await this.url();
    // The request for the metrics is one, too.
    const line = new RegExp(`_in_flight ${count + 1}$`, "m");
    await until(`${count} requests are in flight`, async () => line.test(await (await fetch(`${url}/metrics`)).text()));
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** The exit code, when it ends. */
  async code(): Promise<number> {
    await until("the server has ended", () => this.#hasEnded, PATIENCE);
    return (await this.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
    await this.#read;
  }
}

/** A pipe to the server as its descriptor 3, as a parent holds it open that is a program itself. */
export class ParentPipe implements AsyncDisposable {
  /** For the constructor of `Program`. */
  readonly before: string;

  private constructor(private readonly file: string) {
    const waiting = `i=0; while [ -e '${file}' ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done`;
    this.before = `{ exec 2>/dev/null; ${waiting}; } | exec 3<&0 </dev/null`;
  }

  static async make(): Promise<ParentPipe> {
    return new ParentPipe(await Deno.makeTempFile());
  }

  /** Closes the parent's end. */
  async end(): Promise<void> {
    await Deno.remove(this.file).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** The processes that a process has started. */
export async function children(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((id) => id !== "").map(Number);
}

/** Does the process run? One that has ended, and that nobody has asked about, does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/^State:\s*[ZX]/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
