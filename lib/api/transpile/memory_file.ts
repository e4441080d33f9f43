import { createMemoryFile, raiseFileLimit } from "../../host/memory.ts";
import { fileUrl } from "../file_url.ts";

export interface MemoryFile {
  /** Its name. All are in one folder, so they import each other as `./<name>`. */
  readonly name: string;
  /** The URL to import it from. */
  readonly url: string;
  write(text: string): void;
}

/**
 * Makes an empty file to import a module from. On Linux it is in memory until the process ends, because there may be
 * no folder that is writable; elsewhere it is in a temporary folder.
 * (A module can also be imported from a `data:` URL, but not two that import each other.)
 */
export function makeMemoryFile(): MemoryFile {
  makePath ??= Deno.build.os === "linux" ? inMemory() : inTemporaryFolder();
  const path = makePath();
  return {
    name: path.slice(path.lastIndexOf("/") + 1),
    url: fileUrl(path),
    write: (text) => Deno.writeTextFileSync(path, text),
  };
}

let makePath: (() => string) | undefined;

/** Linux: a file without a name, which this process reaches by its descriptor in /proc/self/fd. */
function inMemory(): () => string {
  raiseFileLimit(); // packages of a thousand files exist
  return () => {
    const descriptor = createMemoryFile("module");
    if (descriptor === undefined) {
      throw new Error("the system cannot create a file in memory for the JavaScript of a module");
    }
    return `/proc/self/fd/${descriptor}`;
  };
}

function inTemporaryFolder(): () => string {
  const folder = Deno.makeTempDirSync({ prefix: "tesseract-" }).replaceAll("\\", "/");
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  let count = 0;
  return () => `${folder}/${++count}`;
}
