/**
 * `Deno.dlopen` for this program's own use: as it was before user code's uses of it are watched (host/native_code.ts).
 * @module
 */
export const dlopen: typeof Deno.dlopen = Deno.dlopen;
