import { StorageError, type StorageFault, wasFound } from "./error.ts";
import { folderOf } from "./location.ts";
import type { Chunks, Source, WritableStorage } from "./backend.ts";
import { unlessAbandoned } from "./unfinished.ts";

/** How many bytes of a stream are read at a time. */
const CHUNK = 2 ** 20;

/** Files on the local disk. */
export const localStorage: WritableStorage = {
  open: (path) => openFile(path),

  async stream(path) {
    const { isFile, isDirectory, size } = await attempt(path, () => Deno.stat(path));
    if (isDirectory) throw new StorageError("failed", path, "it is a directory");
    // Most files are small: these are read in one piece. (Some files of the system have the size 0, but a content.)
    if (!isFile || size === 0 || size > CHUNK) return pieces(await attempt(path, () => Deno.open(path)), path);
    const bytes = await attempt(path, () => Deno.readFile(path));
    return (async function* () {
      yield bytes;
    })();
  },

  exists: (path) => wasFound(attempt(path, () => Deno.stat(path))),

  async write(path, chunks) {
    const temporary = temporaryFor(path);
    await unlessAbandoned(() => removeTemporary(temporary), async () => {
      try {
        await writeTemporary(temporary, path, chunks);
        await attempt(path, () => Deno.rename(temporary, path));
      } catch (error) {
        removeTemporary(temporary);
        throw error;
      }
    });
  },

  async remove(path) {
    await wasFound(attempt(path, () => Deno.remove(path)));
  },

  async create(path, bytes) {
    const temporary = temporaryFor(path);
    try {
      await writeTemporary(temporary, path, [bytes]);
      return await attempt(path, () => link(temporary, path));
    } finally {
      removeTemporary(temporary);
    }
  },

  async list(folder) {
    const names: string[] = [];
    await wasFound(attempt(folder, async () => {
      for await (const { name } of Deno.readDir(folder)) if (!isTemporary(name)) names.push(name);
    }));
    return names;
  },

  async removeTree(path) {
    await wasFound(attempt(path, () => removeWhole(path)));
  },
};

/** ENOTEMPTY, of Linux and macOS. */
const NOT_EMPTY = /\(os error (?:39|66)\)/;
/** How often removing a folder is tried, if other processes put new files into it meanwhile. */
const MOST_ATTEMPTS = 20;

async function removeWhole(path: string): Promise<void> {
  for (let attempts = 1;; attempts++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (attempts === MOST_ATTEMPTS || !NOT_EMPTY.test(String(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempts));
    }
  }
}

/** What systems say where a file system has no hard links: EPERM, ENOSYS, EOPNOTSUPP. */
const NO_LINKS = /\(os error (?:1|38|45|95)\)/;

/** Gives a file a second name, unless there is a file of that name: unlike `Deno.rename`, this never replaces one. */
async function link(file: string, path: string): Promise<boolean> {
  try {
    await Deno.link(file, path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (!NO_LINKS.test(String(error))) throw error;
    throw new StorageError("unsupported", path, "the file system has no hard links");
  }
}

/** A file that is written first and then renamed; a killed process leaves it behind. */
const temporaryFor = (path: string): string => `${folderOf(path)}/.${crypto.randomUUID()}.tmp`;

/** Is it the name of such a file? */
export const isTemporary = (name: string): boolean => /^\.[0-9a-f-]{36}\.tmp$/.test(name);

/** Opens a file. `opener`: another path of the same file, to use if `path` may lead to another file by now. */
export async function openFile(path: string, opener = path): Promise<Source> {
  // Checked before it is opened: opening a named pipe would wait for a writer.
  const { isFile, isDirectory } = await attempt(path, () => Deno.stat(opener));
  if (!isFile) throw new StorageError("failed", path, isDirectory ? "it is a directory" : "it is not a regular file");
  const file = await attempt(path, () => Deno.open(opener));
  const { size } = await attempt(path, () => file.stat());
  // Synchronously: nothing else may move the position in the file meanwhile.
  const readAll = (target: Uint8Array, offset: number): void => {
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let done = 0; done < target.length;) {
      const count = file.readSync(target.subarray(done));
      if (count === null) throw new StorageError("changed", path, "the file became shorter while it was being read");
      done += count;
    }
  };
  const read = (target: Uint8Array, offset: number) => attempt(path, () => Promise.try(readAll, target, offset));
  return { size, read, close: () => file.close() };
}

async function* pieces(file: Deno.FsFile, path: string): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const buffer = new Uint8Array(CHUNK);
      const read = await attempt(path, () => file.read(buffer));
      if (read === null) return;
      yield buffer.subarray(0, read);
    }
  } finally {
    file.close();
  }
}

async function writeTemporary(temporary: string, path: string, chunks: Chunks): Promise<void> {
  const open = () => Deno.open(temporary, { write: true, createNew: true });
  const file = await attempt(path, async () => {
    try {
      return await open();
    } catch {
      // Most often the folder exists, so it is made only after a failure.
      await Deno.mkdir(folderOf(path), { recursive: true });
      return await open();
    }
  });
  try {
    for await (const chunk of chunks) {
      for (let done = 0; done < chunk.length;) {
        done += await attempt(path, () => file.write(chunk.subarray(done)));
      }
    }
  } finally {
    file.close();
  }
}

function removeTemporary(temporary: string): void {
  try {
    Deno.removeSync(temporary);
  } catch {
    // It was never created, or was renamed already.
  }
}

const KINDS: readonly (readonly [new () => Error, StorageFault, string])[] = [
  [Deno.errors.NotFound, "not-found", "there is no such file"],
  [Deno.errors.NotADirectory, "not-found", "a part of the path is not a directory"],
  [Deno.errors.PermissionDenied, "denied", "permission denied"],
  [Deno.errors.NotCapable, "denied", "this process was not given the permission"],
  [Deno.errors.IsADirectory, "failed", "it is a directory"],
];

/** Does something with the file; an error of the system becomes a `StorageError`. */
async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    for (const [type, kind, reason] of KINDS) {
      if (cause instanceof type) throw new StorageError(kind, path, reason, { cause });
    }
    // "No space left on device (os error 28): write '/path'"
    const system = cause instanceof Error ? /^(.+?) \(os error \d+\)/.exec(cause.message)?.[1] : undefined;
    throw new StorageError("failed", path, system ?? "the file system refuses it", { cause });
  }
}

/** The path without symbolic links. */
export async function realPath(path: string): Promise<string> {
  return await attempt(path, () => Deno.realPath(path));
}

/** Is it a symbolic link, wherever that leads? */
export async function isLink(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(({ isSymlink }) => isSymlink, () => false);
}
