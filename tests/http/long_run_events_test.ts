/** Many listeners to the events of a run, and slow ones. */
import assert from "node:assert/strict";
import { eventWriter } from "../../lib/runs/run_events.ts";
import { EventFile, type EventSource, eventStream, positionOf } from "../../lib/runs/long/events.ts";
import type { RunState } from "../../lib/runs/long/state.ts";
import { Watches } from "../../lib/http/long/watches.ts";
import { until } from "../until.ts";

const STATE: RunState = {
  run_id: "a",
  uid: crypto.randomUUID(),
  endpoint: "apply",
  status: "running",
  progress: null,
  created: "2026-01-01T00:00:00.000Z",
  started: "2026-01-01T00:00:00.000Z",
  finished: null,
  error: null,
  request: { digest: "", bodyFormat: "json", format: "json", compression: "none" },
  owner: crypto.randomUUID(),
  answer: null,
};
const ENDED: RunState = { ...STATE, status: "succeeded", finished: "2026-01-01T00:00:01.000Z" };

async function withEvents(test: (path: string, tell: ReturnType<typeof eventWriter>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const tell = eventWriter(`${folder}/events.jsonl`);
  try {
    await test(`${folder}/events.jsonl`, tell);
  } finally {
    tell.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function sourceOf(path: string, state: () => RunState | undefined): EventSource {
  const file = new EventFile(path);
  return {
    state: () => Promise.resolve(state()),
    file,
    change: () => Promise.resolve(false),
    close: () => file.close(),
  };
}

const log = (line: string) => ({ type: "log", data: { line } }) as const;
const textOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).text();
const linesIn = (text: string) =>
  [...text.matchAll(/^event: log\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data!).line);
const idsIn = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id!);

Deno.test("a stream that goes on after any of its events brings the rest, and nothing twice", async () => {
  await withEvents(async (path, tell) => {
    for (let i = 0; i < 50; i++) tell(log(`line ${i} ${"ä\r\n\u2028".repeat(i % 5)}`));
    tell({ type: "progress", data: { fraction: 0.5, message: "half" } });
    const all = await textOf(eventStream(sourceOf(path, () => ENDED), positionOf(null)));
    const ids = idsIn(all);
    assert.equal(ids.length, 52);
    for (const [i, id] of ids.entries()) {
      const rest = await textOf(eventStream(sourceOf(path, () => ENDED), positionOf(id)));
      assert.deepEqual(idsIn(rest), ids.slice(i + 1));
    }
    assert.equal(linesIn(all)[9], `line 9 ${"ä\r\n\u2028".repeat(4)}`);
  });
});

Deno.test("events are read however long their lines are, and whatever else stands in the file", async () => {
  await withEvents(async (path, tell) => {
    const long = "x".repeat(300_000);
    tell(log("first"), log(long));
    const junk = [
      "",
      "{",
      "null",
      "[1]",
      '{"type":"status","data":1}',
      '{"type":"log"}',
      '{"type":3,"data":{}}',
      "y".repeat(3e6),
    ];
    await Deno.writeTextFile(path, junk.map((line) => `${line}\n`).join(""), { append: true });
    tell(log("last"));
    const text = await textOf(eventStream(sourceOf(path, () => ENDED), positionOf(null)));
    assert.deepEqual(linesIn(text).map((line) => line.length), [5, 300_000, 4]);
    for (const id of ["5-2", "99999999-2", "-1-2", "1e3-2", `${"9".repeat(30)}-2`]) {
      assert.match(await textOf(eventStream(sourceOf(path, () => ENDED), positionOf(id))), /event: status/, id);
    }
  });
});

Deno.test("progress that user code writes to the file itself counts if it is some, and is cut as what it tells", async () => {
  await withEvents((path, tell) => {
    const file = new EventFile(path);
    tell({ type: "progress", data: { fraction: 0.5, message: "x".repeat(900_000) } });
    const { progress, next } = file.progress(0);
    assert.deepEqual(progress, { fraction: 0.5, message: `${"x".repeat(4000)}…` });
    const others = ["5", "null", '{"fraction":1}', '{"fraction":2,"message":null}', '{"fraction":1e999,"message":""}'];
    for (const data of others) Deno.writeTextFileSync(path, `{"type":"progress","data":${data}}\n`, { append: true });
    assert.equal(file.progress(next).progress, undefined);
    file.close();
    return Promise.resolve();
  });
});

Deno.test("a listener who reads nothing costs nothing: only what it asks for is read", async () => {
  await withEvents(async (path, tell) => {
    for (let i = 0; i < 20_000; i++) tell(log(`line ${i} ${"x".repeat(100)}`));
    let reads = 0;
    const source = sourceOf(path, () => ENDED);
    const { file } = source;
    const counted = Object.create(file, {
      block: { value: (offset: number) => (reads++, file.block(offset)) },
    }) as EventFile;
    const reader = eventStream({ ...source, file: counted }, positionOf(null)).getReader();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(reads, 0);
    const { value } = await reader.read();
    assert.equal(reads, 1);
    assert.ok(value!.length < 200_000);
    await reader.cancel();
  });
});

Deno.test("500 listeners share one look and one copy of what they are sent", async () => {
  await withEvents(async (path, tell) => {
    let state: RunState = STATE;
    let loads = 0;
    const watches = new Watches({
      load: () => {
        loads++;
        return Promise.resolve(state);
      },
      path: () => path,
      isOwn: () => false,
      pollState: 200,
    });
    const sources = await Promise.all(Array.from({ length: 500 }, () => watches.open(STATE)));
    const files = new Set(sources.map(({ file }) => file));
    assert.equal(files.size, 1);
    const texts = sources.map((source) => textOf(eventStream(source, positionOf(null))));
    for (let i = 0; i < 20; i++) {
      tell(log(`line ${i}`));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    state = ENDED;
    const all = await Promise.all(texts);
    for (const text of all) assert.deepEqual(linesIn(text), Array.from({ length: 20 }, (_, i) => `line ${i}`));
    const before = loads;
    assert.ok(before < 100, `${before} looks at the state`);
    assert.equal([...files][0]!.block(0), [...files][0]!.block(0));
    [...files][0]!.close();
  });
});

Deno.test("a run that a client is about to watch is not left, so that its events stay", async () => {
  await withEvents(async (path) => {
    const left: string[] = [];
    let load = Promise.withResolvers<RunState>();
    const watches = new Watches({
      load: () => load.promise,
      path: () => path,
      isOwn: () => false,
      left: ({ uid }) => void left.push(uid),
      pollState: 60_000,
    });
    const first = watches.open(STATE), second = watches.open(STATE);
    assert.ok(watches.has(STATE));
    load.resolve(STATE);
    (await first).close();
    assert.ok(watches.has(STATE));
    assert.deepEqual(left, []);
    const source = await second;
    assert.equal(source.file.size, 0);
    source.close();
    source.close();
    assert.deepEqual(left, [STATE.uid]);
    assert.ok(!watches.has(STATE));
    load = Promise.withResolvers();
    const failed = [watches.open(STATE), watches.open(STATE)];
    load.reject(new Error("no store"));
    for (const one of failed) await assert.rejects(one, /no store/);
    assert.deepEqual(left, [STATE.uid, STATE.uid]);
  });
});

Deno.test("a change that is reported while the state of a run is loaded wins over what was loaded", async () => {
  await withEvents(async (path) => {
    const load = Promise.withResolvers<RunState>();
    const watches = new Watches({ load: () => load.promise, path: () => path, isOwn: () => true, pollState: 60_000 });
    const opened = watches.open(STATE);
    watches.changed(STATE, ENDED);
    load.resolve(STATE);
    const source = await opened;
    assert.equal((await source.state())?.status, ENDED.status);
    source.close();
  });
});

Deno.test("the end of a server ends all streams, and so does a run that is forgotten", async () => {
  await withEvents(async (path) => {
    for (const end of ["close", "forget"] as const) {
      const watches = new Watches({
        load: () => Promise.resolve(STATE),
        path: () => path,
        isOwn: () => true,
        pollState: 200,
      });
      const streams = [textOf(eventStream(await watches.open(STATE), positionOf(null)))];
      let hasEnded = false;
      void streams[0]!.then(() => hasEnded = true);
      if (end === "close") watches.close();
      else watches.changed(STATE, undefined);
      await until(`the stream ends by ${end}`, () => hasEnded);
      await streams[0];
    }
  });
});
