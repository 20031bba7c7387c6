// Takes TCP connections on a port. From outside the port can be shut (SIGUSR1) and opened again (SIGUSR2), as if the
// server behind it were too busy to accept anybody.
// Usage: node tcp-server.mjs PORT

import { createServer } from 'node:net';

const port = Number(process.argv[2]);
const sockets = new Set();
let server;

function open() {
  server ??= createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }).listen(port, process.env.POD_IP);
}

function shut() {
  server?.close();
  server = undefined;
  for (const socket of sockets) socket.destroy();
}

open();
process.on('SIGUSR1', shut);
process.on('SIGUSR2', open);
// A shut port is no reason to end.
setInterval(() => undefined, 60_000);
