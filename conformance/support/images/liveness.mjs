// GET /healthz: 200 for ten seconds, 500 afterwards. GET /redirect?loc=URL: 302 to that place.
import { createServer } from 'node:http';

const healthyMs = 10_000;
const started = performance.now();

process.on('SIGTERM', () => process.exit(0));
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://pod');
  const location = searchParams.get('loc');
  if (pathname === '/healthz') {
    const isHealthy = performance.now() - started < healthyMs;
    response.writeHead(isHealthy ? 200 : 500).end(isHealthy ? 'ok' : 'error: too old');
  } else if (pathname === '/redirect' && location !== null) {
    response.writeHead(302, { location }).end(`see ${location}`);
  } else response.writeHead(404).end('not found');
}).listen(8080, process.env.POD_IP);
