/**
 * The help of the program and of its commands. It loads nothing of the user's.
 * @module
 */
import { COMMANDS, HIDDEN, PROGRAM } from "./application.ts";
import { COMPLETION_FLAGS, GLOBAL_FLAGS, HELP_BRIEF, kebab, RESULT_ALIASES } from "./options/options.ts";

type Row = readonly [string, string];

const HELP_ROW: Row = ["-h, --help", HELP_BRIEF];

/** The text of `--help`. */
export function programHelp(): string {
  return [
    `Usage: ${PROGRAM} [OPTIONS] COMMAND [ARGS]...`,
    "",
    "Put a Tesseract on the command line, or behind HTTP.",
    "",
    "Every option can also be set by an environment variable: --output-format by",
    "TESSERACT_RUNTIME_APPLY_OUTPUT_FORMAT for the command apply, by",
    "TESSERACT_RUNTIME_OUTPUT_FORMAT for all, or by TESSERACT_OUTPUT_FORMAT.",
    ...section("Options", [...optionRows(GLOBAL_FLAGS, RESULT_ALIASES), HELP_ROW]),
    ...section("Shell completion", optionRows(COMPLETION_FLAGS, {})),
    ...section(
      "Commands",
      Object.entries(COMMANDS).flatMap(([name, { brief }]) => HIDDEN[name] ? [] : [[name, brief]]),
    ),
    "",
  ].join("\n");
}

/** The text of `COMMAND --help`, as far as it does not depend on the user module. */
export function commandHelp(name: string): string {
  const { brief, fullDescription, parameters: { flags = {}, aliases = {}, positional } } = COMMANDS[name]!;
  const several = positional?.kind === "array" ? [positional.parameter] : [];
  const parameters = positional?.kind === "tuple" ? positional.parameters : several;
  const rows = parameters.map(({ placeholder = "", brief }): Row => [
    several.length > 0 ? `${placeholder}...` : placeholder,
    brief,
  ]);
  return [
    `Usage: ${[PROGRAM, name, "[OPTIONS]", ...rows.map(([placeholder]) => placeholder)].join(" ")}`,
    "",
    brief,
    ...fullDescription === undefined ? [] : ["", fullDescription],
    ...section("Arguments", rows),
    ...section("Options", [...optionRows(flags, aliases), HELP_ROW]),
    "",
  ].join("\n");
}

/** What the help says of one of stricli's flags. */
interface DocumentedFlag {
  readonly kind: string;
  readonly brief: string;
  readonly placeholder?: string;
  readonly hidden?: boolean;
  readonly inferEmpty?: boolean;
  readonly values?: readonly string[];
}

function optionRows(
  flags: Readonly<Record<string, DocumentedFlag>>,
  aliases: Readonly<Record<string, string | undefined>>,
): Row[] {
  const shortOf = new Map(Object.entries(aliases).map(([short, name]) => [name, `-${short}, `]));
  return Object.entries(flags).filter(([, { hidden }]) => !hidden).map(([name, flag]) => {
    const { brief, values } = flag;
    const choices = values === undefined ? "" : `: ${values.join(", ")}`;
    return [`${shortOf.get(name) ?? "    "}--${kebab(name)}${valueOf(name, flag)}`, brief + choices];
  });
}

function valueOf(name: string, { placeholder, inferEmpty }: DocumentedFlag): string {
  if (placeholder === undefined) return "";
  if (name === "version") return `[=${placeholder}]`;
  return inferEmpty ? ` [${placeholder}]` : ` ${placeholder}`;
}

function section(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  return ["", `${title}:`, ...rows.map(([name, brief]) => `  ${name.padEnd(width)}  ${brief}`)];
}
