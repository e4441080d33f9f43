import { aliasesOf, type Command, optionsOf, PROGRAM } from "./command.ts";
import { COMPLETION_OPTIONS, GLOBAL_OPTIONS, RESULT_ALIASES } from "./options/global.ts";
import { type Aliases, HELP, kebab, type Option, type Options } from "./options/option.ts";

type Row = readonly [string, string];

/** The text of `--help`. */
export function programHelp(commands: Readonly<Record<string, Command>>): string {
  return [
    `Usage: ${PROGRAM} [OPTIONS] COMMAND [ARGS]...`,
    "",
    "Put a Tesseract on the command line, or behind HTTP.",
    "",
    "Every option can also be set by an environment variable: --output-format by",
    "TESSERACT_RUNTIME_APPLY_OUTPUT_FORMAT for the command apply, by",
    "TESSERACT_RUNTIME_OUTPUT_FORMAT for all, or by TESSERACT_OUTPUT_FORMAT.",
    ...section("Options", optionRows(GLOBAL_OPTIONS, RESULT_ALIASES, true)),
    ...section("Shell completion", optionRows(COMPLETION_OPTIONS, {})),
    ...section(
      "Commands",
      Object.entries(commands).flatMap(([name, { brief, hidden }]) => hidden ? [] : [[name, brief]]),
    ),
    "",
  ].join("\n");
}

/** The text of `COMMAND --help`, as far as it does not depend on the user module. */
export function commandHelp(name: string, command: Command): string {
  const { brief, description } = command;
  const rows = command.arguments.map(({ placeholder, brief, takes }): Row => {
    const repeated = takes === "repeated" ? `${placeholder}...` : placeholder;
    return [takes === "optional" ? `[${repeated}]` : repeated, brief];
  });
  return [
    `Usage: ${[PROGRAM, name, "[OPTIONS]", ...rows.map(([placeholder]) => placeholder)].join(" ")}`,
    "",
    brief,
    ...description === undefined ? [] : ["", description],
    ...section("Arguments", rows),
    ...section("Options", optionRows(optionsOf(command), aliasesOf(command), true)),
    "",
  ].join("\n");
}

function optionRows(options: Options, aliases: Aliases, withHelp = false): Row[] {
  const shortNames = new Map(Object.entries(aliases).map(([short, name]) => [name, `-${short}, `]));
  const rows = Object.entries(options).filter(([, { hidden }]) => !hidden).map(([name, option]): Row => {
    const choices = option.values === undefined ? "" : `: ${option.values.join(", ")}`;
    return [
      `${shortNames.get(name) ?? "    "}--${kebab(name)}${valueOf(option)}`,
      option.brief.replace(/(?= \[default: |$)/, choices),
    ];
  });
  return withHelp ? [...rows, [`${"h" in aliases ? "    " : "-h, "}--help`, HELP.brief]] : rows;
}

function valueOf({ placeholder, mayLackValue }: Option): string {
  if (placeholder === undefined) return "";
  if (mayLackValue === "=") return `[=${placeholder}]`;
  return mayLackValue ? ` [${placeholder}]` : ` ${placeholder}`;
}

function section(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  return ["", `${title}:`, ...rows.map(([name, brief]) => `  ${name.padEnd(width)}  ${brief}`)];
}
