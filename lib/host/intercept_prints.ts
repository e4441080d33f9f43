/**
 * Noticing what JavaScript prints.
 * @module
 */

/**
 * Is called instead of a print: runs it, and may do something before and after. A print by `console` may be left out,
 * since its return value is not used.
 */
export type Around = (print: () => unknown, isConsole: boolean) => unknown;

type Methods = Record<string, unknown>;

/**
 * From now on everything that JavaScript prints, by `console`, `Deno.stdout` and `Deno.stderr` (and by Node's streams,
 * which print by these), goes through `around`. Prints are synchronous: all bytes are written when `print` returns.
 * Native code is not intercepted. Returns a function that ends the interception.
 */
export function interceptPrints(around: Around): () => void {
  const undo: (() => void)[] = [];
  const replace = (object: object, name: string, value: PropertyDescriptor) => {
    const own = Object.getOwnPropertyDescriptor(object, name);
    undo.push(() => own ? Object.defineProperty(object, name, own) : Reflect.deleteProperty(object, name));
    Object.defineProperty(object, name, { configurable: true, ...value });
  };

  const methods = console as unknown as Methods;
  for (const [name, method] of Object.entries(methods)) {
    if (typeof method !== "function") continue;
    replace(methods, name, {
      value: (...args: unknown[]) => around(() => method.apply(console, args), true),
      enumerable: true,
      writable: true,
    });
  }
  for (const stream of [Deno.stdout, Deno.stderr]) {
    const original = stream.writeSync.bind(stream);
    const writeSync = (bytes: Uint8Array) => around(() => original(bytes), false) as number;
    const write = async (bytes: Uint8Array) => await Promise.resolve(writeSync(bytes));
    let writable: WritableStream<Uint8Array> | undefined;
    replace(stream, "writeSync", { value: writeSync });
    replace(stream, "write", { value: write });
    replace(stream, "writable", { get: () => writable ??= writableBy(writeSync) });
  }
  return () => undo.forEach((restore) => restore());
}

function writableBy(writeSync: (bytes: Uint8Array) => number): WritableStream<Uint8Array> {
  return new WritableStream({
    write(bytes) {
      for (let done = 0; done < bytes.length;) done += writeSync(bytes.subarray(done));
    },
  });
}
