/**
 * `tesseract-runtime`: the command line.
 * @module
 */
import { main } from "./lib/cli/main.ts";

// Not awaited: Deno would report user code that waits for ever as a mistake in this file.
if (import.meta.main) main();
