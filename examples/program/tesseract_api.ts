import { array, defineTesseract, scalar, z } from "@tesseract/runtime";

/** The executable: here a script beside this file. One on the PATH is named without a folder. */
const SOLVER = new URL("./solver.sh", import.meta.url).pathname;

export default defineTesseract({
  description: "The temperatures along a rod after some time, by a solver that is a program of its own.",

  InputSchema: z.object({
    temperature: array([null], "float64").describe("The temperatures at the start, in K. Those at the ends stay."),
    ratio: scalar("float64").describe("Diffusivity times time step over width of a cell squared.").default(0.25),
    steps: z.int().min(1).describe("How many steps.").default(100),
  }),

  OutputSchema: z.object({
    temperature: array([null], "float64").describe("The temperatures at the end, in K."),
  }),

  async apply({ temperature, ratio, steps }, context) {
    // The files of the solver stay in the folder of the run.
    const folder = `${context.outputPath}/solver`;
    // An output of an earlier run in the same folder is never taken for that of this one.
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/input.txt`, [`${ratio} ${steps}`, ...temperature.data, ""].join("\n"));

    const solver = new Deno.Command(SOLVER, {
      cwd: folder,
      // A program made by gfortran keeps its lines to itself until it ends, unless it is told so.
      env: { GFORTRAN_UNBUFFERED_PRECONNECTED: "y" },
      stdout: "piped",
      stderr: "piped",
      // Ends the solver when the caller goes away.
      signal: context.signal,
    }).spawn();
    const errors = new Response(solver.stderr).text();
    for await (const line of linesOf(solver.stdout)) {
      console.log(line); // into the log of the run
      const step = Number(/^step (\d+)/.exec(line)?.[1]);
      if (step > 0) context.progress(step / steps, line);
    }
    const { code } = await solver.status;
    context.signal.throwIfAborted();
    if (code !== 0) throw new Error(`the solver ended with exit code ${code}: ${(await errors).trim()}`);

    const output = await Deno.readTextFile(`${folder}/output.txt`);
    return { temperature: Float64Array.from(output.trim().split("\n"), Number) };
  },

  abstractEval({ temperature }) {
    return { temperature };
  },
});

/** The lines of a stream of bytes, as they come. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
