import { deepStrictEqual, equal, match, rejects } from "node:assert/strict";
import { UsageError } from "../../lib/cli/errors.ts";
import { openPayload } from "../../lib/cli/io/payload.ts";
import type { Chunks } from "../../lib/storage/backend.ts";
import { FileServer } from "../storage/file_server.ts";
import { numbered } from "../storage/helpers.ts";
import { bytes, fakeIo, runCli, withFolder } from "./run.ts";

async function textOf(chunks: Chunks): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

const open = (argument: string, cwd = "/", stdin: Uint8Array[] = []) =>
  openPayload(argument, { cwd, io: fakeIo({ stdin }), env: () => undefined });

Deno.test("openPayload() takes a text as it is", async () => {
  const { chunks, format, folder } = await open('{"inputs": "Łukasz 🚀"}');
  equal(await textOf(chunks), '{"inputs": "Łukasz 🚀"}');
  equal(format, "json");
  equal(folder, undefined);
});

Deno.test("openPayload() reads a file, relative to the current directory, and knows its folder", () =>
  withFolder({ "in/p.txt": "{}" }, async (cwd) => {
    const { chunks, format, folder } = await open("@in/p.txt", cwd);
    equal(await textOf(chunks), "{}");
    equal(format, "json");
    equal(folder, `${cwd}/in`);
  }));

Deno.test("openPayload() refuses what it cannot read", () =>
  withFolder({}, async (cwd) => {
    await rejects(open("@nowhere.json", cwd), UsageError);
    await rejects(open("@.", cwd), UsageError);
    await rejects(open("@", cwd), UsageError);
    await rejects(open("@ftp://host/file", cwd), UsageError);
    await rejects(open("@http://"), UsageError);
  }));

Deno.test("openPayload() reads a URL", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => new URL(request.url).pathname === "/p.json" ? new Response("{}") : new Response("", { status: 404 }),
  );
  try {
    const { chunks, folder } = await open(`@http://127.0.0.1:${server.addr.port}/p.json`);
    equal(await textOf(chunks), "{}");
    equal(folder, `http://127.0.0.1:${server.addr.port}`);
    const signed = await open(`@http://127.0.0.1:${server.addr.port}/p.json?sig=a/b#c/d`);
    equal(await textOf(signed.chunks), "{}");
    equal(signed.folder, folder);
    await rejects(open(`@http://127.0.0.1:${server.addr.port}/other`), UsageError);
  } finally {
    await server.shutdown();
  }
});

Deno.test("a payload that breaks off in the middle is one that cannot be read, exit code 2", async () => {
  await using server = new FileServer(bytes(`{"inputs": {"a": [${numbered(1000)}], "b": [1]}}`));
  const breakOff = () => server.faults.push({ cutAfter: 100 }, { status: 403 });
  const words = `@${server.url}: cannot be read: the server does not allow it (403)`;
  breakOff();
  const { chunks } = await open(`@${server.url}`);
  await rejects(textOf(chunks), (error) => error instanceof UsageError && error.message === words);
  breakOff();
  const module = new URL("../../examples/vectoradd/tesseract_api.ts", import.meta.url).pathname;
  deepStrictEqual(await runCli(["--api-path", module, "apply", `@${server.url}`]), {
    code: 2,
    stdout: "",
    stderr: `Error: ${words}\n`,
  });
});

Deno.test("openPayload() reads standard input", async () => {
  const { chunks, format } = await open("@-", "/", [new Uint8Array(), bytes('{"a":'), bytes("1}")]);
  equal(await textOf(chunks), '{"a":1}');
  equal(format, "json");
  equal(await textOf((await open("@-")).chunks), "");
});

Deno.test("openPayload() knows msgpack on standard input by its first byte", async () => {
  for (const byte of [0x81, 0xde, 0xdf]) {
    const { chunks, format } = await open("@-", "/", [new Uint8Array([byte]), new Uint8Array([1])]);
    equal(format, "msgpack");
    deepStrictEqual(await Array.fromAsync(chunks), [new Uint8Array([byte]), new Uint8Array([1])]);
  }
});

Deno.test("openPayload() knows a msgpack file by its name", () =>
  withFolder({ "p.msgpack": "\x80" }, async (cwd) => {
    const { format, chunks } = await open("@p.msgpack", cwd);
    equal(format, "msgpack");
    await Array.fromAsync(chunks);
  }));

Deno.test("openPayload() says why an object cannot be read", async () => {
  await rejects(open("@s3://"), UsageError);
});

Deno.test("a payload that is none is told with what was meant", () =>
  withFolder({ "tesseract_api.ts": MODULE, "empty.json": "", "cases/a.json": "{}" }, async (cwd) => {
    const form = String.raw`a payload has the form \{"inputs": \{…\}\}`;
    const told: [string[], string][] = [
      [["apply", ""], `The payload is empty; ${form}`],
      [["apply", "@empty.json"], `The payload is empty; ${form}`],
      [["apply", "@-"], `The payload is empty; ${form}`],
      [["apply", '{"time": 1}'], `inputs: Field required; ${form}`],
      [["apply", "empty.json"], "is not valid JSON.*; to read a file, write @empty.json"],
      [["apply", "nowhere.json"], "is not valid JSON.*; to read a file, write @nowhere.json"],
      [["apply", "cases"], "is not valid JSON.*; there is a folder of this name"],
      [["apply", "case"], "is not valid JSON.*; nor is there a file or folder of this name"],
      [["test", "case"], "is not valid JSON.*; nor is there a file or folder of this name"],
      [["test", ""], "The payload is empty"],
    ];
    for (const [args, words] of told) {
      const { code, stderr } = await runCli(args, { cwd });
      match(stderr, new RegExp(`^Error: .*${words}`), args.join(" "));
      equal(code, 2, args.join(" "));
    }
  }));

const MODULE = `import { defineTesseract, scalar, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({ time: scalar("float64") }),
  OutputSchema: z.object({ time: scalar("float64") }),
  apply: ({ time }) => ({ time }),
});
`;
