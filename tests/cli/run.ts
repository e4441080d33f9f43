/** Runs the program in this process, on streams of its own. */
import type { Io } from "../../lib/cli/io/io.ts";
import { runProgram } from "../../lib/cli/program.ts";
import { removeFolder } from "../program.ts";

export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: readonly Uint8Array[];
  readonly terminal?: boolean;
  readonly errorTerminal?: boolean;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Streams that keep what is written to them. */
export function fakeIo(
  { stdin = [], terminal = false, errorTerminal = false }: World = {},
): Io & { stdout(): string; stderr(): string } {
  const out: Uint8Array[] = [];
  let err = "";
  return {
    terminal,
    errorTerminal,
    hostUserCode: () => Promise.resolve(),
    write: (chunk) => out.push(chunk.slice()),
    print: (text) => out.push(bytes(text)),
    writeError: (text) => err += text,
    errorStream: () => (text) => err += text,
    async *stdin() {
      yield* stdin;
    },
    stdout: () => out.map((chunk) => new TextDecoder().decode(chunk)).join(""),
    stderr: () => err,
  };
}

export async function runCli(args: readonly string[], world: World = {}): Promise<Outcome> {
  const io = fakeIo(world);
  const { env = {}, cwd = "/nonexistent" } = world;
  const code = await runProgram(args, { io, cwd, env: (name) => env[name] });
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

/** A folder with these files in it, for as long as the test runs. */
export async function withFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${name}`, typeof content === "string" ? bytes(content) : content);
    }
    await test(folder);
  } finally {
    await removeFolder(folder);
  }
}
