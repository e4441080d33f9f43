import { deepStrictEqual, ok } from "node:assert/strict";

const root = new URL("../../", import.meta.url);

interface Dependency {
  /** As it is written. */
  readonly specifier: string;
  /** Where it is, unless it is imported for its types only. */
  readonly code?: { readonly specifier?: string };
}

/** What Deno reads, whether it runs it or not, when this file of the project is imported: the names as written. */
async function readWith(path: string): Promise<Set<string>> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", path], cwd: root });
  const { modules } = JSON.parse(new TextDecoder().decode((await command.output()).stdout)) as {
    readonly modules: readonly { readonly specifier: string; readonly dependencies?: readonly Dependency[] }[];
  };
  const dependenciesOf = new Map(modules.map(({ specifier, dependencies = [] }) => [specifier, dependencies]));
  const names = new Set<string>();
  const visited = new Set<string>();
  const visit = (module: string) => {
    if (visited.has(module)) return;
    visited.add(module);
    for (const { specifier, code } of dependenciesOf.get(module) ?? []) {
      if (code === undefined) continue;
      names.add(specifier.split("/")[0]!);
      if (code.specifier !== undefined) visit(code.specifier);
    }
  };
  visit(new URL(path, root).href);
  return names;
}

Deno.test("a command reads only the packages that it needs", async () => {
  const packages = async (path: string) => {
    const names = await readWith(path);
    return ["@bomb.sh", "zod", "hono"].filter((name) => names.has(name));
  };
  deepStrictEqual(await packages("cli.ts"), []);
  // Each time that a person presses the key that completes.
  deepStrictEqual(await packages("lib/cli/commands/complete.ts"), []);
  deepStrictEqual(await packages("lib/cli/commands/call.ts"), ["zod"]);
  // The server starts its first worker before it reads what it answers requests with.
  deepStrictEqual(await packages("lib/http/server.ts"), []);
  ok((await packages("lib/http/app.ts")).includes("hono"));
});
