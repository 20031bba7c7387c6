/**
 * What people run beside Docker's own health checks: restarts each container that the engine calls unhealthy, looks again
 * after a second. Arguments: the socket of the engine, the label of the containers.
 */

import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [socketPath, label = ''] = process.argv.slice(2);
const filters = encodeURIComponent(JSON.stringify({ health: ['unhealthy'], label: [label] }));

process.once('disconnect', () => process.exit());
process.send?.('up');
for (;;) {
  const unhealthy = JSON.parse(await ask('GET', `/containers/json?filters=${filters}`));
  for (const { Id } of unhealthy) await ask('POST', `/containers/${Id}/restart?t=10`);
  await sleep(1000);
}

function ask(method, path) {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, async (answer) => {
      let text = '';
      for await (const part of answer) text += part;
      resolve(text);
    });
    call.once('error', reject).end();
  });
}
