/** User modules that are made when a test needs them. */

/** Writes files into a folder of their own, calls `use` with the path of the first, and removes the folder. */
export async function withFiles<T>(files: Record<string, string>, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    return await use(`${folder}/${Object.keys(files)[0]}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The beginning of a good module: imports, schemas and `apply`, as constants. */
export const PARTS = `
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
const InputSchema = z.object({ a: differentiable(array([null], "float32")), s: scalar("float32").default(1) });
const OutputSchema = z.object({ result: differentiable(array([null], "float32")) });
const apply = ({ a, s }) => ({ result: a.data.map((x) => s * x) });
`;
