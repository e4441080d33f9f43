/** Two ends of a socket. */
export async function socketPair(): Promise<[Deno.Conn, Deno.Conn]> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  using listener = Deno.listen({ transport: "unix", path });
  const ends = await Promise.all([Deno.connect({ transport: "unix", path }), listener.accept()]);
  await Deno.remove(folder, { recursive: true });
  return ends;
}
