/**
 * Files that modules are imported from and that are nowhere on disk: where a program runs, nothing may be writable.
 * @module
 */
import { dlopen } from "../../host/dlopen.ts";
import { fileUrl } from "../file_url.ts";

/** A file in memory. */
export interface MemoryFile {
  /** Its name in the folder of them all: the specifier by which one imports another is `./` and this. */
  readonly name: string;
  /** The URL to import it from. */
  readonly url: string;
  write(text: string): void;
}

/**
 * Makes an empty file. On Linux it lives in memory and goes with the process; elsewhere it is in a temporary folder.
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

const MFD_CLOEXEC = 1, MFD_NOEXEC_SEAL = 8;
const RLIMIT_NOFILE = 7;

/** Linux: a descriptor of a file without a name, which every process finds in a folder of its own. */
function inMemory(): () => string {
  const { memfd_create, getrlimit, setrlimit } = dlopen("libc.so.6", {
    memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
    getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  }).symbols;
  // As many descriptors as may be: packages of a thousand files exist.
  const limits = new BigUint64Array(2);
  getrlimit(RLIMIT_NOFILE, limits);
  limits[0] = limits[1]!;
  setrlimit(RLIMIT_NOFILE, limits);

  const label = new TextEncoder().encode("module\0");
  return () => {
    let descriptor = memfd_create(label, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    // Kernels before 6.3 do not know the second flag.
    if (descriptor < 0) descriptor = memfd_create(label, MFD_CLOEXEC);
    if (descriptor < 0) throw new Error("the system gives no memory for the JavaScript of a module");
    return `/proc/self/fd/${descriptor}`;
  };
}

function inTemporaryFolder(): () => string {
  const folder = Deno.makeTempDirSync({ prefix: "tesseract-" }).replaceAll("\\", "/");
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  let count = 0;
  return () => `${folder}/${++count}`;
}
