/**
 * `tesseract-runtime`: the command line.
 * @module
 */
import { main } from "./lib/cli/main.ts";

if (import.meta.main) await main();
