/**
 * Which file the user module is. It is looked for, and not loaded.
 * @module
 */
import { CommandFailed } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { absolutePath } from "../../storage/location.ts";
import type { Settings } from "./settings.ts";

const DEFAULT_NAMES = ["tesseract_api.ts", "tesseract_api.js", "tesseract_api.mjs"];
const ADVICE = "Name the user module by --api-path or TESSERACT_API_PATH.";

/** The user module's path from the root. Throws `CommandFailed` where there is no such file. */
export async function findModule(invocation: Invocation, settings: Settings): Promise<string> {
  if (settings.apiPath !== undefined) {
    const path = absolutePath(settings.apiPath, invocation.cwd);
    const kind = await kindOf(path);
    if (kind === "file") return path;
    throw new CommandFailed(
      `the user module ${path} ${kind === "none" ? "does not exist" : "is not a file"}. ${ADVICE}`,
    );
  }
  for (const name of DEFAULT_NAMES) {
    const path = absolutePath(name, invocation.cwd);
    if (await kindOf(path) === "file") return path;
  }
  throw new CommandFailed(`there is no user module (${DEFAULT_NAMES.join(", ")}) in ${invocation.cwd}. ${ADVICE}`);
}

async function kindOf(path: string): Promise<"file" | "other" | "none"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "other" : "file";
  } catch {
    return "none";
  }
}
