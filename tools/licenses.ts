/**
 * The licences of the packages that a program is bundled with.
 * @module
 */
import { join } from "node:path";

/** What the server's pages are made of beforehand (api_page.ts), and no module imports. */
export const PAGE_PACKAGES = ["swagger-ui-dist", "uplot"].map((name) => `node_modules/${name}/package.json`);

/** The texts for the packages to which these files, given from `root`, belong; each package once. */
export async function licensesOf(files: readonly string[], root: string): Promise<string> {
  const folders = new Set(
    files.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(join(root, path))?.[0] ?? []),
  );
  const texts = await Promise.all([...folders].sort().map(licenseOf));
  return texts.join(`\n${"-".repeat(78)}\n\n`);
}

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
  const texts: string[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    if (/^(licen[cs]e|notice)/i.test(name)) texts.push((await Deno.readTextFile(join(folder, name))).trim());
  }
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}
