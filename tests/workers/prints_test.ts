import assert from "node:assert/strict";
import { linesTo } from "../../lib/workers/pool/lines.ts";
import { formatMark } from "../../lib/workers/protocol/marks.ts";
import { Prints } from "../../lib/workers/pool/prints.ts";
import { runLogs } from "../../lib/workers/pool/run_logs.ts";

const SECRET = "8d3f";
const encoder = new TextEncoder();
const begin = (id: number) => formatMark(SECRET, { kind: "begin", id });
const end = (id: number) => formatMark(SECRET, { kind: "end", id });

interface Setup {
  readonly folder: string;
  readonly prints: Prints;
  readonly logged: string[];
  print(text: string): void;
  /** The worker ends. */
  close(): Promise<void>;
  fileOf(run: string): string | undefined;
}

/** A worker that works on call 2, whose label is "b". */
async function withPrints(test: (setup: Setup) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const logged: string[] = [];
  const sink = runLogs(folder, (text) => Promise.resolve(void logged.push(text)));
  const prints = new Prints(sink, {
    labelOf: (id) => ({ 1: "a", 2: "b", 3: "" })[id]!,
    guess: () => ({ label: "b", running: true }),
  });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const done = prints.read([readable, new ReadableStream({ start: (controller) => controller.close() })], SECRET);
  try {
    await test({
      folder,
      prints,
      logged,
      print: (text) => void writer.write(encoder.encode(text)),
      close: async () => {
        await writer.close();
        await done;
      },
      fileOf: (run) => {
        try {
          return Deno.readTextFileSync(`${folder}/run_${run}/logs/tesseract.log`);
        } catch {
          return undefined;
        }
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("each call's prints go to its own log, and with its label to the server's", () =>
  withPrints(async ({ prints, logged, print, fileOf }) => {
    print(`${begin(1)}one\ntw`);
    print(`o\n${end(1)}${begin(2)}three${end(2)}`);
    await prints.ended(1);
    assert.equal(fileOf("a"), "one\ntwo\n");
    await prints.ended(2);
    assert.equal(fileOf("b"), "three");
    assert.equal(logged.join(""), "[a] one\n[a] two\n[b] three\n");
  }));

Deno.test("the log is complete when the end of the call is known, and seen before", () =>
  withPrints(async ({ prints, print, fileOf }) => {
    print(`${begin(1)}one\n`);
    while (fileOf("a") !== "one\n") await new Promise((resolve) => setTimeout(resolve, 1));
    const ended = prints.ended(1);
    let isEnded = false;
    void ended.then(() => isEnded = true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(isEnded, false);
    print(`two\n${end(1)}`);
    await ended;
    assert.equal(fileOf("a"), "one\ntwo\n");
  }));

Deno.test("a second run of the same name replaces the log of the first", () =>
  withPrints(async ({ prints, print, fileOf }) => {
    print(`${begin(1)}a long first line\n${end(1)}`);
    await prints.ended(1);
    print(`${begin(1)}second\n${end(1)}`);
    await prints.ended(1);
    assert.equal(fileOf("a"), "second\n");
  }));

Deno.test("what is not marked goes where it probably belongs", () =>
  withPrints(async ({ print, close, logged, fileOf }) => {
    print("native\n");
    await close();
    assert.equal(fileOf("b"), "native\n");
    assert.deepEqual(logged, ["[b] native\n"]);
  }));

Deno.test("what is printed for documents has no run", () =>
  withPrints(async ({ folder, prints, print, logged }) => {
    print(`${begin(3)}loading\n${end(3)}`);
    await prints.ended(3);
    assert.deepEqual(logged, ["loading\n"]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("the last words of a worker are written, and nobody waits for it any more", () =>
  withPrints(async ({ prints, print, close, fileOf }) => {
    print(`${begin(1)}last words`);
    await close();
    await prints.ended(1);
    assert.equal(fileOf("a"), "last words");
  }));

Deno.test("a log that cannot be written is told once, and fails nothing", () =>
  withPrints(async ({ folder, prints, print, logged }) => {
    await Deno.writeTextFile(`${folder}/run_a`, "a file where the folder should be");
    print(`${begin(1)}one\n`);
    print(`two\n${end(1)}`);
    await prints.ended(1);
    assert.equal(logged.filter((text) => text.startsWith("Warning: a run log cannot be written")).length, 1);
    assert.deepEqual(logged.filter((text) => text.startsWith("[a]")).join(""), "[a] one\n[a] two\n");
  }));

Deno.test("lines are whole, and never longer than memory allows", async () => {
  const logged: string[] = [];
  const lines = linesTo((text) => Promise.resolve(void logged.push(text))).ofCall("x");
  for (const byte of encoder.encode("ä\nb")) await lines.write(new Uint8Array([byte]));
  assert.deepEqual(logged, ["[x] ä\n"]);
  await lines.end();
  assert.deepEqual(logged, ["[x] ä\n", "[x] b\n"]);
  await lines.write(new Uint8Array(100_000).fill(97));
  assert.equal(logged[2]!.length, 100_000 + "[x] \n".length);
});
