/**
 * Completion in real shells: bash (without and with the package bash-completion), zsh and fish, each in a terminal of
 * its own, in which keys are typed. What a shell made of them is seen by the arguments that the program then gets.
 * Needs those shells, the package, and `script` of util-linux for the terminal.
 */
import assert from "node:assert/strict";
import { removeFolder } from "../program.ts";

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
  /** Runs the program itself, and returns what is on stdout. */
  program(...args: string[]): Promise<string>;
  /** Types lines into a shell in a terminal. Returns what the program was called with, and what was on the screen. */
  type(command: string, lines: readonly string[]): Promise<{ calls: string[][]; screen: string }>;
}

async function inSandbox(test: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  const bin = `${home}/bin`;
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${bin}/tesseract-runtime`, PROGRAM, { mode: 0o755 });
  await Deno.mkdir(`${home}/examples/two words`, { recursive: true });
  // Where it is missing, a new fish starts to fill it, and goes on in the background.
  await Deno.mkdir(`${home}/.local/share/fish/generated_completions`, { recursive: true });
  for (const file of ["payload.json", "two words/a$b.json"]) await Deno.writeTextFile(`${home}/examples/${file}`, "{}");
  const env = {
    HOME: home,
    PATH: `${bin}:/usr/bin:/bin`,
    DENO: Deno.execPath(),
    DENO_DIR: await denoDir(),
    ROOT: root,
    TERM: "xterm",
    LANG: "C.UTF-8",
  };
  const sandboxed = { cwd: home, clearEnv: true, env };
  try {
    await test({
      home,
      async program(...args) {
        const command = new Deno.Command(Deno.execPath(), {
          ...sandboxed,
          args: ["run", "-A", `${root}cli.ts`, ...args],
        });
        const { success, stdout, stderr } = await command.output();
        assert.ok(success, new TextDecoder().decode(stderr));
        return new TextDecoder().decode(stdout);
      },
      async type(command, lines) {
        await Deno.writeTextFile(`${home}/calls`, "");
        const terminal = new Deno.Command("script", {
          ...sandboxed,
          args: ["--quiet", "--return", "--command", command, "/dev/null"],
          stdin: "piped",
          stdout: "piped",
          stderr: "inherit",
          signal: AbortSignal.timeout(300_000),
        }).spawn();
        const keys = terminal.stdin.getWriter();
        await keys.write(new TextEncoder().encode([...lines, "exit", ""].join("\r")));
        const { stdout } = await terminal.output();
        await keys.close().catch(() => {});
        const calls = (await Deno.readTextFile(`${home}/calls`)).split("\n").slice(0, -1);
        return {
          calls: calls.map((call) => call.split("\0").slice(0, -1)),
          screen: new TextDecoder().decode(stdout),
        };
      },
    });
  } finally {
    await removeFolder(home);
  }
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** What is typed behind the program's name, and what the program is called with. `\t` is the key that completes. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["app\t'{}'", ["apply", "{}"]],
  ["jacobian-\t", ["jacobian-vector-product"]],
  ["--output-fo\tjson+base\tapp\t'{}'", ["--output-format", "json+base64", "apply", "{}"]],
  ["apply '{\"a b\": [1, 2]}' --output-fi\tx", ["apply", '{"a b": [1, 2]}', "--output-file", "x"]],
  ["apply --output-format=json+base\t'{}'", ["apply", "--output-format=json+base64", "{}"]],
  ["apply '{}' -f json+base\t", ["apply", "{}", "-f", "json+base64"]],
  ["serve --num\t2", ["serve", "--num-workers", "2"]],
  ["--show-c\tzs\t", ["--show-completion", "zsh"]],
  // Files: of payloads, of options, and in quotation marks.
  ["apply @exa\tpay\t", ["apply", "@examples/payload.json"]],
  ["apply \t'examples/payload.json'", ["apply", "@examples/payload.json"]],
  ["apply @examples/two\ta\t", ["apply", "@examples/two words/a$b.json"]],
  ["apply '@examples/two words/a\t", ["apply", "@examples/two words/a$b.json"]],
  ["--api-path exa\tpay\tcheck", ["--api-path", "examples/payload.json", "check"]],
  ["--api-path=exa\tpay\tcheck", ["--api-path=examples/payload.json", "check"]],
  ["apply --output-path exa\ttwo\t '{}'", ["apply", "--output-path", "examples/two words", "{}"]],
  // Nothing fits, and nothing of the line is run.
  ["nothing\t", ["nothing"]],
  ["apply '{\"-$(id>ran)=\t'", ["apply", '{"-$(id>ran)=']],
];

/** A slash behind the name of a folder is the shell's to choose. */
const withoutSlash = (calls: readonly (readonly string[])[]) =>
  calls.map((args) => args.map((arg) => arg.replace(/\/$/, "")));

interface Setting {
  readonly shell: "bash" | "zsh" | "fish";
  readonly setting: string;
  /** The startup file, and what the user has in it. */
  readonly startup: string;
  readonly own: string;
}

const SETTINGS: readonly Setting[] = [
  { shell: "bash", setting: "alone", startup: ".bashrc", own: "# mine\n" },
  {
    shell: "bash",
    setting: "with the package bash-completion",
    startup: ".bashrc",
    own: ". /usr/share/bash-completion/bash_completion\n",
  },
  { shell: "zsh", setting: "alone", startup: ".zshrc", own: "# mine\n" },
  { shell: "zsh", setting: "with its own compinit", startup: ".zshrc", own: "autoload -Uz compinit\ncompinit\n" },
  { shell: "fish", setting: "alone", startup: ".config/fish/config.fish", own: "# mine\n" },
];

for (const { shell, setting, startup, own } of SETTINGS) {
  Deno.test(`${shell} ${setting} completes what --install-completion has installed`, async () => {
    await inSandbox(async ({ home, program, type }) => {
      await Deno.mkdir(`${home}/${startup}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${home}/${startup}`, own);
      const changed = await program("--install-completion", shell);
      assert.equal(await program("--install-completion", shell), "");

      const { calls } = await type(`${shell} -i`, CASES.map(([keys]) => `tesseract-runtime ${keys}`));
      assert.deepEqual(withoutSlash(calls), CASES.map(([, args]) => args));
      assert.ok(![...Deno.readDirSync(home)].some(({ name }) => name === "ran"));

      const { screen } = await type(`${shell} -i`, [`tesseract-runtime ${shell === "bash" ? "\t\t" : "\t"}`]);
      assert.match(screen, /jacobian-vector-product/);
      assert.doesNotMatch(screen, /\bworker\b/);
      if (shell !== "bash") assert.match(screen, /Apply the Tesseract/);

      assert.deepEqual(
        new Set((await program("--uninstall-completion", shell)).split("\n")),
        new Set(changed.split("\n")),
      );
      assert.equal(await Deno.readTextFile(`${home}/${startup}`), own);
      const { calls: after } = await type(`${shell} -i`, ["tesseract-runtime app\t"]);
      assert.deepEqual(after, [["app"]]);
    });
  });
}

for (
  const [shell, read] of Object.entries({
    bash: 'eval "$(show bash)"; eval "$(show bash)"',
    zsh: "autoload -Uz compinit; compinit; source <(show zsh); source <(show zsh)",
    fish: "show fish | source; show fish | source",
  })
) {
  Deno.test(`${shell} reads what --show-completion prints, more than once`, async () => {
    await inSandbox(async ({ home, type }) => {
      const show = '#!/bin/sh\nexec "$DENO" run -A "$ROOT/cli.ts" --show-completion "$1"\n';
      await Deno.writeTextFile(`${home}/bin/show`, show, { mode: 0o755 });
      await Deno.writeTextFile(`${home}/.zshrc`, "# mine\n");
      const { calls } = await type(`${shell} -i`, [read, "tesseract-runtime app\t@exa\tpay\t"]);
      assert.deepEqual(calls, [["apply", "@examples/payload.json"]]);
    });
  });
}
