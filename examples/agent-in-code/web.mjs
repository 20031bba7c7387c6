// A web server that hangs two seconds after its start: alive as a process, and of no use to anybody.

import { createServer } from 'node:http';

let isHanging = false;
createServer((_, response) => {
  if (!isHanging) response.end('hello\n');
}).listen(8080, process.env.POD_IP);
setTimeout(() => {
  isHanging = true;
}, 2000);
