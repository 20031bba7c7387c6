// Says what Redis says, as far as a health check hears it: still loading for a moment, then PONG.
// Usage: node fake-redis.mjs [PORT] [LOADING_MS]

import { createServer } from 'node:net';

const [port = '6379', loadingMs = '1000'] = process.argv.slice(2);
// It loads from the first question on: whoever asks late sees it load, too.
let readyAtMs;

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (command) => {
    readyAtMs ??= Date.now() + Number(loadingMs);
    if (!/^PING\r\n/i.test(String(command))) socket.write('-ERR unknown command\r\n');
    else if (Date.now() < readyAtMs) socket.write('-LOADING Redis is loading the dataset in memory\r\n');
    else socket.write('+PONG\r\n');
  });
});

server.listen(Number(port), process.env.POD_IP ?? '127.0.0.1', () => {
  console.log(`ready to accept connections on port ${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
