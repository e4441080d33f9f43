/** The commands of a README, each with the output that it shows: its ```console blocks. */
export function commandsOf(text: string): { command: string; output: string }[] {
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) =>
    block!.split(/^\$ /m).slice(1).map((part) => {
      const [command, ...output] = part.split("\n");
      return { command: command!, output: output.join("\n").trim() };
    })
  );
}
