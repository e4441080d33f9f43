import { deepStrictEqual, equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { programHelp } from "../../lib/cli/help.ts";
import { withLines } from "../../lib/cli/completion/install.ts";
import { propose } from "../../lib/cli/completion/propose.ts";
import { currentShell, type Shell, SHELLS } from "../../lib/cli/completion/shells.ts";
import { runCli, withFolder } from "./run.ts";

/** The words that are proposed for the last word of a line. */
const words = (...line: string[]) => propose(line, COMMANDS).words.map(([word]) => word);

Deno.test("propose() knows the commands and options that the help lists, and no others", () => {
  const [front, commands] = programHelp(COMMANDS).split("\nCommands:\n");
  deepStrictEqual(words(""), [...commands!.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name));
  const options = [...front!.matchAll(/^ {2}(?:(-\w), | {4})(--[a-z-]+)/gm)].flatMap(([, short, long]) =>
    short && short !== "-h" ? [short, long!] : [long!]
  );
  deepStrictEqual(new Set(words("-")), new Set(options));
});

const CASES: readonly (readonly [what: string, line: string[], words: string[]])[] = [
  ["commands by their beginning", ["heal"], ["health"]],
  ["commands after options", ["--debug", "--name", "apply", "heal"], ["health"]],
  ["options after a command", ["apply", "{}", "--output-f"], ["--output-format", "--output-file"]],
  ["the options of the command only", ["serve", "--num", ""], []],
  ["each option once", ["apply", "-f", "json", "--output-f"], ["--output-file"]],
  ["values", ["--output-format", "json+base"], ["json+base64"]],
  ["values after a short name", ["apply", "{}", "-f", "json+base"], ["json+base64"]],
  ["values after =", ["apply", "--output-format=json+base"], ["json+base64"]],
  ["shells", ["--install-completion", ""], [...SHELLS]],
  ["options after an option whose value may be missing", ["--install-completion", "--out"], [
    "--output-path",
    "--output-format",
    "--output-file",
  ]],
  ["commands after a switch", ["--debug", "ser"], ["serve"]],
  ["commands after --version, whose value stands behind =", ["--version", "ser"], ["serve"]],
  ["@ for a payload", ["apply", ""], ["@"]],
  ["one payload only", ["apply", "{}", ""], []],
  ["a word in quotation marks", ["apply", '"--output-fo'], ["--output-format"]],
  ["nothing for free text", ["--name", ""], []],
  ["nothing hidden", ["serve", "--parent"], []],
  ["no hidden commands", ["work"], []],
  ["nothing after a command that there is not", ["toString", "--"], []],
];

for (const [what, line, expected] of CASES) {
  Deno.test(`propose() proposes ${what}`, () => deepStrictEqual(words(...line), expected));
}

Deno.test("propose() leaves files and folders to the shell", () => {
  equal(propose(["--api-path", "exa"], COMMANDS).then, "files");
  equal(propose(["--api-path=exa"], COMMANDS).then, "files");
  equal(propose(["apply", "-o", ""], COMMANDS).then, "folders");
  equal(propose(["apply", ""], COMMANDS).then, "text");
});

Deno.test("propose() takes any line, and proposes what goes on from its last word", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...CASES.flatMap(([, line]) => line)))), (line) => {
      const typed = line.at(-1)?.replace(/^['"]/, "").replace(/^--[a-z-]+=/, "") ?? "";
      for (const [word] of propose(line, COMMANDS).words) ok(word.startsWith(typed));
    }),
  );
});

Deno.test("complete prints words, each with a line about it, and what else the shell shall do", async () => {
  const complete = async (...line: string[]) => (await runCli(["complete", "--", ...line])).stdout;
  equal(await complete("serve", "--po"), "--port\tport, 0 for any free one [default: 8000]\n:4\n");
  equal(await complete("--api-path", ""), ":0\n");
  equal(await complete("--output-path", ""), ":16\n");
  match(await complete("apply", ""), /^@\t.*\n:6\n$/);
  equal(await complete("apply", "--help"), "--help\tshow this help\n:4\n");
});

Deno.test("currentShell() is the nearest shell above the program, else the login shell", () => {
  equal(currentShell("/bin/zsh", ["sh", "node", "fish", "bash"]), "fish");
  equal(currentShell("/usr/bin/pwsh", ["sshd"]), "pwsh");
  throws(() => currentShell("/bin/tcsh", []), /name one of bash, zsh, fish, pwsh/);
  throws(() => currentShell(undefined, []), /name one of/);
});

Deno.test("without a name, completion is for the current shell", async () => {
  const { stdout } = await runCli(["--show-completion", "--debug"], { env: { SHELL: "/bin/bash" } });
  match(stdout, /tesseract-runtime/);
});

/** The files that a shell needs, in the order in which they are written. */
const FILES: Readonly<Record<Shell, readonly string[]>> = {
  bash: [".bashrc", ".local/share/bash-completion/completions/tesseract-runtime"],
  zsh: [".zshrc", ".local/share/zsh/site-functions/_tesseract_runtime"],
  fish: [".config/fish/completions/tesseract-runtime.fish"],
  pwsh: [
    ".config/powershell/Microsoft.PowerShell_profile.ps1",
    ".config/powershell/tesseract-runtime.completion.ps1",
  ],
};

