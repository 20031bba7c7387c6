/** The floor of HTTP probes: `http.get` with a connection of its own, on bare timers. Arguments as for the agent. */

import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { watched } from './census.ts';
import { ready, report } from './conversation.ts';

const [timers = 1000, seconds = 10, port = 80] = process.argv.slice(2).map(Number);
const periodMs = 1000;
const settleMs = 3000;

function probe(): void {
  const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    response.resume();
  });
  request.once('error', (error) => {
    throw error;
  });
}

for (let i = 0; i < timers; i += 1) {
  // Spread over the second, as the agent's are.
  if (i % Math.ceil(timers / periodMs) === 0) await sleep(1);
  setInterval(probe, periodMs);
}
await sleep(settleMs);
await ready();
report(await watched(seconds));
