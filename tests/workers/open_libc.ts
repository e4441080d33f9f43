/** Opens the functions of the C library before a test does: they stay open, which Deno 2.4 takes for a leak. */
import { type Libc, withLibc } from "../../lib/host/libc.ts";

withLibc((libc) => Object.getOwnPropertyNames(libc).forEach((name) => libc[name as keyof Libc]));
