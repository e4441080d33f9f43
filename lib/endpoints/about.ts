import type { TesseractModule } from "../api/tesseract.ts";
import type { OpenApiInfo } from "./openapi.ts";

/** What is known of a component beside its module; `undefined` where nothing is. */
export interface About {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
}

/**
 * Title, version and description of a component: what is given, else what the package.json beside the module says, else
 * a default.
 */
export async function aboutOf({ file }: Pick<TesseractModule, "file">, given: About): Promise<OpenApiInfo> {
  const { name, version, description } = await packageBeside(file);
  return {
    title: given.name ?? name ?? "Tesseract",
    version: given.version ?? version ?? "unknown",
    description: given.description ?? description ?? "",
  };
}

/** The texts in the package.json in the folder of a file; none if there is no such file, or it is not valid. */
export async function packageBeside(file: string): Promise<About> {
  try {
    const json = JSON.parse(await Deno.readTextFile(`${file.slice(0, file.lastIndexOf("/") + 1)}package.json`));
    const text = (key: string) => typeof json[key] === "string" && json[key] !== "" ? json[key] as string : undefined;
    return { name: text("name"), version: text("version"), description: text("description") };
  } catch {
    return {};
  }
}