for (const shell of SHELLS) {
  const [startup, script = startup] = FILES[shell] as readonly [string, string?];

  Deno.test(`--install-completion ${shell} changes its files once, and prints their names`, async () => {
    await withFolder({}, async (home) => {
      const install = () => runCli(["--install-completion", shell], { env: { HOME: home } });
      const first = await install();
      deepStrictEqual([first.code, first.stdout], [0, FILES[shell].map((file) => `${home}/${file}\n`).join("")]);
      match(Deno.readTextFileSync(`${home}/${script}`), /tesseract-runtime complete /);
      const text = () => FILES[shell].map((file) => Deno.readTextFileSync(`${home}/${file}`));
      const before = text();
      deepStrictEqual([(await install()).stdout, text()], ["", before]);
      equal((await runCli(["--show-completion", shell])).stdout, Deno.readTextFileSync(`${home}/${script}`));
      equal((await runCli([`--uninstall-completion=${shell}`], { env: { HOME: home } })).stdout, first.stdout);
      for (const file of FILES[shell]) throws(() => Deno.statSync(`${home}/${file}`), Deno.errors.NotFound);
    });
  });

  Deno.test(`--uninstall-completion ${shell} leaves what else is in the files`, async () => {
    if (script === startup) return;
    await withFolder({ [startup]: "alias l=ls\n# no line break" }, async (home) => {
      const env = { HOME: home };
      await runCli(["--install-completion", shell], { env });
      match(Deno.readTextFileSync(`${home}/${startup}`), /^alias l=ls\n# no line break\n.*tesseract/);
      await runCli(["--uninstall-completion", shell], { env });
      equal(Deno.readTextFileSync(`${home}/${startup}`), "alias l=ls\n# no line break\n");
      const again = await runCli(["--uninstall-completion", shell], { env });
      deepStrictEqual([again.code, again.stdout], [0, ""]);
    });
  });
}

Deno.test("withLines() adds once, where it likes, and no lines undo it", () => {
  const lines = fc.array(fc.constantFrom("one", "two", "three"), { minLength: 1 });
  const text = fc.array(fc.string().filter((line) => !line.includes("\n"))).map((all) =>
    all.map((l) => `${l}\n`).join("")
  );
  fc.assert(fc.property(text, lines, lines, (before, old, ours) => {
    const installed = withLines(withLines(before, old), ours);
    equal(withLines(installed, ours), installed);
    equal(installed, withLines(before, ours));
    equal(withLines(installed, []), before);
  }));
});

Deno.test("what was moved by the user stays where it is", () => {
  const moved = withLines("", ["one"]) + "last\n";
  equal(withLines(moved, ["one"]), moved);
});

Deno.test("a startup file that is a link stays one, and keeps its permissions", async () => {
  await withFolder({ "dotfiles/bashrc": "alias l=ls\n" }, async (home) => {
    await Deno.chmod(`${home}/dotfiles/bashrc`, 0o600);
    await Deno.symlink("dotfiles/bashrc", `${home}/.bashrc`);
    equal((await runCli(["--install-completion", "bash"], { env: { HOME: home } })).code, 0);
    ok((await Deno.lstat(`${home}/.bashrc`)).isSymlink);
    match(await Deno.readTextFile(`${home}/dotfiles/bashrc`), /^alias l=ls\n.*tesseract/);
    equal((await Deno.stat(`${home}/dotfiles/bashrc`)).mode! & 0o777, 0o600);
  });
});

Deno.test("the folders of the XDG variables and ZDOTDIR are used, and a ' in them does no harm", async () => {
  await withFolder({}, async (home) => {
    const env = { HOME: home, XDG_DATA_HOME: `${home}/it's`, XDG_CONFIG_HOME: "relative", ZDOTDIR: `${home}/z` };
    const { stdout } = await runCli(["--install-completion", "zsh"], { env });
    equal(stdout, `${home}/z/.zshrc\n${home}/it's/zsh/site-functions/_tesseract_runtime\n`);
    match(await Deno.readTextFile(`${home}/z/.zshrc`), /^fpath=\('.*it'\\''s\/zsh\/site-functions' \$fpath\)/);
    equal(
      (await runCli(["--install-completion", "fish"], { env })).stdout,
      `${home}/.config/fish/completions/tesseract-runtime.fish\n`,
    );
  });
});

Deno.test("what cannot be done is said in plain words", async () => {
  const fails = async (args: string[], env: Record<string, string>) => {
    const { code, stdout, stderr } = await runCli(args, { env });
    deepStrictEqual([code, stdout], [2, ""]);
    return stderr;
  };
  equal(
    await fails(["--install-completion", "tcsh"], { HOME: "/tmp" }),
    'Error: --install-completion: expected one of bash, zsh, fish, pwsh, got "tcsh"\n',
  );
  equal(
    await fails(["--install-completion", "bash"], {}),
    "Error: HOME: expected the path of the home directory; it is not set\n",
  );
  await withFolder({ "file": "", "home/.bashrc/a": "" }, async (folder) => {
    equal(
      await fails(["--install-completion", "fish"], { HOME: `${folder}/file` }),
      `Error: ${folder}/file/.config/fish/completions/tesseract-runtime.fish cannot be read: not a directory\n`,
    );
    equal(
      await fails(["--install-completion", "bash"], { HOME: `${folder}/home` }),
      `Error: ${folder}/home/.bashrc cannot be read: is a directory\n`,
    );
  });
});

Deno.test({
  name: "a startup file that is read-only is left alone",
  ignore: Deno.uid() === 0, // who may write everything
  fn: () =>
    withFolder({ ".bashrc": "alias l=ls\n" }, async (home) => {
      await Deno.chmod(`${home}/.bashrc`, 0o444);
      const { code, stderr } = await runCli(["--install-completion", "bash"], { env: { HOME: home } });
      deepStrictEqual([code, stderr], [2, `Error: ${home}/.bashrc cannot be written: permission denied\n`]);
      equal(await Deno.readTextFile(`${home}/.bashrc`), "alias l=ls\n");
    }),
});
