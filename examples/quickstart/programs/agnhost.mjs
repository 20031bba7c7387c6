// Stands in for two commands of the Kubernetes test image `agnhost`.
//   liveness              /healthz is well for ten seconds, then answers 500
//   netexec --http-port N /healthz is well for as long as this process runs

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { 'http-port': { type: 'string', default: '8080' } },
  allowPositionals: true,
});
const [command] = positionals;
const wellForMs = { liveness: 10_000, netexec: Number.POSITIVE_INFINITY }[command];
if (wellForMs === undefined) {
  console.error(`agnhost: unknown command ${command}: there are liveness and netexec`);
  process.exit(1);
}

const startedMs = performance.now();
const server = createServer((request, response) => {
  const ranMs = performance.now() - startedMs;
  if (request.url !== '/healthz') response.writeHead(404).end();
  else if (ranMs > wellForMs) response.writeHead(500).end(`error: ${ranMs / 1000}s`);
  else response.end('ok');
});
server.listen(Number(values['http-port']), process.env.POD_IP);
