/**
 * TypeScript with spaces in the place of its types, so that all positions stay the same. The run-time does it in a
 * hundredth of the time that a package takes. An import without the keyword `type` stays, even of types only.
 * `undefined`: an older Deno has no such function, or the code is not TypeScript, or needs more (an enum).
 */
export async function blankTypes(source: string): Promise<string | undefined> {
  const { default: { stripTypeScriptTypes } } = await import("node:module");
  try {
    return stripTypeScriptTypes?.(source);
  } catch {
    return undefined;
  }
}
