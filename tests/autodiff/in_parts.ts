/** Many random programs: in processes of their own, for the engine never gives back the copies of a module. */

const AT_MOST = 1000, AT_ONCE = 2;

/** How many programs, and the first seed; `AUTODIFF_PROGRAMS=10000` and `AUTODIFF_SEED` say otherwise. */
export const COUNT = Number(Deno.env.get("AUTODIFF_PROGRAMS") || 500);
export const SEED = Number(Deno.env.get("AUTODIFF_SEED") || 1);

/** Runs a test here, or where there are too many programs, its file in parts. */
export async function inParts(url: string, test: () => Promise<void>): Promise<void> {
  if (COUNT <= AT_MOST) return await test();
  const seeds = Array.from({ length: Math.ceil(COUNT / AT_MOST) }, (_, k) => SEED + k * AT_MOST);
  const runParts = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const env = { AUTODIFF_PROGRAMS: String(Math.min(AT_MOST, SEED + COUNT - seed)), AUTODIFF_SEED: String(seed) };
      const preload = `--preload=${new URL("../workers/open_libc.ts", import.meta.url).href}`;
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "-A", "--quiet", "--no-check", preload, url],
        env,
      }).output();
      if (!success) {
        const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
        throw new Error(`${Object.entries(env).map((pair) => pair.join("=")).join(" ")}:\n${said}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runParts));
}
