/**
 * Makes picture.svg: a plate with a hot corner and a wall that hardly conducts, at the start and after some time.
 *
 *     deno run -A examples/heat/picture.ts
 */
const [rows, columns] = [20, 30];
const here = new URL(".", import.meta.url).pathname;

const field = (value: (row: number, column: number) => number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => value(row, column)));

const temperature = field((row, column) => row < 8 && column < 8 ? 400 : 300);
const conductivity = field((row, column) => column === 15 && row > 3 ? 0.001 : 1);
const source = field(() => 0);
const inputs = { temperature, conductivity, source, dt: 0.2, steps: 400 };

const program = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", `${here}../../cli.ts`, "--api-path", `${here}tesseract_api.ts`, "apply", "@-"],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const writer = program.stdin.getWriter();
await writer.write(new TextEncoder().encode(JSON.stringify({ inputs })));
await writer.close();
const { stdout } = await program.output();
const result: number[][] = JSON.parse(new TextDecoder().decode(stdout)).temperature.data.buffer;

/** From blue (300 K) over white to red (400 K). */
function color(kelvin: number): string {
  const x = Math.min(1, Math.max(0, (kelvin - 300) / 60));
  const channel = (low: number, high: number) => Math.round(low + (high - low) * x);
  return x < 0.5
    ? `rgb(${channel(40, 450)},${channel(80, 420)},200)`
    : `rgb(235,${channel(430, 40)},${channel(370, 20)})`;
}

const SIZE = 10;
const cells = (values: number[][], left: number) =>
  values.flatMap((line, row) =>
    line.map((kelvin, column) =>
      `<rect x="${left + column * SIZE}" y="${24 + row * SIZE}" width="${SIZE}" height="${SIZE}" fill="${
        color(kelvin)
      }"/>`
    )
  ).join("\n");
const wall = (left: number) =>
  `<rect x="${left + 15 * SIZE}" y="${24 + 4 * SIZE}" width="${SIZE}" height="${
    (rows - 4) * SIZE
  }" fill="none" stroke="black"/>`;
const right = columns * SIZE + 20;
const text = `<text x="0" y="16">0 s: 400 K in the corner, 300 K elsewhere</text><text x="${right}" y="16">${
  inputs.dt * inputs.steps
} s: ${Math.min(...result.flat()).toFixed(1)} to ${Math.max(...result.flat()).toFixed(1)} K</text>`;
await Deno.writeTextFile(
  `${here}picture.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${right + columns * SIZE}" height="${24 + rows * SIZE}" ` +
    `font-family="sans-serif" font-size="14" shape-rendering="crispEdges">
<rect width="100%" height="100%" fill="white"/>
${text}
${cells(temperature, 0)}
${wall(0)}
${cells(result, right)}
${wall(right)}
</svg>
`,
);
