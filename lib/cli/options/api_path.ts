import { absolutePath } from "../../storage/location.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed, quote } from "../errors.ts";

const DEFAULT_NAMES = ["tesseract_api.ts", "tesseract_api.js", "tesseract_api.mjs"];
const ADVICE = "Name the user module by --api-path or TESSERACT_API_PATH.";

/** The absolute path of the user module. Throws `CommandFailed` where there is no such file. */
export async function findModule({ settings, cwd }: Pick<CommandContext, "settings" | "cwd">): Promise<string> {
  if (settings.apiPath !== undefined) {
    const path = absolutePath(settings.apiPath, cwd);
    const kind = await kindOf(path);
    if (kind === "file") {
      if (/\.[cm]?[jt]sx?$/.test(path)) return path;
      throw new CommandFailed(`the user module ${quote(path)} is no TypeScript or JavaScript file (.ts, .js, .mjs)`);
    }
    throw new CommandFailed(
      `the user module ${quote(path)} ${kind === "none" ? "does not exist" : "is not a file"}. ${ADVICE}`,
    );
  }
  for (const name of DEFAULT_NAMES) {
    const path = absolutePath(name, cwd);
    if (await kindOf(path) === "file") return path;
  }
  throw new CommandFailed(
    `there is no user module (${DEFAULT_NAMES.join(", ")}) in ${quote(cwd)}. ${ADVICE} init writes a new one.`,
  );
}

async function kindOf(path: string): Promise<"file" | "other" | "none"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "other" : "file";
  } catch {
    return "none";
  }
}
