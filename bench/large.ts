/**
 * `deno run -A bench/large.ts`: large arrays over HTTP. First side by side with the Python runtime, also with LZ4,
 * then alone with 10³ to 10⁸ elements: a table, and the plot bench/large.svg. It takes some minutes and 5 GB of memory.
 */
import { bytesText, type Encoding, KINDS, type LargePayload, largePayload, send } from "./large_payload.ts";
import { plot, type Series } from "./plot.ts";
import { median, ours, pythonRuntime, serve, withVectors } from "./processes.ts";

const here = new URL(".", import.meta.url).pathname;
const scratch = await Deno.makeTempDir();
const program = withVectors(ours);
const ACCEPT: Readonly<Record<Encoding, string>> = { base64: "application/json+base64", lists: "application/json" };

/** The most memory that a process and its children have had, in MB; where there is no /proc, `NaN`. */
async function peakMemory(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const children = (await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).split(" ").filter(Boolean);
    const own = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1000;
    return (await Promise.all(children.map((child) => peakMemory(Number(child))))).reduce((a, b) => a + b, own);
  } catch {
    return NaN;
  }
}

async function repeat(times: number, port: number, payload: LargePayload, encoding: Encoding): Promise<number> {
  const figures: number[] = [];
  for (let i = 0; i < times; i++) figures.push(await send(port, payload, ACCEPT[encoding]));
  return median(figures);
}

console.log("| two arrays in, one out | ours | Python | ratio | peak memory | of Python |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [encoding, elements] of [["base64", 5_000_000], ["lists", 500_000]] as const) {
  const payload = largePayload(encoding, ["a", "b"], elements);
  const programs = [program, withVectors(await pythonRuntime())];
  const servers = [];
  for (const each of programs) servers.push(await serve(each, scratch));
  const figures: number[][] = [[], []];
  // In turn, so that what else the machine does meets both.
  for (let round = 0; round < 5; round++) {
    for (const [i, { port }] of servers.entries()) figures[i]!.push(await repeat(3, port, payload, encoding));
  }
  const [our, their] = figures.map(median) as [number, number];
  const [ourPeak, theirPeak] = await Promise.all(servers.map(({ pid }) => peakMemory(pid)));
  for (const server of servers) await server.stop();
  console.log(
    `| ${elements.toLocaleString("en")} float64 as ${encoding} | ${our.toFixed(0)} ms | ${their.toFixed(0)} ms | ` +
      `${(their / our).toFixed(1)} × | ${ourPeak!.toFixed(0)} MB | ${theirPeak!.toFixed(0)} MB |`,
  );
}

console.log("\n| with LZ4, as base64 | ours | Python | ratio | answer | of Python |\n|" + " --- |".repeat(6));
{
  const LZ4 = "application/json+base64; compression=lz4";
  const elements = 5_000_000;
  const servers = [
    await serve(program, scratch),
    await serve(withVectors(await pythonRuntime()), scratch),
  ] as const;
  const post = async (port: number, body: BodyInit): Promise<ArrayBuffer> => {
    const headers = { "Accept": LZ4, "Content-Type": "application/json" };
    const response = await fetch(`http://127.0.0.1:${port}/apply`, { method: "POST", body, headers });
    const answer = await response.arrayBuffer();
    if (!response.ok) throw new Error(new TextDecoder().decode(answer));
    return answer;
  };
  for (const [kind, element] of Object.entries(KINDS)) {
    const bytes = new Uint8Array(Float64Array.from({ length: elements }, (_, i) => element(i)).buffer);
    const data = { buffer: bytesText(bytes), encoding: "base64" };
    const plain = { object_type: "array", shape: [elements], dtype: "float64", data };
    // The Python runtime compresses what both are sent.
    const compressed = await post(servers[1].port, JSON.stringify({ inputs: { a: plain } }));
    const { result } = JSON.parse(new TextDecoder().decode(compressed));
    const body = JSON.stringify({ inputs: { a: result, b: result } });
    const figures: number[][] = [[], []];
    const sizes = [0, 0];
    for (let round = 0; round < 5; round++) {
      for (const [i, { port }] of servers.entries()) {
        const begin = performance.now();
        sizes[i] = (await post(port, body)).byteLength / 1e6;
        figures[i]!.push(performance.now() - begin);
      }
    }
    const [our, their] = figures.map(median) as [number, number];
    console.log(
      `| 5,000,000 float64, ${kind} | ${our.toFixed(0)} ms | ${their.toFixed(0)} ms | ` +
        `${(their / our).toFixed(1)} × | ${sizes.map((size) => `${size.toFixed(1)} MB`).join(" | ")} |`,
    );
  }
  for (const server of servers) await server.stop();
}

const series: Series[] = [];
console.log("\n| one array in, the same out | 10³ | 10⁴ | 10⁵ | 10⁶ | 10⁷ | 10⁸ |\n|" + " --- |".repeat(7));
for (const [encoding, color] of [["base64", "#0a6"], ["lists", "#06c"]] as const) {
  const points: [number, number][] = [];
  const cells: string[] = [];
  for (let n = 3; n <= 8; n++) {
    // A fresh server each: its peak memory is that of this size.
    const server = await serve(program, scratch);
    const payload = largePayload(encoding, ["a"], 10 ** n);
    await repeat(n < 6 ? 50 : 3, server.port, payload, encoding);
    const milliseconds = await repeat(n < 6 ? 51 : n < 8 ? 7 : 3, server.port, payload, encoding);
    points.push([10 ** n, milliseconds]);
    cells.push(`${Number(milliseconds.toPrecision(3))} ms, ${(await peakMemory(server.pid)).toFixed(0)} MB`);
    await server.stop();
  }
  series.push({ name: encoding, color, points });
  console.log(`| ${encoding} | ${cells.join(" | ")} |`);
}
const [, middle] = series[0]!.points.slice(3) as [unknown, [number, number]];
const line: Series = {
  name: "linear",
  color: "#999",
  points: [10 ** 5, 10 ** 8].map((n) => [n, middle[1] * n / middle[0]]),
};
await Deno.writeTextFile(
  `${here}large.svg`,
  plot("apply over HTTP, one array of float64 in, the same out", ["elements", "milliseconds"], series, line),
);
await Deno.remove(scratch, { recursive: true });
