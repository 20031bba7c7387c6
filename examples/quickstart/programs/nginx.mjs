// Stands in for nginx: answers every request with the name of its pod. On port 80 where that is allowed, else on 8080.

import { createServer } from 'node:http';

const server = createServer((_, response) => response.end(process.env.HOSTNAME));
server.on('error', (error) => {
  if (error.code !== 'EACCES') throw error;
  server.listen(8080, process.env.POD_IP);
});
server.listen(80, process.env.POD_IP);
