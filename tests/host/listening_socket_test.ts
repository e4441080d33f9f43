import "../workers/open_libc.ts";
import assert from "node:assert/strict";
import { refuseConnections } from "../../lib/host/listening_socket.ts";

const address = (listener: Deno.TcpListener) => ({ hostname: "127.0.0.1", port: listener.addr.port });

Deno.test({
  name: "refuseConnections() refuses new connections, and leaves those that are made and not accepted yet",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    using client = await Deno.connect(address(listener));
    let isDone = false;
    const refusing = refuseConnections(port).then((result) => isDone = result);
    // As where a busy process comes to its connections late.
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(isDone, false);
    using accepted = await listener.accept();
    assert.equal(await refusing, true);
    await client.write(new Uint8Array([1]));
    assert.equal(await accepted.read(new Uint8Array(1)), 1);
    await assert.rejects(Deno.connect(address(listener)), Deno.errors.ConnectionRefused);
  },
});
