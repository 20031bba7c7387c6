import { createServer } from 'node:http';

createServer((_, response) => response.end(process.env.HOSTNAME)).listen(8080, process.env.POD_IP);
