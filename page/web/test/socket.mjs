// A WebSocket that echoes, for servers of tests.
import { createHash } from "node:crypto";

/** Lets a server echo the messages of its WebSockets: short texts. */
export function echoSockets(server) {
  server.on("upgrade", (req, socket) => {
    const accept = createHash("sha1").update(req.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    let pending = Buffer.alloc(0);
    socket.on("data", (d) => {
      pending = Buffer.concat([pending, d]);
      for (;;) { // masked frames of fewer than 126 bytes
        const n = (pending[1] ?? 0) & 127;
        if (pending.length < 6 + n) return;
        const text = Buffer.from(pending.subarray(6, 6 + n).map((b, i) => b ^ pending[2 + (i % 4)]));
        if ((pending[0] & 15) === 1) socket.write(Buffer.concat([Buffer.from([0x81, n]), text]));
        pending = pending.subarray(6 + n);
      }
    });
    socket.on("error", () => {});
  });
}
