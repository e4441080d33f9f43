import { absolutePath } from "../../storage/location.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed, quote } from "../errors.ts";

const DEFAULT_NAMES = ["tesseract_api.ts", "tesseract_api.js", "tesseract_api.mjs"];
const ADVICE = "Name the user module by --api-path or TESSERACT_API_PATH.";

/** The absolute path of the user module. Throws `CommandFailed` where there is no such file. */
export async function findModule({ settings, cwd }: Pick<CommandContext, "settings" | "cwd">): Promise<string> {
  if (settings.apiPath === undefined) {
    for (const name of DEFAULT_NAMES) {
      const path = absolutePath(name, cwd);
      if ((await statOf(path))?.isDirectory === false) return path;
    }
    throw new CommandFailed(
      `there is no user module (${DEFAULT_NAMES.join(", ")}) in ${quote(cwd)}. ${ADVICE} init writes a new one.`,
    );
  }
  const path = absolutePath(settings.apiPath, cwd);
  const fault = (words: string) => new CommandFailed(`the user module ${quote(path)} ${words}`);
  const found = await statOf(path);
  if (found === undefined) throw fault(`does not exist. ${ADVICE}`);
  if (found.isDirectory) throw fault(`is not a file. ${ADVICE}`);
  if (!/\.[cm]?[jt]sx?$/.test(path)) throw fault("is no TypeScript or JavaScript file (.ts, .js, .mjs)");
  return path;
}

const statOf = (path: string): Promise<Deno.FileInfo | undefined> => Deno.stat(path).catch(() => undefined);
