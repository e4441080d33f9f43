/**
 * Completion in real shells: bash (without and with the package bash-completion), zsh and fish, each in a terminal of
 * its own, in which keys are typed. What the shell made of them is seen by the arguments that the program then gets.
 * Needs those shells, and `script` of util-linux for the terminal.
 */
import assert from "node:assert/strict";

const root = new URL("../..", import.meta.url).pathname;

/** In place of the program: answers completion as it does, and keeps the arguments of every other call. */
const PROGRAM = `#!/bin/sh
case "$1" in
  complete) exec "$DENO" run -A "$ROOT/cli.ts" "$@" ;;
  *) printf '%s\\0' "$@" >> "$HOME/calls"; printf '\\n' >> "$HOME/calls" ;;
esac
`;

interface Sandbox {
  readonly home: string;
  /** Runs a command to its end, and returns its stdout. */
  run(command: string, ...args: string[]): Promise<string>;
  /** Types lines into a shell in a terminal. Returns what the program was called with, and what was on the screen. */
  type(shell: string, lines: readonly string[]): Promise<{ calls: string[][]; screen: string }>;
}

async function inSandbox(test: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  const bin = `${home}/bin`;
  await Deno.mkdir(`${home}/examples/two words`, { recursive: true });
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${bin}/tesseract-runtime`, PROGRAM, { mode: 0o755 });
  for (const file of ["payload.json", "two words/a$b.json"]) await Deno.writeTextFile(`${home}/examples/${file}`, "{}");
  const options = {
    cwd: home,
    clearEnv: true,
    env: {
      HOME: home,
      PATH: `${bin}:/usr/bin:/bin`,
      DENO: Deno.execPath(),
      DENO_DIR: await denoDir(),
      ROOT: root,
      TERM: "xterm",
      LANG: "C.UTF-8",
    },
  };
  const run = async (command: string, ...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command(command, { ...options, args }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  const type = async (shell: string, lines: readonly string[]) => {
    await Deno.remove(`${home}/calls`).catch(() => {});
    const terminal = new Deno.Command("script", {
      ...options,
      args: ["--quiet", "--return", "--command", shell, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const keys = terminal.stdin.getWriter();
    await keys.write(new TextEncoder().encode([...lines, "exit", ""].join("\r")));
    const { stdout } = await terminal.output();
    await keys.close().catch(() => {});
    const calls = await Deno.readTextFile(`${home}/calls`).catch(() => "");
    return {
      calls: calls.split("\n").slice(0, -1).map((call) => call.split("\0").slice(0, -1)),
      screen: new TextDecoder().decode(stdout),
    };
  };
  try {
    await test({ home, run, type });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** What is typed, and what the program is called with. `\t` is the key that completes. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["app\t'{}'", ["apply", "{}"]],
  ["--output-fo\tjson+\tapp\t'{}'", ["--output-format", "json+base64", "apply", "{}"]],
  ["apply '{\"a b\": [1, 2]}' --output-fi\tx", ["apply", '{"a b": [1, 2]}', "--output-file", "x"]],
  ["apply --output-format=json+\t'{}'", ["apply", "--output-format=json+base64", "{}"]],
  ["apply '{}' -f json+\t", ["apply", "{}", "-f", "json+base64"]],
  ["jacobian-\t", ["jacobian-vector-product"]],
  ["serve --num\t2", ["serve", "--num-workers", "2"]],
  ["--show-c\tzs\t", ["--show-completion", "zsh"]],
  ["apply @exa\tpay\t", ["apply", "@examples/payload.json"]],
  ["apply @examples/two\ta\t", ["apply", "@examples/two words/a$b.json"]],
  ["apply \t'examples/payload.json'", ["apply", "@examples/payload.json"]],
  ["apply '@examples/two words/a\t", ["apply", "@examples/two words/a$b.json"]],
  ["--api-path exa\tpay\tcheck", ["--api-path", "examples/payload.json", "check"]],
  ["apply --output-path exa\ttwo\t '{}'", ["apply", "--output-path", "examples/two words", "{}"]],
];

for (const [shell, command] of [["bash", "bash -i"], ["zsh", "zsh -i"], ["fish", "fish -i"]] as const) {
  Deno.test(`${shell} completes what --install-completion has installed`, async () => {
    await inSandbox(async ({ home, run, type }) => {
      const manage = (option: string) => run(Deno.execPath(), "run", "-A", `${root}/cli.ts`, option, shell);
      const changed = await manage("--install-completion");
      assert.equal(await manage("--install-completion"), "");
      const { calls, screen } = await type(command, CASES.map(([keys]) => `tesseract-runtime ${keys}`));
      console.log(screen);
      console.log(calls, changed, home);
    });
  });
}
