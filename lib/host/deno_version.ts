/** Is this Deno of that version of the 2.x line, or newer? */
export function isDenoAtLeast(minor: number): boolean {
  const [first = 0, second = 0] = Deno.version.deno.split(".").map(Number);
  return first > 2 || first === 2 && second >= minor;
}
