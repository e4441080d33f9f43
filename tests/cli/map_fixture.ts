/** A module for tests of `map`: it squares a number, notes each call in a file, and does what else the payload asks for. */
import { bytes } from "./run.ts";

const MODULE = `
import { array, defineTesseract, z } from "@tesseract/runtime";
import { power } from "./power.ts";
export default defineTesseract({
  InputSchema: z.object({
    id: z.string(),
    x: array([null], "float64").default([2]),
    ms: z.number().default(0),
    mode: z.enum(["", "throw", "exit", "print", "wait"]).default(""),
  }),
  OutputSchema: z.object({ y: array([null], "float64") }),
  async apply({ id, x, ms, mode }) {
    if (mode === "throw") throw new Error("no " + id);
    if (mode === "exit") Deno.exit(3);
    if (mode === "print") console.log("I am " + id);
    const calls = import.meta.dirname + "/calls";
    Deno.writeTextFileSync(calls, "begun " + id + "\\n", { append: true });
    const mayGoOn = () => Deno.stat(import.meta.dirname + "/go").then(() => true, () => false);
    while (mode === "wait" && !await mayGoOn()) await new Promise((resolve) => setTimeout(resolve, 20));
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    Deno.writeTextFileSync(calls, id + "\\n", { append: true });
    return { y: x.data.map((value) => value ** power) };
  },
});
export const table = new URL("table.txt", import.meta.url);
`;

export const FILES = { "tesseract_api.ts": MODULE, "power.ts": "export const power = 2;\n" };

/** A payload as text. */
export const payload = (id: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ inputs: { id, ...more } });

/** The calls that have ended, as often as they have. */
export const callsIn = async (folder: string): Promise<string[]> =>
  (await linesIn(`${folder}/calls`)).filter((line) => !line.startsWith("begun "));

/** The lines of a file, none if there is no file. One that is still being written is none. */
export async function linesIn(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path).catch(() => "")).split("\n").slice(0, -1).filter((line) => line !== "");
}

/** The files in a folder, with their contents. */
export async function filesIn(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isFile } of Deno.readDir(folder)) {
    files[name] = isFile ? await Deno.readTextFile(`${folder}/${name}`) : "a folder";
  }
  return files;
}

export interface Line {
  readonly name: string;
  readonly status: string;
  readonly seconds: number;
  readonly error: string | null;
}

export const recordsIn = async (path: string): Promise<Line[]> =>
  (await linesIn(path)).map((line) => JSON.parse(line) as Line);

/** Standard input in pieces of a few bytes. */
export const pieces = (text: string): Uint8Array[] =>
  Array.from({ length: Math.ceil(text.length / 7) }, (_, i) => bytes(text.slice(7 * i, 7 * i + 7)));
